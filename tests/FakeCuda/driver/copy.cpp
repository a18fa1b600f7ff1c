// Copies and fills. Ranges are checked when a call is made and once more when it runs, for a graph may be replayed after memory was freed.
#include "capture.h"
#include "memory.h"

#include <cstring>

using namespace fake;

namespace
{

enum class Side { Device, Host };

// Host memory of an asynchronous copy: pinned memory must have room; other memory is the process's own and cannot be checked.
CUresult check_host(const char* what, uint64_t address, uint64_t bytes, bool* pinned)
{
    *pinned = false;
    if (address == 0 && bytes != 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: null host pointer", what);
    if (in_device_range(address))
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: the host pointer 0x%llx is a device address", what, (unsigned long long)address);
    if (!in_pinned_range(address))
        return CUDA_SUCCESS;
    Allocation a;
    if (!find_around(address, &a))
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: the host pointer is in pinned memory that was freed: %s", what, describe(address).c_str());
    if (bytes > a.base + a.size - address)
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: %llu bytes pass the end of %llu bytes of pinned memory", what, (unsigned long long)bytes, (unsigned long long)a.size);
    *pinned = true;
    return CUDA_SUCCESS;
}

CUresult check_side(const char* what, Side side, uint64_t address, uint64_t bytes, bool* pinned)
{
    *pinned = true;
    if (bytes == 0)
        return CUDA_SUCCESS;
    return side == Side::Device ? check_device_range(what, address, bytes, current_context()) : check_host(what, address, bytes, pinned);
}

// Rows of `width` bytes; a plain copy has one row.
struct Copy
{
    const char* name;
    Side to_side, from_side;
    uint64_t to, from;
    uint64_t width, rows, to_pitch, from_pitch;

    uint64_t to_bytes() const { return rows == 0 || width == 0 ? 0 : (rows - 1) * to_pitch + width; }
    uint64_t from_bytes() const { return rows == 0 || width == 0 ? 0 : (rows - 1) * from_pitch + width; }

    bool still_good() const
    {
        bool pinned;
        if ((to_side == Side::Device && to_bytes() != 0 && check_device_range(name, to, to_bytes(), nullptr) != CUDA_SUCCESS)
            || (from_side == Side::Device && from_bytes() != 0 && check_device_range(name, from, from_bytes(), nullptr) != CUDA_SUCCESS)
            || (to_side == Side::Host && check_host(name, to, to_bytes(), &pinned) != CUDA_SUCCESS)
            || (from_side == Side::Host && check_host(name, from, from_bytes(), &pinned) != CUDA_SUCCESS))
        {
            fault("%s runs when its memory is gone", name);
            set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS);
            return false;
        }
        return true;
    }

    void run() const
    {
        if (!still_good())
            return;
        for (uint64_t row = 0; row < rows; row++)
            std::memmove(reinterpret_cast<void*>(to + row * to_pitch), reinterpret_cast<const void*>(from + row * from_pitch), width);
    }
};

CUresult copy(const Copy& c, CUstream handle)
{
    Stream* stream;
    if (CUresult bad = find_stream(c.name, handle, &stream); bad != CUDA_SUCCESS)
        return bad;
    bool to_pinned, from_pinned;
    if (CUresult bad = check_side(c.name, c.to_side, c.to, c.to_bytes(), &to_pinned); bad != CUDA_SUCCESS)
        return bad;
    if (CUresult bad = check_side(c.name, c.from_side, c.from, c.from_bytes(), &from_pinned); bad != CUDA_SUCCESS)
        return bad;
    if (stream->capture != nullptr && !(to_pinned && from_pinned))
    {
        // A graph keeps the address, and a collector moves what it points to: nothing good comes of it, whatever a driver would say.
        stream->capture->invalid = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "%s: memory that is not pinned cannot be captured; the capture is invalidated", c.name);
    }
    if (to_pinned && from_pinned)
        return submit(stream, c.name, [c] { c.run(); });
    if (!to_pinned)
    {
        // To pageable memory the driver returns only when the copy is complete.
        if (CUresult bad = submit(stream, c.name, [c] { c.run(); }); bad != CUDA_SUCCESS)
            return bad;
        synchronize(stream);
        return sticky_error();
    }
    // From pageable memory the driver may read at once, into a staging buffer, or any time before the call returns; so nothing later is seen.
    auto staged = std::make_shared<std::vector<unsigned char>>(c.width * c.rows);
    for (uint64_t row = 0; row < c.rows; row++)
        std::memcpy(staged->data() + row * c.width, reinterpret_cast<const void*>(c.from + row * c.from_pitch), c.width);
    return submit(stream, c.name, [c, staged]
    {
        Copy from_stage = c;
        from_stage.from = reinterpret_cast<uint64_t>(staged->data());
        from_stage.from_pitch = c.width;
        from_stage.run();
    });
}

CUresult synchronous(const char* name, Copy c)
{
    c.name = name;
    if (CUresult bad = copy(c, nullptr); bad != CUDA_SUCCESS)
        return bad;
    Stream* stream;
    find_stream(name, nullptr, &stream);
    synchronize(stream);
    return sticky_error();
}

template <typename T> CUresult fill(const char* name, CUdeviceptr to, T value, size_t count, CUstream handle)
{
    Stream* stream;
    if (CUresult bad = find_stream(name, handle, &stream); bad != CUDA_SUCCESS)
        return bad;
    if (to % sizeof(T) != 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: 0x%llx is no multiple of %zu", name, to, sizeof(T));
    if (count == 0)
        return CUDA_SUCCESS;
    if (CUresult bad = check_device_range(name, to, count * sizeof(T), current_context()); bad != CUDA_SUCCESS)
        return bad;
    return submit(stream, name, [=]
    {
        if (check_device_range(name, to, count * sizeof(T), nullptr) != CUDA_SUCCESS)
        {
            fault("%s runs when its memory is gone", name);
            set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS);
            return;
        }
        T* at = reinterpret_cast<T*>(to);
        std::fill(at, at + count, value);
    });
}

uint64_t host(const void* p) { return reinterpret_cast<uint64_t>(p); }

} // namespace

FAKE_EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return copy({"cuMemcpyHtoDAsync", Side::Device, Side::Host, to, host(from), bytes, 1, bytes, bytes}, stream);
}

FAKE_EXPORT CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return copy({"cuMemcpyDtoHAsync", Side::Host, Side::Device, host(to), from, bytes, 1, bytes, bytes}, stream);
}

FAKE_EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return copy({"cuMemcpyDtoDAsync", Side::Device, Side::Device, to, from, bytes, 1, bytes, bytes}, stream);
}

FAKE_EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return synchronous("cuMemcpyHtoD", {"", Side::Device, Side::Host, to, host(from), bytes, 1, bytes, bytes});
}

FAKE_EXPORT CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return synchronous("cuMemcpyDtoH", {"", Side::Host, Side::Device, host(to), from, bytes, 1, bytes, bytes});
}

FAKE_EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return synchronous("cuMemcpyDtoD", {"", Side::Device, Side::Device, to, from, bytes, 1, bytes, bytes});
}

FAKE_EXPORT CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* p, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    auto known = [](CUmemorytype type) { return type == CU_MEMORYTYPE_HOST || type == CU_MEMORYTYPE_DEVICE; };
    if (p == nullptr || !known(p->srcMemoryType) || !known(p->dstMemoryType))
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemcpy2DAsync: the stand-in copies between host and device memory");
    // A pitch of 0 stands for rows without gaps.
    size_t from_pitch = p->srcPitch == 0 ? p->WidthInBytes + p->srcXInBytes : p->srcPitch, to_pitch = p->dstPitch == 0 ? p->WidthInBytes + p->dstXInBytes : p->dstPitch;
    if (from_pitch < p->WidthInBytes + p->srcXInBytes || to_pitch < p->WidthInBytes + p->dstXInBytes)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuMemcpy2DAsync: a pitch is smaller than its row");
    bool from_device = p->srcMemoryType == CU_MEMORYTYPE_DEVICE, to_device = p->dstMemoryType == CU_MEMORYTYPE_DEVICE;
    uint64_t from = (from_device ? p->srcDevice : host(p->srcHost)) + p->srcY * from_pitch + p->srcXInBytes;
    uint64_t to = (to_device ? p->dstDevice : host(p->dstHost)) + p->dstY * to_pitch + p->dstXInBytes;
    return copy({"cuMemcpy2DAsync", to_device ? Side::Device : Side::Host, from_device ? Side::Device : Side::Host, to, from, p->WidthInBytes, p->Height, to_pitch,
        from_pitch}, stream);
}

FAKE_EXPORT CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return fill("cuMemsetD8Async", to, value, count, stream);
}

FAKE_EXPORT CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return fill("cuMemsetD16Async", to, value, count, stream);
}

FAKE_EXPORT CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    return fill("cuMemsetD32Async", to, value, count, stream);
}
