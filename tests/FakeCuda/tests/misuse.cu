// Kernels for the stand-in's own tests: a few that are right, and one for each misuse it must find.
#include "fs_kernel.h"

struct fake_pointer_args { float* to; fs_i64 count; };
struct fake_sum_args { const float* from; float* to; fs_i64 count; };

// to[i] = i
FS_KERNEL(fake_test_iota, fake_pointer_args, 256)
{
    fs_i64 i = fs_thread_index();
    if (i < a.count)
        a.to[i] = (float)i;
}

// to[i] += 1
FS_KERNEL(fake_test_increment, fake_pointer_args, 256)
{
    fs_i64 i = fs_thread_index();
    if (i < a.count)
        a.to[i] += 1.0f;
}

// to[block] = sum of the block's 256 inputs, by shuffles and shared memory.
FS_KERNEL(fake_test_block_sum, fake_sum_args, 256)
{
    FS_SHARED float partial[8];
    fs_i64 i = fs_thread_index();
    float sum = fs_warp_sum(i < a.count ? a.from[i] : 0.0f);
    if (threadIdx.x % 32 == 0)
        partial[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x < 32)
    {
        sum = fs_warp_sum(threadIdx.x < 8 ? partial[threadIdx.x] : 0.0f);
        if (threadIdx.x == 0)
            a.to[blockIdx.x] = sum;
    }
}

// Writes one element past the end.
FS_KERNEL(fake_test_overrun, fake_pointer_args, 256)
{
    fs_i64 i = fs_thread_index();
    if (i <= a.count)
        a.to[i] = 0.0f;
}

// Half of the threads leave before the barrier.
FS_KERNEL(fake_test_early_exit, fake_pointer_args, 256)
{
    if (threadIdx.x >= 128)
        return;
    __syncthreads();
    a.to[threadIdx.x] = 1.0f;
}

// Two barriers on two paths.
FS_KERNEL(fake_test_two_barriers, fake_pointer_args, 256)
{
    if (threadIdx.x < 128)
        __syncthreads();
    else
        __syncthreads();
    a.to[threadIdx.x] = 1.0f;
}

// A 16-byte store at an address that is a multiple of 4 only.
FS_KERNEL(fake_test_misaligned, fake_pointer_args, 256)
{
    float4 value = {1.0f, 2.0f, 3.0f, 4.0f};
    fs_store((float4*)(a.to + 1), value);
}

// to[i] = its neighbour's value through shared memory, but without the barrier between.
FS_KERNEL(fake_test_no_barrier, fake_pointer_args, 256)
{
    FS_SHARED float values[256];
    values[threadIdx.x] = (float)fs_thread_index();
    a.to[fs_thread_index()] = threadIdx.x > 0 ? values[threadIdx.x - 1] : -1.0f;
}
