// Vectors of the widest kind that the instruction set of this build has. Included by the hot code only.
#pragma once

#include <cstring>

namespace fs::vision {
namespace {

#if defined(__AVX512F__)
constexpr int lanes = 16;
constexpr int filter_rows = 8;  // rows of a block of the column filter: 8 sums and 10 taps fit in 32 registers
#elif defined(__AVX__)
constexpr int lanes = 8;
constexpr int filter_rows = 4;  // 4 sums and 10 taps in 16 registers
#else
constexpr int lanes = 4;
constexpr int filter_rows = 4;
#endif

#if defined(__GNUC__)
typedef float vec __attribute__((vector_size(lanes * sizeof(float))));
typedef float vec2 __attribute__((vector_size(2 * sizeof(float))));
#define FS_UNROLL _Pragma("GCC unroll 32")
#else
#error "the hot vision code needs the vector extensions of GCC or Clang (clang-cl on Windows)"
#endif

inline vec load(const float* from) {
    vec v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

inline void store(float* to, vec v) { std::memcpy(to, &v, sizeof v); }

inline vec spread(float value) { return vec{} + value; }

inline int round_up(int value, int step) { return (value + step - 1) / step * step; }

}  // namespace
}  // namespace fs::vision
