// The kernels that this library was built with, and how one is run over a grid.
#pragma once

#include "core.h"

#include <vector>

namespace fake
{

struct Extent { unsigned x = 1, y = 1, z = 1; };

struct Kernel
{
    const char* name;
    uint64_t args_size;
    unsigned max_threads;
    void (*run)(const void* args);
};

// Null when no source file of that name was compiled in.
const Kernel* find_kernel(const std::string& name);

// Runs the whole grid; a fault in it becomes the sticky error.
void run_kernel(const Kernel& kernel, Extent grid, Extent block, const std::vector<unsigned char>& args, unsigned dynamic_shared);

// What PTX text says of itself.
struct PtxEntry
{
    std::string name;
    uint64_t args_size = 0;
    unsigned parameters = 0;
    unsigned max_threads = 0; // product of .maxntid; 0: none
    uint64_t shared_bytes = 0;
};
struct Ptx
{
    int version = 0; // 63 for 6.3
    int target = 0; // 75 for sm_75
    std::vector<PtxEntry> entries;
};
// False with a log when the text is no PTX that a driver would take.
bool parse_ptx(const std::string& text, Ptx* ptx, std::string* log);

} // namespace fake
