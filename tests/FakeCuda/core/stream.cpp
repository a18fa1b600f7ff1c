#include "stream.h"
#include "capture.h"
#include "memory.h"

#include <chrono>

namespace fake
{
namespace
{

struct Clock
{
    std::mutex lock;
    std::condition_variable changed;
};

Clock& clock()
{
    static Clock* c = new Clock;
    return *c;
}

// Device memory stays open from the first work to the last; who waits for an idle stream finds it closed.
void run(std::shared_ptr<Stream> stream)
{
    bool open = false;
    std::unique_lock<std::mutex> hold(stream->lock);
    for (;;)
    {
        if (stream->queue.empty() && open)
        {
            hold.unlock();
            close_device();
            open = false;
            hold.lock();
            continue;
        }
        if (stream->queue.empty())
        {
            stream->busy = false;
            stream->changed.notify_all();
            stream->changed.wait(hold, [&] { return !stream->queue.empty() || stream->ending; });
            if (stream->queue.empty())
                break;
        }
        Work work = std::move(stream->queue.front());
        stream->queue.pop_front();
        stream->busy = true;
        hold.unlock();
        if (!open)
            open_device();
        open = true;
        // After an error a device runs nothing more; waits still end, so that no thread hangs.
        work();
        work = nullptr;
        hold.lock();
    }
}

// Once the marker is reached: until the stream rests or goes on with other work.
void settle(Stream* stream)
{
    std::unique_lock<std::mutex> hold(stream->lock);
    stream->changed.wait(hold, [&] { return !stream->busy || !stream->queue.empty(); });
}

// The null stream waits for the blocking streams, and they for it.
void order_with_legacy(Stream* stream)
{
    Lock hold(big_lock());
    auto wait_behind = [](Stream* later, Stream* earlier)
    {
        if (earlier == nullptr || idle(earlier))
            return;
        MarkerRef marker = std::make_shared<Marker>();
        enqueue(earlier, [marker] { reach(marker); });
        enqueue(later, [marker] { wait_for(marker); });
    };
    if (stream->legacy)
    {
        for (Stream* other : stream->context->streams)
            if (other->blocking())
                wait_behind(stream, other);
    }
    else if (stream->blocking())
        wait_behind(stream, stream->context->legacy);
}

} // namespace

void reach(const MarkerRef& marker)
{
    std::lock_guard<std::mutex> hold(clock().lock);
    marker->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
    marker->reached = true;
    clock().changed.notify_all();
}

bool reached(const MarkerRef& marker)
{
    std::lock_guard<std::mutex> hold(clock().lock);
    return marker == nullptr || marker->reached;
}

void wait_for(const MarkerRef& marker)
{
    if (marker == nullptr)
        return;
    std::unique_lock<std::mutex> hold(clock().lock);
    clock().changed.wait(hold, [&] { return marker->reached; });
}

Stream* start_stream(Context* context, unsigned flags, int priority, bool legacy)
{
    auto stream = std::make_shared<Stream>();
    stream->context = context;
    stream->flags = flags;
    stream->priority = priority;
    stream->legacy = legacy;
    std::thread(run, stream).detach();
    return stream.get();
}

void end_stream(Stream* stream)
{
    std::lock_guard<std::mutex> hold(stream->lock);
    stream->ending = true;
    stream->changed.notify_all();
}

bool idle(Stream* stream)
{
    std::lock_guard<std::mutex> hold(stream->lock);
    return stream->queue.empty() && !stream->busy;
}

void synchronize(Stream* stream)
{
    MarkerRef marker = std::make_shared<Marker>();
    enqueue(stream, [marker] { reach(marker); });
    wait_for(marker);
    settle(stream);
}

void drain(Context* context)
{
    std::vector<std::pair<std::shared_ptr<Stream>, MarkerRef>> waiting;
    {
        Lock hold(big_lock());
        std::vector<Stream*> all = context->streams;
        all.push_back(context->legacy);
        for (Stream* stream : all)
        {
            if (stream == nullptr || idle(stream))
                continue;
            waiting.emplace_back(stream->shared_from_this(), std::make_shared<Marker>());
            enqueue(stream, [marker = waiting.back().second] { reach(marker); });
        }
    }
    for (const auto& [stream, marker] : waiting)
    {
        wait_for(marker);
        settle(stream.get());
    }
}

void enqueue(Stream* stream, Work work)
{
    std::lock_guard<std::mutex> hold(stream->lock);
    stream->queue.push_back(std::move(work));
    stream->changed.notify_all();
}

CUresult submit(Stream* stream, const char* name, Work work)
{
    {
        Lock hold(big_lock());
        if (stream->capture != nullptr)
            return add_node(stream, name, std::move(work));
        if (stream->legacy)
            if (CUresult refused = refuse_legacy(stream->context, name); refused != CUDA_SUCCESS)
                return refused;
        order_with_legacy(stream);
        enqueue(stream, [work = std::move(work)]
        {
            if (sticky_error() == CUDA_SUCCESS)
                work();
        });
    }
    if (settings().synchronous)
        synchronize(stream);
    return CUDA_SUCCESS;
}

CUresult find_stream(const char* what, CUstream handle, Stream** stream)
{
    Lock hold(big_lock());
    Context* context = current_context();
    if (context == nullptr)
        return fail(CUDA_ERROR_INVALID_CONTEXT, "%s needs a current context on this thread", what);
    if (handle == nullptr || handle == reinterpret_cast<CUstream>(1))
    {
        if (context->legacy == nullptr)
            context->legacy = start_stream(context, 0, 0, true);
        *stream = context->legacy;
        return CUDA_SUCCESS;
    }
    if (handle == reinterpret_cast<CUstream>(2))
        return fail(CUDA_ERROR_NOT_SUPPORTED, "%s: the stand-in has no per-thread default stream", what);
    for (Stream* s : context->streams)
        if (s == reinterpret_cast<Stream*>(handle))
        {
            *stream = s;
            return CUDA_SUCCESS;
        }
    return fail(CUDA_ERROR_INVALID_HANDLE, "%s: the stream is not a live stream of the current context", what);
}

} // namespace fake
