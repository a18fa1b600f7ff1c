// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011) and what is made of its numbers, to the bit as in FaceSwap.Core's Random folder.
#pragma once

#include "fs_math.h"

// The four numbers of a counter (128 bits as two halves) under a key.
FS_DEVICE uint4 fs_philox(fs_u64 key, fs_u64 low, fs_u64 high)
{
    fs_u32 c0 = (fs_u32)low, c1 = (fs_u32)(low >> 32), c2 = (fs_u32)high, c3 = (fs_u32)(high >> 32);
    fs_u32 k0 = (fs_u32)key, k1 = (fs_u32)(key >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++)
    {
        fs_u64 p0 = 0xD2511F53ull * c0, p1 = 0xCD9E8D57ull * c2;
        c0 = (fs_u32)(p1 >> 32) ^ c1 ^ k0;
        c1 = (fs_u32)p1;
        c2 = (fs_u32)(p0 >> 32) ^ c3 ^ k1;
        c3 = (fs_u32)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    uint4 result = {c0, c1, c2, c3};
    return result;
}

// [0, 1), 24 bits; [−1, 1), exact.
FS_DEVICE float fs_uniform(fs_u32 bits) { return (float)(bits >> 8) * (1.0f / 16777216.0f); }
FS_DEVICE float fs_symmetric(fs_u32 bits) { return 2.0f * fs_uniform(bits) - 1.0f; }

// Two standard normal numbers (Box and Muller, 1958).
FS_DEVICE float2 fs_normal_pair(fs_u32 radius, fs_u32 angle)
{
    float length = fs_sqrt(-2.0f * fs_log((float)((radius >> 8) + 1u) * (1.0f / 16777216.0f)));
    float sine, cosine;
    fs_sin_cos_turn(angle >> 8, sine, cosine);
    float2 result = {length * cosine, length * sine};
    return result;
}

FS_DEVICE fs_u32 fs_shuffle_mix(fs_u32 value, fs_u32 key)
{
    fs_u32 h = (value * 0x9E3779B1u) ^ key;
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    return h ^ (h >> 16);
}

// Where a keyed shuffle of 0 … count − 1 puts a position: a balanced Feistel network over the next even power of two, walked until the result is in range.
FS_DEVICE int fs_shuffle_at(int position, int count, fs_u64 key, fs_u64 low, fs_u64 high)
{
    if (count <= 1)
        return 0;
    int half = (33 - __builtin_clz((fs_u32)count - 1u)) / 2;
    fs_u32 mask = (1u << half) - 1u;
    uint4 k = fs_philox(key, low, high), l = fs_philox(key, low, high | 1u);
    fs_u32 value = (fs_u32)position;
    do
    {
        fs_u32 left = value >> half, right = value & mask;
        left ^= fs_shuffle_mix(right, k.x) & mask;
        right ^= fs_shuffle_mix(left, k.y) & mask;
        left ^= fs_shuffle_mix(right, k.z) & mask;
        right ^= fs_shuffle_mix(left, k.w) & mask;
        left ^= fs_shuffle_mix(right, l.x) & mask;
        right ^= fs_shuffle_mix(left, l.y) & mask;
        left ^= fs_shuffle_mix(right, l.z) & mask;
        right ^= fs_shuffle_mix(left, l.w) & mask;
        value = (left << half) | right;
    } while (value >= (fs_u32)count);
    return (int)value;
}
