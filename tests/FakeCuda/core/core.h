// What every part of the stand-ins shares: how a call is entered and refused, how live objects are counted, settings, and the message of the last failure.
#pragma once

#include "cuda_driver.h"

#include <mutex>
#include <string>

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))
#define FAKE_SHARED __attribute__((visibility("default")))

namespace fake
{

// Kinds of objects counted for the leak report; device_bytes is a sum, not a count.
enum class Kind : int
{
    DeviceAllocations,
    DeviceBytes,
    HostAllocations,
    Streams,
    Events,
    Modules,
    Graphs,
    GraphExecs,
    Contexts,
    Pools,
    CublasHandles,
    CublasLtHandles,
    CublasLtDescriptors,
    CudnnHandles,
    CudnnDescriptors,
    Count,
};

FAKE_SHARED void count(Kind kind, long long by);
long long live(Kind kind);

struct Settings
{
    long long memory = 0; // of the device, in bytes
    int major = 9;
    int minor = 0;
    int devices = 1;
    bool synchronous = false;
    bool log = false;
    bool leak_abort = false;
    bool protect = true;
};
FAKE_SHARED Settings& settings();

// Records why a call fails and returns `status`; printf-style.
FAKE_SHARED void note(const char* format, ...) __attribute__((format(printf, 1, 2)));
template <typename Status, typename... Args> Status fail(Status status, const char* format, Args... args)
{
    note(format, args...);
    return status;
}
// A misuse that no status can carry (found later, or by a kernel): printed to stderr and counted.
FAKE_SHARED void fault(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Counts the call; true when a test refuses it, with the status it asked for.
FAKE_SHARED bool refused(const char* function, int* status);

// The error that a kernel or copy left behind: every later call fails with it, as on a device.
FAKE_SHARED CUresult sticky_error();
FAKE_SHARED void set_sticky_error(CUresult error);

// What a call needs before it may start.
enum : unsigned
{
    NeedsInit = 1,
    NeedsContext = 2,
    // Prohibited while a capture that is not relaxed runs (cuThreadExchangeStreamCaptureMode's "potentially unsafe" calls).
    UnsafeInCapture = 4,
};
FAKE_SHARED CUresult enter(const char* function, unsigned needs);
// Inside a host function that a stream runs no call is permitted.
void set_in_host_function(bool inside);

#define FAKE_ENTER(NEEDS) \
    do \
    { \
        CUresult entered = ::fake::enter(__func__, NEEDS); \
        if (entered != CUDA_SUCCESS) \
            return entered; \
    } while (0)

// Guards all tables of objects. Never held while work runs.
FAKE_SHARED std::recursive_mutex& big_lock();
using Lock = std::lock_guard<std::recursive_mutex>;

} // namespace fake
