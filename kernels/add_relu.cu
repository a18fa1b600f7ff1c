// The end of a residual block.
//
//   fs_add_relu_fwd_f32   y[n, v, u, c] = max(0, a[n, v, u, c] + b[n, v, u, c])    (=)    NaN stays NaN; each is zero outside its own shape
//
// a: (N, Ha, Wa, Ca), b: (N, Hb, Wb, Cb), y: (N, max, max, max). 4 bytes an element of each.
//
// Geometry: blocks of up to 256 threads, grid (⌈row/threads⌉, rows): a thread keeps its place in the row of y and walks the rows blockIdx.y, + gridDim.y, ….
// A row is Wy·Cy elements in units of 4 (16-byte accesses) where all channel counts and addresses are multiples of that, otherwise of 1.
#include "fs_kernel.h"

// One summand; its channels count in units.
struct fs_summand
{
    const float* values;
    int height, width, units;
    int padding;
};

struct fs_add_relu_args
{
    fs_summand a;
    fs_summand b;
    float* y;
    fs_i64 row;       // units a row of y, below 2³¹
    int units;        // units a pixel of y
    int rows;         // N·Hy; below 2³¹
    int height;       // Hy
    int vector;       // 1: units of four elements
    fs_divisor by_height;
    fs_divisor by_units;
};

template <int LANES> FS_DEVICE void fs_take(const fs_summand& from, int image, int v, int u, int unit, float (&value)[LANES])
{
    typedef fs_group<float, LANES> group;
    if (v < from.height && u < from.width && unit < from.units)
    {
        group::unpack(group::load_const(from.values + LANES * ((((fs_i64)image * from.height + v) * from.width + u) * from.units + unit)), value);
        return;
    }
#pragma unroll
    for (int k = 0; k < LANES; k++)
        value[k] = 0.0f;
}

template <int LANES> FS_DEVICE void fs_add_relu(const fs_add_relu_args& a)
{
    fs_i64 at = fs_thread_index();
    if (at >= a.row)
        return;
    int u = (int)fs_divide((fs_u32)at, a.by_units), unit = (int)(at - (fs_i64)u * a.units);
    for (int row = (int)blockIdx.y; row < a.rows; row += (int)gridDim.y)
    {
        int image = (int)fs_divide((fs_u32)row, a.by_height), v = row - image * a.height;
        float left[LANES], right[LANES];
        fs_take<LANES>(a.a, image, v, u, unit, left);
        fs_take<LANES>(a.b, image, v, u, unit, right);
#pragma unroll
        for (int k = 0; k < LANES; k++)
        {
            float sum = left[k] + right[k];
            left[k] = sum > 0.0f || sum != sum ? sum : 0.0f;
        }
        fs_group<float, LANES>::store(a.y + LANES * (row * a.row + at), left);
    }
}

FS_KERNEL(fs_add_relu_fwd_f32, fs_add_relu_args, 256)
{
    if (a.vector)
        fs_add_relu<4>(a);
    else
        fs_add_relu<1>(a);
}
