// The vector type of the two AVX-512 tables, and a 16×16 transposition.
#pragma once

#include <immintrin.h>

#include "dnn_kernels_impl.h"

namespace fs::dnn {
namespace {
struct Vector {
    static constexpr int lanes = 16;
    static constexpr int sweep = 4;  // 6 × 4 accumulators, 4 + 1 operands: 29 of 32 registers
    __m512 v;
    static Vector zero() { return {_mm512_setzero_ps()}; }
    static Vector load(const float* p) { return {_mm512_loadu_ps(p)}; }
    static Vector broadcast(const float* p) { return {_mm512_set1_ps(*p)}; }
    static void store(float* p, Vector a) { _mm512_storeu_ps(p, a.v); }
    static void stream(float* p, Vector a) { _mm512_stream_ps(p, a.v); }
    static Vector add(Vector a, Vector b) { return {_mm512_add_ps(a.v, b.v)}; }
    static Vector multiply_add(Vector acc, Vector a, Vector b) { return {_mm512_fmadd_ps(a.v, b.v, acc.v)}; }
};

// r[i] holds row i; afterwards r[i] holds column i. Four rounds of exchanging halves of growing size.
inline void transpose16(__m512* r) {
    __m512 t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(t[i]), _mm512_castps_pd(t[i + 2])));
        r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(t[i]), _mm512_castps_pd(t[i + 2])));
        r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(t[i + 1]), _mm512_castps_pd(t[i + 3])));
        r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(t[i + 1]), _mm512_castps_pd(t[i + 3])));
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

// Loads a 16×16 block of `from` (rows and columns beyond the valid ones as zero) and transposes it.
inline void load_transposed(const float* from, int32_t from_width, int32_t rows, int32_t columns, __m512* r) {
    __mmask16 mask = static_cast<__mmask16>(columns >= 16 ? 0xffff : (1 << columns) - 1);
    for (int i = 0; i < 16; i++)
        r[i] = i < rows ? _mm512_maskz_loadu_ps(mask, from + i * from_width) : _mm512_setzero_ps();
    transpose16(r);
}

// fp32 rows of whole vectors in a handful of instructions; the rest as the shared code does it.
inline void slope_row_avx512(const void* dy, const void* y, float slope, int32_t columns, bool bf16, void* dz, float* sum) {
    if (bf16 || columns != kLane) {
        slope_row<Vector>(dy, y, slope, columns, bf16, dz, sum);
        return;
    }
    __m512 value = _mm512_loadu_ps(dy);
    __mmask16 negative = _mm512_cmp_ps_mask(_mm512_loadu_ps(y), _mm512_setzero_ps(), _CMP_LT_OQ);
    value = _mm512_mask_mul_ps(value, negative, value, _mm512_set1_ps(slope));
    _mm512_storeu_ps(sum, _mm512_add_ps(_mm512_loadu_ps(sum), value));
    _mm512_storeu_ps(dz, value);
}

// Stores a vector of 16 finished columns in the destination's type.
struct StoreSingle {
    static void store(char* row, int32_t offset, __mmask16 valid, __m512 value) {
        _mm512_mask_storeu_ps(reinterpret_cast<float*>(row) + offset, valid, value);
    }
};

template <class Store>
inline void finish_rows(const float* c, int32_t width, int32_t rows, const Finish& how, char* const* destinations) {
    const __m512 slope = _mm512_set1_ps(how.slope);
    for (int32_t first = 0; first < how.columns; first += kLane) {
        const int32_t left = how.columns - first, offset = how.offsets[first / kLane];
        const __mmask16 valid = static_cast<__mmask16>(left >= kLane ? 0xffff : (1 << left) - 1);
        const __m512 bias = how.bias != nullptr ? _mm512_loadu_ps(how.bias + first) : _mm512_setzero_ps();
        for (int32_t r = 0; r < rows; r++) {
            __m512 value = _mm512_add_ps(_mm512_loadu_ps(c + r * width + first), bias);
            value = _mm512_mask_mul_ps(value, _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ), value, slope);
            Store::store(destinations[r], offset, valid, value);
        }
    }
}

inline void finish_avx512(const float* c, int32_t width, int32_t rows, const Finish& how, char* const* destinations) {
    if (how.bf16)
        finish<Vector>(c, width, rows, how, destinations);
    else
        finish_rows<StoreSingle>(c, width, rows, how, destinations);
}

inline void transpose_avx512(const float* from, int32_t from_width, int32_t rows, int32_t columns, float* to, int32_t to_width) {
    for (int32_t c = 0; c < columns; c += 16)
        for (int32_t r = 0; r < to_width; r += 16) {
            __m512 block[16];
            load_transposed(from + static_cast<int64_t>(r) * from_width + c, from_width, rows - r, columns - c, block);
            for (int i = 0; i < 16 && c + i < columns; i++)
                _mm512_store_ps(to + static_cast<int64_t>(c + i) * to_width + r, block[i]);
        }
}
}  // namespace
}  // namespace fs::dnn
