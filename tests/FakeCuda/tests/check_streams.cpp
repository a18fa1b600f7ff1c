// Streams, events, capture and graphs.
#include "check.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace check;

namespace
{

// A host function that holds its stream up until the check lets it go on, however long other work keeps the check from that. Where the host waits for its
// streams, which it must not, the check would never come to it: a minute ends that.
class Gate
{
public:
    static void wait(void* gate)
    {
        Gate& g = *static_cast<Gate*>(gate);
        std::unique_lock<std::mutex> hold(g.lock);
        g.changed.wait_for(hold, std::chrono::minutes(1), [&] { return g.is_open; });
    }

    void open()
    {
        std::lock_guard<std::mutex> hold(lock);
        is_open = true;
        changed.notify_all();
    }

private:
    std::mutex lock;
    std::condition_variable changed;
    bool is_open = false;
};

void call_cuda(void* data) { *static_cast<int*>(data) = cuCtxSynchronize(); }

} // namespace

CHECK_CASE(streams_run_beside_the_host)
{
    Device d;
    void* pinned = nullptr;
    OK(cuMemHostAlloc(&pinned, 4, 0));
    *static_cast<int*>(pinned) = 1;
    CUdeviceptr a = d.alloc(4);
    Gate gate;
    OK(cuLaunchHostFunc(d.stream, Gate::wait, &gate));
    OK(cuMemsetD32Async(a, 2, 1, d.stream));
    OK(cuMemcpyDtoHAsync_v2(pinned, a, 4, d.stream));
    EXPECT(*static_cast<volatile int*>(pinned) == 1);
    STATUS(CUDA_ERROR_NOT_READY, cuStreamQuery(d.stream));
    gate.open();
    OK(cuStreamSynchronize(d.stream));
    EXPECT(*static_cast<volatile int*>(pinned) == 2);
    OK(cuStreamQuery(d.stream));
    OK(cuMemFreeHost(pinned));
    OK(cuMemFree_v2(a));
}

CHECK_CASE(host_functions_may_not_call)
{
    Device d;
    int status = 0;
    OK(cuLaunchHostFunc(d.stream, call_cuda, &status));
    OK(cuStreamSynchronize(d.stream));
    EXPECT(status == CUDA_ERROR_NOT_PERMITTED);
}

CHECK_CASE(events_order_and_measure)
{
    Device d;
    CUstream other = nullptr;
    CUevent start = nullptr, end = nullptr, untimed = nullptr;
    OK(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
    OK(cuEventCreate(&start, 0));
    OK(cuEventCreate(&end, 0));
    OK(cuEventCreate(&untimed, CU_EVENT_DISABLE_TIMING));
    float ms = 0;
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&ms, start, end));
    CUdeviceptr a = d.alloc(4);
    OK(cuEventRecord(start, d.stream));
    Gate gate;
    OK(cuLaunchHostFunc(d.stream, Gate::wait, &gate));
    OK(cuMemsetD32Async(a, 5, 1, d.stream));
    OK(cuEventRecord(end, d.stream));
    STATUS(CUDA_ERROR_NOT_READY, cuEventQuery(end));
    STATUS(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&ms, start, end));
    OK(cuStreamWaitEvent(other, end, 0));
    void* pinned = nullptr;
    OK(cuMemHostAlloc(&pinned, 4, 0));
    OK(cuMemcpyDtoHAsync_v2(pinned, a, 4, other));
    // From the first event on at least these pass before the second.
    constexpr int least = 30;
    OK(cuEventSynchronize(start));
    std::this_thread::sleep_for(std::chrono::milliseconds(least));
    EXPECT(*static_cast<volatile int*>(pinned) != 5);
    gate.open();
    OK(cuStreamSynchronize(other));
    EXPECT(*static_cast<int*>(pinned) == 5);
    OK(cuEventElapsedTime(&ms, start, end));
    EXPECT(ms >= least);
    OK(cuEventRecord(untimed, d.stream));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&ms, start, untimed));
    OK(cuEventSynchronize(untimed));
    for (CUevent e : {start, end, untimed})
        OK(cuEventDestroy_v2(e));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuEventDestroy_v2(end));
    OK(cuStreamDestroy_v2(other));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(other));
    OK(cuMemFreeHost(pinned));
    OK(cuMemFree_v2(a));
}

CHECK_CASE(capture_becomes_a_graph)
{
    Device d;
    CUdeviceptr a = d.alloc(16);
    PointerArgs args{a, 4};
    OK(cuMemsetD32Async(a, 0, 4, d.stream));
    OK(cuStreamSynchronize(d.stream));
    OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    OK(d.launch("fake_test_increment", &args, sizeof args, 1, 4));
    OK(d.launch("fake_test_increment", &args, sizeof args, 1, 4));
    CUgraph graph = nullptr;
    OK(cuStreamEndCapture(d.stream, &graph));
    EXPECT(d.read(a, 4)[3] == 0.0f);
    size_t nodes = 0;
    OK(cuGraphGetNodes(graph, nullptr, &nodes));
    EXPECT(nodes == 2);
    CUgraphExec exec = nullptr;
    OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    OK(cuGraphDestroy(graph));
    for (int i = 0; i < 3; i++)
        OK(cuGraphLaunch(exec, d.stream));
    EXPECT(d.read(a, 4)[3] == 6.0f);
    OK(cuMemFree_v2(a));
    OK(cuGraphLaunch(exec, d.stream));
    d.expect_fault(CUDA_ERROR_ILLEGAL_ADDRESS, d.stream);
    OK(cuGraphExecDestroy(exec));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuGraphLaunch(exec, d.stream));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuGraphDestroy(graph));
}

CHECK_CASE(capture_forks_and_joins)
{
    Device d;
    CUstream other = nullptr;
    CUevent fork = nullptr, join = nullptr;
    OK(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
    OK(cuEventCreate(&fork, CU_EVENT_DISABLE_TIMING));
    OK(cuEventCreate(&join, CU_EVENT_DISABLE_TIMING));
    CUdeviceptr a = d.alloc(16);
    PointerArgs args{a, 4};
    for (bool joined : {false, true})
    {
        OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        OK(d.launch("fake_test_iota", &args, sizeof args, 1, 4));
        OK(cuEventRecord(fork, d.stream));
        OK(cuStreamWaitEvent(other, fork, 0));
        OK(cuMemsetD32Async(a, 0, 2, other));
        STATUS(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, joined ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : cuStreamSynchronize(other));
        if (!joined)
        {
            // That call invalidated the capture.
            CUgraph none = nullptr;
            STATUS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(d.stream, &none));
            EXPECT(none == nullptr);
            continue;
        }
        OK(cuEventRecord(join, other));
        OK(cuStreamWaitEvent(d.stream, join, 0));
        OK(d.launch("fake_test_increment", &args, sizeof args, 1, 4));
        STATUS(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, joined ? CUDA_ERROR_STREAM_CAPTURE_UNMATCHED : 0);
        CUgraph graph = nullptr;
        CUgraphExec exec = nullptr;
        OK(cuStreamEndCapture(d.stream, &graph));
        OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
        OK(cuGraphLaunch(exec, d.stream));
        std::vector<float> v = d.read(a, 4);
        EXPECT(v[0] == 1.0f && v[1] == 1.0f && v[2] == 3.0f && v[3] == 4.0f);
        OK(cuGraphExecDestroy(exec));
        OK(cuGraphDestroy(graph));
    }
    // Work of a fork that the origin never waits for.
    OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    OK(cuEventRecord(fork, d.stream));
    OK(cuStreamWaitEvent(other, fork, 0));
    OK(cuMemsetD32Async(a, 0, 2, other));
    CUgraph none = nullptr;
    STATUS(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, cuStreamEndCapture(d.stream, &none));
    OK(cuEventDestroy_v2(fork));
    OK(cuEventDestroy_v2(join));
    OK(cuStreamDestroy_v2(other));
    OK(cuMemFree_v2(a));
}

CHECK_CASE(capture_prohibits)
{
    Device d;
    CUdeviceptr a = d.alloc(16), b = 0;
    CUevent before = nullptr, inside = nullptr;
    OK(cuEventCreate(&before, CU_EVENT_DISABLE_TIMING));
    OK(cuEventCreate(&inside, CU_EVENT_DISABLE_TIMING));
    OK(cuEventRecord(before, d.stream));
    CUgraph none = nullptr;
    auto during = [&](int expected, auto call)
    {
        OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        STATUS(expected, call());
        CUstreamCaptureStatus status;
        OK(cuStreamIsCapturing(d.stream, &status));
        EXPECT(status == CU_STREAM_CAPTURE_STATUS_INVALIDATED);
        STATUS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuMemsetD8Async(a, 0, 1, d.stream));
        STATUS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(d.stream, &none));
        OK(cuMemsetD8Async(a, 0, 1, d.stream));
    };
    during(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemAlloc_v2(&b, 16); });
    during(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemFree_v2(a); });
    during(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuStreamSynchronize(d.stream); });
    during(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuStreamQuery(d.stream); });
    during(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuCtxSynchronize(); });
    during(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, [&] { return cuStreamWaitEvent(d.stream, before, 0); });
    OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_RELAXED));
    OK(cuMemAlloc_v2(&b, 16));
    OK(cuEventRecord(inside, d.stream));
    STATUS(CUDA_ERROR_CAPTURED_EVENT, cuEventQuery(inside));
    STATUS(CUDA_ERROR_ILLEGAL_STATE, cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_RELAXED));
    OK(cuStreamEndCapture(d.stream, &none));
    OK(cuGraphDestroy(none));
    STATUS(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(d.stream, &none));
    STATUS(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture_v2(nullptr, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    // Another thread cannot end what this one began.
    OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    std::thread([&]
    {
        OK(cuCtxSetCurrent(d.context));
        STATUS(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, cuStreamEndCapture(d.stream, &none));
    }).join();
    OK(cuStreamEndCapture(d.stream, &none));
    OK(cuGraphDestroy(none));
    // The null stream beside a blocking stream that captures.
    CUstream blocking = nullptr;
    OK(cuStreamCreate(&blocking, CU_STREAM_DEFAULT));
    OK(cuStreamBeginCapture_v2(blocking, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    STATUS(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, cuMemsetD8Async(a, 0, 1, nullptr));
    STATUS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(blocking, &none));
    OK(cuStreamDestroy_v2(blocking));
    OK(cuEventDestroy_v2(before));
    OK(cuEventDestroy_v2(inside));
    OK(cuMemFree_v2(a));
    OK(cuMemFree_v2(b));
}

CHECK_CASE(pools_give_and_take)
{
    Device d;
    CUmemPoolProps props = {};
    props.allocType = 1;
    props.location = {1, 0};
    CUmemoryPool pool = nullptr;
    OK(cuMemPoolCreate(&pool, &props));
    CUdeviceptr a = 0;
    OK(cuMemAllocFromPoolAsync(&a, 100, pool, d.stream));
    OK(cuMemsetD8Async(a, 1, 100, d.stream));
    OK(cuMemFreeAsync(a, d.stream));
    OK(cuStreamSynchronize(d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemFreeAsync(a, d.stream));
    OK(cuMemPoolDestroy(pool));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuMemPoolDestroy(pool));
}

CHECK_CASE(pageable_memory_is_not_captured)
{
    Device d;
    CUdeviceptr a = d.alloc(16);
    float host[4] = {};
    CUgraph none = nullptr;
    OK(cuStreamBeginCapture_v2(d.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    STATUS(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemcpyHtoDAsync_v2(a, host, 16, d.stream));
    STATUS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(d.stream, &none));
    OK(cuMemFree_v2(a));
}
