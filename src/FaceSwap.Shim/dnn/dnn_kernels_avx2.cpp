// AVX2 with FMA.
#include <immintrin.h>

#include "dnn_kernels_impl.h"

namespace fs::dnn {
namespace {
struct Vector {
    static constexpr int lanes = 8;
    static constexpr int sweep = 2;  // 6 × 2 accumulators, 2 + 1 operands: 15 of 16 registers
    __m256 v;
    static Vector zero() { return {_mm256_setzero_ps()}; }
    static Vector load(const float* p) { return {_mm256_loadu_ps(p)}; }
    static Vector broadcast(const float* p) { return {_mm256_broadcast_ss(p)}; }
    static void store(float* p, Vector a) { _mm256_storeu_ps(p, a.v); }
    static void stream(float* p, Vector a) { _mm256_stream_ps(p, a.v); }
    static Vector add(Vector a, Vector b) { return {_mm256_add_ps(a.v, b.v)}; }
    static Vector multiply_add(Vector acc, Vector a, Vector b) { return {_mm256_fmadd_ps(a.v, b.v, acc.v)}; }
};
}  // namespace

const Kernels* kernels_avx2() {
    static const Kernels table = make_table<Vector>("avx2");
    return &table;
}

}  // namespace fs::dnn
