// Bias gradient of a dense layer.
//
//   fs_bias_sum_bwd_T   dbias[k] = Σ_r dy[r, k]     (=)     4 (f32) or 2 (bf16) bytes an element
//
// dy: (rows, channels), T f32 or bf16; dbias: (channels) fp32; rows is a batch (tens), so one launch does it.
//
// Geometry: block (8, 32), grid (⌈channels/(8·LANES)⌉). A thread sums LANES neighbouring channels over rows threadIdx.y, + 32, …, ascending, two rows'
// loads under way; then the block's 32 rows are added by halving. LANES fills 16 bytes where `vector` says so (dy a multiple of 16, channels of LANES),
// otherwise it is 1.
#include "fs_kernel.h"

struct fs_bias_sum_args
{
    const void* dy;
    float* dbias;
    fs_i64 rows;
    int channels;
    int vector;
};

template <typename T, int LANES> FS_DEVICE void fs_bias_sum(const fs_bias_sum_args& a, float* tile)
{
    typedef fs_group<T, LANES> group;
    int channel = (int)(blockIdx.x * 8 + threadIdx.x) * LANES, thread = (int)(threadIdx.y * 8 + threadIdx.x);
    float sum[LANES];
#pragma unroll
    for (int l = 0; l < LANES; l++)
        sum[l] = 0.0f;
    if (channel < a.channels)
    {
        const T* dy = (const T*)a.dy + channel;
        fs_i64 row = threadIdx.y;
        for (; row + 32 < a.rows; row += 64)
        {
            typename group::raw first = group::load_const(dy + row * a.channels), second = group::load_const(dy + (row + 32) * a.channels);
            float v[LANES];
            group::unpack(first, v);
#pragma unroll
            for (int l = 0; l < LANES; l++)
                sum[l] += v[l];
            group::unpack(second, v);
#pragma unroll
            for (int l = 0; l < LANES; l++)
                sum[l] += v[l];
        }
        if (row < a.rows)
        {
            float v[LANES];
            group::unpack(group::load_const(dy + row * a.channels), v);
#pragma unroll
            for (int l = 0; l < LANES; l++)
                sum[l] += v[l];
        }
    }
#pragma unroll
    for (int l = 0; l < LANES; l++)
        tile[l * 256 + thread] = sum[l];
    __syncthreads();
    for (int half = 16; half > 0; half >>= 1)
    {
        if ((int)threadIdx.y < half)
        {
#pragma unroll
            for (int l = 0; l < LANES; l++)
                tile[l * 256 + thread] += tile[l * 256 + thread + half * 8];
        }
        __syncthreads();
    }
    if (threadIdx.y == 0 && channel < a.channels)
    {
#pragma unroll
        for (int l = 0; l < LANES; l++)
            fs_store(a.dbias + channel + l, tile[l * 256 + thread]);
    }
}

// tile: 256·lanes floats.
template <typename T> FS_DEVICE void fs_bias_sum_either(const fs_bias_sum_args& a, float* tile)
{
    if (a.vector)
        fs_bias_sum<T, fs_element<T>::lanes>(a, tile);
    else
        fs_bias_sum<T, 1>(a, tile);
}

FS_KERNEL(fs_bias_sum_bwd_f32, fs_bias_sum_args, 256)
{
    FS_SHARED float tile[256 * 4];
    fs_bias_sum_either<float>(a, tile);
}
FS_KERNEL(fs_bias_sum_bwd_bf16, fs_bias_sum_args, 256)
{
    FS_SHARED float tile[256 * 8];
    fs_bias_sum_either<fs_bf16>(a, tile);
}
