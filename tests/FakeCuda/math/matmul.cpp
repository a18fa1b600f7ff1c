#include "matmul.h"
#include "product.h"

#include <algorithm>

namespace fake
{
namespace
{

// i counts rows of op(A) or columns of op(B), k the summed index: strides of i and k in the stored matrix.
template <typename T> Pack packer(const Matrix& x, long long stride_i, long long stride_k, bool tf32)
{
    const void* base = reinterpret_cast<const void*>(x.data);
    return [=](long long first, int count, long long k_first, int k_count, int width, float* out)
    {
        const T* from = static_cast<const T*>(base) + first * stride_i + k_first * stride_k;
        if (stride_k == 1)
        {
            const T* rows[64];
            for (int i = 0; i < count; i++)
                rows[i] = from + i * stride_i;
            turn_rows(rows, 1, count, width, k_count, tf32, out);
            return;
        }
        for (int k = 0; k < k_count; k++)
        {
            float* to = out + static_cast<long long>(k) * width;
            load_run(from + k * stride_k, stride_i, count, tf32, to);
            std::fill(to + count, to + width, 0.0f);
        }
    };
}

Pack packer(const Matrix& x, long long stride_i, long long stride_k, bool tf32)
{
    return x.type == Type::Float ? packer<float>(x, stride_i, stride_k, tf32) : packer<unsigned short>(x, stride_i, stride_k, false);
}

float read(const Matrix& x, long long index)
{
    const void* base = reinterpret_cast<const void*>(x.data);
    return x.type == Type::Float ? load_value<float>(base, index, false) : load_value<unsigned short>(base, index, false);
}

void write(const Matrix& x, long long index, float value)
{
    if (x.type == Type::Float)
        reinterpret_cast<float*>(x.data)[index] = value;
    else
        reinterpret_cast<unsigned short*>(x.data)[index] = float_to_bf16(value);
}

} // namespace

void run_matmul(const Matmul& p)
{
    // The product is made as rows of D's columns: the n index goes down and the m index across, so that D is written along its columns.
    Pack a = p.a.transposed ? packer(p.a, p.a.ld, 1, p.tf32) : packer(p.a, 1, p.a.ld, p.tf32);
    Pack b = p.b.transposed ? packer(p.b, 1, p.b.ld, p.tf32) : packer(p.b, p.b.ld, 1, p.tf32);
    Matrix bias{p.bias, p.bias_type, 0, false};
    product(p.n, p.m, p.k, b, a, [&](long long n0, int rows, long long m0, int columns, const float* tile, int row_step, int column_step)
    {
        for (int j = 0; j < rows; j++)
        {
            if (p.bias == 0 && p.beta == 0)
            {
                const float* values = tile + static_cast<long long>(j) * row_step;
                long long index = (n0 + j) * p.d.ld + m0;
                if (p.d.type == Type::Float)
                    store_run(reinterpret_cast<float*>(p.d.data) + index, 1, columns, values, column_step, p.alpha, 0);
                else
                    store_run(reinterpret_cast<unsigned short*>(p.d.data) + index, 1, columns, values, column_step, p.alpha, 0);
                continue;
            }
            for (int i = 0; i < columns; i++)
            {
                float value = p.alpha * tile[j * row_step + i * column_step];
                // beta 0 means that C is not read, whatever it holds.
                if (p.beta != 0)
                    value += p.beta * read(p.c, (n0 + j) * p.c.ld + m0 + i);
                if (p.bias != 0)
                    value += read(bias, m0 + i);
                write(p.d, (n0 + j) * p.d.ld + m0 + i, value);
            }
        }
    }, p.backwards);
}

} // namespace fake
