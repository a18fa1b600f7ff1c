// Stream capture's calls and graphs.
#include "capture.h"

#include <unordered_map>

namespace
{

using namespace fake;

struct Exec
{
    Context* context;
    GraphRef graph;
    // A graph never runs at once with itself: a second launch waits for the first.
    std::shared_ptr<std::mutex> alone = std::make_shared<std::mutex>();
};

std::unordered_map<void*, GraphRef>& graphs()
{
    static auto* all = new std::unordered_map<void*, GraphRef>;
    return *all;
}

std::unordered_map<void*, Exec>& execs()
{
    static auto* all = new std::unordered_map<void*, Exec>;
    return *all;
}

CUresult instantiate(const char* what, CUgraphExec* exec, CUgraph graph)
{
    Lock hold(big_lock());
    auto found = graphs().find(graph);
    if (found == graphs().end() || exec == nullptr)
        return fail(found == graphs().end() ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_INVALID_VALUE, "%s: not a live graph, or null", what);
    void* handle = new char;
    execs()[handle] = Exec{current_context(), found->second};
    count(Kind::GraphExecs, 1);
    *exec = static_cast<CUgraphExec>(handle);
    return CUDA_SUCCESS;
}

} // namespace

FAKE_EXPORT CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode)
{
    FAKE_ENTER(NeedsInit);
    if (mode == nullptr || *mode < 0 || *mode > 2)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuThreadExchangeStreamCaptureMode: unknown mode");
    *mode = exchange_mode(*mode);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuStreamBeginCapture", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    if (mode < 0 || mode > 2)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuStreamBeginCapture: unknown mode %d", mode);
    return begin_capture(on, mode);
}

FAKE_EXPORT CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuStreamEndCapture", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    GraphRef made;
    CUresult result = end_capture(on, &made);
    if (graph != nullptr)
        *graph = nullptr;
    if (result != CUDA_SUCCESS || graph == nullptr)
        return result;
    Lock hold(big_lock());
    void* handle = new char;
    graphs()[handle] = made;
    count(Kind::Graphs, 1);
    *graph = static_cast<CUgraph>(handle);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Lock hold(big_lock());
    Stream* on;
    if (CUresult bad = find_stream("cuStreamIsCapturing", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    if (status == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuStreamIsCapturing: null");
    *status = on->capture == nullptr ? CU_STREAM_CAPTURE_STATUS_NONE
        : on->capture->invalid       ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                     : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    if ((flags & ~15ULL) != 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuGraphInstantiate: unknown flags %llu", flags);
    return instantiate("cuGraphInstantiate", exec, graph);
}

FAKE_EXPORT CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* number)
{
    FAKE_ENTER(NeedsInit);
    Lock hold(big_lock());
    auto found = graphs().find(graph);
    if (found == graphs().end() || number == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuGraphGetNodes: not a live graph, or null");
    const auto& all = found->second->nodes;
    if (nodes != nullptr)
    {
        size_t room = *number;
        for (size_t i = 0; i < room; i++)
            nodes[i] = i < all.size() ? reinterpret_cast<CUgraphNode>(all[i].get()) : nullptr;
        *number = std::min(room, all.size());
    }
    else
        *number = all.size();
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuGraphLaunch", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    Exec exec;
    {
        Lock hold(big_lock());
        auto found = execs().find(handle);
        if (found == execs().end())
            return fail(CUDA_ERROR_INVALID_HANDLE, "cuGraphLaunch: not a live graph");
        exec = found->second;
    }
    if (exec.context != on->context)
        return fail(CUDA_ERROR_INVALID_CONTEXT, "cuGraphLaunch: the graph belongs to another context");
    return submit(on, "cuGraphLaunch", [exec]
    {
        std::lock_guard<std::mutex> hold(*exec.alone);
        run_graph(*exec.graph);
    });
}

FAKE_EXPORT CUresult cuGraphUpload(CUgraphExec handle, CUstream stream)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Stream* on;
    if (CUresult bad = find_stream("cuGraphUpload", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    Lock hold(big_lock());
    if (execs().count(handle) == 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuGraphUpload: not a live graph");
    return on->capture == nullptr ? CUDA_SUCCESS : fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuGraphUpload: the stream captures");
}

FAKE_EXPORT CUresult cuGraphDestroy(CUgraph graph)
{
    FAKE_ENTER(NeedsInit);
    Lock hold(big_lock());
    if (graphs().erase(graph) == 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuGraphDestroy: not a live graph");
    delete reinterpret_cast<char*>(graph);
    count(Kind::Graphs, -1);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuGraphExecDestroy(CUgraphExec exec)
{
    FAKE_ENTER(NeedsInit);
    Lock hold(big_lock());
    if (execs().erase(exec) == 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuGraphExecDestroy: not a live graph");
    delete reinterpret_cast<char*>(exec);
    count(Kind::GraphExecs, -1);
    return CUDA_SUCCESS;
}
