// Everything about a convolution that depends on its shapes alone.
#include <algorithm>

#include "dnn_conv.h"
#include "fs_abi.h"

namespace fs::dnn {

namespace {
constexpr int32_t kChunk = 512;            // units of the reduction whose panel (128 KiB) stays in the second-level cache
constexpr int32_t kMostWidth = 4096;       // runs of one row of pixels must fit a task's stack
constexpr int32_t kGatherChunk = 16;
constexpr int32_t kForwardRows = 256;      // rows of a task: 64 KiB of accumulators
constexpr int32_t kGatherRows = 48;        // kernel and accumulators in the first-level cache, which they cross for every chunk
constexpr int32_t kBackwardRows = 1024;    // more, because each task transposes the kernel for itself
constexpr int32_t kColumnRows = 512;       // rows of a stretch of backward weights: 128 KiB of each operand
constexpr int32_t kColumnTaskBytes = 192 * 1024;

int64_t aligned(int64_t bytes) { return (bytes + 255) / 256 * 256; }

int32_t floor_divide(int32_t a, int32_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
}  // namespace

Conv::Conv(Pool& pool, const fs_dnn_conv_spec& spec) : pool_(pool), kernels_(kernels()), spec_(spec) {
    if (spec.batch < 1 || spec.in_height < 1 || spec.in_width < 1 || spec.in_channels < 1 || spec.out_channels < 1 || spec.kernel < 1 ||
        spec.stride < 1 || spec.out_height < 1 || spec.out_width < 1)
        throw error(FS_INVALID_ARGUMENT, "fs_dnn_conv_new: every size must be at least 1");
    if (spec.pixel_shuffle && spec.out_channels % 4 != 0)
        throw error(FS_INVALID_ARGUMENT, "fs_dnn_conv_new: a pixel shuffle needs a multiple of 4 output channels, not " +
                                             std::to_string(spec.out_channels));
    if (spec.out_width > kMostWidth)
        throw error(FS_INVALID_ARGUMENT, "fs_dnn_conv_new: rows of more than " + std::to_string(kMostWidth) + " pixels");
    if (spec.bf16 && !has_bf16())
        throw error(FS_UNSUPPORTED, "fs_dnn_conv_new: this processor has no bfloat16 dot product");
    paired_ = spec.bf16 && !spec.training;
    element_ = spec.bf16 ? 2 : 4;
    pairs_ = spec.bf16 ? (spec.batch + 1) / 2 : spec.batch;

    int32_t taps = spec.kernel * spec.kernel;
    in_h_ = spec.in_height;
    in_w_ = spec.in_width;
    in_c_ = spec.in_channels;
    out_h_ = spec.out_height;
    out_w_ = spec.out_width;
    out_c_ = spec.out_channels;
    kernel_ = spec.kernel;
    stride_ = spec.stride;
    pad_y_ = spec.pad_top;
    pad_x_ = spec.pad_left;
    form_ = Form::Direct;
    if (taps > 1 && in_c_ < kFewChannels && in_c_ * taps <= kMostPatch) {
        form_ = Form::Gather;
        in_c_ *= taps;
        in_h_ = out_h_;
        in_w_ = out_w_;
    } else if (taps > 1 && out_c_ <= kFewOutputs && out_c_ * taps <= kMostPatch && stride_ == 1 && !spec.pixel_shuffle) {
        form_ = Form::Spread;
        out_c_ *= taps;
    }
    if (form_ != Form::Direct) {
        kernel_ = stride_ = 1;
        pad_y_ = pad_x_ = 0;
    }
    panels_ = (out_c_ + kPanel - 1) / kPanel;

    int64_t in_pixels = static_cast<int64_t>(in_h_) * in_w_, out_pixels = static_cast<int64_t>(out_h_) * out_w_;
    source_ = {in_pixels * spec.batch, in_c_, spec.bf16 ? 2 : 1};
    source_pairs_ = {in_pixels * pairs_, in_c_, 1};
    gradient_ = {out_pixels * spec.batch, out_c_, spec.bf16 ? 2 : 1};
    gradient_pairs_ = {out_pixels * pairs_, out_c_, 1};

    plan_forward();
    if (spec.training)
        plan_backward();
    plan_workspace();
    if (ImageForward::suits(spec)) {
        image_ = std::make_unique<ImageForward>(pool, kernels_, spec);
        workspace_ = image_->workspace_bytes();
    }
}

// Segments, chunks, tiles and tasks of passes whose taps are known.
void Conv::plan_rows(std::vector<RowPass>& passes, std::vector<RowTask>& tasks, const Blocks& source, int32_t panels, int32_t most_rows) {
    // Chunks are summed apart. Where patches are gathered, the reduction is short and so are they: in a network's first layer many
    // pre-activations lie near zero, and the fewer of them that rounding carries over it, the closer the gradient is.
    const int32_t most_units = form_ == Form::Gather ? kGatherChunk : kChunk, longest = std::min(most_units, kPanel);
    for (auto& pass : passes) {
        int32_t filled = 0;
        pass.chunks.push_back(0);
        for (int32_t tap = 0; tap < static_cast<int32_t>(pass.taps.size()); tap++)
            for (int32_t block = 0; block < source.count(); block++) {
                int32_t units = (source.valid(block) + source.share - 1) / source.share;
                for (int32_t first = 0; first < units; first += longest) {
                    int32_t length = std::min(longest, units - first);
                    if (filled + length > most_units) {
                        pass.chunks.push_back(static_cast<int32_t>(pass.segments.size()));
                        filled = 0;
                    }
                    pass.segments.push_back({tap, block, first, length, filled});
                    filled += length;
                }
            }
        pass.chunks.push_back(static_cast<int32_t>(pass.segments.size()));

        // A tile keeps to one pixel where the batch fills it, so that the taps it can skip are all or none of its rows'.
        int32_t group = spec_.batch >= 4 ? spec_.batch : spec_.batch * pass.width;
        int32_t groups = pass.height * pass.width * spec_.batch / group;
        int32_t parts = (group + kRows - 1) / kRows;
        for (int32_t g = 0; g < groups; g++)
            for (int32_t p = 0, row = 0; p < parts; p++) {
                int32_t rows = group / parts + (p < group % parts ? 1 : 0);
                int64_t at = static_cast<int64_t>(g) * group + row;
                int64_t pixel = at / spec_.batch;
                pass.tiles.push_back({static_cast<int32_t>(pixel / pass.width), static_cast<int32_t>(pixel % pass.width),
                                      static_cast<int32_t>(at % spec_.batch), rows, 0});
                row += rows;
            }
    }
    // Large passes are split by rows; the panel is the outer order, so that threads share a panel of the kernel in their common cache.
    for (int32_t panel = 0; panel < panels; panel++)
        for (int32_t p = 0; p < static_cast<int32_t>(passes.size()); p++) {
            auto& pass = passes[p];
            int64_t total = static_cast<int64_t>(pass.height) * pass.width * spec_.batch;
            int64_t wanted = (total + most_rows - 1) / most_rows;
            // With few panels the rows must feed all threads; a few tasks for each evens them out.
            int64_t enough = (3 * pool_.threads() + panels * static_cast<int64_t>(passes.size()) - 1) / (panels * static_cast<int64_t>(passes.size()));
            wanted = std::clamp<int64_t>(std::max(wanted, enough), 1, std::max<int64_t>(1, total / (4 * kRows)));
            int64_t per = (total + wanted - 1) / wanted;
            int32_t count = static_cast<int32_t>(pass.tiles.size());
            for (int32_t first = 0; first < count;) {
                int32_t end = first;
                int32_t rows = 0;
                for (; end < count && (rows == 0 || rows + pass.tiles[end].rows <= per); end++) {
                    pass.tiles[end].at = rows;
                    rows += pass.tiles[end].rows;
                }
                scratch_ = std::max<int64_t>(scratch_, static_cast<int64_t>(rows));
                tasks.push_back({p, panel, first, end});
                first = end;
            }
        }
}

void Conv::plan_forward() {
    RowPass pass{out_h_, out_w_, stride_, in_h_, in_w_, 1, 0, 0, {}, {}, {}, {}};
    for (int32_t ky = 0; ky < kernel_; ky++)
        for (int32_t kx = 0; kx < kernel_; kx++)
            pass.taps.push_back({ky - pad_y_, kx - pad_x_, ky * kernel_ + kx});
    forward_.push_back(std::move(pass));
    plan_rows(forward_, forward_tasks_, source_, panels_, form_ == Form::Gather ? kGatherRows : kForwardRows);

    // Column offsets of the output: neighbours in memory, or a quarter each of a shuffled pixel.
    int32_t quarter = spec_.out_channels / 4;
    auto shuffled = [&](int32_t c) {
        int32_t q = c / quarter;
        return ((q / 2) * 2 * spec_.out_width + q % 2) * quarter + c % quarter;
    };
    bool shuffle = spec_.pixel_shuffle != 0;
    for (int32_t c = 0; c < panels_ * kPanel; c += kLane)
        out_lanes_.push_back(shuffle && c < out_c_ ? shuffled(c) : c);
    if (shuffle && quarter % kLane != 0)
        for (int32_t c = 0; c < out_c_; c++)
            out_columns_.push_back(shuffled(c));
}

void Conv::plan_backward() {
    if (spec_.input_gradient) {
        // Input pixel i receives from output pixel o through tap k where i + pad − k = stride·o: for each phase i mod stride, a
        // convolution of the gradient with every stride-th tap.
        for (int32_t py = 0; py < stride_ && py < in_h_; py++)
            for (int32_t px = 0; px < stride_ && px < in_w_; px++) {
                RowPass pass{(in_h_ - py + stride_ - 1) / stride_, (in_w_ - px + stride_ - 1) / stride_, 1, out_h_, out_w_, stride_, py, px, {}, {}, {}, {}};
                for (int32_t ky = 0; ky < kernel_; ky++)
                    for (int32_t kx = 0; kx < kernel_; kx++)
                        if ((py + pad_y_ - ky) % stride_ == 0 && (px + pad_x_ - kx) % stride_ == 0)
                            pass.taps.push_back({floor_divide(py + pad_y_ - ky, stride_), floor_divide(px + pad_x_ - kx, stride_), ky * kernel_ + kx});
                backward_.push_back(std::move(pass));
            }
        plan_rows(backward_, backward_tasks_, gradient_, source_.count(), kBackwardRows);
    }
    for (int32_t c = 0; c < source_.count() * kPanel; c += kLane)
        in_lanes_.push_back(c);

    int32_t per_row = std::max(1, kColumnRows / (out_w_ * pairs_));
    for (int32_t y = 0; y < out_h_; y += per_row)
        column_chunks_.push_back(y);
    column_chunks_.push_back(out_h_);
    most_runs_ = per_row * out_w_;
    int32_t units = kernel_ * kernel_ * source_.count();
    int32_t fit = std::max(1, kColumnTaskBytes / (kPanel * kPanel * 4));
    int32_t enough = (4 * pool_.threads() + panels_ - 1) / panels_;
    int32_t per_task = std::clamp((units + enough - 1) / enough, 1, fit);
    for (int32_t panel = 0; panel < panels_; panel++)
        for (int32_t unit = 0; unit < units; unit += per_task)
            column_tasks_.push_back({panel, unit, std::min(units, unit + per_task)});
}

void Conv::plan_workspace() {
    // Channel blocks pack in groups and pixels in bands, enough of both for the threads of a large machine; the number of bands fixes
    // the order of the bias gradient's sum, so it must not depend on the threads.
    bands_ = std::min(16, spec_.out_height);
    groups_ = 16;

    int64_t at = 0;
    auto reserve = [&](int64_t bytes) {
        int64_t here = at;
        at += aligned(bytes);
        return here;
    };
    int64_t row_columns = static_cast<int64_t>(sizeof(float));
    at_source_ = reserve((spec_.training ? std::max(source_.units(), source_pairs_.units()) : source_.units()) * row_columns);
    int64_t spread = (out_c_ + kLane - 1) / kLane * kLane;
    int64_t gathered = (in_c_ + kLane - 1) / kLane * kLane;
    if (form_ == Form::Spread)
        at_columns_ = reserve(gradient_.rows * spread * row_columns);
    if (form_ == Form::Gather && spec_.training && spec_.input_gradient)
        at_columns_ = reserve(source_.rows * gathered * row_columns);
    if (spec_.training) {
        at_gradient_ = reserve(gradient_.units() * row_columns);
        if (spec_.bf16)
            at_pairs_ = reserve(gradient_pairs_.units() * row_columns);
        at_bias_ = reserve(static_cast<int64_t>(bands_) * (spec_.out_channels + kLane) * row_columns);
        if (form_ == Form::Spread)
            at_dz_ = reserve(static_cast<int64_t>(spec_.batch) * spec_.out_height * spec_.out_width * spec_.out_channels * element_);
    }
    // Row i of gathered or spread columns is at i · width: offsets of its vectors.
    for (int32_t c = 0; c < std::max(panels_, source_.count()) * kPanel; c += kLane)
        row_lanes_.push_back(c);

    int64_t rows = aligned(scratch_ * kPanel * row_columns);
    int64_t panel = aligned(static_cast<int64_t>(kChunk) * kPanel * row_columns);
    int64_t runs = aligned(static_cast<int64_t>(most_runs_) * sizeof(ColumnRun));
    scratch_ = std::max(rows + panel, runs);
    at_scratch_ = reserve(scratch_ * pool_.threads());
    workspace_ = at;
}

}  // namespace fs::dnn
