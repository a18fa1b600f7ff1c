// A few host threads that share the parts of a job: blocks of a kernel, tiles of a product.
#pragma once

#include "core.h"

#include <functional>

namespace fake
{

// Calls body(part, worker) for every part in [0, parts), on up to pool_threads() threads, the caller's among them; returns when all are done.
// worker is in [0, pool_threads()) and no two calls with the same worker run at once. One job at a time; a second waits.
FAKE_SHARED void parallel(long long parts, const std::function<void(long long part, int worker)>& body);
FAKE_SHARED int pool_threads();

} // namespace fake
