// The host's side of kernels/fs_kernel.h: kernels/*.cu compiled by g++ -DFS_HOST and run by the stand-in libcuda over the whole grid.
//
// A kernel becomes a function that runs threads of one block, and a registration of its name, argument size and launch bound.
// A block runs on one host thread. Its threads run one after another in a plain loop; the first that meets a barrier or a shuffle is parked
// on its stack and the others go on with another (kernel/block.cpp), so a kernel that never synchronises pays nothing.
#pragma once

#ifndef FS_HOST
#error "fs_host.h is for g++ -DFS_HOST"
#endif

#include "fs_types.h"

struct fs_host_coordinates { fs_u32 x, y, z; };

// One block's coordinates, set before its threads run.
#define FS_HOST_TLS extern thread_local
FS_HOST_TLS fs_host_coordinates fs_host_thread;
FS_HOST_TLS fs_host_coordinates fs_host_block;
FS_HOST_TLS fs_host_coordinates fs_host_block_size;
FS_HOST_TLS fs_host_coordinates fs_host_grid_size;
#undef FS_HOST_TLS
#define threadIdx fs_host_thread
#define blockIdx fs_host_block
#define blockDim fs_host_block_size
#define gridDim fs_host_grid_size

// Runs threads of the block that are not started yet until none is left.
typedef void (*fs_host_runner)(const void* args);
int fs_host_register(const char* name, fs_u64 args_size, fs_u32 max_threads, fs_host_runner runner);
// Makes the next thread of the block current; false when all have started.
bool fs_host_next_thread();
void fs_host_thread_done();
void fs_host_barrier(int line);
fs_u32 fs_host_shuffle(fs_u32 mask, fs_u32 value, int source_lane, int line);
int fs_host_lane();
void* fs_host_dynamic_shared();
[[noreturn]] void fs_host_misaligned(const void* address, fs_u64 alignment, bool store);

#define FS_KERNEL(NAME, ARGS, MAX_THREADS) \
    static inline __attribute__((always_inline)) void NAME##_thread(const ARGS& a); \
    extern "C" void NAME(const void* args) \
    { \
        const ARGS a = *static_cast<const ARGS*>(args); \
        while (fs_host_next_thread()) \
        { \
            NAME##_thread(a); \
            fs_host_thread_done(); \
        } \
    } \
    static const int NAME##_registered = fs_host_register(#NAME, sizeof(ARGS), MAX_THREADS, NAME); \
    static inline __attribute__((always_inline)) void NAME##_thread(const ARGS& a)

// A block stays on one host thread from its first thread to its last, so thread storage is the block's own.
#define FS_SHARED static thread_local
#define __syncthreads() fs_host_barrier(__LINE__)

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

inline fs_u32 fs_atomic_inc(fs_u32* counter, fs_u32 last)
{
    fs_u32 old = __atomic_load_n(counter, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(counter, &old, old >= last ? 0u : old + 1u, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
    }
    return old;
}

// A lane beyond the warp's end keeps its own value, as shfl.sync.down does with a clamp of 31.
#define FS_HOST_SHUFFLE(TYPE) \
    inline TYPE __shfl_xor_sync(fs_u32 mask, TYPE value, int lanes, int line = __builtin_LINE()) \
    { \
        return __builtin_bit_cast(TYPE, fs_host_shuffle(mask, __builtin_bit_cast(fs_u32, value), fs_host_lane() ^ lanes, line)); \
    } \
    inline TYPE __shfl_down_sync(fs_u32 mask, TYPE value, int lanes, int line = __builtin_LINE()) \
    { \
        int source = fs_host_lane() + lanes; \
        return __builtin_bit_cast(TYPE, fs_host_shuffle(mask, __builtin_bit_cast(fs_u32, value), source > 31 ? fs_host_lane() : source, line)); \
    }
FS_HOST_SHUFFLE(float)
FS_HOST_SHUFFLE(int)
FS_HOST_SHUFFLE(fs_u32)
#undef FS_HOST_SHUFFLE

// The device faults on an address that is no multiple of the access's size; so do these.
template <typename V> FS_DEVICE V fs_load(const V* from)
{
    if ((fs_u64)from % alignof(V) != 0)
        fs_host_misaligned(from, alignof(V), false);
    return *from;
}

template <typename V> FS_DEVICE void fs_store(V* to, V value)
{
    if ((fs_u64)to % alignof(V) != 0)
        fs_host_misaligned(to, alignof(V), true);
    *to = value;
}

template <typename V> FS_DEVICE V fs_load_const(const V* from) { return fs_load(from); }
