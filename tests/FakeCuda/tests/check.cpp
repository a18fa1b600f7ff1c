// fakecuda_check            runs every check; exit code 1 when one failed
// fakecuda_check --list     names them, one a line
// fakecuda_check NAME...    runs those
#include "check.h"

#include <cstring>

namespace check
{
namespace
{

int failures = 0;

// What clang makes of misuse.cu, as far as a driver without a GPU looks at it: version, target, entries, parameters, launch bounds.
const char* ptx()
{
    static const std::string text = []
    {
        std::string t = ".version 6.3\n.target sm_75\n.address_size 64\n";
        auto entry = [&](const char* name, int bytes)
        {
            std::string n = name;
            t += "\t// .globl " + n + "\n.visible .entry " + n + "(\n\t.param .align 8 .b8 " + n + "_param_0[" + std::to_string(bytes) + "]\n)\n.maxntid 256, 1, 1\n{\n\tret;\n}\n";
        };
        for (const char* name : {"fake_test_iota", "fake_test_increment", "fake_test_overrun", "fake_test_early_exit", "fake_test_two_barriers", "fake_test_misaligned", "fake_test_no_barrier"})
            entry(name, 16);
        entry("fake_test_block_sum", 24);
        return t;
    }();
    return text.c_str();
}

} // namespace

std::vector<Case>& cases()
{
    static auto* all = new std::vector<Case>;
    return *all;
}

int add(const char* name, void (*run)())
{
    cases().push_back({name, run});
    return 0;
}

void expect(bool good, const char* what, const char* file, int line)
{
    if (good || failures > 20)
        return;
    failures++;
    std::printf("  %s:%d: expected %s\n", file, line, what);
}

void expect_status(int status, int expected, const char* what, const char* file, int line)
{
    if (status == expected || failures > 20)
        return;
    failures++;
    char why[512] = "";
    fake_cuda_last_error(why, sizeof why);
    std::printf("  %s:%d: %s gave %d instead of %d (last: %s)\n", file, line, what, status, expected, why);
}

Device::Device()
{
    faults = fake_cuda_faults();
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuCtxSetCurrent(context));
    size_t free = 0;
    OK(cuMemGetInfo_v2(&free, &memory));
    OK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    OK(cuModuleLoadDataEx(&module, ptx(), 0, nullptr, nullptr));
}

Device::~Device()
{
    OK(cuModuleUnload(module));
    OK(cuStreamDestroy_v2(stream));
    OK(cuCtxSetCurrent(nullptr));
    OK(cuDevicePrimaryCtxRelease_v2(0));
    EXPECT(fake_cuda_live(nullptr) == 0);
    EXPECT(fake_cuda_live("device_bytes") == 0);
    fake_cuda_allow_all();
    fake_cuda_set_memory(static_cast<long long>(memory));
}

void Device::expect_fault(int status, CUstream on)
{
    STATUS(status, cuStreamSynchronize(on));
    // Two blocks may both have met it.
    EXPECT(fake_cuda_faults() > faults);
    faults = fake_cuda_faults();
    std::fprintf(stderr, "(that FAULT was expected)\n");
    STATUS(status, cuCtxSynchronize());
    fake_cuda_reset();
}

CUfunction Device::kernel(const char* name)
{
    CUfunction function = nullptr;
    OK(cuModuleGetFunction(&function, module, name));
    return function;
}

int Device::launch(const char* name, const void* args, size_t size, unsigned grid, unsigned block)
{
    void* extra[] = {reinterpret_cast<void*>(1), const_cast<void*>(args), reinterpret_cast<void*>(2), &size, nullptr};
    return cuLaunchKernel(kernel(name), grid, 1, 1, block, 1, 1, 0, stream, nullptr, extra);
}

CUdeviceptr Device::alloc(size_t bytes)
{
    CUdeviceptr p = 0;
    OK(cuMemAlloc_v2(&p, bytes));
    return p;
}

std::vector<float> Device::read(CUdeviceptr from, size_t count)
{
    std::vector<float> values(count);
    OK(cuMemcpyDtoHAsync_v2(values.data(), from, count * sizeof(float), stream));
    OK(cuStreamSynchronize(stream));
    return values;
}

void Device::write(CUdeviceptr to, const std::vector<float>& values)
{
    OK(cuMemcpyHtoDAsync_v2(to, values.data(), values.size() * sizeof(float), stream));
}

} // namespace check

int main(int count, char** arguments)
{
    bool list = count > 1 && std::strcmp(arguments[1], "--list") == 0;
    int failed = 0;
    for (const check::Case& c : check::cases())
    {
        if (list)
        {
            std::printf("%s\n", c.name);
            continue;
        }
        bool chosen = count == 1;
        for (int i = 1; i < count; i++)
            chosen = chosen || std::strcmp(arguments[i], c.name) == 0;
        if (!chosen)
            continue;
        int before = check::failures;
        c.run();
        bool good = check::failures == before;
        std::printf("%s %s\n", good ? "ok  " : "FAIL", c.name);
        failed += good ? 0 : 1;
    }
    return failed == 0 ? 0 : 1;
}
