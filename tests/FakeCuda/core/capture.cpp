#include "capture.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace fake
{
namespace
{

std::vector<CaptureRef>& captures()
{
    static std::vector<CaptureRef>* all = new std::vector<CaptureRef>;
    return *all;
}

thread_local CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
unsigned long long next_id = 1;

void merge(std::vector<Node*>& into, const std::vector<Node*>& from)
{
    for (Node* node : from)
        if (std::find(into.begin(), into.end(), node) == into.end())
            into.push_back(node);
}

CUresult invalidated(const char* function)
{
    return fail(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "%s: an earlier error invalidated this capture", function);
}

} // namespace

CUstreamCaptureMode exchange_mode(CUstreamCaptureMode mode) { return std::exchange(thread_mode, mode); }

CUresult refuse_in_capture(const char* function)
{
    Lock hold(big_lock());
    bool refuse = false;
    for (const CaptureRef& capture : captures())
    {
        bool own = capture->thread == std::this_thread::get_id() && capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED;
        bool any = capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
        bool prohibits = thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL ? own || any : thread_mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL && own;
        if (!prohibits)
            continue;
        capture->invalid = true;
        refuse = true;
    }
    return refuse ? fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "%s is not permitted while a stream captures; the capture is invalidated", function) : CUDA_SUCCESS;
}

CUresult refuse_legacy(Context* context, const char* function)
{
    for (const CaptureRef& capture : captures())
        for (Stream* stream : capture->streams)
            if (stream->context == context && stream->blocking())
            {
                capture->invalid = true;
                return fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "%s: the null stream would wait for a blocking stream that captures; the capture is invalidated", function);
            }
    return CUDA_SUCCESS;
}

CUresult add_node(Stream* stream, const char* name, Work work)
{
    Lock hold(big_lock());
    if (stream->capture->invalid)
        return invalidated(name);
    auto node = std::make_unique<Node>();
    node->name = name;
    node->work = std::move(work);
    node->after = stream->tail;
    stream->tail.assign(1, node.get());
    stream->capture->graph->nodes.push_back(std::move(node));
    return CUDA_SUCCESS;
}

CUresult begin_capture(Stream* stream, CUstreamCaptureMode mode)
{
    Lock hold(big_lock());
    if (stream->legacy)
        return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuStreamBeginCapture: the null stream cannot capture");
    if (stream->capture != nullptr)
        return fail(CUDA_ERROR_ILLEGAL_STATE, "cuStreamBeginCapture: the stream captures already");
    auto capture = std::make_shared<Capture>();
    capture->origin = stream;
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->id = next_id++;
    capture->streams.assign(1, stream);
    stream->capture = capture;
    stream->tail.clear();
    captures().push_back(capture);
    return CUDA_SUCCESS;
}

CUresult end_capture(Stream* stream, GraphRef* graph)
{
    Lock hold(big_lock());
    CaptureRef capture = stream->capture;
    if (capture == nullptr)
        return fail(CUDA_ERROR_ILLEGAL_STATE, "cuStreamEndCapture: the stream does not capture");
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != std::this_thread::get_id())
        return fail(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "cuStreamEndCapture: another thread began this capture, and not in relaxed mode");
    if (capture->origin != stream)
    {
        capture->invalid = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "cuStreamEndCapture: the capture began in another stream");
    }
    std::set<Node*> joined;
    std::vector<Node*> open = stream->tail;
    while (!open.empty())
    {
        Node* node = open.back();
        open.pop_back();
        if (joined.insert(node).second)
            open.insert(open.end(), node->after.begin(), node->after.end());
    }
    for (Stream* s : capture->streams)
    {
        s->capture = nullptr;
        s->tail.clear();
    }
    captures().erase(std::find(captures().begin(), captures().end(), capture));
    if (capture->invalid)
        return invalidated("cuStreamEndCapture");
    for (const auto& node : capture->graph->nodes)
        if (joined.count(node.get()) == 0)
            return fail(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "cuStreamEndCapture: the origin stream never waited for '%s' of a forked stream", node->name.c_str());
    *graph = capture->graph;
    return CUDA_SUCCESS;
}

CUresult capture_record(Stream* stream, Event* event)
{
    if (stream->capture->invalid)
        return invalidated("cuEventRecord");
    event->capture = stream->capture;
    event->tail = stream->tail;
    event->marker = nullptr;
    return CUDA_SUCCESS;
}

CUresult capture_wait(Stream* stream, Event* event)
{
    if (event->capture == nullptr)
    {
        if (event->marker == nullptr)
            return CUDA_SUCCESS;
        stream->capture->invalid = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "cuStreamWaitEvent: a capturing stream cannot wait for an event recorded outside of the capture");
    }
    if (std::find(captures().begin(), captures().end(), event->capture) == captures().end())
        return fail(CUDA_ERROR_CAPTURED_EVENT, "cuStreamWaitEvent: the event was recorded in a capture that has ended");
    if (event->capture->invalid)
        return invalidated("cuStreamWaitEvent");
    if (stream->capture == nullptr)
    {
        if (stream->legacy)
            return fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "cuStreamWaitEvent: the null stream cannot join a capture");
        stream->capture = event->capture;
        stream->tail.clear();
        event->capture->streams.push_back(stream);
    }
    else if (stream->capture != event->capture)
    {
        stream->capture->invalid = event->capture->invalid = true;
        return fail(CUDA_ERROR_STREAM_CAPTURE_MERGE, "cuStreamWaitEvent: the event belongs to another capture");
    }
    merge(stream->tail, event->tail);
    return CUDA_SUCCESS;
}

void run_graph(const Graph& graph)
{
    std::unordered_map<const Node*, size_t> waiting;
    std::unordered_map<const Node*, std::vector<size_t>> followers;
    std::vector<size_t> ready;
    for (size_t i = graph.nodes.size(); i-- > 0;)
    {
        const Node* node = graph.nodes[i].get();
        waiting[node] = node->after.size();
        for (const Node* before : node->after)
            followers[before].push_back(i);
    }
    for (size_t i = 0; i < graph.nodes.size(); i++)
        if (graph.nodes[i]->after.empty())
            ready.push_back(i);
    while (!ready.empty() && sticky_error() == CUDA_SUCCESS)
    {
        auto last = std::max_element(ready.begin(), ready.end());
        size_t index = *last;
        ready.erase(last);
        const Node* node = graph.nodes[index].get();
        if (node->work)
            node->work();
        for (size_t follower : followers[node])
            if (--waiting[graph.nodes[follower].get()] == 0)
                ready.push_back(follower);
    }
}

} // namespace fake
