#include "memory.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace fake
{
namespace
{

constexpr uint64_t page = 4096;
constexpr uint64_t alignment = 256; // what cuMemAlloc promises
constexpr uint64_t range = 8ULL << 40;
constexpr unsigned char canary = 0xC5;

// Addresses are handed out in order and never again.
struct Range
{
    uint64_t start = 0;
    uint64_t next = 0;
    uint64_t end = 0;

    Range()
    {
        for (uint64_t size = range; size >= 64ULL << 30 && start == 0; size /= 2)
        {
            void* at = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (at == MAP_FAILED)
                continue;
            start = reinterpret_cast<uint64_t>(at);
            next = start + page;
            end = start + size;
        }
    }
};

struct Memory
{
    Range device;
    Range pinned;
    std::map<uint64_t, Allocation> live;
    std::map<uint64_t, Allocation> freed; // the most recent ones, for messages
    int users = 0; // who need device memory open
};

Memory& memory()
{
    static Memory* m = new Memory;
    return *m;
}

uint64_t round_up(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

void permit(const Allocation& a, bool access)
{
    mprotect(reinterpret_cast<void*>(a.mapped), a.mapped_size, access ? PROT_READ | PROT_WRITE : PROT_NONE);
}

bool untouched(const Allocation& a, uint64_t* first_bad)
{
    auto check = [&](uint64_t from, uint64_t to)
    {
        for (uint64_t p = from; p < to; p++)
            if (*reinterpret_cast<unsigned char*>(p) != canary)
            {
                *first_bad = p;
                return false;
            }
        return true;
    };
    // Before the allocation only the last bytes: the page boundary is further away.
    return check(std::max(a.mapped, a.base - std::min<uint64_t>(a.base - a.mapped, 256)), a.base) && check(a.base + a.size, a.mapped + a.mapped_size);
}

void report_canary(const Allocation& a)
{
    uint64_t bad = 0;
    if (!untouched(a, &bad))
    {
        fault("something wrote %lld bytes past the %s of an allocation of %llu bytes (%s)", bad < a.base ? (long long)(a.base - bad) : (long long)(bad - a.base - a.size + 1),
            bad < a.base ? "start" : "end", (unsigned long long)a.size, a.how);
        std::memset(reinterpret_cast<void*>(a.mapped), canary, a.base - a.mapped);
        std::memset(reinterpret_cast<void*>(a.base + a.size), canary, a.mapped + a.mapped_size - a.base - a.size);
    }
}

} // namespace

bool in_device_range(uint64_t address) { return address >= memory().device.start && address < memory().device.end; }
bool in_pinned_range(uint64_t address) { return address >= memory().pinned.start && address < memory().pinned.end; }

void memory_info(long long* free, long long* total)
{
    *total = settings().memory;
    *free = std::max(0LL, *total - live(Kind::DeviceBytes));
}

CUresult allocate(Context* context, uint64_t size, bool device, const char* how, uint64_t* address)
{
    Lock hold(big_lock());
    long long free = 0, total = 0;
    memory_info(&free, &total);
    if (device && size > static_cast<uint64_t>(free))
        return fail(CUDA_ERROR_OUT_OF_MEMORY, "%s asks for %llu bytes; %lld of %lld are free", how, (unsigned long long)size, free, total);
    Range& from = device ? memory().device : memory().pinned;
    Allocation a;
    a.size = size;
    a.device = device;
    a.context = context;
    a.how = how;
    uint64_t granular = round_up(size, alignment);
    a.mapped_size = round_up(granular, page);
    a.mapped = from.next;
    if (from.start == 0 || a.mapped + a.mapped_size + page > from.end)
        return fail(CUDA_ERROR_OUT_OF_MEMORY, "%s: the range of addresses is used up", how);
    if (mprotect(reinterpret_cast<void*>(a.mapped), a.mapped_size, PROT_READ | PROT_WRITE) != 0)
        return fail(CUDA_ERROR_OUT_OF_MEMORY, "%s: this machine has no %llu bytes left", how, (unsigned long long)size);
    // Kernels stride through whole slabs: with large pages they walk fewer tables.
    if (a.mapped_size >= 4u << 20)
        madvise(reinterpret_cast<void*>(a.mapped), a.mapped_size, MADV_HUGEPAGE);
    from.next += a.mapped_size + page;
    a.base = a.mapped + a.mapped_size - granular;
    std::memset(reinterpret_cast<void*>(a.mapped), canary, a.base - a.mapped);
    std::memset(reinterpret_cast<void*>(a.base), 0xFF, size);
    std::memset(reinterpret_cast<void*>(a.base + size), canary, a.mapped + a.mapped_size - a.base - size);
    memory().live[a.base] = a;
    if (device && memory().users == 0 && settings().protect)
        permit(a, false);
    count(device ? Kind::DeviceAllocations : Kind::HostAllocations, 1);
    if (device)
        count(Kind::DeviceBytes, static_cast<long long>(size));
    *address = a.base;
    return CUDA_SUCCESS;
}

void release(const Allocation& a)
{
    Lock hold(big_lock());
    permit(a, true);
    report_canary(a);
    // A fresh mapping without access gives the pages back and makes any later touch fault.
    mmap(reinterpret_cast<void*>(a.mapped), a.mapped_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    memory().live.erase(a.base);
    memory().freed[a.base] = a;
    if (memory().freed.size() > 4096)
        memory().freed.erase(memory().freed.begin());
    count(a.device ? Kind::DeviceAllocations : Kind::HostAllocations, -1);
    if (a.device)
        count(Kind::DeviceBytes, -static_cast<long long>(a.size));
}

bool find_around(uint64_t address, Allocation* found)
{
    Lock hold(big_lock());
    auto after = memory().live.upper_bound(address);
    if (after == memory().live.begin())
        return false;
    const Allocation& a = std::prev(after)->second;
    if (address >= a.base + std::max<uint64_t>(a.size, 1))
        return false;
    *found = a;
    return true;
}

bool find_base(uint64_t address, bool device, Allocation* found)
{
    Lock hold(big_lock());
    auto at = memory().live.find(address);
    if (at == memory().live.end() || at->second.device != device)
        return false;
    *found = at->second;
    return true;
}

std::string describe(uint64_t address)
{
    Lock hold(big_lock());
    auto text = [&](const Allocation& a, const char* state)
    {
        long long off = static_cast<long long>(address - a.base);
        return "byte " + std::to_string(off) + " of " + state + " allocation of " + std::to_string(a.size) + " bytes (" + a.how + ")";
    };
    auto nearest = [&](const std::map<uint64_t, Allocation>& in) -> const Allocation*
    {
        auto after = in.upper_bound(address + page);
        while (after != in.begin())
        {
            const Allocation& a = (--after)->second;
            if (address + page >= a.mapped && address < a.mapped + a.mapped_size + page)
                return &a;
            if (a.mapped + a.mapped_size + page <= address)
                break;
        }
        return nullptr;
    };
    if (const Allocation* a = nearest(memory().live))
        return text(*a, "a live");
    if (const Allocation* a = nearest(memory().freed))
        return text(*a, "a freed");
    return address < page ? "a null pointer" : "memory that is no device allocation";
}

CUresult check_device_range(const char* what, uint64_t address, uint64_t bytes, Context* context)
{
    Allocation a;
    if (!find_around(address, &a) || !a.device)
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: 0x%llx is in no live device allocation: %s", what, (unsigned long long)address, describe(address).c_str());
    if (bytes > a.base + a.size - address)
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: %llu bytes from byte %llu pass the end of an allocation of %llu bytes (%s)", what, (unsigned long long)bytes,
            (unsigned long long)(address - a.base), (unsigned long long)a.size, a.how);
    if (context != nullptr && a.context != context)
        return fail(CUDA_ERROR_INVALID_CONTEXT, "%s: the allocation belongs to another context", what);
    return CUDA_SUCCESS;
}

void open_device()
{
    Lock hold(big_lock());
    if (memory().users++ > 0 || !settings().protect)
        return;
    for (const auto& [base, allocation] : memory().live)
        if (allocation.device)
            permit(allocation, true);
}

void close_device()
{
    Lock hold(big_lock());
    for (const auto& [base, allocation] : memory().live)
        report_canary(allocation);
    if (--memory().users > 0 || !settings().protect)
        return;
    for (const auto& [base, allocation] : memory().live)
        if (allocation.device)
            permit(allocation, false);
}

void release_all(Context* context)
{
    Lock hold(big_lock());
    std::vector<Allocation> left;
    for (const auto& [base, allocation] : memory().live)
        if (allocation.context == context)
            left.push_back(allocation);
    for (const Allocation& allocation : left)
    {
        fault("%llu bytes (%s) are still allocated when their context is released for the last time", (unsigned long long)allocation.size, allocation.how);
        release(allocation);
    }
}

} // namespace fake
