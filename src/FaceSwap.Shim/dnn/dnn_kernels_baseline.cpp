// x86-64 as it was in 2003: SSE2, no FMA.
#include <emmintrin.h>

#include "dnn_kernels_impl.h"

namespace fs::dnn {
namespace {
struct Vector {
    static constexpr int lanes = 4;
    static constexpr int sweep = 2;  // 6 × 2 accumulators, 2 + 1 operands: 15 of 16 registers
    __m128 v;
    static Vector zero() { return {_mm_setzero_ps()}; }
    static Vector load(const float* p) { return {_mm_loadu_ps(p)}; }
    static Vector broadcast(const float* p) { return {_mm_set1_ps(*p)}; }
    static void store(float* p, Vector a) { _mm_storeu_ps(p, a.v); }
    static void stream(float* p, Vector a) { _mm_stream_ps(p, a.v); }
    static Vector add(Vector a, Vector b) { return {_mm_add_ps(a.v, b.v)}; }
    static Vector multiply_add(Vector acc, Vector a, Vector b) { return {_mm_add_ps(acc.v, _mm_mul_ps(a.v, b.v))}; }
};
}  // namespace

const Kernels* kernels_baseline() {
    static const Kernels table = make_table<Vector>("baseline");
    return &table;
}

}  // namespace fs::dnn
