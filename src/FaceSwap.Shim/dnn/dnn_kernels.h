// The inner loops of the engine, one table of them per instruction set.
//
// Everything is built of 4-byte units: an fp32 value, or a pair of bfloat16 values that are neighbours in the direction of the
// reduction. So one set of kernels, one set of layouts and one set of loops serves both precisions.
#pragma once

#include <cstdint>

namespace fs::dnn {

constexpr int32_t kRows = 6;    // most rows of a tile: 6 × 4 vectors of 16 are 24 accumulators of the 32 registers
constexpr int32_t kLane = 16;   // columns are padded to this
constexpr int32_t kPanel = 64;  // columns of a panel; the last panel of a matrix may be 16, 32 or 48 wide

// A stretch of the reduction of a row tile: `length` units from each row, against `length` rows of a panel.
struct RowSegment {
    const float* a[kRows];  // (length) units of each row
    const float* b;         // (length, panel width)
    int32_t length;
};

// A stretch of the reduction of a column tile: `count` neighbouring rows of both operands.
struct ColumnRun {
    int32_t a;  // first row of the left operand
    int32_t b;  // first row of the right operand
    int32_t count;
};

enum class Store : int32_t { Write = 0, Add = 1, Stream = 2 };

// Where a finished tile goes.
struct Finish {
    const float* bias;       // of this panel, or null
    const int32_t* offsets;  // element offset of each vector of 16 columns from its row's address
    float slope;             // of LeakyReLU below zero; 1 for none
    int32_t columns;         // valid columns of the panel
    bool bf16;               // element type of the destination
};

struct Kernels {
    const char* name;

    // C[r][0 … width) (=, +=) Σ_segments Σ_k a[r][k] · b[k][…]; index [rows − 1][vectors of 16 − 1].
    void (*row[kRows][4])(const RowSegment* segments, int32_t count, float* c, bool add);
    void (*row_bf16[kRows][4])(const RowSegment* segments, int32_t count, float* c, bool add);

    // C[r][0 … width) (=, +=) Σ_runs Σ_i a[(run.a + i)·a_stride + r] · b[(run.b + i)·width + …].
    void (*column[kRows][4])(const ColumnRun* runs, int32_t count, const float* a, int32_t a_stride, const float* b, float* c, Store store);
    void (*column_bf16[kRows][4])(const ColumnRun* runs, int32_t count, const float* a, int32_t a_stride, const float* b, float* c, Store store);

    // Adds the bias, applies LeakyReLU and stores rows of a tile (rows, width); destinations are the rows' addresses.
    void (*finish)(const float* c, int32_t width, int32_t rows, const Finish& how, char* const* destinations);

    // to[c][r] = from[r][c] for r < rows, c < columns; r from rows to `to_width` becomes zero.
    void (*transpose)(const float* from, int32_t from_width, int32_t rows, int32_t columns, float* to, int32_t to_width);

    // The same in pairs of bfloat16 along c: to[c/2][r] = (from[r][c], from[r][c + 1]).
    void (*transpose_bf16)(const float* from, int32_t from_width, int32_t rows, int32_t columns, float* to, int32_t to_width);

    // to[k/2][n] = (from[k][n], from[k + 1][n]) as bfloat16; a row beyond `rows` counts as zero.
    void (*pair_rows)(const float* from, int32_t rows, int32_t width, float* to);

    // dz = dy where y ≥ 0, else slope·dy, for 16 columns of one row; `columns` of them are valid, the rest of dz becomes zero. dz is added to sum.
    void (*slope_row)(const void* dy, const void* y, float slope, int32_t columns, bool bf16, void* dz, float* sum);

    // Multiplies and adds in registers alone, to measure the processor's ceiling; returns how many operations were done. The
    // second is of bfloat16 pairs, or null.
    int64_t (*peak)(int64_t rounds, float* sink);
    int64_t (*peak_bf16)(int64_t rounds, float* sink);
};

const Kernels* kernels_baseline();
const Kernels* kernels_avx2();
const Kernels* kernels_avx512();
const Kernels* kernels_avx512_bf16();

// The best table for this processor, or the one that the environment variable FACESWAP_CPU_ISA names (baseline, avx2, avx512).
const Kernels& kernels();

// True when `kernels()` has the bfloat16 entries.
bool has_bf16();

}  // namespace fs::dnn
