// A check calls the stand-ins as a program would and says what did not come out as the real libraries document it.
#pragma once

#include "cuda_driver.h"
#include "fake_cuda.h"

#include <cstdio>
#include <string>
#include <vector>

namespace check
{

struct Case { const char* name; void (*run)(); };
std::vector<Case>& cases();
int add(const char* name, void (*run)());
void expect(bool good, const char* what, const char* file, int line);
void expect_status(int status, int expected, const char* what, const char* file, int line);

#define CHECK_CASE(NAME) \
    static void NAME(); \
    static const int NAME##_added = check::add(#NAME, NAME); \
    static void NAME()
#define EXPECT(CONDITION) check::expect((CONDITION), #CONDITION, __FILE__, __LINE__)
#define STATUS(EXPECTED, CALL) check::expect_status((CALL), (EXPECTED), #CALL, __FILE__, __LINE__)
#define OK(CALL) STATUS(0, CALL)

// A context, a stream and one module with the kernels of misuse.cu, for the length of a check; expects that nothing is left at its end.
struct Device
{
    CUcontext context = nullptr;
    CUstream stream = nullptr;
    CUmodule module = nullptr;
    long long faults = 0; // found so far
    size_t memory = 0; // that the device has in all
    Device();
    ~Device();
    // Expects that one more misuse was found as a fault and leaves this sticky error; clears it.
    void expect_fault(int status, CUstream on);
    CUfunction kernel(const char* name);
    int launch(const char* name, const void* args, size_t size, unsigned grid, unsigned block);
    CUdeviceptr alloc(size_t bytes);
    std::vector<float> read(CUdeviceptr from, size_t count);
    void write(CUdeviceptr to, const std::vector<float>& values);
};

struct PointerArgs { CUdeviceptr to; long long count; };
struct SumArgs { CUdeviceptr from; CUdeviceptr to; long long count; };

} // namespace check

// The entry points under test.
extern "C"
{
CUresult cuInit(unsigned);
CUresult cuDevicePrimaryCtxRetain(CUcontext*, CUdevice);
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice);
CUresult cuCtxSetCurrent(CUcontext);
CUresult cuCtxSynchronize(void);
CUresult cuMemGetInfo_v2(size_t*, size_t*);
CUresult cuMemAlloc_v2(CUdeviceptr*, size_t);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemHostAlloc(void**, size_t, unsigned);
CUresult cuMemFreeHost(void*);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr, const void*, size_t, CUstream);
CUresult cuMemcpyDtoHAsync_v2(void*, CUdeviceptr, size_t, CUstream);
CUresult cuMemcpyHtoD_v2(CUdeviceptr, const void*, size_t);
CUresult cuMemcpyDtoH_v2(void*, CUdeviceptr, size_t);
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr, CUdeviceptr, size_t, CUstream);
CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D*, CUstream);
CUresult cuMemsetD8Async(CUdeviceptr, unsigned char, size_t, CUstream);
CUresult cuMemsetD32Async(CUdeviceptr, unsigned, size_t, CUstream);
CUresult cuStreamCreate(CUstream*, unsigned);
CUresult cuStreamDestroy_v2(CUstream);
CUresult cuStreamSynchronize(CUstream);
CUresult cuStreamQuery(CUstream);
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned);
CUresult cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode);
CUresult cuStreamEndCapture(CUstream, CUgraph*);
CUresult cuStreamIsCapturing(CUstream, CUstreamCaptureStatus*);
CUresult cuEventCreate(CUevent*, unsigned);
CUresult cuEventDestroy_v2(CUevent);
CUresult cuEventRecord(CUevent, CUstream);
CUresult cuEventSynchronize(CUevent);
CUresult cuEventQuery(CUevent);
CUresult cuEventElapsedTime(float*, CUevent, CUevent);
CUresult cuLaunchHostFunc(CUstream, CUhostFn, void*);
CUresult cuModuleLoadDataEx(CUmodule*, const void*, unsigned, CUjit_option*, void**);
CUresult cuModuleUnload(CUmodule);
CUresult cuModuleGetFunction(CUfunction*, CUmodule, const char*);
CUresult cuFuncGetAttribute(int*, int, CUfunction);
CUresult cuLaunchKernel(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void**, void**);
CUresult cuGraphInstantiateWithFlags(CUgraphExec*, CUgraph, unsigned long long);
CUresult cuGraphLaunch(CUgraphExec, CUstream);
CUresult cuGraphGetNodes(CUgraph, CUgraphNode*, size_t*);
CUresult cuGraphDestroy(CUgraph);
CUresult cuGraphExecDestroy(CUgraphExec);
CUresult cuMemPoolCreate(CUmemoryPool*, const CUmemPoolProps*);
CUresult cuMemPoolDestroy(CUmemoryPool);
CUresult cuMemAllocFromPoolAsync(CUdeviceptr*, size_t, CUmemoryPool, CUstream);
CUresult cuMemFreeAsync(CUdeviceptr, CUstream);
}
