// One block on one host thread.
#pragma once

#include "kernels.h"

namespace fake
{

enum class Outcome { Done, IllegalAddress, Misaligned, Diverged };

// Blocks [first, last) of the grid, in order; stops at the first that faults.
Outcome run_blocks(const Kernel& kernel, Extent grid, Extent block, const void* args, void* dynamic_shared, long long first, long long last);

} // namespace fake
