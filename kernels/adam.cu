// Adam in Keras' form (Kingma and Ba, ICLR 2015) over a range of the slabs, fp32.
//
//   m[i] = β1·m[i] + (1 − β1)·g[i]                      (+=, in place)
//   v[i] = β2·v[i] + (1 − β2)·g[i]²                     (+=, in place)
//   p[i] = p[i] − lr_t·m[i]/(√v[i] + ε)                 (+=, in place)
//   copy[i] = bf16(p[i])                                (=, where copy is given)
//   lr_t = lr·√(1 − β2^t)/(1 − β1^t), t read from device memory and already incremented
//
// p, g, m, v: (count); copy: (count) bf16. 28 bytes move a parameter, 30 with the copy: p, m and v are read and written, g is read.
//
// Geometry: grid-stride, any grid of blocks of up to 256 threads. Where all addresses are multiples of 16 (copy: of 8) a thread takes 4 elements of each
// array in one access, two such groups at a time (eight loads under way); otherwise, and for the last count % 4, one element. An
// element's arithmetic is the same wherever it lies. One thread of a block raises β to the power t, in double, while nobody else has started.
#include "fs_kernel.h"
#include "fs_math.h"

struct fs_adam_args
{
    float* p;
    const float* g;
    float* m;
    float* v;
    fs_bf16* copy;      // 0: none
    const fs_i64* step; // t ≥ 1
    fs_i64 count;
    double rate;        // lr
    double beta1_wide;
    double beta2_wide;
    float beta1;
    float beta2;
    float rest1;        // 1 − β1, rounded once
    float rest2;
    float epsilon;
    int vector;
};

// base^exponent by squaring.
FS_DEVICE double fs_power(double base, fs_i64 exponent)
{
    double result = 1.0;
    for (; exponent > 0; exponent >>= 1)
    {
        if (exponent & 1)
            result *= base;
        base *= base;
    }
    return result;
}

FS_DEVICE void fs_adam_element(const fs_adam_args& a, float rate, float g, float& p, float& m, float& v)
{
    m = fs_fma(a.beta1, m, a.rest1 * g);
    v = fs_fma(a.beta2, v, a.rest2 * g * g);
    p = p - rate * m / (fs_sqrt(v) + a.epsilon);
}

struct fs_adam_group
{
    uint4 p, g, m, v;

    FS_DEVICE void load(const fs_adam_args& a, fs_i64 at)
    {
        p = fs_load((const uint4*)(a.p + at));
        g = fs_load_const((const uint4*)(a.g + at));
        m = fs_load((const uint4*)(a.m + at));
        v = fs_load((const uint4*)(a.v + at));
    }

    FS_DEVICE void update(const fs_adam_args& a, float rate, fs_i64 at)
    {
        float ps[4], gs[4], ms[4], vs[4];
        fs_unpack16(p, ps);
        fs_unpack16(g, gs);
        fs_unpack16(m, ms);
        fs_unpack16(v, vs);
#pragma unroll
        for (int i = 0; i < 4; i++)
            fs_adam_element(a, rate, gs[i], ps[i], ms[i], vs[i]);
        fs_store16(a.m + at, ms);
        fs_store16(a.v + at, vs);
        fs_store16(a.p + at, ps);
        if (a.copy != nullptr)
        {
            uint2 narrow = {fs_bf16_bits(ps[0]) | fs_bf16_bits(ps[1]) << 16, fs_bf16_bits(ps[2]) | fs_bf16_bits(ps[3]) << 16};
            fs_store((uint2*)(a.copy + at), narrow);
        }
    }
};

FS_KERNEL(fs_adam_f32, fs_adam_args, 256)
{
    FS_SHARED float shared_rate;
    if (threadIdx.x == 0)
    {
        fs_i64 t = fs_load(a.step);
        shared_rate = (float)(a.rate * fs_sqrt(1.0 - fs_power(a.beta2_wide, t)) / (1.0 - fs_power(a.beta1_wide, t)));
    }
    __syncthreads();
    const float rate = shared_rate;
    const fs_i64 thread = fs_thread_index(), threads = fs_thread_count(), groups = a.vector ? a.count / 4 : 0;
    fs_i64 i = thread;
    for (; i + threads < groups; i += 2 * threads)
    {
        fs_adam_group first, second;
        first.load(a, 4 * i);
        second.load(a, 4 * (i + threads));
        first.update(a, rate, 4 * i);
        second.update(a, rate, 4 * (i + threads));
    }
    if (i < groups)
    {
        fs_adam_group last;
        last.load(a, 4 * i);
        last.update(a, rate, 4 * i);
    }
    for (fs_i64 at = 4 * groups + thread; at < a.count; at += threads)
    {
        float p = fs_load(a.p + at), m = fs_load(a.m + at), v = fs_load(a.v + at);
        fs_adam_element(a, rate, fs_load_const(a.g + at), p, m, v);
        fs_store(a.m + at, m);
        fs_store(a.v + at, v);
        fs_store(a.p + at, p);
        if (a.copy != nullptr)
            fs_store(a.copy + at, fs_to_bf16(p));
    }
}
