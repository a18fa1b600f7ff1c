// Device memory and pinned memory: host memory in ranges of their own, each allocation between pages that fault.
#pragma once

#include "context.h"

namespace fake
{

struct Allocation
{
    uint64_t base = 0;
    uint64_t size = 0; // as asked
    uint64_t mapped = 0; // first page of the mapping, guards excluded
    uint64_t mapped_size = 0;
    Context* context = nullptr;
    bool device = true;
    bool pooled = false;
    const char* how = "";
};

// Placed so that it ends at most 255 bytes before a page that faults; those bytes, and those before it, hold canaries. Filled with 0xFF bytes: NaN.
CUresult allocate(Context* context, uint64_t size, bool device, const char* how, uint64_t* address);
// Checks the canaries and gives the address range back for good: it is never used again, so use after free faults.
void release(const Allocation& allocation);
// False: not a base address of a live allocation.
bool find_base(uint64_t address, bool device, Allocation* found);
// The live allocation around an address, device or pinned.
FAKE_SHARED bool find_around(uint64_t address, Allocation* found);
// True for any address in the range that device memory is cut from, live or not.
bool in_device_range(uint64_t address);
bool in_pinned_range(uint64_t address);
// CUDA_SUCCESS when [address, address + bytes) lies in one live device allocation of the context; else notes why.
FAKE_SHARED CUresult check_device_range(const char* what, uint64_t address, uint64_t bytes, Context* context);
// Device memory can be touched only between these two, which streams call around their work and which nest: host code that follows a device pointer
// faults as soon as the streams are idle. Closing looks at every canary; overruns become faults.
void open_device();
void close_device();
// What a context leaves behind: a fault for each allocation, which is freed.
void release_all(Context* context);
// A sentence about an address: which allocation it is in or near.
FAKE_SHARED std::string describe(uint64_t address);
void memory_info(long long* free, long long* total);

} // namespace fake
