#include "product.h"
#include "pool.h"

#include <algorithm>
#include <cstring>
#include <vector>

#pragma GCC optimize("fp-contract=fast")

namespace fake
{
namespace
{

// A tile of C in registers: tile_m rows by two vectors. 24 of 32 registers with AVX-512, 12 of 16 with AVX2.
#ifdef __AVX512F__
constexpr int tile_m = 12, lanes = 16;
#else
constexpr int tile_m = 6, lanes = 8;
#endif
constexpr int tile_n = 2 * lanes;
// A's block and B's block of a step stay in the second-level cache, B's panel in the first.
constexpr int block_m = 192, block_n = 8 * tile_n, block_k = 256;
static_assert(block_m % tile_m == 0);

typedef float Vector __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));

void tile(int k, const float* a, const float* b, float* c, int ld)
{
    Vector sum[tile_m][2];
    for (int i = 0; i < tile_m; i++)
        for (int j = 0; j < 2; j++)
            sum[i][j] = *reinterpret_cast<const Vector*>(c + i * ld + j * lanes);
    for (int p = 0; p < k; p++, a += tile_m, b += tile_n)
    {
        Vector b0 = *reinterpret_cast<const Vector*>(b), b1 = *reinterpret_cast<const Vector*>(b + lanes);
#pragma GCC unroll 12
        for (int i = 0; i < tile_m; i++)
        {
            sum[i][0] += a[i] * b0;
            sum[i][1] += a[i] * b1;
        }
    }
    for (int i = 0; i < tile_m; i++)
        for (int j = 0; j < 2; j++)
            *reinterpret_cast<Vector*>(c + i * ld + j * lanes) = sum[i][j];
}

struct Scratch
{
    std::vector<float> a = std::vector<float>(block_m * block_k), b = std::vector<float>(block_k * block_n), c = std::vector<float>(block_m * block_n);
};

} // namespace

void product(long long m, long long n, long long k, const Pack& pack_a, const Pack& pack_b, const Store& store, bool backwards)
{
    if (m <= 0 || n <= 0)
        return;
    // A narrow result lies across: its few columns fill a tile's rows better than its two vectors.
    if (n <= tile_m && m > n)
    {
        product(n, m, k, pack_b, pack_a, [&](long long m0, int rows, long long n0, int columns, const float* c, int row_step, int column_step)
            { store(n0, columns, m0, rows, c, column_step, row_step); }, backwards);
        return;
    }
    long long across = (n + block_n - 1) / block_n, down = (m + block_m - 1) / block_m, steps = (k + block_k - 1) / block_k;
    parallel(across * down, [&](long long part, int)
    {
        thread_local Scratch scratch;
        long long m0 = part / across * block_m, n0 = part % across * block_n;
        int rows = static_cast<int>(std::min<long long>(block_m, m - m0)), columns = static_cast<int>(std::min<long long>(block_n, n - n0));
        std::memset(scratch.c.data(), 0, scratch.c.size() * sizeof(float));
        for (long long step = 0; step < steps; step++)
        {
            long long k0 = (backwards ? steps - 1 - step : step) * block_k;
            int depth = static_cast<int>(std::min<long long>(block_k, k - k0));
            for (int i = 0; i < rows; i += tile_m)
                pack_a(m0 + i, std::min(tile_m, rows - i), k0, depth, tile_m, scratch.a.data() + i * depth);
            for (int j = 0; j < columns; j += tile_n)
                pack_b(n0 + j, std::min(tile_n, columns - j), k0, depth, tile_n, scratch.b.data() + j * depth);
            for (int j = 0; j < columns; j += tile_n)
                for (int i = 0; i < rows; i += tile_m)
                    tile(depth, scratch.a.data() + i * depth, scratch.b.data() + j * depth, scratch.c.data() + i * block_n + j, block_n);
        }
        store(m0, rows, n0, columns, scratch.c.data(), block_n, 1);
    });
}

} // namespace fake
