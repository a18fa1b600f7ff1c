// D = alpha·op(A)·op(B) + beta·C (+ bias by row), column-major, as cuBLAS means it.
#pragma once

#include "core.h"

#include <cstdint>

namespace fake
{

enum class Type { Float, BFloat16 };
inline int size_of(Type type) { return type == Type::Float ? 4 : 2; }

struct Matrix
{
    uint64_t data = 0;
    Type type = Type::Float;
    long long ld = 0;
    bool transposed = false;
};

struct Matmul
{
    long long m = 0, n = 0, k = 0;
    Matrix a, b, c, d;
    float alpha = 1, beta = 0;
    uint64_t bias = 0; // m elements of bias_type; 0: none
    Type bias_type = Type::Float;
    bool tf32 = false;
    bool backwards = false;

    // Bytes from the first element to the last of an operand as it is stored.
    static uint64_t extent(const Matrix& x, long long rows, long long columns)
    {
        return rows == 0 || columns == 0 ? 0 : ((columns - 1) * x.ld + rows) * static_cast<uint64_t>(size_of(x.type));
    }
};

FAKE_SHARED void run_matmul(const Matmul& product);

} // namespace fake
