// Streams, events and host functions.
#include "capture.h"
#include "memory.h"

#include <algorithm>
#include <unordered_set>

namespace fake
{
namespace
{

std::unordered_set<Event*>& events()
{
    static auto* all = new std::unordered_set<Event*>;
    return *all;
}

} // namespace

CUresult find_event(const char* what, CUevent handle, Event** event)
{
    Lock hold(big_lock());
    *event = reinterpret_cast<Event*>(handle);
    if (events().count(*event) == 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "%s: not a live event", what);
    return CUDA_SUCCESS;
}

} // namespace fake

using namespace fake;

FAKE_EXPORT CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    if (stream == nullptr || flags > 1)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuStreamCreate: null or unknown flags %u", flags);
    Lock hold(big_lock());
    Context* context = current_context();
    context->streams.push_back(start_stream(context, flags, priority, false));
    count(Kind::Streams, 1);
    *stream = reinterpret_cast<CUstream>(context->streams.back());
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuStreamCreate(CUstream* stream, unsigned flags)
{
    FAKE_ENTER(0);
    return cuStreamCreateWithPriority(stream, flags, 0);
}

FAKE_EXPORT CUresult cuStreamDestroy_v2(CUstream handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Lock hold(big_lock());
    Stream* stream;
    if (CUresult bad = find_stream("cuStreamDestroy", handle, &stream); bad != CUDA_SUCCESS)
        return bad;
    if (stream->legacy)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuStreamDestroy: the null stream cannot be destroyed");
    if (stream->capture != nullptr)
        stream->capture->invalid = true;
    auto& streams = stream->context->streams;
    streams.erase(std::find(streams.begin(), streams.end(), stream));
    end_stream(stream);
    count(Kind::Streams, -1);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuStreamSynchronize(CUstream handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    Stream* stream;
    if (CUresult bad = find_stream("cuStreamSynchronize", handle, &stream); bad != CUDA_SUCCESS)
        return bad;
    if (stream->capture != nullptr)
    {
        stream->capture->invalid = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuStreamSynchronize: the stream captures; the capture is invalidated");
    }
    synchronize(stream);
    return sticky_error();
}

FAKE_EXPORT CUresult cuStreamQuery(CUstream handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    Stream* stream;
    if (CUresult bad = find_stream("cuStreamQuery", handle, &stream); bad != CUDA_SUCCESS)
        return bad;
    if (stream->capture != nullptr)
    {
        stream->capture->invalid = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuStreamQuery: the stream captures; the capture is invalidated");
    }
    // Not an error: the caller asked.
    return idle(stream) ? sticky_error() : CUDA_ERROR_NOT_READY;
}

FAKE_EXPORT CUresult cuStreamWaitEvent(CUstream stream, CUevent handle, unsigned flags)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Lock hold(big_lock());
    Stream* on;
    if (CUresult bad = find_stream("cuStreamWaitEvent", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    Event* event;
    if (CUresult bad = find_event("cuStreamWaitEvent", handle, &event); bad != CUDA_SUCCESS)
        return bad;
    if (flags > CU_EVENT_WAIT_EXTERNAL)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuStreamWaitEvent: unknown flags %u", flags);
    if (flags == CU_EVENT_WAIT_EXTERNAL && on->capture != nullptr)
        return fail(CUDA_ERROR_NOT_SUPPORTED, "cuStreamWaitEvent: the stand-in has no external wait nodes");
    if (on->capture != nullptr || event->capture != nullptr)
        return capture_wait(on, event);
    if (event->marker != nullptr)
        enqueue(on, [marker = event->marker] { wait_for(marker); });
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuStreamGetCtx(CUstream stream, CUcontext* context)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuStreamGetCtx", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    *context = reinterpret_cast<CUcontext>(on->context);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuLaunchHostFunc", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    if (function == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchHostFunc: null");
    return submit(on, "cuLaunchHostFunc", [function, data]
    {
        set_in_host_function(true);
        function(data);
        set_in_host_function(false);
    });
}

FAKE_EXPORT CUresult cuEventCreate(CUevent* event, unsigned flags)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    if (event == nullptr || flags > 7 || (flags & (CU_EVENT_INTERPROCESS | CU_EVENT_DISABLE_TIMING)) == CU_EVENT_INTERPROCESS)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuEventCreate: null or flags %u", flags);
    Lock hold(big_lock());
    Event* made = new Event;
    made->context = current_context();
    made->flags = flags;
    events().insert(made);
    count(Kind::Events, 1);
    *event = reinterpret_cast<CUevent>(made);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuEventDestroy_v2(CUevent handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Lock hold(big_lock());
    Event* event;
    if (CUresult bad = find_event("cuEventDestroy", handle, &event); bad != CUDA_SUCCESS)
        return bad;
    events().erase(event);
    delete event;
    count(Kind::Events, -1);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuEventRecordWithFlags(CUevent handle, CUstream stream, unsigned flags)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Lock hold(big_lock());
    Event* event;
    if (CUresult bad = find_event("cuEventRecord", handle, &event); bad != CUDA_SUCCESS)
        return bad;
    Stream* on;
    if (CUresult bad = find_stream("cuEventRecord", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    if (event->context != on->context)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuEventRecord: event and stream belong to different contexts");
    if (flags > CU_EVENT_RECORD_EXTERNAL)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuEventRecord: unknown flags %u", flags);
    if (on->capture != nullptr && flags == CU_EVENT_RECORD_EXTERNAL)
    {
        MarkerRef marker = std::make_shared<Marker>();
        event->capture = nullptr;
        event->marker = marker;
        return submit(on, "cuEventRecord (external)", [marker] { reach(marker); });
    }
    if (on->capture != nullptr)
        return capture_record(on, event);
    event->capture = nullptr;
    event->tail.clear();
    event->marker = std::make_shared<Marker>();
    enqueue(on, [marker = event->marker] { reach(marker); });
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuEventRecord(CUevent event, CUstream stream)
{
    FAKE_ENTER(0);
    return cuEventRecordWithFlags(event, stream, 0);
}

FAKE_EXPORT CUresult cuEventSynchronize(CUevent handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    Event* event;
    if (CUresult bad = find_event("cuEventSynchronize", handle, &event); bad != CUDA_SUCCESS)
        return bad;
    if (event->capture != nullptr)
        return fail(CUDA_ERROR_CAPTURED_EVENT, "cuEventSynchronize: the event's last record was captured");
    MarkerRef marker = event->marker;
    wait_for(marker);
    return sticky_error();
}

FAKE_EXPORT CUresult cuEventQuery(CUevent handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    Event* event;
    if (CUresult bad = find_event("cuEventQuery", handle, &event); bad != CUDA_SUCCESS)
        return bad;
    if (event->capture != nullptr)
        return fail(CUDA_ERROR_CAPTURED_EVENT, "cuEventQuery: the event's last record was captured");
    return reached(event->marker) ? sticky_error() : CUDA_ERROR_NOT_READY;
}

FAKE_EXPORT CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Event *from, *to;
    if (CUresult bad = find_event("cuEventElapsedTime", start, &from); bad != CUDA_SUCCESS)
        return bad;
    if (CUresult bad = find_event("cuEventElapsedTime", end, &to); bad != CUDA_SUCCESS)
        return bad;
    if (milliseconds == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuEventElapsedTime: null");
    if (((from->flags | to->flags) & CU_EVENT_DISABLE_TIMING) != 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuEventElapsedTime: an event was created with DISABLE_TIMING");
    if (from->marker == nullptr || to->marker == nullptr)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuEventElapsedTime: an event was never recorded");
    if (!reached(from->marker) || !reached(to->marker))
        return CUDA_ERROR_NOT_READY;
    *milliseconds = static_cast<float>(to->marker->milliseconds - from->marker->milliseconds);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) { return cuEventElapsedTime(milliseconds, start, end); }
