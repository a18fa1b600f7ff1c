#include "kernels.h"
#include "block.h"
#include "faults.h"
#include "fs_host.h"
#include "pool.h"

#include <algorithm>
#include <atomic>
#include <map>

namespace fake
{
namespace
{

std::map<std::string, Kernel>& registry()
{
    static auto* all = new std::map<std::string, Kernel>;
    return *all;
}

CUresult status_of(Outcome outcome)
{
    switch (outcome)
    {
        case Outcome::IllegalAddress: return CUDA_ERROR_ILLEGAL_ADDRESS;
        case Outcome::Misaligned: return CUDA_ERROR_MISALIGNED_ADDRESS;
        case Outcome::Diverged: return CUDA_ERROR_LAUNCH_FAILED;
        case Outcome::Done: break;
    }
    return CUDA_SUCCESS;
}

} // namespace

const Kernel* find_kernel(const std::string& name)
{
    auto found = registry().find(name);
    return found == registry().end() ? nullptr : &found->second;
}

void run_kernel(const Kernel& kernel, Extent grid, Extent block, const std::vector<unsigned char>& args, unsigned dynamic_shared)
{
    long long blocks = static_cast<long long>(grid.x) * grid.y * grid.z;
    long long threads = static_cast<long long>(block.x) * block.y * block.z;
    // A part is long enough that handing it out costs nothing, and short enough that the last ones end together.
    long long chunk = std::clamp(blocks / (pool_threads() * 8), 1LL, std::max(1LL, 65536 / threads));
    std::atomic<int> failed{0};
    std::vector<std::vector<unsigned char>> shared(dynamic_shared == 0 ? 0 : pool_threads(), std::vector<unsigned char>(dynamic_shared + 16, 0xFF));
    parallel((blocks + chunk - 1) / chunk, [&](long long part, int worker)
    {
        if (failed != 0)
            return;
        unsigned char* memory = shared.empty() ? nullptr : shared[worker].data();
        memory += (16 - reinterpret_cast<uint64_t>(memory) % 16) % 16;
        Outcome outcome = run_blocks(kernel, grid, block, args.data(), memory, part * chunk, std::min(blocks, (part + 1) * chunk));
        if (outcome != Outcome::Done)
            failed = status_of(outcome);
    });
    if (failed != 0)
        set_sticky_error(static_cast<CUresult>(failed.load()));
}

} // namespace fake

int fs_host_register(const char* name, fs_u64 args_size, fs_u32 max_threads, fs_host_runner runner)
{
    fake::registry()[name] = fake::Kernel{name, args_size, max_threads, runner};
    return 0;
}
