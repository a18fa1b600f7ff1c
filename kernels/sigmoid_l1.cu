// The end of a decoder: sigmoid, mean absolute error and its gradient. z and dz are T, f32 or bf16; p, target and loss are fp32.
//
//   fs_sigmoid_fwd_T      p[i] = 1/(1 + e^−z[i])                                               (=)    8 (f32) or 6 (bf16) bytes an element
//   fs_sigmoid_l1_fwd_T   p[i] as above; loss = (Σ_i |p[i] − target[i]|)/count                  (=)
//                         dz[i] = sign(p[i] − target[i])·p[i]·(1 − p[i])/count                  (=)    16 or 12 bytes an element
//
// sign(0) = 0, and NaN stays NaN: in p, dz and the loss. All: (count). The loss and the sign are of p as stored.
//
// Geometry: grid-stride, blocks of 256 threads (the sums need exactly that). 16 bytes of z a thread where `vector` says that all addresses are multiples
// of 16; otherwise, and for what is left over, one element.
//
// Order of the sum: a thread's elements ascending in single precision; the block's threads in double, within warps by butterfly, then warps ascending; the
// last block to finish adds the blocks' sums in double: thread by thread those of its index, + 256, … ascending, then as before. Which block is
// last changes nothing. `ticket` counts the finished blocks and is 0 again afterwards.
#include "fs_kernel.h"
#include "fs_math.h"

struct fs_sigmoid_args
{
    const void* z;
    float* p;
    fs_i64 count;
    int vector;
    int unused;
};

struct fs_sigmoid_l1_args
{
    const void* z;
    const float* target;
    float* p;
    void* dz;
    float* loss;      // (1)
    double* partial;  // (gridDim.x)
    fs_u32* ticket;   // (1), 0
    fs_i64 count;
    float scale;      // 1/count
    int vector;
};

// Sum over a block of 256 threads, valid in thread 0.
FS_DEVICE double fs_block_sum(double value, double* warps)
{
    value = fs_warp_sum(value);
    if ((threadIdx.x & 31u) == 0)
        warps[threadIdx.x / 32] = value;
    __syncthreads();
    double sum = 0.0;
    if (threadIdx.x == 0)
    {
#pragma unroll
        for (int i = 0; i < 8; i++)
            sum += warps[i];
    }
    __syncthreads();
    return sum;
}

template <typename T> FS_DEVICE void fs_sigmoid_forward(const fs_sigmoid_args& a)
{
    constexpr int lanes = fs_element<T>::lanes;
    const T* z = (const T*)a.z;
    const fs_i64 thread = fs_thread_index(), threads = fs_thread_count(), groups = a.vector ? a.count / lanes : 0;
    for (fs_i64 i = thread; i < groups; i += threads)
    {
        float v[lanes];
        fs_load16_const(z + lanes * i, v);
#pragma unroll
        for (int part = 0; part < lanes; part += 4)
        {
            const float quad[4] = {fs_sigmoid(v[part]), fs_sigmoid(v[part + 1]), fs_sigmoid(v[part + 2]), fs_sigmoid(v[part + 3])};
            fs_store16(a.p + lanes * i + part, quad);
        }
    }
    for (fs_i64 i = lanes * groups + thread; i < a.count; i += threads)
        fs_store(a.p + i, fs_sigmoid(fs_to_float(fs_load_const(z + i))));
}

FS_KERNEL(fs_sigmoid_fwd_f32, fs_sigmoid_args, 256) { fs_sigmoid_forward<float>(a); }
FS_KERNEL(fs_sigmoid_fwd_bf16, fs_sigmoid_args, 256) { fs_sigmoid_forward<fs_bf16>(a); }

// p of z; adds |p − target| to the sum; returns the gradient.
FS_DEVICE float fs_sigmoid_l1_element(float z, float target, float scale, float& p, float& sum)
{
    p = fs_sigmoid(z);
    float difference = p - target;
    sum += fs_abs(difference);
    float sign = difference > 0.0f ? 1.0f : difference < 0.0f ? -1.0f : difference;
    return sign * p * (1.0f - p) * scale;
}

// What the threads of a block tell each other.
struct fs_loss_shared
{
    double warps[8];
    int last;
};

template <typename T> FS_DEVICE void fs_sigmoid_l1_forward(const fs_sigmoid_l1_args& a, fs_loss_shared& shared)
{
    constexpr int lanes = fs_element<T>::lanes;
    const T* z = (const T*)a.z;
    T* dz = (T*)a.dz;
    const fs_i64 thread = fs_thread_index(), threads = fs_thread_count(), groups = a.vector ? a.count / lanes : 0;
    float sum = 0.0f;
    for (fs_i64 i = thread; i < groups; i += threads)
    {
        float v[lanes], target[lanes], p[lanes];
        fs_load16(z + lanes * i, v);
#pragma unroll
        for (int part = 0; part < lanes; part += 4)
        {
            float quad[4];
            fs_load16_const(a.target + lanes * i + part, quad);
#pragma unroll
            for (int l = 0; l < 4; l++)
                target[part + l] = quad[l];
        }
#pragma unroll
        for (int l = 0; l < lanes; l++)
            v[l] = fs_sigmoid_l1_element(v[l], target[l], a.scale, p[l], sum);
#pragma unroll
        for (int part = 0; part < lanes; part += 4)
        {
            const float quad[4] = {p[part], p[part + 1], p[part + 2], p[part + 3]};
            fs_store16(a.p + lanes * i + part, quad);
        }
        fs_store16(dz + lanes * i, v);
    }
    for (fs_i64 i = lanes * groups + thread; i < a.count; i += threads)
    {
        float p, gradient = fs_sigmoid_l1_element(fs_to_float(fs_load(z + i)), fs_load_const(a.target + i), a.scale, p, sum);
        fs_store(a.p + i, p);
        fs_store(dz + i, fs_from_float<T>(gradient));
    }

    double total = fs_block_sum(sum, shared.warps);
    if (threadIdx.x == 0)
    {
        fs_store(a.partial + blockIdx.x, total);
        __threadfence();
        shared.last = fs_atomic_inc(a.ticket, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (!shared.last)
        return;
    __threadfence();
    total = 0.0;
    for (fs_u32 block = threadIdx.x; block < gridDim.x; block += 256)
        total += fs_load_fresh(a.partial + block);
    total = fs_block_sum(total, shared.warps);
    if (threadIdx.x == 0)
        fs_store(a.loss, (float)(total / (double)a.count));
}

FS_KERNEL(fs_sigmoid_l1_fwd_f32, fs_sigmoid_l1_args, 256)
{
    FS_SHARED fs_loss_shared shared;
    fs_sigmoid_l1_forward<float>(a, shared);
}
FS_KERNEL(fs_sigmoid_l1_fwd_bf16, fs_sigmoid_l1_args, 256)
{
    FS_SHARED fs_loss_shared shared;
    fs_sigmoid_l1_forward<fs_bf16>(a, shared);
}
