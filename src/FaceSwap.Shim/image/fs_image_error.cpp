// The library of image files keeps its last error in the shim, where the managed side asks for it.
#include "fs_abi.h"

extern "C" void fs_core_set_last_error(const char* message);

namespace fs {
void set_last_error(const std::string& message) noexcept { fs_core_set_last_error(message.c_str()); }
}  // namespace fs
