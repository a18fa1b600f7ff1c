// Bias and LeakyReLU after a convolution, with or without pixel shuffle, and the way back. T is f32 or bf16; arithmetic in fp32.
//
//   fs_bias_act_fwd_T           y[p, k]        = act(x[p, k] + bias[k])             y may be x            8 (f32) or 4 (bf16) bytes an element
//   fs_bias_act_shuffle_fwd_T   y[shuffled]    = act(x[p, k] + bias[k])             y apart from x        8 or 4
//   fs_bias_act_bwd_T           dx[p, k]       = dy[p, k]·slope(y[p, k])            dx may be dy          12 or 6
//   fs_bias_act_shuffle_bwd_T   dx[p, k]       = dy[shuffled]·slope(y[shuffled])    dx apart from dy      12 or 6
//     both backward             partial[j, k]  = Σ of dx over the pixels of row chunk j
//   fs_bias_grad_bwd_f32        dbias[k]       = Σ_j partial[j, k]                                        4 a partial sum
//
//   act(v) = v for v ≥ 0, otherwise slope·v (slope 1: no activation); slope(y) = 1 for y ≥ 0, otherwise slope. NaN stays NaN.
//
// x, dx: (pixels, channels), pixels = N·h·w. Shuffled tensors: (N, 2h, 2w, channels/4), where channel k = ry·2c + rx·c + c' of pixel (n, v, u) is
// (n, 2v + ry, 2u + rx, c'). The 2c channels of one ry stay together: seen as (N·h, w, 2, 2c) → (N·h, 2, w, 2c) the shuffle only swaps two
// outer axes, and both sides are contiguous over 2c elements. With dx = 0 the backward kernels only sum. All results are overwritten (=).
//
// Geometry: block (tx, ty), grid (tiles, chunks). A thread keeps one group of LANES channels (its bias, or its sums, in registers) and walks pixels
// chunk·ty + threadIdx.y, in steps of chunks·ty, four at a time so that their loads are under way together. tx·tiles ≥ channels/LANES; tx·ty ≤ 256.
// LANES is the element count of 16 bytes where `vector` says so (addresses multiples of 16, channels, or 2c with shuffle, a multiple of LANES), otherwise 1.
//
// Order of the sums: a thread's pixels ascending; then the block's rows by halving, y + ⌈n/2⌉ onto y; then chunks: thread row ascending in steps of its
// block's rows, and by halving again. Fixed by the geometry: the same launch gives the same bits.
#include "fs_kernel.h"

struct fs_bias_act_args
{
    const void* x;      // (pixels, channels)
    const float* bias;  // (channels)
    void* y;            // as x, or shuffled
    fs_i64 pixels;      // below 2³¹ with shuffle
    int channels;
    float slope;
    int vector;
    int width;          // w, for the shuffle
    fs_divisor by_width;
};

struct fs_bias_act_bwd_args
{
    const void* dy;     // as y
    const void* y;      // as dx, or shuffled; 0: no activation (slope 1)
    void* dx;           // (pixels, channels); 0: only the sums are wanted
    float* partial;     // (chunks, channels)
    fs_i64 pixels;
    int channels;
    float slope;
    int vector;
    int width;
    fs_divisor by_width;
};

struct fs_bias_grad_args
{
    const float* partial; // (chunks, channels)
    float* dbias;         // (channels)
    int chunks;
    int channels;
};

#define FS_UNROLL 4

// Where channels `channel`.. of a pixel are in the tensor of the operation's output.
template <bool SHUFFLE> struct fs_output_index
{
    fs_i64 base; // ry·w·2c + k
    int step;    // elements from a pixel to the next of its row
    int width;
    fs_divisor by_width;

    FS_DEVICE fs_output_index(int channels, int channel, int width, fs_divisor by_width) : step(channels), width(width), by_width(by_width)
    {
        base = channel;
        if (SHUFFLE)
        {
            step = channels / 2;
            base = channel < step ? channel : (fs_i64)(width - 1) * step + channel;
        }
    }

    FS_DEVICE fs_i64 at(fs_i64 pixel) const
    {
        // Pixel (row, u) of a (row, 2, w) arrangement: (2·row·w + u) = pixel + row·w.
        fs_i64 place = SHUFFLE ? pixel + (fs_i64)fs_divide((fs_u32)pixel, by_width) * width : pixel;
        return place * step + base;
    }
};

template <typename T, bool SHUFFLE, int LANES> FS_DEVICE void fs_bias_act_forward(const fs_bias_act_args& a)
{
    typedef fs_group<T, LANES> group;
    int channel = (int)(blockIdx.x * blockDim.x + threadIdx.x) * LANES;
    if (channel >= a.channels)
        return;
    float bias[LANES];
#pragma unroll
    for (int l = 0; l < LANES; l++)
        bias[l] = fs_load_const(a.bias + channel + l);
    fs_output_index<SHUFFLE> output(a.channels, channel, a.width, a.by_width);
    const T* x = (const T*)a.x + channel;
    T* y = (T*)a.y;
    const float slope = a.slope;
    const fs_i64 pixels = a.pixels, channels = a.channels, stride = (fs_i64)gridDim.y * blockDim.y;
    fs_i64 pixel = (fs_i64)blockIdx.y * blockDim.y + threadIdx.y;
    for (; pixel + (FS_UNROLL - 1) * stride < pixels; pixel += FS_UNROLL * stride)
    {
        typename group::raw raw[FS_UNROLL];
#pragma unroll
        for (int u = 0; u < FS_UNROLL; u++)
            raw[u] = group::load(x + (pixel + u * stride) * channels);
#pragma unroll
        for (int u = 0; u < FS_UNROLL; u++)
        {
            float v[LANES];
            group::unpack(raw[u], v);
#pragma unroll
            for (int l = 0; l < LANES; l++)
            {
                v[l] += bias[l];
                v[l] = v[l] >= 0.0f ? v[l] : slope * v[l];
            }
            group::store(y + output.at(pixel + u * stride), v);
        }
    }
    for (; pixel < pixels; pixel += stride)
    {
        float v[LANES];
        group::unpack(group::load(x + pixel * channels), v);
#pragma unroll
        for (int l = 0; l < LANES; l++)
        {
            v[l] += bias[l];
            v[l] = v[l] >= 0.0f ? v[l] : slope * v[l];
        }
        group::store(y + output.at(pixel), v);
    }
}

template <typename T, bool SHUFFLE> FS_DEVICE void fs_bias_act_forward(const fs_bias_act_args& a)
{
    if (a.vector)
        fs_bias_act_forward<T, SHUFFLE, fs_element<T>::lanes>(a);
    else
        fs_bias_act_forward<T, SHUFFLE, 1>(a);
}

FS_KERNEL(fs_bias_act_fwd_f32, fs_bias_act_args, 256) { fs_bias_act_forward<float, false>(a); }
FS_KERNEL(fs_bias_act_fwd_bf16, fs_bias_act_args, 256) { fs_bias_act_forward<fs_bf16, false>(a); }
FS_KERNEL(fs_bias_act_shuffle_fwd_f32, fs_bias_act_args, 256) { fs_bias_act_forward<float, true>(a); }
FS_KERNEL(fs_bias_act_shuffle_fwd_bf16, fs_bias_act_args, 256) { fs_bias_act_forward<fs_bf16, true>(a); }

// The gradient of one group: dy·slope(y), stored and added to the sums.
template <typename T, int LANES, bool SLOPE> FS_DEVICE void fs_bias_act_gradient(typename fs_group<T, LANES>::raw gradient,
    typename fs_group<T, LANES>::raw result, float slope, T* dx, float (&sum)[LANES])
{
    float v[LANES], y[LANES];
    fs_group<T, LANES>::unpack(gradient, v);
    if (SLOPE)
        fs_group<T, LANES>::unpack(result, y);
#pragma unroll
    for (int l = 0; l < LANES; l++)
    {
        if (SLOPE)
            v[l] = y[l] >= 0.0f ? v[l] : slope * v[l];
        sum[l] += v[l];
    }
    if (dx != nullptr)
        fs_group<T, LANES>::store(dx, v);
}

template <typename T, bool SHUFFLE, int LANES, bool SLOPE>
FS_DEVICE void fs_bias_act_sums(const fs_bias_act_bwd_args& a, int channel, float (&sum)[LANES])
{
    typedef fs_group<T, LANES> group;
    fs_output_index<SHUFFLE> output(a.channels, channel, a.width, a.by_width);
    const T* dy = (const T*)a.dy;
    const T* y = (const T*)a.y;
    T* dx = a.dx != nullptr ? (T*)a.dx + channel : nullptr;
    const fs_i64 pixels = a.pixels, channels = a.channels, stride = (fs_i64)gridDim.y * blockDim.y;
    fs_i64 pixel = (fs_i64)blockIdx.y * blockDim.y + threadIdx.y;
    for (; pixel + (FS_UNROLL - 1) * stride < pixels; pixel += FS_UNROLL * stride)
    {
        typename group::raw gradient[FS_UNROLL], result[FS_UNROLL];
#pragma unroll
        for (int u = 0; u < FS_UNROLL; u++)
        {
            fs_i64 at = output.at(pixel + u * stride);
            gradient[u] = group::load(dy + at);
            result[u] = SLOPE ? group::load_const(y + at) : gradient[u];
        }
#pragma unroll
        for (int u = 0; u < FS_UNROLL; u++)
            fs_bias_act_gradient<T, LANES, SLOPE>(gradient[u], result[u], a.slope, dx != nullptr ? dx + (pixel + u * stride) * channels : nullptr, sum);
    }
    for (; pixel < pixels; pixel += stride)
    {
        fs_i64 at = output.at(pixel);
        typename group::raw gradient = group::load(dy + at), result = SLOPE ? group::load_const(y + at) : gradient;
        fs_bias_act_gradient<T, LANES, SLOPE>(gradient, result, a.slope, dx != nullptr ? dx + pixel * channels : nullptr, sum);
    }
}

// tile: LANES·256 floats. Adds the block's rows into row 0.
template <int LANES> FS_DEVICE void fs_sum_rows(float* tile, float (&sum)[LANES])
{
    const int thread = (int)(threadIdx.y * blockDim.x + threadIdx.x), row = (int)threadIdx.y;
#pragma unroll
    for (int l = 0; l < LANES; l++)
        tile[l * 256 + thread] = sum[l];
    __syncthreads();
    for (int rows = (int)blockDim.y; rows > 1;)
    {
        int half = (rows + 1) / 2;
        if (row < rows - half)
        {
#pragma unroll
            for (int l = 0; l < LANES; l++)
            {
                sum[l] += tile[l * 256 + thread + half * (int)blockDim.x];
                tile[l * 256 + thread] = sum[l];
            }
        }
        __syncthreads();
        rows = half;
    }
}

template <typename T, bool SHUFFLE, int LANES> FS_DEVICE void fs_bias_act_backward(const fs_bias_act_bwd_args& a, float* tile)
{
    int channel = (int)(blockIdx.x * blockDim.x + threadIdx.x) * LANES;
    float sum[LANES];
#pragma unroll
    for (int l = 0; l < LANES; l++)
        sum[l] = 0.0f;
    // Threads beyond the last channel still meet the others at the barriers.
    if (channel < a.channels)
    {
        if (a.y != nullptr)
            fs_bias_act_sums<T, SHUFFLE, LANES, true>(a, channel, sum);
        else
            fs_bias_act_sums<T, SHUFFLE, LANES, false>(a, channel, sum);
    }
    fs_sum_rows<LANES>(tile, sum);
    if (threadIdx.y == 0 && channel < a.channels)
    {
#pragma unroll
        for (int l = 0; l < LANES; l++)
            fs_store(a.partial + (fs_i64)blockIdx.y * a.channels + channel + l, sum[l]);
    }
}

// tile: 256·lanes floats.
template <typename T, bool SHUFFLE> FS_DEVICE void fs_bias_act_either(const fs_bias_act_bwd_args& a, float* tile)
{
    if (a.vector)
        fs_bias_act_backward<T, SHUFFLE, fs_element<T>::lanes>(a, tile);
    else
        fs_bias_act_backward<T, SHUFFLE, 1>(a, tile);
}

FS_KERNEL(fs_bias_act_bwd_f32, fs_bias_act_bwd_args, 256)
{
    FS_SHARED float tile[256 * 4];
    fs_bias_act_either<float, false>(a, tile);
}
FS_KERNEL(fs_bias_act_bwd_bf16, fs_bias_act_bwd_args, 256)
{
    FS_SHARED float tile[256 * 8];
    fs_bias_act_either<fs_bf16, false>(a, tile);
}
FS_KERNEL(fs_bias_act_shuffle_bwd_f32, fs_bias_act_bwd_args, 256)
{
    FS_SHARED float tile[256 * 4];
    fs_bias_act_either<float, true>(a, tile);
}
FS_KERNEL(fs_bias_act_shuffle_bwd_bf16, fs_bias_act_bwd_args, 256)
{
    FS_SHARED float tile[256 * 8];
    fs_bias_act_either<fs_bf16, true>(a, tile);
}

// Block (32, 32), grid (⌈channels/32⌉): a warp reads 32 neighbouring channels of one chunk.
FS_KERNEL(fs_bias_grad_bwd_f32, fs_bias_grad_args, 1024)
{
    FS_SHARED float tile[32][32];
    int channel = (int)(blockIdx.x * 32 + threadIdx.x), row = (int)threadIdx.y;
    float sum = 0.0f;
    if (channel < a.channels)
    {
        const float* partial = a.partial + channel;
        int chunk = row;
        for (; chunk + 96 < a.chunks; chunk += 128)
        {
            float v[4];
#pragma unroll
            for (int u = 0; u < 4; u++)
                v[u] = fs_load_const(partial + (fs_i64)(chunk + 32 * u) * a.channels);
#pragma unroll
            for (int u = 0; u < 4; u++)
                sum += v[u];
        }
        for (; chunk < a.chunks; chunk += 32)
            sum += fs_load_const(partial + (fs_i64)chunk * a.channels);
    }
    tile[row][threadIdx.x] = sum;
    __syncthreads();
    for (int half = 16; half > 0; half >>= 1)
    {
        if (row < half)
            tile[row][threadIdx.x] += tile[row + half][threadIdx.x];
        __syncthreads();
    }
    if (row == 0 && channel < a.channels)
        fs_store(a.dbias + channel, tile[0][threadIdx.x]);
}
