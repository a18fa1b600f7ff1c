#include "core.h"
#include "capture.h"
#include "context.h"
#include "fake_cuda.h"

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <unistd.h>

namespace fake
{
namespace
{

constexpr const char* kind_names[] = {"device_allocations", "device_bytes", "host_allocations", "streams", "events", "modules", "graphs", "graph_execs",
    "contexts", "pools", "cublas_handles", "cublaslt_handles", "cublaslt_descriptors", "cudnn_handles", "cudnn_descriptors"};
static_assert(sizeof kind_names / sizeof *kind_names == static_cast<int>(Kind::Count));

struct Refusal { int status; long long from; long long until; };

// Never destroyed: worker threads and the exit report outlive static destructors.
struct State
{
    std::mutex lock;
    std::map<std::string, long long> calls;
    std::map<std::string, Refusal> refusals;
    std::string last_error;
    std::atomic<long long> live[static_cast<int>(Kind::Count)] = {};
    std::atomic<long long> faults{0};
    std::atomic<long long> peak{0};
    std::atomic<int> sticky{0};
    std::recursive_mutex big;
};

State& state()
{
    static State* s = new State;
    return *s;
}

thread_local bool in_host_function = false;

long long number(const char* name, long long otherwise)
{
    const char* text = std::getenv(name);
    return text != nullptr && *text != 0 ? std::atoll(text) : otherwise;
}

Settings read_settings()
{
    Settings s;
    // What the device has must fit this machine, or a program that fills its device ends it.
    long long half = sysconf(_SC_PHYS_PAGES) / 2 * sysconf(_SC_PAGE_SIZE);
    s.memory = number("FAKECUDA_MEMORY", std::min(16LL << 30, half));
    int capability = static_cast<int>(number("FAKECUDA_CC", 90));
    s.major = capability / 10;
    s.minor = capability % 10;
    s.devices = static_cast<int>(number("FAKECUDA_DEVICES", 1));
    s.synchronous = number("FAKECUDA_SYNC", 0) != 0;
    s.log = number("FAKECUDA_LOG", 0) != 0;
    s.protect = number("FAKECUDA_PROTECT", 1) != 0;
    s.leak_abort = number("FAKECUDA_LEAK_ABORT", 0) != 0;
    return s;
}

std::string formatted(const char* format, va_list arguments)
{
    char text[1024];
    std::vsnprintf(text, sizeof text, format, arguments);
    return text;
}

int copy_text(const std::string& from, char* to, int size)
{
    if (to != nullptr && size > 0)
    {
        size_t n = std::min(from.size(), static_cast<size_t>(size - 1));
        std::memcpy(to, from.data(), n);
        to[n] = 0;
    }
    return static_cast<int>(from.size());
}

} // namespace

Settings& settings()
{
    static Settings* s = new Settings(read_settings());
    return *s;
}

std::recursive_mutex& big_lock() { return state().big; }

void count(Kind kind, long long by)
{
    long long now = state().live[static_cast<int>(kind)] += by;
    if (kind != Kind::DeviceBytes)
        return;
    long long peak = state().peak;
    while (now > peak && !state().peak.compare_exchange_weak(peak, now))
    {
    }
}

long long live(Kind kind) { return state().live[static_cast<int>(kind)]; }

void note(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    std::string text = formatted(format, arguments);
    va_end(arguments);
    if (settings().log)
        std::fprintf(stderr, "fakecuda: %s\n", text.c_str());
    std::lock_guard<std::mutex> hold(state().lock);
    state().last_error = text;
}

void fault(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    std::string text = formatted(format, arguments);
    va_end(arguments);
    std::fprintf(stderr, "fakecuda: FAULT: %s\n", text.c_str());
    state().faults++;
    std::lock_guard<std::mutex> hold(state().lock);
    state().last_error = text;
}

bool refused(const char* function, int* status)
{
    std::lock_guard<std::mutex> hold(state().lock);
    long long call = state().calls[function]++;
    auto found = state().refusals.find(function);
    if (found == state().refusals.end() || call < found->second.from || call >= found->second.until)
        return false;
    state().last_error = std::string("a test refuses ") + function;
    *status = found->second.status;
    return true;
}

CUresult sticky_error() { return static_cast<CUresult>(state().sticky.load()); }

void set_sticky_error(CUresult error)
{
    int none = 0;
    state().sticky.compare_exchange_strong(none, error);
}

void set_in_host_function(bool inside) { in_host_function = inside; }

CUresult enter(const char* function, unsigned needs)
{
    int status = 0;
    if (refused(function, &status))
        return static_cast<CUresult>(status);
    if (in_host_function)
        return fail(CUDA_ERROR_NOT_PERMITTED, "%s is called inside a host function that a stream runs; no CUDA call is permitted there", function);
    if ((needs & NeedsInit) != 0 && !initialised())
        return fail(CUDA_ERROR_NOT_INITIALIZED, "%s is called before cuInit", function);
    if (sticky_error() != CUDA_SUCCESS && (needs & NeedsContext) != 0)
        return sticky_error();
    if ((needs & NeedsContext) != 0)
    {
        Context* current = current_context();
        if (current == nullptr)
            return fail(CUDA_ERROR_INVALID_CONTEXT, "%s needs a current context on this thread", function);
        if (!is_live(current))
            return fail(CUDA_ERROR_CONTEXT_IS_DESTROYED, "%s: the current context of this thread was released", function);
    }
    if ((needs & UnsafeInCapture) != 0)
        return refuse_in_capture(function);
    return CUDA_SUCCESS;
}

} // namespace fake

using namespace fake;

FAKE_EXPORT long long fake_cuda_live(const char* kind)
{
    long long sum = 0;
    for (int k = 0; k < static_cast<int>(Kind::Count); k++)
    {
        if (kind != nullptr && std::strcmp(kind, kind_names[k]) == 0)
            return state().live[k];
        if (k != static_cast<int>(Kind::DeviceBytes))
            sum += state().live[k];
    }
    return kind == nullptr ? sum : -1;
}

FAKE_EXPORT int fake_cuda_live_report(char* text, int size)
{
    std::string report;
    for (int k = 0; k < static_cast<int>(Kind::Count); k++)
        if (state().live[k] != 0)
            report += std::string(kind_names[k]) + " " + std::to_string(state().live[k]) + "\n";
    return copy_text(report, text, size);
}

FAKE_EXPORT long long fake_cuda_peak_bytes(void) { return state().peak; }

FAKE_EXPORT long long fake_cuda_calls(const char* function)
{
    std::lock_guard<std::mutex> hold(state().lock);
    auto found = state().calls.find(function);
    return found == state().calls.end() ? 0 : found->second;
}

FAKE_EXPORT void fake_cuda_set_memory(long long total_bytes) { settings().memory = total_bytes; }
FAKE_EXPORT void fake_cuda_set_device_count(int count) { settings().devices = count; }
FAKE_EXPORT void fake_cuda_set_synchronous(int on) { settings().synchronous = on != 0; }

FAKE_EXPORT void fake_cuda_set_compute_capability(int major, int minor)
{
    settings().major = major;
    settings().minor = minor;
}

FAKE_EXPORT void fake_cuda_refuse(const char* function, int status, int after, int times)
{
    std::lock_guard<std::mutex> hold(state().lock);
    long long from = state().calls[function] + after;
    state().refusals[function] = Refusal{status, from, times < 0 ? INT64_MAX : from + times};
}

FAKE_EXPORT void fake_cuda_allow_all(void)
{
    {
        std::lock_guard<std::mutex> hold(state().lock);
        state().refusals.clear();
    }
    forget_rules();
}

FAKE_EXPORT int fake_cuda_last_error(char* text, int size)
{
    std::lock_guard<std::mutex> hold(state().lock);
    return copy_text(state().last_error, text, size);
}

FAKE_EXPORT long long fake_cuda_faults(void) { return state().faults; }
FAKE_EXPORT void fake_cuda_reset(void) { state().sticky = 0; }

// What a process leaves behind is said at its end; its exit code stays its own, unless asked otherwise.
__attribute__((destructor)) static void report_leaks()
{
    char text[1024];
    if (fake_cuda_live_report(text, sizeof text) == 0)
        return;
    for (char* c = text; *c != 0; c++)
        *c = *c == '\n' ? ';' : *c;
    std::fprintf(stderr, "fakecuda: live at exit: %s\n", text);
    if (settings().leak_abort)
        std::abort();
}
