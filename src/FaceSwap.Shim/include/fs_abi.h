// The conventions of the shim's ABI.
//
// - Exports are named fs_<module>_<verb>, take fixed-width integers, doubles, floats and pointers, and return fs_status
//   (or nothing for a destructor). No size_t, no bool, no C++ type, no overloads.
// - Objects are opaque pointers, created by fs_<module>_<thing>_new or _open and destroyed by fs_<module>_<thing>_free, which
//   accepts null.
// - Ordinary outcomes are positive statuses (end of stream, nothing found), failures are negative. A failure leaves one
//   sentence in this thread's last error (fs_core_last_error): what, where, and the library's own words.
// - Every export that can fail runs its body through fs::guard, so no C++ exception crosses the ABI.
// - Every struct that crosses the ABI has a static_assert on its size; the C# side asserts the same size.
#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#if defined(_WIN32)
#define FS_EXPORT extern "C" __declspec(dllexport)
#else
#define FS_EXPORT extern "C" __attribute__((visibility("default")))
#endif

typedef int32_t fs_status;

enum : int32_t {
    FS_OK = 0,
    FS_END_OF_STREAM = 1,   // no more frames or packets
    FS_UNSUPPORTED = 2,     // this build or this processor cannot do it; the caller may choose another way
    FS_AGAIN = 3,           // nothing ready yet; feed more input
    FS_INVALID_ARGUMENT = -1,
    FS_OUT_OF_MEMORY = -2,
    FS_NOT_FOUND = -3,      // a file or a stream does not exist
    FS_INVALID_DATA = -4,   // a file is damaged or of the wrong kind
    FS_IO_ERROR = -5,       // reading or writing failed
    FS_NO_SPACE = -6,       // the disk is full
    FS_PERMISSION = -7,     // access denied or read-only
    FS_INTERNAL = -100
};

namespace fs {

// Replaces this thread's last error.
void set_last_error(const std::string& message) noexcept;

// A failure with the status that the ABI should return.
struct error : std::runtime_error {
    fs_status status;
    error(fs_status s, const std::string& message) : std::runtime_error(message), status(s) {}
};

// Runs the body of an export: its result is the status; an exception becomes a status and the last error.
template <class Body>
fs_status guard(const char* call, Body&& body) noexcept {
    try {
        return body();
    } catch (const error& e) {
        set_last_error(e.what());
        return e.status;
    } catch (const std::bad_alloc&) {
        set_last_error(std::string(call) + ": out of memory");
        return FS_OUT_OF_MEMORY;
    } catch (const std::exception& e) {
        set_last_error(std::string(call) + ": " + e.what());
        return FS_INTERNAL;
    } catch (...) {
        set_last_error(std::string(call) + ": unknown failure");
        return FS_INTERNAL;
    }
}

}  // namespace fs
