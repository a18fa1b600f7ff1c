// Types and bit operations that kernels use on both compilers: clang for the device, g++ for the host (-DFS_HOST). No header of any
// library is included, neither CUDA's nor the C library's.
#pragma once

#ifdef FS_HOST
#define FS_DEVICE inline __attribute__((always_inline))
#else
#define FS_DEVICE __attribute__((device)) inline __attribute__((always_inline))
#endif

// Rounding is part of what kernels promise (the draws of augmentation agree with the processor's to the bit): a multiplication and an addition are
// fused only where the source says so. g++ is told by -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

typedef unsigned char fs_u8;
typedef unsigned short fs_u16;
typedef unsigned int fs_u32;
typedef long long fs_i64;
typedef unsigned long long fs_u64;

static_assert(sizeof(fs_u32) == 4 && sizeof(fs_i64) == 8 && sizeof(void*) == 8, "argument structs are shared with C#");

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { fs_u32 x, y; };
struct alignas(16) uint4 { fs_u32 x, y, z, w; };
struct alignas(4) uchar4 { fs_u8 x, y, z, w; };

// bfloat16: the upper half of an IEEE single.
struct fs_bf16 { fs_u16 bits; };

FS_DEVICE fs_u32 fs_bits(float value) { return __builtin_bit_cast(fs_u32, value); }
FS_DEVICE float fs_from_bits(fs_u32 bits) { return __builtin_bit_cast(float, bits); }

FS_DEVICE float fs_to_float(float value) { return value; }
FS_DEVICE float fs_to_float(fs_bf16 value) { return fs_from_bits((fs_u32)value.bits << 16); }

// Rounded to nearest, ties to even; NaN stays a quiet NaN, infinity stays infinity.
FS_DEVICE fs_u32 fs_bf16_bits(float value)
{
    fs_u32 bits = fs_bits(value);
    fs_u32 rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
    return (bits & 0x7FFFFFFFu) > 0x7F800000u ? (bits >> 16) | 0x40u : rounded;
}

FS_DEVICE fs_bf16 fs_to_bf16(float value)
{
    fs_bf16 result = {(fs_u16)fs_bf16_bits(value)};
    return result;
}

// fs_from_float<T>: a float as T.
template <typename T> struct fs_element;
template <> struct fs_element<float>
{
    static constexpr int lanes = 4; // elements of a 16-byte access
    static FS_DEVICE float from(float value) { return value; }
};
template <> struct fs_element<fs_bf16>
{
    static constexpr int lanes = 8;
    static FS_DEVICE fs_bf16 from(float value) { return fs_to_bf16(value); }
};
template <typename T> FS_DEVICE T fs_from_float(float value) { return fs_element<T>::from(value); }
