// Memory, copies and launches.
#include "check.h"

#include <cmath>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

using namespace check;

CHECK_CASE(kernels_compute)
{
    Device d;
    CUdeviceptr a = d.alloc(1000 * 4), sums = d.alloc(4 * 4);
    PointerArgs args{a, 1000};
    OK(d.launch("fake_test_iota", &args, sizeof args, 4, 256));
    SumArgs sum{a, sums, 1000};
    OK(d.launch("fake_test_block_sum", &sum, sizeof sum, 4, 256));
    std::vector<float> values = d.read(a, 1000), totals = d.read(sums, 4);
    for (int i = 0; i < 1000; i++)
        EXPECT(values[i] == static_cast<float>(i));
    for (int b = 0; b < 4; b++)
    {
        float expected = 0;
        for (int i = 256 * b; i < std::min(1000, 256 * (b + 1)); i++)
            expected += static_cast<float>(i);
        EXPECT(totals[b] == expected);
    }
    OK(cuMemFree_v2(a));
    OK(cuMemFree_v2(sums));
}

CHECK_CASE(fresh_memory_is_not_a_number)
{
    Device d;
    CUdeviceptr a = d.alloc(64);
    for (float v : d.read(a, 16))
        EXPECT(std::isnan(v));
    EXPECT(a % 256 == 0);
    OK(cuMemFree_v2(a));
}

CHECK_CASE(memory_is_limited_and_counted)
{
    Device d;
    fake_cuda_set_memory(1 << 20);
    size_t free = 0, total = 0;
    OK(cuMemGetInfo_v2(&free, &total));
    EXPECT(free == 1 << 20 && total == 1 << 20);
    CUdeviceptr a = d.alloc(1000000), b = 0;
    STATUS(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&b, 100000));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&b, 0));
    EXPECT(fake_cuda_live("device_bytes") == 1000000);
    OK(cuMemFree_v2(a));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(a));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(a + 256));
}

CHECK_CASE(copies_check_both_ends)
{
    Device d;
    CUdeviceptr a = d.alloc(100);
    char host[256];
    void* pinned = nullptr;
    OK(cuMemHostAlloc(&pinned, 64, 0));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(a, host, 101, d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(a + 90, host, 11, d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(reinterpret_cast<CUdeviceptr>(host), host, 1, d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(a, pinned, 65, d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoHAsync_v2(reinterpret_cast<void*>(a), a, 1, d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(a + 2, 0, 1, d.stream));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(a, 0, 26, d.stream));
    OK(cuMemsetD32Async(a, 7, 25, d.stream));
    OK(cuMemcpyDtoHAsync_v2(pinned, a, 64, d.stream));
    OK(cuStreamSynchronize(d.stream));
    EXPECT(static_cast<int*>(pinned)[15] == 7);
    CUDA_MEMCPY2D p = {};
    p.srcMemoryType = CU_MEMORYTYPE_DEVICE;
    p.srcDevice = a;
    p.srcPitch = 10;
    p.dstMemoryType = CU_MEMORYTYPE_HOST;
    p.dstHost = host;
    p.dstPitch = 16;
    p.WidthInBytes = 10;
    p.Height = 11;
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemcpy2DAsync_v2(&p, d.stream));
    p.Height = 10;
    OK(cuMemcpy2DAsync_v2(&p, d.stream));
    EXPECT(host[0] == 7 && host[4] == 7 && host[16 + 2] == 7);
    OK(cuMemFreeHost(pinned));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(pinned));
    OK(cuMemFree_v2(a));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuMemsetD8Async(a, 0, 1, d.stream));
}

CHECK_CASE(launches_are_limited)
{
    Device d;
    CUdeviceptr a = d.alloc(4096);
    PointerArgs args{a, 16};
    STATUS(CUDA_ERROR_INVALID_VALUE, d.launch("fake_test_iota", &args, 8, 1, 256));
    STATUS(CUDA_ERROR_INVALID_VALUE, d.launch("fake_test_iota", &args, 24, 1, 256));
    STATUS(CUDA_ERROR_INVALID_VALUE, d.launch("fake_test_iota", &args, sizeof args, 1, 512));
    STATUS(CUDA_ERROR_INVALID_VALUE, d.launch("fake_test_iota", &args, sizeof args, 0, 256));
    STATUS(CUDA_ERROR_INVALID_VALUE, d.launch("fake_test_iota", &args, sizeof args, 1, 0));
    void* params[] = {&args};
    CUfunction f = d.kernel("fake_test_iota");
    STATUS(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 65536, 1, 1, 1, 1, 0, d.stream, params, nullptr));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 50000, d.stream, params, nullptr));
    STATUS(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, d.stream, nullptr, nullptr));
    OK(cuLaunchKernel(f, 1, 1, 1, 16, 1, 1, 0, d.stream, params, nullptr));
    EXPECT(d.read(a, 16)[15] == 15.0f);
    CUfunction none = nullptr;
    STATUS(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&none, d.module, "no_such_kernel"));
    int most = 0;
    OK(cuFuncGetAttribute(&most, 0, f));
    EXPECT(most == 256);
    OK(cuMemFree_v2(a));
}

CHECK_CASE(kernels_that_misbehave_are_found)
{
    Device d;
    CUdeviceptr a = d.alloc(1024 * 4);
    PointerArgs args{a, 1024};
    OK(d.launch("fake_test_overrun", &args, sizeof args, 5, 256));
    d.expect_fault(CUDA_ERROR_ILLEGAL_ADDRESS, d.stream);
    OK(d.launch("fake_test_early_exit", &args, sizeof args, 1, 256));
    d.expect_fault(CUDA_ERROR_LAUNCH_FAILED, d.stream);
    OK(d.launch("fake_test_two_barriers", &args, sizeof args, 1, 256));
    d.expect_fault(CUDA_ERROR_LAUNCH_FAILED, d.stream);
    OK(d.launch("fake_test_misaligned", &args, sizeof args, 1, 1));
    d.expect_fault(CUDA_ERROR_MISALIGNED_ADDRESS, d.stream);
    OK(cuMemFree_v2(a));
    OK(d.launch("fake_test_iota", &args, sizeof args, 4, 256));
    d.expect_fault(CUDA_ERROR_ILLEGAL_ADDRESS, d.stream);
    // After all that, kernels with barriers still run.
    a = d.alloc(1024 * 4);
    args.to = a;
    OK(d.launch("fake_test_iota", &args, sizeof args, 4, 256));
    CUdeviceptr sums = d.alloc(16);
    SumArgs sum{a, sums, 256};
    OK(d.launch("fake_test_block_sum", &sum, sizeof sum, 1, 256));
    EXPECT(d.read(sums, 1)[0] == 255.0f * 128);
    OK(cuMemFree_v2(a));
    OK(cuMemFree_v2(sums));
}

CHECK_CASE(a_missing_barrier_shows)
{
    Device d;
    CUdeviceptr a = d.alloc(1024 * 4);
    PointerArgs args{a, 1024};
    OK(d.launch("fake_test_no_barrier", &args, sizeof args, 4, 256));
    std::vector<float> values = d.read(a, 1024);
    int wrong = 0;
    for (int i = 0; i < 1024; i++)
        wrong += i % 256 != 0 && values[i] != static_cast<float>(i - 1) ? 1 : 0;
    EXPECT(wrong > 0);
    OK(cuMemFree_v2(a));
}

CHECK_CASE(small_overruns_meet_canaries)
{
    Device d;
    CUdeviceptr a = d.alloc(1000 * 4);
    PointerArgs args{a, 1000};
    long long before = fake_cuda_faults();
    OK(d.launch("fake_test_overrun", &args, sizeof args, 4, 256));
    OK(cuStreamSynchronize(d.stream));
    EXPECT(fake_cuda_faults() == before + 1);
    std::fprintf(stderr, "(that FAULT was expected)\n");
    OK(cuMemFree_v2(a));
}

CHECK_CASE(modules_are_read)
{
    Device d;
    CUmodule m = nullptr;
    char log[256] = "";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
    STATUS(CUDA_ERROR_INVALID_PTX, cuModuleLoadDataEx(&m, ".target sm_75\n.address_size 64\n", 2, options, values));
    EXPECT(std::strlen(log) > 10 && reinterpret_cast<size_t>(values[1]) == std::strlen(log) + 1);
    STATUS(CUDA_ERROR_INVALID_PTX, cuModuleLoadDataEx(&m, ".version 7.8\n.target sm_100\n.address_size 64\n", 0, nullptr, nullptr));
    STATUS(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, cuModuleLoadDataEx(&m, ".version 9.9\n.target sm_75\n.address_size 64\n", 0, nullptr, nullptr));
    std::string head = ".version 6.3\n.target sm_75\n.address_size 64\n.visible .entry fake_test_iota(\n.param .align 8 .b8 p[";
    STATUS(CUDA_ERROR_INVALID_PTX, cuModuleLoadDataEx(&m, (head + "24]\n)\n.maxntid 256\n{ ret; }\n").c_str(), 0, nullptr, nullptr));
    STATUS(CUDA_ERROR_INVALID_PTX, cuModuleLoadDataEx(&m, (head + "16]\n)\n.maxntid 512\n{ ret; }\n").c_str(), 0, nullptr, nullptr));
    OK(cuModuleLoadDataEx(&m, (head + "16]\n)\n.maxntid 256\n{ ret; }\n").c_str(), 0, nullptr, nullptr));
    OK(cuModuleUnload(m));
    STATUS(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(m));
}

CHECK_CASE(contexts_are_needed)
{
    CUdeviceptr a = 0;
    OK(cuInit(0));
    STATUS(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&a, 16));
    STATUS(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
    STATUS(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
    STATUS(CUDA_ERROR_INVALID_DEVICE, cuDevicePrimaryCtxRelease_v2(1));
    fake_cuda_refuse("cuMemAlloc_v2", CUDA_ERROR_OUT_OF_MEMORY, 1, 1);
    Device d;
    a = d.alloc(16);
    CUdeviceptr b = 0;
    STATUS(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&b, 16));
    OK(cuMemAlloc_v2(&b, 16));
    OK(cuMemFree_v2(a));
    OK(cuMemFree_v2(b));
}

CHECK_CASE(contexts_leave_nothing)
{
    CUcontext context = nullptr;
    CUdeviceptr a = 0;
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuCtxSetCurrent(context));
    OK(cuMemAlloc_v2(&a, 16));
    long long before = fake_cuda_faults();
    OK(cuCtxSetCurrent(nullptr));
    OK(cuDevicePrimaryCtxRelease_v2(0));
    EXPECT(fake_cuda_faults() == before + 1 && fake_cuda_live(nullptr) == 0);
    std::fprintf(stderr, "(that FAULT was expected)\n");
}

// Device addresses are the host's here, but never its to follow.
CHECK_CASE(the_host_cannot_touch_device_memory)
{
    Device d;
    CUdeviceptr a = d.alloc(4096);
    OK(cuMemsetD32Async(a, 1, 1024, d.stream));
    OK(cuStreamSynchronize(d.stream));
    std::fflush(stdout);
    for (CUdeviceptr at : {a, a + 4095})
    {
        pid_t child = fork();
        if (child == 0)
            _exit(*reinterpret_cast<volatile char*>(at) == 1 ? 7 : 8);
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT(WIFSIGNALED(status));
    }
    std::fprintf(stderr, "(those FAULTs were expected)\n");
    EXPECT(d.read(a, 1)[0] != 0.0f);
    OK(cuMemFree_v2(a));
}
