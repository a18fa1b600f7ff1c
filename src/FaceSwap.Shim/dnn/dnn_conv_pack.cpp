// Between NHWC and the blocks of the products: copies, gathered patches, the gradient through the activation, sums of spread columns.
#include <algorithm>
#include <cstring>

#include "dnn_conv.h"

namespace fs::dnn {

namespace {
uint16_t narrow(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return static_cast<uint16_t>((bits >> 16) | 0x40u);
    return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

void store(void* to, int64_t index, float value, bool bf16) {
    if (bf16)
        static_cast<uint16_t*>(to)[index] = narrow(value);
    else
        static_cast<float*>(to)[index] = value;
}

// Runs body(y, first block, end block) for all rows of pixels and groups of blocks.
template <class Body>
void over(Pool& pool, int32_t height, int32_t blocks, int32_t most_groups, Body&& body) {
    int32_t groups = height >= most_groups ? 1 : std::min(most_groups, blocks);
    pool.parallel(height * groups, [&](int32_t task, int32_t) {
        int32_t y = task / groups, g = task % groups;
        body(y, blocks * g / groups, blocks * (g + 1) / groups);
    });
}

// Copies `count` values of `element` bytes and fills up to `padded` with zeros.
void copy_padded(char* to, const char* from, int32_t count, int32_t padded, int32_t element) {
    if (count == kPanel) {
        std::memcpy(to, from, static_cast<size_t>(kPanel) * element);
        return;
    }
    std::memcpy(to, from, static_cast<size_t>(count) * element);
    std::memset(to + static_cast<size_t>(count) * element, 0, static_cast<size_t>(padded - count) * element);
}
}  // namespace

// Two rows of bfloat16 become one row of pairs.
void Conv::pair_samples(const float* rows_first, const float* rows_second, int32_t units, float* to) const {
    const auto* first = reinterpret_cast<const uint16_t*>(rows_first);
    const auto* second = reinterpret_cast<const uint16_t*>(rows_second);
    auto* pair = reinterpret_cast<uint32_t*>(to);
    if (second == nullptr) {
        for (int32_t i = 0; i < units; i++)
            pair[i] = first[i];
        return;
    }
    for (int32_t i = 0; i < units; i++)
        pair[i] = first[i] | static_cast<uint32_t>(second[i]) << 16;
}

// x in NHWC to the left operand: rows for forward (and, in fp32, for backward weights), pairs of samples for backward weights in bf16.
void Conv::pack_source(const void* x, float* to, bool pairs) {
    const char* from = static_cast<const char*>(x);
    const int32_t batch = spec_.batch;
    const Blocks& blocks = pairs ? source_pairs_ : source_;
    over(pool_, in_h_, blocks.count(), groups_, [&](int32_t y, int32_t first, int32_t end) {
        alignas(64) char patch[2][kPanel * sizeof(float)];
        // The channels [c0, c0 + count) of one row: in place, or gathered from the taps' pixels.
        auto row = [&](int32_t px, int32_t n, int32_t c0, int32_t count, char* buffer) -> const char* {
            if (form_ != Form::Gather)
                return from + (((static_cast<int64_t>(n) * in_h_ + y) * in_w_ + px) * in_c_ + c0) * element_;
            for (int32_t c = 0; c < count; c++) {
                int32_t tap = (c0 + c) / spec_.in_channels, channel = (c0 + c) % spec_.in_channels;
                int32_t sy = y * spec_.stride - spec_.pad_top + tap / spec_.kernel, sx = px * spec_.stride - spec_.pad_left + tap % spec_.kernel;
                char* cell = buffer + c * element_;
                if (sy < 0 || sx < 0 || sy >= spec_.in_height || sx >= spec_.in_width)
                    std::memset(cell, 0, element_);
                else
                    std::memcpy(cell, from + (((static_cast<int64_t>(n) * spec_.in_height + sy) * spec_.in_width + sx) * spec_.in_channels + channel) * element_, element_);
            }
            return buffer;
        };
        for (int32_t block = first; block < end; block++) {
            int32_t valid = blocks.valid(block), width = blocks.width(block);
            for (int32_t px = 0; px < in_w_; px++) {
                int64_t pixel = static_cast<int64_t>(y) * in_w_ + px;
                if (!pairs) {
                    float* out = to + blocks.offset(block) + pixel * batch * width;
                    for (int32_t n = 0; n < batch; n++, out += width)
                        copy_padded(reinterpret_cast<char*>(out), row(px, n, block * kPanel, valid, patch[0]), valid, width * blocks.share, element_);
                    continue;
                }
                float* out = to + blocks.offset(block) + pixel * pairs_ * width;
                for (int32_t n = 0; n < batch; n += 2, out += width) {
                    const char* even = row(px, n, block * kPanel, valid, patch[0]);
                    const char* odd = n + 1 < batch ? row(px, n + 1, block * kPanel, valid, patch[1]) : nullptr;
                    pair_samples(reinterpret_cast<const float*>(even), reinterpret_cast<const float*>(odd), valid, out);
                    std::memset(out + valid, 0, static_cast<size_t>(width - valid) * sizeof(float));
                }
            }
        }
    });
}

// dz = dy·act'(y): into the blocks of both backward products, or, before spreading, as plain NHWC. Leaves a partial sum of the bias
// gradient for each band of output rows.
void Conv::pack_slope(const void* dy, const void* y, void* workspace) {
    char* base = static_cast<char*>(workspace);
    auto* partial = reinterpret_cast<float*>(base + at_bias_);
    const int32_t batch = spec_.batch, channels = spec_.out_channels, bands = bands_, height = spec_.out_height, width = spec_.out_width;
    const bool shuffle = spec_.pixel_shuffle != 0, bf16 = spec_.bf16 != 0, irregular = !out_columns_.empty();
    const int32_t block_count = (channels + kPanel - 1) / kPanel, stride = channels + kLane;
    const int64_t pixel_x = (shuffle ? 2 * (channels / 4) : channels), pixel_y = pixel_x * width * (shuffle ? 2 : 1), pixel_n = pixel_y * height;
    float* rows = reinterpret_cast<float*>(base + at_gradient_);
    float* pairs = reinterpret_cast<float*>(base + at_pairs_);
    char* plain = base + at_dz_;
    over(pool_, bands, block_count, groups_, [&](int32_t band, int32_t first, int32_t end) {
        for (int32_t block = first; block < end; block++) {
            int32_t valid = std::min(kPanel, channels - block * kPanel), lanes = (valid + kLane - 1) / kLane;
            alignas(64) float sum[kPanel] = {};
            for (int32_t py = height * band / bands; py < height * (band + 1) / bands; py++)
                for (int32_t px = 0; px < width; px++)
                    for (int32_t n = 0; n < batch; n++) {
                        int64_t at = n * pixel_n + py * pixel_y + px * pixel_x;
                        int64_t pixel = static_cast<int64_t>(py) * width + px;
                        alignas(64) char result[kPanel * sizeof(float)];
                        char* out = form_ == Form::Spread ? result : reinterpret_cast<char*>(rows + gradient_.offset(block) + (pixel * batch + n) * gradient_.width(block));
                        for (int32_t lane = 0; lane < lanes; lane++) {
                            int32_t c = block * kPanel + lane * kLane, count = std::min(kLane, channels - c);
                            const char* from_dy = static_cast<const char*>(dy);
                            const char* from_y = static_cast<const char*>(y);
                            char line_dy[kLane * sizeof(float)], line_y[kLane * sizeof(float)];
                            if (irregular) {
                                for (int32_t i = 0; i < count; i++) {
                                    std::memcpy(line_dy + i * element_, from_dy + (at + out_columns_[c + i]) * element_, element_);
                                    std::memcpy(line_y + i * element_, from_y + (at + out_columns_[c + i]) * element_, element_);
                                }
                                from_dy = line_dy;
                                from_y = line_y;
                            } else {
                                int64_t offset = (at + (form_ == Form::Spread ? c : out_lanes_[c / kLane])) * element_;
                                from_dy += offset;
                                from_y += offset;
                            }
                            kernels_.slope_row(from_dy, from_y, spec_.slope, count, bf16, out + lane * kLane * element_, sum + lane * kLane);
                        }
                        if (form_ == Form::Spread)
                            std::memcpy(plain + ((n * static_cast<int64_t>(height) + py) * width + px) * channels * element_ + block * kPanel * element_, result, static_cast<size_t>(valid) * element_);
                        else if (bf16 && (n % 2 == 1 || n == batch - 1)) {
                            int32_t units = lanes * kLane;
                            const float* even = n % 2 == 1 ? reinterpret_cast<const float*>(out) - gradient_.width(block) : reinterpret_cast<const float*>(out);
                            const float* odd = n % 2 == 1 ? reinterpret_cast<const float*>(out) : nullptr;
                            pair_samples(even, odd, units, pairs + gradient_pairs_.offset(block) + (pixel * pairs_ + n / 2) * gradient_pairs_.width(block));
                        }
                    }
            std::memcpy(partial + static_cast<int64_t>(band) * stride + block * kPanel, sum, static_cast<size_t>(valid) * sizeof(float));
        }
    });
}

// The gradient of few outputs, gathered: channel tap·outputs + o of pixel p is dz[p − tap][o].
void Conv::pack_spread(const void* dz, float* rows, float* pairs) {
    const char* from = static_cast<const char*>(dz);
    const int32_t batch = spec_.batch, outputs = spec_.out_channels, taps = spec_.kernel * spec_.kernel;
    const bool bf16 = spec_.bf16 != 0;
    over(pool_, out_h_, 1, 1, [&](int32_t y, int32_t, int32_t) {
        for (int32_t px = 0; px < out_w_; px++) {
            int64_t pixel = static_cast<int64_t>(y) * out_w_ + px;
            for (int32_t n = 0; n < batch; n++) {
                char line[(kPanel * 32) * sizeof(float)];
                char* cell = line;
                for (int32_t tap = 0; tap < taps; tap++, cell += outputs * element_) {
                    int32_t sy = y + spec_.pad_top - tap / spec_.kernel, sx = px + spec_.pad_left - tap % spec_.kernel;
                    if (sy < 0 || sx < 0 || sy >= out_h_ || sx >= out_w_)
                        std::memset(cell, 0, static_cast<size_t>(outputs) * element_);
                    else
                        std::memcpy(cell, from + ((n * static_cast<int64_t>(out_h_) + sy) * out_w_ + sx) * outputs * element_, static_cast<size_t>(outputs) * element_);
                }
                for (int32_t block = 0; block < gradient_.count(); block++) {
                    float* out = rows + gradient_.offset(block) + (pixel * batch + n) * gradient_.width(block);
                    copy_padded(reinterpret_cast<char*>(out), line + block * kPanel * element_, gradient_.valid(block), gradient_.width(block) * gradient_.share, element_);
                    if (bf16 && (n % 2 == 1 || n == batch - 1))
                        pair_samples(n % 2 == 1 ? out - gradient_.width(block) : out, n % 2 == 1 ? out : nullptr, gradient_pairs_.width(block),
                                     pairs + gradient_pairs_.offset(block) + (pixel * pairs_ + n / 2) * gradient_pairs_.width(block));
                }
            }
        }
    });
}

void Conv::sum_bias(float* d_bias, const float* partial) {
    const int32_t channels = spec_.out_channels, stride = channels + kLane;
    for (int32_t c = 0; c < channels; c++) {
        float sum = 0;
        for (int32_t band = 0; band < bands_; band++)
            sum += partial[static_cast<int64_t>(band) * stride + c];
        d_bias[c] = sum;
    }
}

// y[p][o] = act(bias[o] + Σ_tap z[p + tap][tap·outputs + o]).
void Conv::spread_sum(const float* z, const float* bias, void* y) {
    const int32_t batch = spec_.batch, outputs = spec_.out_channels, width = (out_c_ + kLane - 1) / kLane * kLane;
    over(pool_, out_h_, 1, 1, [&](int32_t py, int32_t, int32_t) {
        for (int32_t px = 0; px < out_w_; px++)
            for (int32_t n = 0; n < batch; n++) {
                float sum[8] = {};
                for (int32_t ky = 0; ky < spec_.kernel; ky++) {
                    int32_t sy = py + ky - spec_.pad_top;
                    if (sy < 0 || sy >= in_h_)
                        continue;
                    for (int32_t kx = 0; kx < spec_.kernel; kx++) {
                        int32_t sx = px + kx - spec_.pad_left;
                        if (sx < 0 || sx >= in_w_)
                            continue;
                        const float* from = z + ((static_cast<int64_t>(sy) * in_w_ + sx) * batch + n) * width + (ky * spec_.kernel + kx) * outputs;
                        for (int32_t o = 0; o < outputs; o++)
                            sum[o] += from[o];
                    }
                }
                int64_t at = ((static_cast<int64_t>(n) * out_h_ + py) * out_w_ + px) * outputs;
                for (int32_t o = 0; o < outputs; o++) {
                    float value = sum[o] + bias[o];
                    store(y, at + o, value < 0 ? value * spec_.slope : value, spec_.bf16 != 0);
                }
            }
    });
}

// dx[q][c] = Σ over the patches that hold q.
void Conv::gather_sum(const float* columns, void* dx) {
    const int32_t batch = spec_.batch, channels = spec_.in_channels, width = (in_c_ + kLane - 1) / kLane * kLane;
    over(pool_, spec_.in_height, 1, 1, [&](int32_t y, int32_t, int32_t) {
        for (int32_t x = 0; x < spec_.in_width; x++)
            for (int32_t n = 0; n < batch; n++) {
                float sum[64] = {};
                for (int32_t ky = 0; ky < spec_.kernel; ky++)
                    for (int32_t kx = 0; kx < spec_.kernel; kx++) {
                        int32_t oy = y + spec_.pad_top - ky, ox = x + spec_.pad_left - kx;
                        if (oy < 0 || ox < 0 || oy % spec_.stride != 0 || ox % spec_.stride != 0)
                            continue;
                        oy /= spec_.stride;
                        ox /= spec_.stride;
                        if (oy >= out_h_ || ox >= out_w_)
                            continue;
                        const float* from = columns + ((static_cast<int64_t>(oy) * out_w_ + ox) * batch + n) * width + (ky * spec_.kernel + kx) * channels;
                        for (int32_t c = 0; c < channels; c++)
                            sum[c] += from[c];
                    }
                int64_t at = ((static_cast<int64_t>(n) * spec_.in_height + y) * spec_.in_width + x) * channels;
                for (int32_t c = 0; c < channels; c++)
                    store(dx, at + c, sum[c], spec_.bf16 != 0);
            }
    });
}

}  // namespace fs::dnn
