// Initialisation, devices and primary contexts.
#include "capture.h"
#include "context.h"
#include "faults.h"
#include "memory.h"

#include <atomic>
#include <cstring>
#include <map>

namespace fake
{
namespace
{

std::atomic<bool> ready{false};
thread_local std::vector<Context*> stack;

std::map<int, Context*>& primaries()
{
    static auto* all = new std::map<int, Context*>;
    return *all;
}

CUresult check_device(const char* what, CUdevice device)
{
    return device < 0 || device >= settings().devices ? fail(CUDA_ERROR_INVALID_DEVICE, "%s: there is no device %d", what, device) : CUDA_SUCCESS;
}

// What an application forgot is a leak even if the context's end frees it.
void destroy(Context* context)
{
    drain(context);
    Lock hold(big_lock());
    std::vector<Stream*> streams;
    streams.swap(context->streams);
    for (Stream* stream : streams)
    {
        fault("a stream is still live when its context is released for the last time");
        end_stream(stream);
        count(Kind::Streams, -1);
    }
    if (context->legacy != nullptr)
        end_stream(context->legacy);
    context->legacy = nullptr;
    release_all(context);
    context->retained = 0;
    count(Kind::Contexts, -1);
}

} // namespace

bool initialised() { return ready; }
Context* current_context() { return stack.empty() ? nullptr : stack.back(); }

// Primary contexts keep their address for the life of the process; a released one is not live.
bool is_live(Context* context) { return context != nullptr && context->retained > 0; }

} // namespace fake

using namespace fake;

FAKE_EXPORT CUresult cuInit(unsigned flags)
{
    FAKE_ENTER(0);
    if (flags != 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuInit: flags must be 0");
    if (settings().devices == 0)
        return fail(CUDA_ERROR_NO_DEVICE, "cuInit: no device");
    install_fault_handler();
    ready = true;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDriverGetVersion(int* version)
{
    FAKE_ENTER(0);
    if (version == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDriverGetVersion: null");
    *version = 13000;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDeviceGetCount(int* count)
{
    FAKE_ENTER(NeedsInit);
    if (count == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDeviceGetCount: null");
    *count = settings().devices;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDeviceGet(CUdevice* device, int ordinal)
{
    FAKE_ENTER(NeedsInit);
    if (device == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDeviceGet: null");
    if (CUresult bad = check_device("cuDeviceGet", ordinal); bad != CUDA_SUCCESS)
        return bad;
    *device = ordinal;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDeviceGetName(char* name, int length, CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDeviceGetName", device); bad != CUDA_SUCCESS)
        return bad;
    if (name == nullptr || length <= 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDeviceGetName: no room");
    std::strncpy(name, "FakeCuda (stand-in, runs on the CPU)", length);
    name[length - 1] = 0;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDeviceTotalMem", device); bad != CUDA_SUCCESS)
        return bad;
    if (bytes == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDeviceTotalMem: null");
    *bytes = static_cast<size_t>(settings().memory);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDeviceGetUuid_v2(unsigned char* uuid, CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDeviceGetUuid", device); bad != CUDA_SUCCESS)
        return bad;
    std::memset(uuid, 0xFA, 16);
    uuid[15] = static_cast<unsigned char>(device);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDeviceGetAttribute", device); bad != CUDA_SUCCESS)
        return bad;
    if (value == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDeviceGetAttribute: null");
    // As an H100 answers, where it matters to how a grid is cut.
    static const std::map<int, int> values = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {9, 65536},
        {10, 32}, {11, 2147483647}, {12, 65536}, {13, 1000000}, {14, 512}, {15, 1}, {16, 132}, {17, 0}, {18, 0}, {19, 1}, {20, 0}, {31, 1}, {32, 0}, {33, 0},
        {34, 0}, {35, 0}, {36, 1000000}, {37, 64}, {38, 1 << 20}, {39, 2048}, {40, 1}, {41, 1}, {50, 0}, {78, 1}, {81, 102400}, {82, 65536}, {83, 0}, {84, 0},
        {97, 101376}, {102, 0}, {115, 1}};
    if (attribute == 75 || attribute == 76)
        *value = attribute == 75 ? settings().major : settings().minor;
    else if (auto found = values.find(attribute); found != values.end())
        *value = found->second;
    else
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDeviceGetAttribute: the stand-in knows no attribute %d", attribute);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDevicePrimaryCtxRetain", device); bad != CUDA_SUCCESS)
        return bad;
    if (context == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuDevicePrimaryCtxRetain: null");
    Lock hold(big_lock());
    Context*& primary = primaries()[device];
    if (primary == nullptr)
        primary = new Context;
    primary->device = device;
    if (primary->retained++ == 0)
        count(Kind::Contexts, 1);
    *context = reinterpret_cast<CUcontext>(primary);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDevicePrimaryCtxRelease", device); bad != CUDA_SUCCESS)
        return bad;
    Context* primary;
    {
        Lock hold(big_lock());
        primary = primaries()[device];
        if (!is_live(primary))
            return fail(CUDA_ERROR_INVALID_CONTEXT, "cuDevicePrimaryCtxRelease: released more often than retained");
        if (primary->retained > 1)
        {
            primary->retained--;
            return CUDA_SUCCESS;
        }
    }
    destroy(primary);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active)
{
    FAKE_ENTER(NeedsInit);
    if (CUresult bad = check_device("cuDevicePrimaryCtxGetState", device); bad != CUDA_SUCCESS)
        return bad;
    Lock hold(big_lock());
    Context* primary = primaries()[device];
    *flags = 0;
    *active = is_live(primary) ? 1 : 0;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuCtxSetCurrent(CUcontext context)
{
    FAKE_ENTER(NeedsInit);
    Context* next = reinterpret_cast<Context*>(context);
    if (next != nullptr && !is_live(next))
        return fail(CUDA_ERROR_INVALID_CONTEXT, "cuCtxSetCurrent: not a live context");
    if (!stack.empty())
        stack.pop_back();
    if (next != nullptr)
        stack.push_back(next);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuCtxGetCurrent(CUcontext* context)
{
    FAKE_ENTER(NeedsInit);
    *context = reinterpret_cast<CUcontext>(current_context());
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuCtxPushCurrent_v2(CUcontext context)
{
    FAKE_ENTER(NeedsInit);
    if (!is_live(reinterpret_cast<Context*>(context)))
        return fail(CUDA_ERROR_INVALID_CONTEXT, "cuCtxPushCurrent: not a live context");
    stack.push_back(reinterpret_cast<Context*>(context));
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuCtxPopCurrent_v2(CUcontext* context)
{
    FAKE_ENTER(NeedsInit);
    if (stack.empty())
        return fail(CUDA_ERROR_INVALID_CONTEXT, "cuCtxPopCurrent: no context is current");
    if (context != nullptr)
        *context = reinterpret_cast<CUcontext>(stack.back());
    stack.pop_back();
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuCtxGetDevice(CUdevice* device)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    *device = current_context()->device;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuCtxSynchronize(void)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    drain(current_context());
    return sticky_error();
}
