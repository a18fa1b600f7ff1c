// Rules by which tests, or the environment, make cuDNN and cuBLASLt refuse some of what they can do.
#pragma once

#include "core.h"

namespace fake
{

// library: "cudnn" or "cublaslt".
FAKE_SHARED bool rule(const char* library, const char* name);
void set_rule(const char* library, const char* name, bool on);

} // namespace fake
