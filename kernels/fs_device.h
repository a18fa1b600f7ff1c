// What a kernel needs of the device, for clang-19 without a CUDA toolkit (-nocudainc -nocudalib). The host's fs_host.h offers the same names.
#pragma once

#ifndef __CUDA__
#error "fs_device.h is for clang -x cuda; on the host compile with -DFS_HOST"
#endif

// FS_KERNEL(NAME, ARGS, MAX_THREADS) { ... a.x ... }: one parameter, a struct by value; at most MAX_THREADS threads a block.
#define FS_KERNEL(NAME, ARGS, MAX_THREADS) \
    extern "C" __attribute__((global)) void __attribute__((launch_bounds(MAX_THREADS))) NAME(const ARGS a)

// Memory of a block: FS_SHARED float tile[256]; in the kernel itself. Inside a template it would become a weak symbol, which PTX promises for other
// memory only; templates take its address.
#define FS_SHARED static __attribute__((shared))

// threadIdx.x is a read of a special register each time, never memory.
#define FS_COORDINATE(LETTER, REGISTER) \
    __declspec(property(get = fs_get_##LETTER)) fs_u32 LETTER; \
    static FS_DEVICE fs_u32 fs_get_##LETTER() { return (fs_u32)__nvvm_read_ptx_sreg_##REGISTER##_##LETTER(); }
#define FS_COORDINATES(NAME, REGISTER) \
    struct fs_##NAME { FS_COORDINATE(x, REGISTER) FS_COORDINATE(y, REGISTER) FS_COORDINATE(z, REGISTER) }; \
    extern const __attribute__((device)) __attribute__((weak)) fs_##NAME NAME;
FS_COORDINATES(threadIdx, tid)
FS_COORDINATES(blockIdx, ctaid)
FS_COORDINATES(blockDim, ntid)
FS_COORDINATES(gridDim, nctaid)
#undef FS_COORDINATES
#undef FS_COORDINATE

// __syncthreads() is clang's own.

// Makes this thread's writes visible to the device before those that follow.
FS_DEVICE void __threadfence() { __nvvm_membar_gl(); }

// Old value of *counter; afterwards it is old + 1, or 0 when old was `last`. A counter that wraps needs no clearing between replays of a graph.
FS_DEVICE fs_u32 fs_atomic_inc(fs_u32* counter, fs_u32 last) { return __nvvm_atom_inc_gen_ui(counter, last); }

FS_DEVICE float __shfl_xor_sync(fs_u32 mask, float value, int lanes) { return __nvvm_shfl_sync_bfly_f32(mask, value, lanes, 31); }
FS_DEVICE int __shfl_xor_sync(fs_u32 mask, int value, int lanes) { return __nvvm_shfl_sync_bfly_i32(mask, value, lanes, 31); }
FS_DEVICE fs_u32 __shfl_xor_sync(fs_u32 mask, fs_u32 value, int lanes)
{
    return (fs_u32)__nvvm_shfl_sync_bfly_i32(mask, (int)value, lanes, 31);
}
FS_DEVICE float __shfl_down_sync(fs_u32 mask, float value, int lanes) { return __nvvm_shfl_sync_down_f32(mask, value, lanes, 31); }
FS_DEVICE int __shfl_down_sync(fs_u32 mask, int value, int lanes) { return __nvvm_shfl_sync_down_i32(mask, value, lanes, 31); }
FS_DEVICE fs_u32 __shfl_down_sync(fs_u32 mask, fs_u32 value, int lanes)
{
    return (fs_u32)__nvvm_shfl_sync_down_i32(mask, (int)value, lanes, 31);
}

// Typed memory accesses. V's alignment is the address's (the host's versions check that): 16-byte types give one 128-bit access.
template <typename V> FS_DEVICE V fs_load(const V* from) { return *from; }
template <typename V> FS_DEVICE void fs_store(V* to, V value) { *to = value; }

// Loads through the read-only path: nothing may write the memory while the kernel runs.
FS_DEVICE float fs_load_const(const float* from) { return __nvvm_ldg_f(from); }
FS_DEVICE fs_u8 fs_load_const(const fs_u8* from) { return __nvvm_ldg_uc(from); }
FS_DEVICE fs_u32 fs_load_const(const fs_u32* from) { return __nvvm_ldg_ui(from); }
FS_DEVICE fs_bf16 fs_load_const(const fs_bf16* from)
{
    fs_bf16 value = {__nvvm_ldg_us(&from->bits)};
    return value;
}
FS_DEVICE float4 fs_load_const(const float4* from)
{
    typedef float quad __attribute__((ext_vector_type(4)));
    quad q = __nvvm_ldg_f4((const quad*)from);
    float4 value = {q.x, q.y, q.z, q.w};
    return value;
}
FS_DEVICE uint4 fs_load_const(const uint4* from)
{
    typedef fs_u32 quad __attribute__((ext_vector_type(4)));
    quad q = __nvvm_ldg_ui4((const quad*)from);
    uint4 value = {q.x, q.y, q.z, q.w};
    return value;
}
