#include "dnn_conv_image.h"

#include <algorithm>
#include <cstring>

#include "dnn_conv.h"

namespace fs::dnn {

namespace {
constexpr int32_t kMostChannels = 64;       // more are better blocked
constexpr int32_t kLeastPixels = 256;       // fewer are better skipped tap by tap
constexpr int32_t kStretchBytes = 24 * 1024;  // of the kernel: three quarters of a first-level cache
constexpr int32_t kTaskPixels = 128;
constexpr int32_t kMostKernel = 16;

int64_t aligned(int64_t bytes) { return (bytes + 255) / 256 * 256; }
int32_t padded(int32_t channels) { return (channels + kLane - 1) / kLane * kLane; }
}  // namespace

bool ImageForward::suits(const fs_dnn_conv_spec& spec) {
    return !spec.training && !spec.bf16 && !spec.pixel_shuffle && spec.kernel > 1 && spec.kernel <= kMostKernel && spec.in_channels <= kMostChannels && spec.out_channels > kFewOutputs &&
           static_cast<int64_t>(spec.out_height) * spec.out_width >= kLeastPixels;
}

ImageForward::ImageForward(Pool& pool, const Kernels& kernels, const fs_dnn_conv_spec& spec)
    : pool_(pool), kernels_(kernels), batch_(spec.batch), in_h_(spec.in_height), in_w_(spec.in_width), channels_(spec.in_channels), out_h_(spec.out_height),
      out_w_(spec.out_width), outputs_(spec.out_channels), size_(spec.kernel), stride_(spec.stride), pad_top_(spec.pad_top), pad_left_(spec.pad_left),
      slope_(spec.slope) {
    frame_h_ = (out_h_ - 1) * stride_ + size_;
    frame_w_ = (out_w_ - 1) * stride_ + size_;
    if (pad_top_ == 0 && pad_left_ == 0 && frame_h_ <= in_h_ && frame_w_ <= in_w_) {
        frame_h_ = in_h_;
        frame_w_ = in_w_;
    } else {
        padded_bytes_ = aligned(static_cast<int64_t>(batch_) * frame_h_ * frame_w_ * channels_ * static_cast<int64_t>(sizeof(float)));
    }
    rows_ = std::max(1, kTaskPixels / out_w_);
    scratch_ = aligned(static_cast<int64_t>(rows_) * out_w_ * kPanel * static_cast<int64_t>(sizeof(float)));
}

void ImageForward::pad(const float* x, float* to) {
    const int32_t copied_w = std::min(in_w_, frame_w_ - pad_left_), line = frame_w_ * channels_;
    pool_.parallel(batch_ * frame_h_, [&](int32_t task, int32_t) {
        const int32_t n = task / frame_h_, y = task % frame_h_ - pad_top_;
        float* row = to + static_cast<int64_t>(task) * line;
        if (y < 0 || y >= in_h_) {
            std::memset(row, 0, static_cast<size_t>(line) * sizeof(float));
            return;
        }
        const int32_t before = pad_left_ * channels_, inside = copied_w * channels_;
        std::memset(row, 0, static_cast<size_t>(before) * sizeof(float));
        std::memcpy(row + before, x + (static_cast<int64_t>(n) * in_h_ + y) * in_w_ * channels_, static_cast<size_t>(inside) * sizeof(float));
        std::memset(row + before + inside, 0, static_cast<size_t>(line - before - inside) * sizeof(float));
    });
}

void ImageForward::run(const float* x, const float* kernel, const float* bias, float* y, void* workspace) {
    char* base = static_cast<char*>(workspace);
    if (padded_bytes_ > 0) {
        pad(x, reinterpret_cast<float*>(base));
        x = reinterpret_cast<const float*>(base);
    }
    const int32_t total = batch_ * out_h_;
    pool_.parallel((total + rows_ - 1) / rows_, [&](int32_t part, int32_t thread) {
        task(part * rows_, std::min(total, (part + 1) * rows_), x, kernel, bias, y, reinterpret_cast<float*>(base + padded_bytes_ + thread * scratch_));
    });
}

void ImageForward::task(int32_t first, int32_t end, const float* x, const float* kernel, const float* bias, float* y, float* sums) const {
    for (int32_t p = 0; p * kPanel < outputs_; p++)
        panel(p, first, end, x, kernel + static_cast<int64_t>(p) * kPanel * size_ * size_ * channels_, bias, y, sums);
}

void ImageForward::panel(int32_t panel, int32_t first, int32_t end, const float* x, const float* kernel, const float* bias, float* y, float* sums) const {
    const int32_t columns = std::min(kPanel, outputs_ - panel * kPanel), width = padded(columns), vectors = width / kLane;
    const int32_t line = size_ * channels_, most = std::max(1, kStretchBytes / (width * static_cast<int32_t>(sizeof(float))));
    // Whole rows of the kernel where they fit together, else parts of one.
    const int32_t lines = std::max(1, most / line), parts = (line + most - 1) / most;
    alignas(64) float biases[kPanel] = {};
    std::memcpy(biases, bias + panel * kPanel, static_cast<size_t>(columns) * sizeof(float));
    const int32_t lanes[kPanel / kLane] = {panel * kPanel, panel * kPanel + kLane, panel * kPanel + 2 * kLane, panel * kPanel + 3 * kLane};
    for (int32_t top = 0; top < size_; top += lines) {
        const int32_t bottom = std::min(size_, top + lines);
        for (int32_t part = 0; part < parts; part++) {
            const int32_t from = line * part / parts, length = line * (part + 1) / parts - from;
            const bool adding = top > 0 || part > 0, last = bottom == size_ && part == parts - 1;
            float* c = sums;
            for (int32_t row = first; row < end; row++) {
                const int32_t n = row / out_h_, oy = row % out_h_;
                const float* source = x + ((static_cast<int64_t>(n) * frame_h_ + oy * stride_ + top) * frame_w_) * channels_ + from;
                for (int32_t ox = 0; ox < out_w_; ox += kRows) {
                    const int32_t count = std::min(kRows, out_w_ - ox);
                    RowSegment segments[kMostKernel];
                    for (int32_t ky = top; ky < bottom; ky++) {
                        RowSegment& segment = segments[ky - top];
                        for (int32_t r = 0; r < count; r++)
                            segment.a[r] = source + (static_cast<int64_t>(ky - top) * frame_w_ + (ox + r) * stride_) * channels_;
                        segment.b = kernel + (static_cast<int64_t>(ky) * line + from) * width;
                        segment.length = length;
                    }
                    kernels_.row[count - 1][vectors - 1](segments, bottom - top, c, adding);
                    if (last) {
                        char* to[kRows];
                        for (int32_t r = 0; r < count; r++)
                            to[r] = reinterpret_cast<char*>(y + (static_cast<int64_t>(row) * out_w_ + ox + r) * outputs_);
                        kernels_.finish(c, width, count, Finish{biases, lanes, slope_, columns, false}, to);
                    }
                    c += count * width;
                }
            }
        }
    }
}

}  // namespace fs::dnn
