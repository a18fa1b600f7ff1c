// Pooling without padding, of a face network's activations.
//
//   fs_pool_max_fwd_f32       y[n, v, u, c] = max  over i, j < K of x[n, v·s + i, u·s + j, c]    (=)    a NaN in a window is its result
//   fs_pool_average_fwd_f32   y[n, v, u, c] = mean over i, j < K of x[n, v·s + i, u·s + j, c]    (=)    summed row by row, then divided by K²
//
// x: (N, H, W, C); y: (N, Hy, Wy, C), Hy = ⌊(H − K)/s⌋ + 1, likewise Wy. 4 bytes an element of y, and 4·K²/s² (from the second-level cache what windows share).
//
// Geometry: blocks of up to 256 threads, grid (⌈row/threads⌉, rows): a thread keeps its place in the row of y, and with it column and channels, and walks the
// rows blockIdx.y, + gridDim.y, …. A row is Wy·C elements in units of 4 (16-byte accesses) where everything is a multiple of that, otherwise of 1.
#include "fs_kernel.h"

struct fs_pool_args
{
    const float* x;
    float* y;
    fs_i64 row;       // units a row of y, below 2³¹
    fs_i64 in_row;    // units a row of x
    fs_i64 in_image;  // units an image of x
    int units;        // units a pixel
    int kernel;
    int stride;
    int rows;         // N·Hy; below 2³¹
    int height;       // Hy
    int vector;       // 1: units of four elements
    fs_divisor by_height;
    fs_divisor by_units;
};

FS_DEVICE float fs_larger(float a, float b) { return b > a || b != b ? b : a; }

template <int LANES, bool MAX> FS_DEVICE void fs_pool(const fs_pool_args& a)
{
    typedef fs_group<float, LANES> group;
    fs_i64 at = fs_thread_index();
    if (at >= a.row)
        return;
    fs_i64 column = fs_divide((fs_u32)at, a.by_units), unit = at - column * a.units;
    float count = (float)(a.kernel * a.kernel);
    for (int row = (int)blockIdx.y; row < a.rows; row += (int)gridDim.y)
    {
        int image = (int)fs_divide((fs_u32)row, a.by_height), v = row - image * a.height;
        const float* first = a.x + LANES * (image * a.in_image + (fs_i64)v * a.stride * a.in_row + column * a.stride * a.units + unit);
        float result[LANES];
#pragma unroll
        for (int k = 0; k < LANES; k++)
            result[k] = MAX ? fs_from_bits(0xFF800000u) : 0.0f;
        for (int i = 0; i < a.kernel; i++)
        {
            for (int j = 0; j < a.kernel; j++)
            {
                float value[LANES];
                group::unpack(group::load_const(first + LANES * (i * a.in_row + (fs_i64)j * a.units)), value);
#pragma unroll
                for (int k = 0; k < LANES; k++)
                    result[k] = MAX ? fs_larger(result[k], value[k]) : result[k] + value[k];
            }
        }
        if (!MAX)
        {
#pragma unroll
            for (int k = 0; k < LANES; k++)
                result[k] = result[k] / count;
        }
        group::store(a.y + LANES * (row * a.row + at), result);
    }
}

template <bool MAX> FS_DEVICE void fs_pool_either(const fs_pool_args& a)
{
    if (a.vector)
        fs_pool<4, MAX>(a);
    else
        fs_pool<1, MAX>(a);
}

FS_KERNEL(fs_pool_max_fwd_f32, fs_pool_args, 256) { fs_pool_either<true>(a); }
FS_KERNEL(fs_pool_average_fwd_f32, fs_pool_args, 256) { fs_pool_either<false>(a); }
