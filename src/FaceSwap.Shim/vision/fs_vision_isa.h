// Which builds of the hot code this library has and this processor can run.
#pragma once

#include "fs_vision_hot.h"

namespace fs::vision {

// The build of that index (0 baseline, 1 AVX2, 2 AVX-512), or null when it is not in this library or not for this processor; -1 is the best.
const hot_code* find_hot_code(int32_t index) noexcept;

// The same, but throws fs::error.
const hot_code& require_hot_code(int32_t index);

}  // namespace fs::vision
