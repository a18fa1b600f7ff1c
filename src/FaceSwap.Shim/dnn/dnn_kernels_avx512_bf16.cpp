// AVX-512 with dot products of bfloat16 pairs.
#include "dnn_kernels_avx512_vector.h"

namespace fs::dnn {
namespace {
struct PairVector : Vector {
    PairVector() = default;
    PairVector(Vector a) : Vector(a) {}
    static PairVector zero() { return Vector::zero(); }
    static PairVector load(const float* p) { return Vector::load(p); }
    static PairVector broadcast(const float* p) { return Vector::broadcast(p); }
    static PairVector add(PairVector a, PairVector b) { return Vector::add(a, b); }
    static PairVector multiply_add(PairVector acc, PairVector a, PairVector b) {
        return PairVector(Vector{_mm512_dpbf16_ps(acc.v, (__m512bh)_mm512_castps_si512(a.v), (__m512bh)_mm512_castps_si512(b.v))});
    }
};

// Pairs (low, high) of 16 columns.
inline __m512 pair(__m512 low, __m512 high) {
    __m512i a = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
    __m512i b = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high));
    return _mm512_castsi512_ps(_mm512_or_si512(a, _mm512_slli_epi32(b, 16)));
}

void transpose_bf16(const float* from, int32_t from_width, int32_t rows, int32_t columns, float* to, int32_t to_width) {
    for (int32_t c = 0; c < columns; c += 16)
        for (int32_t r = 0; r < to_width; r += 16) {
            __m512 block[16];
            load_transposed(from + static_cast<int64_t>(r) * from_width + c, from_width, rows - r, columns - c, block);
            for (int i = 0; i < 16 && c + i < columns; i += 2)
                _mm512_store_ps(to + static_cast<int64_t>((c + i) / 2) * to_width + r, pair(block[i], block[i + 1]));
        }
}

void pair_rows(const float* from, int32_t rows, int32_t width, float* to) {
    for (int32_t k = 0; k < rows; k += 2)
        for (int32_t n = 0; n < width; n += 16) {
            const float* low = from + static_cast<int64_t>(k) * width + n;
            __m512 high = k + 1 < rows ? _mm512_loadu_ps(low + width) : _mm512_setzero_ps();
            _mm512_store_ps(to + static_cast<int64_t>(k / 2) * width + n, pair(_mm512_loadu_ps(low), high));
        }
}

// bfloat16 rows: the conversions of the shared code, in two instructions.
void slope_row_pairs(const void* dy, const void* y, float slope, int32_t columns, bool bf16, void* dz, float* sum) {
    if (!bf16 || columns != kLane) {
        slope_row_avx512(dy, y, slope, columns, bf16, dz, sum);
        return;
    }
    auto widen = [](const void* p) {
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p))), 16));
    };
    __m512 value = widen(dy);
    __mmask16 negative = _mm512_cmp_ps_mask(widen(y), _mm512_setzero_ps(), _CMP_LT_OQ);
    value = _mm512_mask_mul_ps(value, negative, value, _mm512_set1_ps(slope));
    _mm512_storeu_ps(sum, _mm512_add_ps(_mm512_loadu_ps(sum), value));
    _mm256_storeu_si256(static_cast<__m256i*>(dz), (__m256i)_mm512_cvtneps_pbh(value));
}

struct StorePairs {
    static void store(char* row, int32_t offset, __mmask16 valid, __m512 value) {
        _mm256_mask_storeu_epi16(reinterpret_cast<uint16_t*>(row) + offset, valid, (__m256i)_mm512_cvtneps_pbh(value));
    }
};

void finish_pairs(const float* c, int32_t width, int32_t rows, const Finish& how, char* const* destinations) {
    if (how.bf16)
        finish_rows<StorePairs>(c, width, rows, how, destinations);
    else
        finish_rows<StoreSingle>(c, width, rows, how, destinations);
}

template <int Vectors>
void fill_pairs(Kernels& table) {
    Kernels pairs{};
    fill_rows<PairVector, Vectors>(pairs);
    for (int r = 0; r < kRows; r++) {
        table.row_bf16[r][Vectors - 1] = pairs.row[r][Vectors - 1];
        table.column_bf16[r][Vectors - 1] = pairs.column[r][Vectors - 1];
    }
}
}  // namespace

const Kernels* kernels_avx512_bf16() {
    static const Kernels table = [] {
        Kernels t = *kernels_avx512();
        t.name = "avx512-bf16";
        fill_pairs<1>(t);
        fill_pairs<2>(t);
        fill_pairs<3>(t);
        fill_pairs<4>(t);
        t.transpose_bf16 = transpose_bf16;
        t.pair_rows = pair_rows;
        t.slope_row = slope_row_pairs;
        t.finish = finish_pairs;
        t.peak_bf16 = peak<PairVector, 4>;
        return t;
    }();
    return &table;
}

}  // namespace fs::dnn
