// C ABI of the bench-only library: what OpenCV and dlib do where this project has code of its own. Every function returns 0, or 1 when the library
// threw. Images are packed, BGR or grey, 8 bits; matrices are 2x3, row-major.
#ifndef FS_BENCH_H
#define FS_BENCH_H

#if defined(_WIN32)
#define FS_BENCH_API extern "C" __declspec(dllexport)
#else
#define FS_BENCH_API extern "C" __attribute__((visibility("default")))
#endif

#include <cstdint>
#include <exception>

template <class Body>
int32_t fs_bench_try(Body body) {
    try {
        body();
        return 0;
    } catch (const std::exception&) {
        return 1;
    }
}

#endif
