// Vectors of the widest kind that the instruction set of this build has. Included by the hot code only.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

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
typedef int32_t ivec __attribute__((vector_size(lanes * sizeof(int32_t))));
typedef uint8_t bvec __attribute__((vector_size(lanes)));
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

// GCC 12 widens bytes one by one through general registers unless it is told the instruction.
inline ivec load_bytes(const uint8_t* from) {
#if defined(__AVX512F__)
    return reinterpret_cast<ivec>(_mm512_maskz_cvtepu8_epi32(0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#elif defined(__AVX2__)
    return reinterpret_cast<ivec>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
#else
    bvec v;
    std::memcpy(&v, from, sizeof v);
    return __builtin_convertvector(v, ivec);
#endif
}

// The first `count` lanes only.
inline void store(float* to, vec v, int count) {
    if (count == lanes) store(to, v);
    else std::memcpy(to, &v, count * sizeof(float));
}

inline ivec load_ints(const int* from) {
    ivec v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

// Elements of two registers in a row, by number from 0.
#if defined(__AVX512F__)
inline vec pick(vec near, vec far, ivec number) { return reinterpret_cast<vec>(_mm512_permutex2var_ps(near, reinterpret_cast<__m512i>(number), far)); }
#elif defined(__AVX2__)
inline vec pick(vec near, vec far, ivec number) {
    const __m256i index = reinterpret_cast<__m256i>(number);
    const __m256 beyond = _mm256_castsi256_ps(_mm256_cmpgt_epi32(index, _mm256_set1_epi32(lanes - 1)));
    return reinterpret_cast<vec>(_mm256_blendv_ps(_mm256_permutevar8x32_ps(near, index), _mm256_permutevar8x32_ps(far, index), beyond));
}
#endif

inline vec spread(float value) { return vec{} + value; }

inline int round_up(int value, int step) { return (value + step - 1) / step * step; }

}  // namespace
}  // namespace fs::vision
