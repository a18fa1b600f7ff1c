// The products themselves.
#include <algorithm>
#include <cstring>

#include "dnn_conv.h"

namespace fs::dnn {

namespace {
alignas(64) const float kZeros[kPanel] = {};

// Rows of the right operand that a segment takes, padding not counted.
int32_t rows_of(const Segment& segment, const Blocks& blocks) {
    return std::min(segment.units * blocks.share, blocks.valid(segment.block) - segment.first * blocks.share);
}

int64_t padded(int32_t channels) { return (channels + kLane - 1) / kLane * kLane; }
}  // namespace

// The right operand of one segment: in place where the kernel lies as the product wants it, else brought into `packed`.
const float* Conv::segment_panel(const Segment& segment, const RowPass& pass, int32_t panel, const float* kernel, bool transposed,
                                 float* packed) const {
    const int32_t tap = pass.taps[segment.tap].index;
    if (!transposed) {
        int32_t width = panel_width(panel);
        if (paired_)
            return kernel + paired_offset(panel) + (static_cast<int64_t>(tap) * ((in_c_ + 1) / 2) + segment.block * (kPanel / 2) + segment.first) * width;
        const float* from = kernel_rows(segment, pass, panel, kernel);
        if (!spec_.bf16)
            return from;
        packed += static_cast<int64_t>(segment.at) * width;
        kernels_.pair_rows(from, rows_of(segment, source_), width, packed);
        return packed;
    }
    // Panel: 64 input channels; block: 64 output channels.
    int32_t width = source_pairs_.width(panel);
    const float* from = kernel + panel_offset(segment.block) + (static_cast<int64_t>(tap) * in_c_ + panel * kPanel) * panel_width(segment.block) + segment.first * gradient_.share;
    packed += static_cast<int64_t>(segment.at) * width;
    auto transpose = spec_.bf16 ? kernels_.transpose_bf16 : kernels_.transpose;
    transpose(from, panel_width(segment.block), source_.valid(panel), rows_of(segment, gradient_), packed, width);
    return packed;
}

// Fetches a part of what segment_panel will bring into the next stretch: it comes from main memory, and the products of this stretch
// give it time to arrive.
void Conv::prefetch_segment(const Segment& segment, const RowPass& pass, int32_t panel, const float* kernel, bool transposed, int32_t part,
                            int32_t parts) const {
    constexpr int64_t line = 64;
    const int64_t row = static_cast<int64_t>(pass.taps[segment.tap].index) * in_c_ + panel * kPanel;
    const float* from = transposed ? kernel + panel_offset(segment.block) + row * panel_width(segment.block) : kernel_rows(segment, pass, panel, kernel);
    const int64_t values = transposed ? static_cast<int64_t>(source_.valid(panel)) * panel_width(segment.block)
                                      : static_cast<int64_t>(rows_of(segment, source_)) * panel_width(panel);
    const int64_t lines = (values * static_cast<int64_t>(sizeof(float)) + line - 1) / line, end = lines * (part + 1) / parts;
    for (int64_t i = lines * part / parts; i < end; i++)
        __builtin_prefetch(reinterpret_cast<const char*>(from) + i * line, 0, 2);
}

const float* Conv::kernel_rows(const Segment& segment, const RowPass& pass, int32_t panel, const float* kernel) const {
    const int64_t row = static_cast<int64_t>(pass.taps[segment.tap].index) * in_c_ + segment.block * kPanel + segment.first * source_.share;
    return kernel + panel_offset(panel) + row * panel_width(panel);
}

void Conv::run_rows(const std::vector<RowPass>& passes, const std::vector<RowTask>& tasks, const float* source, const Blocks& blocks,
                    const float* kernel, bool transposed, const RowTarget& target, char* scratch) {
    pool_.parallel(static_cast<int32_t>(tasks.size()), [&](int32_t task, int32_t thread) {
        row_task(passes[tasks[task].pass], tasks[task], source, blocks, kernel, transposed, target, scratch + thread * scratch_);
    });
}

void Conv::row_task(const RowPass& pass, const RowTask& task, const float* source, const Blocks& blocks, const float* kernel,
                    bool transposed, const RowTarget& target, char* scratch) {
    constexpr int32_t most = 520;  // segments of a chunk: one unit each at worst
    const int32_t columns = transposed ? source_.valid(task.panel) : gradient_.valid(task.panel);
    const int32_t width = static_cast<int32_t>(padded(columns)), vectors = width / kLane;
    float* packed = reinterpret_cast<float*>(scratch);
    float* c = packed + 512 * kPanel;
    auto& rows_kernels = spec_.bf16 ? kernels_.row_bf16 : kernels_.row;
    const int32_t batch = spec_.batch, chunks = static_cast<int32_t>(pass.chunks.size()) - 1;
    const float* panels[most];
    RowSegment segments[most];
    for (int32_t chunk = 0; chunk < chunks; chunk++) {
        const int32_t first = pass.chunks[chunk], count = pass.chunks[chunk + 1] - first;
        for (int32_t s = 0; s < count; s++)
            panels[s] = segment_panel(pass.segments[first + s], pass, task.panel, kernel, transposed, packed);
        // With few tiles the requests would come in bursts that only stall.
        const int32_t tiles = task.end_tile - task.first_tile;
        const bool fetch = tiles >= 8 && chunk + 1 < chunks && (transposed || (spec_.bf16 && !paired_));
        const int32_t next = fetch ? pass.chunks[chunk + 2] : first + count;
        for (int32_t t = task.first_tile; t < task.end_tile; t++) {
            for (int32_t s = first + count; s < next; s++)
                prefetch_segment(pass.segments[s], pass, task.panel, kernel, transposed, t - task.first_tile, tiles);
            const Tile& tile = pass.tiles[t];
            int32_t used = 0, tap = -1;
            int64_t index[kRows];
            bool any = false;
            for (int32_t s = 0; s < count; s++) {
                const Segment& segment = pass.segments[first + s];
                if (segment.tap != tap) {
                    tap = segment.tap;
                    any = false;
                    int32_t y = tile.y, x = tile.x, n = tile.n;
                    for (int32_t r = 0; r < tile.rows; r++) {
                        int32_t sy = y * pass.multiply + pass.taps[tap].y, sx = x * pass.multiply + pass.taps[tap].x;
                        bool inside = sy >= 0 && sx >= 0 && sy < pass.source_height && sx < pass.source_width;
                        index[r] = inside ? (static_cast<int64_t>(sy) * pass.source_width + sx) * batch + n : -1;
                        any |= inside;
                        if (++n == batch) {
                            n = 0;
                            if (++x == pass.width) {
                                x = 0;
                                y++;
                            }
                        }
                    }
                }
                if (!any)
                    continue;
                RowSegment& to = segments[used++];
                const float* block = source + blocks.offset(segment.block) + segment.first;
                const int32_t block_width = blocks.width(segment.block);
                for (int32_t r = 0; r < tile.rows; r++)
                    to.a[r] = index[r] >= 0 ? block + index[r] * block_width : kZeros;
                to.b = panels[s];
                to.length = segment.units;
            }
            float* tile_c = c + static_cast<int64_t>(tile.at) * width;
            const bool last = chunk == chunks - 1;
            char* to[kRows];
            if (last) {
                // The rows lie in as many images: their lines are on the way while the last sums are made.
                target_rows(pass, tile, target, to);
                for (int32_t r = 0; r < tile.rows; r++)
                    for (int32_t v = 0; v < vectors; v++)
                        __builtin_prefetch(to[r] + static_cast<int64_t>(target.lanes[task.panel * (kPanel / kLane) + v]) * (target.bf16 ? 2 : 4), 1, 2);
            }
            rows_kernels[tile.rows - 1][vectors - 1](segments, used, tile_c, chunk > 0);
            if (last)
                store_tile(task.panel, tile.rows, columns, width, tile_c, target, to);
        }
    }
}

void Conv::target_rows(const RowPass& pass, const Tile& tile, const RowTarget& target, char** rows) const {
    int32_t y = tile.y, x = tile.x, n = tile.n;
    for (int32_t r = 0; r < tile.rows; r++) {
        rows[r] = target.base + n * target.n_stride + (y * static_cast<int64_t>(pass.target_multiply) + pass.target_y) * target.y_stride +
                  (x * static_cast<int64_t>(pass.target_multiply) + pass.target_x) * target.x_stride;
        if (++n == spec_.batch) {
            n = 0;
            if (++x == pass.width) {
                x = 0;
                y++;
            }
        }
    }
}

void Conv::store_tile(int32_t panel, int32_t count, int32_t columns, int32_t width, const float* c, const RowTarget& target,
                      char* const* rows) const {
    alignas(64) float bias[kPanel] = {};
    Finish how{nullptr, target.lanes + panel * (kPanel / kLane), target.slope, columns, target.bf16};
    if (target.bias != nullptr) {
        std::memcpy(bias, target.bias + panel * kPanel, static_cast<size_t>(columns) * sizeof(float));
        how.bias = bias;
    }
    if (target.columns == nullptr) {
        kernels_.finish(c, width, count, how, rows);
        return;
    }
    // Columns of one vector lie apart in the target: finish into a line, then place one by one.
    const int32_t lanes[kPanel / kLane] = {0, kLane, 2 * kLane, 3 * kLane};
    const int32_t element = target.bf16 ? 2 : 4;
    alignas(64) char line[kPanel * sizeof(float)];
    char* to = line;
    how.offsets = lanes;
    for (int32_t r = 0; r < count; r++) {
        kernels_.finish(c + static_cast<int64_t>(r) * width, width, 1, how, &to);
        for (int32_t i = 0; i < columns; i++)
            std::memcpy(rows[r] + static_cast<int64_t>(target.columns[panel * kPanel + i]) * element, line + i * element, element);
    }
}

void Conv::run_columns(const float* left, const float* right, float* d_kernel) {
    pool_.parallel(static_cast<int32_t>(column_tasks_.size()),
                   [&](int32_t task, int32_t) { column_task(column_tasks_[task], left, right, d_kernel); });
}

void Conv::column_task(const ColumnTask& task, const float* left, const float* right, float* d_kernel) {
    constexpr int32_t most = 4096;
    const int32_t width = panel_width(task.panel), vectors = width / kLane, blocks = source_pairs_.count();
    const float* b = right + gradient_pairs_.offset(task.panel);
    auto& column_kernels = spec_.bf16 ? kernels_.column_bf16 : kernels_.column;
    ColumnRun runs[most];
    const int32_t chunks = static_cast<int32_t>(column_chunks_.size()) - 1;
    for (int32_t chunk = 0; chunk < chunks; chunk++) {
        int32_t count = 0, tap = -1;
        for (int32_t unit = task.first_unit; unit < task.end_unit; unit++) {
            if (unit / blocks != tap) {
                tap = unit / blocks;
                count = 0;
                for (int32_t y = column_chunks_[chunk]; y < column_chunks_[chunk + 1]; y++) {
                    int32_t sy = y * stride_ - pad_y_ + tap / kernel_;
                    if (sy < 0 || sy >= in_h_)
                        continue;
                    for (int32_t x = 0; x < out_w_; x++) {
                        int32_t sx = x * stride_ - pad_x_ + tap % kernel_;
                        if (sx < 0 || sx >= in_w_)
                            continue;
                        int32_t a_row = (sy * in_w_ + sx) * pairs_, b_row = (y * out_w_ + x) * pairs_;
                        if (count > 0 && runs[count - 1].a + runs[count - 1].count == a_row && runs[count - 1].b + runs[count - 1].count == b_row)
                            runs[count - 1].count += pairs_;
                        else
                            runs[count++] = {a_row, b_row, pairs_};
                    }
                }
            }
            const int32_t block = unit % blocks, valid = source_pairs_.valid(block), a_width = source_pairs_.width(block);
            const float* a = left + source_pairs_.offset(block);
            float* c = d_kernel + panel_offset(task.panel) + (static_cast<int64_t>(tap) * in_c_ + block * kPanel) * width;
            // A gradient written once and read by the optimizer much later need not pass through the cache.
            Store mode = chunk > 0 ? Store::Add : chunks == 1 && reinterpret_cast<uintptr_t>(c) % 64 == 0 ? Store::Stream : Store::Write;
            int32_t parts = (valid + kRows - 1) / kRows;
            for (int32_t p = 0, row = 0; p < parts; p++) {
                int32_t rows = valid / parts + (p < valid % parts ? 1 : 0);
                column_kernels[rows - 1][vectors - 1](runs, count, a + row, a_width, b, c + static_cast<int64_t>(row) * width, mode);
                row += rows;
            }
        }
    }
}

void Conv::forward(const void* x, const float* kernel, const float* bias, void* y, void* workspace) {
    if (image_ != nullptr) {
        image_->run(static_cast<const float*>(x), kernel, bias, static_cast<float*>(y), workspace);
        return;
    }
    char* base = static_cast<char*>(workspace);
    auto* source = reinterpret_cast<float*>(base + at_source_);
    pack_source(x, source, false);
    if (form_ == Form::Spread) {
        auto* z = reinterpret_cast<float*>(base + at_columns_);
        int64_t row = padded(out_c_) * static_cast<int64_t>(sizeof(float));
        RowTarget target{reinterpret_cast<char*>(z), row, row * spec_.batch * out_w_, row * spec_.batch, false, nullptr, 1.0f, row_lanes_.data(), nullptr};
        run_rows(forward_, forward_tasks_, source, source_, kernel, false, target, base + at_scratch_);
        spread_sum(z, bias, y);
        return;
    }
    int64_t pixel = static_cast<int64_t>(out_c_) * element_;
    RowTarget target{static_cast<char*>(y), pixel * out_w_ * out_h_, pixel * out_w_, pixel, spec_.bf16 != 0, bias, spec_.slope, out_lanes_.data(),
                     out_columns_.empty() ? nullptr : out_columns_.data()};
    if (spec_.pixel_shuffle) {
        // A row of pixels becomes two, of twice as many pixels with a quarter of the channels.
        target.x_stride = pixel / 2;
        target.y_stride = pixel * out_w_;
    }
    run_rows(forward_, forward_tasks_, source, source_, kernel, false, target, base + at_scratch_);
}

void Conv::backward(const void* x, const void* y, const void* dy, const float* kernel, void* dx, float* d_kernel, float* d_bias,
                    void* workspace) {
    char* base = static_cast<char*>(workspace);
    auto* source = reinterpret_cast<float*>(base + at_source_);
    auto* rows = reinterpret_cast<float*>(base + at_gradient_);
    auto* pairs = spec_.bf16 ? reinterpret_cast<float*>(base + at_pairs_) : rows;
    pack_slope(dy, y, workspace);
    sum_bias(d_bias, reinterpret_cast<const float*>(base + at_bias_));
    if (form_ == Form::Spread)
        pack_spread(base + at_dz_, rows, pairs);
    if (dx != nullptr) {
        int64_t pixel = static_cast<int64_t>(in_c_) * element_;
        RowTarget target{static_cast<char*>(dx), pixel * in_w_ * in_h_, pixel * in_w_, pixel, spec_.bf16 != 0, nullptr, 1.0f, in_lanes_.data(), nullptr};
        if (form_ == Form::Gather) {
            int64_t row = padded(in_c_) * static_cast<int64_t>(sizeof(float));
            target = {base + at_columns_, row, row * spec_.batch * in_w_, row * spec_.batch, false, nullptr, 1.0f, row_lanes_.data(), nullptr};
        }
        run_rows(backward_, backward_tasks_, rows, gradient_, kernel, true, target, base + at_scratch_);
        if (form_ == Form::Gather)
            gather_sum(reinterpret_cast<const float*>(base + at_columns_), dx);
    }
    pack_source(x, source, spec_.bf16 != 0);
    run_columns(source, pairs, d_kernel);
}

}  // namespace fs::dnn
