// C = A·B in blocks, over operands that a caller packs: matrices of any strides for cuBLAS, windows of an image for cuDNN.
#pragma once

#include "core.h"

#include <functional>

namespace fake
{

// Element (i, k) of an operand for i in [first, first + count), k in [k_first, k_first + k_count) to out[(k - k_first)·width + (i - first)]; the rest of
// each row of `width` is zero. i is a row of A or a column of B.
using Pack = std::function<void(long long first, int count, long long k_first, int k_count, int width, float* out)>;
// Takes the finished block [m, m + rows) × [n, n + columns): tile[row·ld + column].
using Store = std::function<void(long long m, int rows, long long n, int columns, const float* tile, int ld)>;

// Sums in single precision, in an order that depends on the shape only; `backwards` takes the blocks of K from the last to the first, for engines whose
// order of summation is not promised.
FAKE_SHARED void product(long long m, long long n, long long k, const Pack& a, const Pack& b, const Store& store, bool backwards);

// Values as a device holds them.
inline float bf16_to_float(unsigned short bits)
{
    unsigned wide = static_cast<unsigned>(bits) << 16;
    float value;
    __builtin_memcpy(&value, &wide, 4);
    return value;
}

// To nearest, ties to even; NaN stays NaN.
inline unsigned short float_to_bf16(float value)
{
    unsigned bits;
    __builtin_memcpy(&bits, &value, 4);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
        return static_cast<unsigned short>(bits >> 16 | 0x40u);
    return static_cast<unsigned short>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

// TF32 keeps 10 bits of the fraction: to nearest, ties away, as cvt.rna.tf32 does.
inline float to_tf32(float value)
{
    unsigned bits;
    __builtin_memcpy(&bits, &value, 4);
    if ((bits & 0x7F800000u) != 0x7F800000u)
        bits = (bits + 0x1000u) & ~0x1FFFu;
    __builtin_memcpy(&value, &bits, 4);
    return value;
}

// What tensor cores see of an element of type T.
template <typename T> float load_value(const void* base, long long index, bool tf32);
template <> inline float load_value<float>(const void* base, long long index, bool tf32)
{
    float value = static_cast<const float*>(base)[index];
    return tf32 ? to_tf32(value) : value;
}
template <> inline float load_value<unsigned short>(const void* base, long long index, bool)
{
    return bf16_to_float(static_cast<const unsigned short*>(base)[index]);
}

} // namespace fake
