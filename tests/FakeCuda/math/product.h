// C = A·B in blocks, over operands that a caller packs: matrices of any strides for cuBLAS, windows of an image for cuDNN.
#pragma once

#include "core.h"

#include <functional>

namespace fake
{

// Element (i, k) of an operand for i in [first, first + count), k in [k_first, k_first + k_count) to out[(k - k_first)·width + (i - first)]; the rest of
// each row of `width` is zero. i is a row of A or a column of B.
using Pack = std::function<void(long long first, int count, long long k_first, int k_count, int width, float* out)>;
// Takes the finished block [m, m + rows) × [n, n + columns): tile[row·row_step + column·column_step].
using Store = std::function<void(long long m, int rows, long long n, int columns, const float* tile, int row_step, int column_step)>;

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

// count elements from `from`, a stride apart, as floats.
template <typename T> void load_run(const T* from, long long stride, int count, bool tf32, float* out)
{
    if (stride == 1 && !tf32)
        for (int i = 0; i < count; i++)
            out[i] = load_value<T>(from, i, false);
    else if (stride == 1)
        for (int i = 0; i < count; i++)
            out[i] = load_value<T>(from, i, true);
    else
        for (int i = 0; i < count; i++)
            out[i] = load_value<T>(from, i * stride, tf32);
}

template <typename T> T from_float(float value);
template <> inline float from_float<float>(float value) { return value; }
template <> inline unsigned short from_float<unsigned short>(float value) { return float_to_bf16(value); }

// to[i·stride] = alpha·from[i·step] + beta·to[i·stride]; with beta 0, `to` is not read.
template <typename T> void store_run(T* to, long long stride, int count, const float* from, int step, float alpha, float beta)
{
    if (beta != 0)
        for (int i = 0; i < count; i++)
            to[i * stride] = from_float<T>(alpha * from[i * step] + beta * load_value<T>(to, i * stride, false));
    else if (stride == 1 && step == 1)
        for (int i = 0; i < count; i++)
            to[i] = from_float<T>(alpha * from[i]);
    else
        for (int i = 0; i < count; i++)
            to[i * stride] = from_float<T>(alpha * from[i * step]);
}

// Rows of `depth` elements, a stride apart, become columns: out[k·width + i] = rows[i][k]; a null row and rows from `count` to `width` are zero.
template <typename T> void turn_rows(const T* const* rows, long long stride, int count, int width, int depth, bool tf32, float* out)
{
    // A strip at a time: long enough that a row is read by whole lines ahead, short enough that what is written stays in the first-level cache.
    constexpr int strip = 64;
    for (int k = 0; k < depth; k += strip)
    {
        int length = depth - k < strip ? depth - k : strip;
        for (int i = 0; i < width; i++)
        {
            float* to = out + static_cast<long long>(k) * width + i;
            if (i >= count || rows[i] == nullptr)
            {
                for (int j = 0; j < length; j++)
                    to[static_cast<long long>(j) * width] = 0;
                continue;
            }
            float values[strip];
            load_run(rows[i] + k * stride, stride, length, tf32, values);
            for (int j = 0; j < length; j++)
                to[static_cast<long long>(j) * width] = values[j];
        }
    }
}

} // namespace fake
