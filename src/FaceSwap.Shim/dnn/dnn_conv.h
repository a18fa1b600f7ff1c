// Convolutions (and, as 1×1 convolutions of one pixel, dense layers) as products of blocked matrices.
//
// Activations arrive in NHWC and are copied once into blocks [channel / 64][y][x][n][channel % 64]: the rows of one pixel of all
// samples lie together, so a tile of the product belongs to one pixel, and a tap of the kernel that falls into the padding there is
// skipped, not multiplied by zero. On 4×4 pixels that saves 31 % of a 3×3 convolution's work.
//
//   forward          y[p][n]       = Σ_tap Σ_c  x[p + tap][c] · W[tap][c][n]        rows: output pixels, panels: 64 of n
//   backward data    dx[p][c]      = Σ_tap Σ_n dz[p − tap][n] · W[tap][c][n]        rows: input pixels (per phase of the stride), panels: 64 of c
//   backward weights dW[tap][c][n] = Σ_p        x[p + tap][c] · dz[p][n]            rows: 6 of c, panels: 64 of n
//
// The kernel is stored [n / 64][tap][c][n % 64], the last panel padded to 16, so that forward reads it and backward weights writes it
// in place; backward data transposes stretches of it that fit the cache. Nothing derived is kept. For inference in bfloat16 the kernel is stored
// as forward reads it, in half the memory: [n / 64][tap][c / 2][n % 64] pairs of c.
//
// Every sum has a fixed order that depends on the shapes alone: the same bits for any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dnn_conv_image.h"
#include "dnn_kernels.h"
#include "dnn_pool.h"

namespace fs::dnn {
constexpr int32_t kFewChannels = 16;  // fewer input channels are gathered
constexpr int32_t kFewOutputs = 8;    // so few output channels are spread
constexpr int32_t kMostPatch = 2048;  // values of a patch
}  // namespace fs::dnn

// Shared with C#: ShimNative.Dnn.cs.
struct fs_dnn_conv_spec {
    int32_t batch, in_height, in_width, in_channels;
    int32_t out_height, out_width, out_channels;
    int32_t kernel, stride, pad_top, pad_left;
    int32_t pixel_shuffle, bf16, training, input_gradient;
    float slope;  // of LeakyReLU below zero; 1 for none
};
static_assert(sizeof(fs_dnn_conv_spec) == 64);

namespace fs::dnn {

// How rows of activations are blocked. `rows` are pixels × samples, or × pairs of samples; `share` is how many values share a unit
// along the channels: 2 for bfloat16 rows, 1 for fp32 and for pairs of samples.
struct Blocks {
    int64_t rows = 0;
    int32_t channels = 0;
    int32_t share = 1;

    int32_t count() const { return (channels + kPanel - 1) / kPanel; }
    int32_t valid(int32_t block) const { return channels - block * kPanel < kPanel ? channels - block * kPanel : kPanel; }
    int32_t width(int32_t block) const { return (valid(block) + kLane - 1) / kLane * kLane / share; }
    int64_t offset(int32_t block) const { return rows * (kPanel / share) * block; }
    int64_t units() const { return rows * ((channels + kLane - 1) / kLane * kLane / share); }
};

// A tap of the kernel as seen from a row: the source pixel's offset, and which rows of the stored kernel it multiplies.
struct Tap {
    int32_t y, x, index;
};

// A part of the reduction: one tap, one block of channels or a part of it.
struct Segment {
    int32_t tap;    // in the pass
    int32_t block;  // of the source
    int32_t first;  // unit in the block
    int32_t units;  // length
    int32_t at;     // first unit in the chunk's panel
};

struct Tile {
    int32_t y, x, n;  // first row
    int32_t rows;
    int32_t at;       // first row in its task
};

// Rows of a product that see the same taps: all output pixels, or the input pixels of one phase of the stride.
struct RowPass {
    int32_t height, width;        // grid of row pixels
    int32_t multiply;             // source pixel = row pixel · multiply + tap
    int32_t source_height, source_width;
    int32_t target_multiply, target_y, target_x;
    std::vector<Tap> taps;
    std::vector<Segment> segments;
    std::vector<int32_t> chunks;  // first segment of each chunk, and the end
    std::vector<Tile> tiles;
};

struct RowTask {
    int32_t pass, panel, first_tile, end_tile;
};

// Where rows go: address = base + n·n_stride + y·y_stride + x·x_stride + an offset per column, all but the last in bytes.
struct RowTarget {
    char* base;
    int64_t n_stride, y_stride, x_stride;
    bool bf16;
    const float* bias;
    float slope;
    const int32_t* lanes;    // element offset per vector of 16 columns, all panels
    const int32_t* columns;  // element offset per column where a vector's columns are not neighbours, else null
};

struct ColumnTask {
    int32_t panel, first_unit, end_unit;  // a unit is a (tap, block)
};

enum class Form {
    Direct,  // taps are walked in place
    Gather,  // few input channels: patches are gathered, one product of kernel² · channels
    Spread,  // few output channels: one product of kernel² · channels columns, then summed (forward) or gathered (backward)
};

class Conv {
public:
    Conv(Pool& pool, const fs_dnn_conv_spec& spec);
    Conv(const Conv&) = delete;
    Conv& operator=(const Conv&) = delete;

    int64_t kernel_storage() const { return paired_ ? paired_offset(panels_) : panel_offset(panels_); }  // units of 4 bytes
    int64_t workspace_bytes() const { return workspace_; }

    void import_kernel(const float* keras, float* storage) const;
    // Rows (tap, input channel) of the Keras order from which an import may go on alone; 0: only the whole kernel can be imported.
    int32_t import_rows() const;
    // Some rows, `keras` being the first of them: whole multiples of import_rows().
    void import_kernel_rows(const float* keras, int64_t first, int64_t count, float* storage) const;
    void export_kernel(const float* storage, float* keras) const;  // not of pairs
    void forward(const void* x, const float* kernel, const float* bias, void* y, void* workspace);
    void backward(const void* x, const void* y, const void* dy, const float* kernel, void* dx, float* d_kernel, float* d_bias, void* workspace);

private:
    // dnn_conv_plan.cpp
    void plan_rows(std::vector<RowPass>& passes, std::vector<RowTask>& tasks, const Blocks& source, int32_t panels, int32_t most_rows);
    void plan_forward();
    void plan_backward();
    void plan_workspace();
    int32_t panel_width(int32_t panel) const;
    int64_t panel_offset(int32_t panel) const;
    int64_t paired_offset(int32_t panel) const;
    int64_t keras_index(int64_t row, int32_t panel, int32_t column) const;

    // dnn_conv_kernel.cpp
    void keras_rows(const float* keras, int32_t panel, int64_t first, int32_t count, float* to) const;

    // dnn_conv_pack.cpp
    void pack_source(const void* x, float* to, bool pairs);
    void pack_slope(const void* dy, const void* y, void* workspace);
    void pack_spread(const void* dz, float* rows, float* pairs);
    void pair_samples(const float* rows_first, const float* rows_second, int32_t units, float* to) const;
    void sum_bias(float* d_bias, const float* partial);
    template <int Lanes>
    void spread_sum_lanes(const float* z, const float* bias, void* y);
    void spread_sum(const float* z, const float* bias, void* y);
    void gather_sum(const float* columns, void* dx);

    // dnn_conv_run.cpp
    void run_rows(const std::vector<RowPass>& passes, const std::vector<RowTask>& tasks, const float* source, const Blocks& blocks,
                  const float* kernel, bool transposed, const RowTarget& target, char* scratch);
    void row_task(const RowPass& pass, const RowTask& task, const float* source, const Blocks& blocks, const float* kernel, bool transposed,
                  const RowTarget& target, char* scratch);
    const float* segment_panel(const Segment& segment, const RowPass& pass, int32_t panel, const float* kernel, bool transposed,
                               float* packed) const;
    const float* kernel_rows(const Segment& segment, const RowPass& pass, int32_t panel, const float* kernel) const;
    void prefetch_segment(const Segment& segment, const RowPass& pass, int32_t panel, const float* kernel, bool transposed, int32_t part,
                          int32_t parts) const;
    void run_columns(const float* left, const float* right, float* d_kernel);
    void column_task(const ColumnTask& task, const float* left, const float* right, float* d_kernel);
    void target_rows(const RowPass& pass, const Tile& tile, const RowTarget& target, char** rows) const;
    void store_tile(int32_t panel, int32_t count, int32_t columns, int32_t width, const float* c, const RowTarget& target, char* const* rows) const;

    Pool& pool_;
    const Kernels& kernels_;
    fs_dnn_conv_spec spec_;
    Form form_;
    bool paired_;      // whether the kernel is stored as pairs of bfloat16
    int32_t element_;  // bytes of an activation
    int32_t pairs_;    // samples, or pairs of samples, per pixel in the operands of backward weights

    // The product's own view: what is left of the convolution after gathering or spreading.
    int32_t in_h_, in_w_, in_c_, out_h_, out_w_, out_c_, kernel_, stride_, pad_y_, pad_x_;
    int32_t panels_;

    Blocks source_, source_pairs_;      // left operand of forward; of backward weights
    Blocks gradient_, gradient_pairs_;  // left operand of backward data; right operand of backward weights
    std::vector<RowPass> forward_, backward_;
    std::vector<RowTask> forward_tasks_, backward_tasks_;
    std::vector<ColumnTask> column_tasks_;
    std::vector<int32_t> column_chunks_;  // first row of output pixels of each chunk, and the end
    std::vector<int32_t> out_lanes_, out_columns_, in_lanes_, row_lanes_;
    int32_t most_runs_ = 0;

    int32_t bands_ = 1;   // partial sums of the bias gradient
    int32_t groups_ = 1;  // groups of channel blocks that pack separately
    int64_t workspace_ = 0, scratch_ = 0;
    int64_t at_source_ = 0, at_gradient_ = 0, at_pairs_ = 0, at_columns_ = 0, at_bias_ = 0, at_dz_ = 0, at_scratch_ = 0;
    std::unique_ptr<ImageForward> image_;  // takes the forward pass where the shapes suit it
};

}  // namespace fs::dnn
