// The one header that kernels include. It brings the types, then the device (fs_device.h) or its stand-in on the host (fs_host.h, -DFS_HOST),
// then what both share.
//
// The device header and the host's offer the same names:
//   FS_KERNEL(NAME, ARGS, MAX_THREADS) { body reads a }    FS_SHARED
//   threadIdx blockIdx blockDim gridDim (.x .y .z)         __syncthreads() __threadfence()
//   __shfl_xor_sync, __shfl_down_sync (float, int, fs_u32; mask FS_FULL, 32 lanes)
//   fs_atomic_inc(fs_u32*, fs_u32 last)                    integers only: floats are reduced in a fixed order, never atomically
//   fs_load(const V*), fs_store(V*, V)                     any V, at V's alignment
//   fs_load_const(const V*)                                float, float4, uint4, fs_u32, fs_bf16, fs_u8
#pragma once

#include "fs_types.h"

#ifdef FS_HOST
#include "fs_host.h"
#else
#include "fs_device.h"
#endif

#define FS_FULL 0xFFFFFFFFu

// True when every address (or'ed together) is a multiple of 16: the condition for 16-byte accesses.
FS_DEVICE bool fs_aligned16(const void* p) { return ((fs_u64)p & 15u) == 0; }

FS_DEVICE fs_i64 fs_thread_index() { return (fs_i64)blockIdx.x * blockDim.x + threadIdx.x; }
FS_DEVICE fs_i64 fs_thread_count() { return (fs_i64)gridDim.x * blockDim.x; }

// 16 bytes of elements as floats, and back: 4 of float, 8 of bf16.
FS_DEVICE void fs_unpack16(uint4 q, float (&v)[4])
{
    v[0] = fs_from_bits(q.x);
    v[1] = fs_from_bits(q.y);
    v[2] = fs_from_bits(q.z);
    v[3] = fs_from_bits(q.w);
}

FS_DEVICE void fs_unpack16(uint4 q, float (&v)[8])
{
    const fs_u32 words[4] = {q.x, q.y, q.z, q.w};
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        v[2 * i] = fs_from_bits(words[i] << 16);
        v[2 * i + 1] = fs_from_bits(words[i] & 0xFFFF0000u);
    }
}

FS_DEVICE uint4 fs_pack16(const float (&v)[4])
{
    uint4 q = {fs_bits(v[0]), fs_bits(v[1]), fs_bits(v[2]), fs_bits(v[3])};
    return q;
}

FS_DEVICE uint4 fs_pack16(const float (&v)[8])
{
    uint4 q = {fs_bf16_bits(v[0]) | fs_bf16_bits(v[1]) << 16, fs_bf16_bits(v[2]) | fs_bf16_bits(v[3]) << 16,
        fs_bf16_bits(v[4]) | fs_bf16_bits(v[5]) << 16, fs_bf16_bits(v[6]) | fs_bf16_bits(v[7]) << 16};
    return q;
}

// fs_load16(p, v): the 16 bytes at p, which must be 16-byte aligned, as floats.
template <typename T> FS_DEVICE void fs_load16(const T* from, float (&v)[fs_element<T>::lanes]) { fs_unpack16(fs_load((const uint4*)from), v); }
template <typename T> FS_DEVICE void fs_load16_const(const T* from, float (&v)[fs_element<T>::lanes])
{
    fs_unpack16(fs_load_const((const uint4*)from), v);
}
template <typename T> FS_DEVICE void fs_store16(T* to, const float (&v)[fs_element<T>::lanes]) { fs_store((uint4*)to, fs_pack16(v)); }

// LANES elements as one access: 16 bytes where LANES is fs_element<T>::lanes, otherwise single elements (LANES = 1). `raw` is what a load leaves in
// registers, so that many loads can be under way before the first is unpacked.
template <typename T, int LANES> struct fs_group
{
    typedef uint4 raw;
    static FS_DEVICE raw load(const T* from) { return fs_load((const uint4*)from); }
    static FS_DEVICE raw load_const(const T* from) { return fs_load_const((const uint4*)from); }
    static FS_DEVICE void unpack(raw q, float (&v)[LANES]) { fs_unpack16(q, v); }
    static FS_DEVICE void store(T* to, const float (&v)[LANES]) { fs_store((uint4*)to, fs_pack16(v)); }
};

template <typename T> struct fs_group<T, 1>
{
    typedef T raw;
    static FS_DEVICE raw load(const T* from) { return fs_load(from); }
    static FS_DEVICE raw load_const(const T* from) { return fs_load_const(from); }
    static FS_DEVICE void unpack(raw q, float (&v)[1]) { v[0] = fs_to_float(q); }
    static FS_DEVICE void store(T* to, const float (&v)[1]) { fs_store(to, fs_from_float<T>(v[0])); }
};

// Division of 0 ≤ n < 2³¹ by a number known on the host (Granlund and Montgomery, PLDI 1994): multiplier = ⌊2³²·(2^shift − d)/d⌋ + 1 with shift = ⌈log₂ d⌉.
struct fs_divisor
{
    fs_u32 multiplier;
    fs_u32 shift;
};

FS_DEVICE fs_u32 fs_divide(fs_u32 n, fs_divisor by)
{
    return ((fs_u32)(((fs_u64)n * by.multiplier) >> 32) + n) >> by.shift;
}

// A load that sees what other blocks wrote before a __threadfence(), whatever this block's cache holds.
FS_DEVICE double fs_load_fresh(const double* from) { return *(const volatile double*)from; }

// Sum over the 32 lanes of a warp, in a fixed order; every lane gets it.
FS_DEVICE float fs_warp_sum(float value)
{
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes >>= 1)
        value += __shfl_xor_sync(FS_FULL, value, lanes);
    return value;
}

FS_DEVICE double fs_shfl_xor(double value, int lanes)
{
    fs_u64 bits = __builtin_bit_cast(fs_u64, value);
    fs_u64 low = __shfl_xor_sync(FS_FULL, (fs_u32)bits, lanes), high = __shfl_xor_sync(FS_FULL, (fs_u32)(bits >> 32), lanes);
    return __builtin_bit_cast(double, low | high << 32);
}

FS_DEVICE double fs_warp_sum(double value)
{
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes >>= 1)
        value += fs_shfl_xor(value, lanes);
    return value;
}
