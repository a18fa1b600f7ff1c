// Adds to a counter in device memory: the shared step counter, so that a recorded step can be replayed.
//
//   counter[0] += amount
//
// One thread. 16 bytes move.
#include "fs_kernel.h"

struct fs_increment_args
{
    fs_i64* counter;
    fs_i64 amount;
};

FS_KERNEL(fs_increment_i64, fs_increment_args, 32)
{
    if (threadIdx.x == 0 && blockIdx.x == 0)
        a.counter[0] += a.amount;
}
