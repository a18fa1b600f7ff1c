// Device memory, pinned memory and stream-ordered pools.
#include "memory.h"
#include "stream.h"

#include <unordered_set>

using namespace fake;

namespace
{

struct Pool
{
    Context* context;
    unsigned long long threshold = 0;
};

std::unordered_set<Pool*>& pools()
{
    static auto* all = new std::unordered_set<Pool*>;
    return *all;
}

CUresult find_pool(const char* what, CUmemoryPool handle, Pool** pool)
{
    Lock hold(big_lock());
    *pool = reinterpret_cast<Pool*>(handle);
    return pools().count(*pool) == 0 ? fail(CUDA_ERROR_INVALID_HANDLE, "%s: not a live pool", what) : CUDA_SUCCESS;
}

} // namespace

FAKE_EXPORT CUresult cuMemGetInfo_v2(size_t* free, size_t* total)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    if (free == nullptr || total == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemGetInfo: null");
    long long f, t;
    memory_info(&f, &t);
    *free = static_cast<size_t>(f);
    *total = static_cast<size_t>(t);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    if (address == nullptr || bytes == 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemAlloc: %s", bytes == 0 ? "0 bytes" : "null");
    uint64_t at = 0;
    CUresult result = allocate(current_context(), bytes, true, "cuMemAlloc", &at);
    if (result == CUDA_SUCCESS)
        *address = at;
    return result;
}

FAKE_EXPORT CUresult cuMemFree_v2(CUdeviceptr address)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    if (address == 0)
        return CUDA_SUCCESS;
    Allocation a;
    if (!find_base(address, true, &a))
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemFree: 0x%llx is not the start of a live device allocation: %s", address, describe(address).c_str());
    if (a.context != current_context())
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemFree: the allocation belongs to another context");
    // The driver's cuMemFree waits for work that may use the memory.
    drain(a.context);
    release(a);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned flags)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    if (address == nullptr || bytes == 0 || (flags & ~7u) != 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemHostAlloc: null, 0 bytes or unknown flags");
    uint64_t at = 0;
    CUresult result = allocate(current_context(), bytes, false, "cuMemHostAlloc", &at);
    if (result == CUDA_SUCCESS)
        *address = reinterpret_cast<void*>(at);
    return result;
}

FAKE_EXPORT CUresult cuMemAllocHost_v2(void** address, size_t bytes) { return cuMemHostAlloc(address, bytes, 0); }

FAKE_EXPORT CUresult cuMemFreeHost(void* address)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    Allocation a;
    if (!find_base(reinterpret_cast<uint64_t>(address), false, &a))
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemFreeHost: %p is not the start of live pinned memory", address);
    drain(a.context);
    release(a);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* host, unsigned flags)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Allocation a;
    if (flags != 0 || !find_around(reinterpret_cast<uint64_t>(host), &a) || a.device)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemHostGetDevicePointer: %p is not in live pinned memory", host);
    *device = reinterpret_cast<CUdeviceptr>(host);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* properties)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    if (pool == nullptr || properties == nullptr || properties->allocType != 1 || properties->handleTypes != 0 || properties->location.type != 1)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemPoolCreate: a pool is of pinned type (1), without handles (0), at a device (1)");
    if (properties->location.id < 0 || properties->location.id >= settings().devices)
        return fail(CUDA_ERROR_INVALID_DEVICE, "cuMemPoolCreate: there is no device %d", properties->location.id);
    Lock hold(big_lock());
    Pool* made = new Pool{current_context()};
    pools().insert(made);
    count(Kind::Pools, 1);
    *pool = reinterpret_cast<CUmemoryPool>(made);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemPoolDestroy(CUmemoryPool handle)
{
    FAKE_ENTER(NeedsInit);
    Pool* pool;
    if (CUresult bad = find_pool("cuMemPoolDestroy", handle, &pool); bad != CUDA_SUCCESS)
        return bad;
    Lock hold(big_lock());
    pools().erase(pool);
    delete pool;
    count(Kind::Pools, -1);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemPoolTrimTo(CUmemoryPool handle, size_t)
{
    FAKE_ENTER(NeedsInit);
    Pool* pool;
    return find_pool("cuMemPoolTrimTo", handle, &pool);
}

FAKE_EXPORT CUresult cuMemPoolSetAttribute(CUmemoryPool handle, int attribute, void* value)
{
    FAKE_ENTER(NeedsInit);
    Pool* pool;
    if (CUresult bad = find_pool("cuMemPoolSetAttribute", handle, &pool); bad != CUDA_SUCCESS)
        return bad;
    if (value == nullptr || attribute < 1 || attribute > 8 || attribute == 5 || attribute == 7)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemPoolSetAttribute: attribute %d cannot be set", attribute);
    if (attribute == 4)
        pool->threshold = *static_cast<unsigned long long*>(value);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, size_t bytes, CUmemoryPool handle, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Pool* pool;
    if (CUresult bad = find_pool("cuMemAllocFromPoolAsync", handle, &pool); bad != CUDA_SUCCESS)
        return bad;
    Stream* on;
    if (CUresult bad = find_stream("cuMemAllocFromPoolAsync", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    if (on->capture != nullptr)
        return fail(CUDA_ERROR_NOT_SUPPORTED, "cuMemAllocFromPoolAsync: the stand-in has no allocation nodes");
    if (address == nullptr || bytes == 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemAllocFromPoolAsync: %s", bytes == 0 ? "0 bytes" : "null");
    uint64_t at = 0;
    CUresult result = allocate(current_context(), bytes, true, "cuMemAllocFromPoolAsync", &at);
    if (result == CUDA_SUCCESS)
        *address = at;
    return result;
}

FAKE_EXPORT CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuMemFreeAsync", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    if (on->capture != nullptr)
        return fail(CUDA_ERROR_NOT_SUPPORTED, "cuMemFreeAsync: the stand-in has no free nodes");
    Allocation a;
    if (!find_base(address, true, &a))
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemFreeAsync: 0x%llx is not the start of a live device allocation: %s", address, describe(address).c_str());
    MarkerRef done = std::make_shared<Marker>();
    enqueue(on, [a, address, done]
    {
        Allocation still;
        if (find_base(address, true, &still))
            release(still);
        else
            fault("device memory was freed twice: by cuMemFreeAsync and by something before its turn came");
        reach(done);
    });
    return CUDA_SUCCESS;
}
