// Last error and the ABI's version.
#include "fs_abi.h"

namespace {
thread_local std::string last_error;
}

namespace fs {
void set_last_error(const std::string& message) noexcept {
    try {
        last_error = message;
    } catch (...) {
        last_error.clear();
    }
}
}  // namespace fs

// Replaces it: for the library of image files, whose failures are told here too.
FS_EXPORT void fs_core_set_last_error(const char* message) { fs::set_last_error(message); }

// The message of this thread's last failure, UTF-8, valid until the next failure on this thread.
FS_EXPORT const char* fs_core_last_error(void) { return last_error.c_str(); }

// Raised whenever an export changes its meaning or its arguments; the managed side refuses another number.
FS_EXPORT int32_t fs_core_abi_version(void) { return 5; }
