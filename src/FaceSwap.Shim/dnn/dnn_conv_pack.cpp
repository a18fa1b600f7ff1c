// Between NHWC and the blocks of the products: copies, gathered patches, the gradient through the activation, sums of spread columns.
#include <algorithm>
#include <cstring>

#include "dnn_conv.h"
#include "fs_bfloat16.h"

namespace fs::dnn {

namespace {
void store(void* to, int64_t index, float value, bool bf16) {
    if (bf16)
        static_cast<uint16_t*>(to)[index] = to_bfloat16(value);
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

// A square of an image, side × side pixels from (y, x) on, as one row of values; zero where it leaves the image.
void cut_patch(const char* image, int32_t height, int32_t width, int32_t pixel_bytes, int32_t y, int32_t x, int32_t side, char* to) {
    const size_t line = static_cast<size_t>(side) * pixel_bytes;
    const int32_t first = std::max(0, -x), end = std::min(side, width - x);
    for (int32_t i = 0; i < side; i++, to += line) {
        const bool inside = y + i >= 0 && y + i < height && first < end;
        if (!inside || first > 0 || end < side)
            std::memset(to, 0, line);
        if (inside)
            std::memcpy(to + static_cast<size_t>(first) * pixel_bytes, image + (static_cast<int64_t>(y + i) * width + x + first) * pixel_bytes,
                        static_cast<size_t>(end - first) * pixel_bytes);
    }
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
    const bool gather = form_ == Form::Gather;
    const Blocks& blocks = pairs ? source_pairs_ : source_;
    over(pool_, in_h_, blocks.count(), gather ? 1 : groups_, [&](int32_t y, int32_t first, int32_t end) {
        alignas(64) char patch[2][kMostPatch * sizeof(float)];
        // All channels of one row: in place, or cut out.
        auto row = [&](int32_t px, int32_t n, char* buffer) -> const char* {
            if (!gather)
                return from + ((static_cast<int64_t>(n) * in_h_ + y) * in_w_ + px) * in_c_ * element_;
            const int32_t pixel = spec_.in_channels * element_;
            cut_patch(from + static_cast<int64_t>(n) * spec_.in_height * spec_.in_width * pixel, spec_.in_height, spec_.in_width, pixel,
                      y * spec_.stride - spec_.pad_top, px * spec_.stride - spec_.pad_left, spec_.kernel, buffer);
            return buffer;
        };
        for (int32_t px = 0; px < in_w_; px++) {
            const int64_t pixel = static_cast<int64_t>(y) * in_w_ + px;
            for (int32_t n = 0; n < batch; n += pairs ? 2 : 1) {
                const char* even = row(px, n, patch[0]);
                const char* odd = pairs && n + 1 < batch ? row(px, n + 1, patch[1]) : nullptr;
                for (int32_t block = first; block < end; block++) {
                    const int32_t valid = blocks.valid(block), width = blocks.width(block);
                    const int64_t skip = static_cast<int64_t>(block) * kPanel * element_;
                    if (!pairs) {
                        float* out = to + blocks.offset(block) + (pixel * batch + n) * width;
                        copy_padded(reinterpret_cast<char*>(out), even + skip, valid, width * blocks.share, element_);
                        continue;
                    }
                    float* out = to + blocks.offset(block) + (pixel * pairs_ + n / 2) * width;
                    pair_samples(reinterpret_cast<const float*>(even + skip), reinterpret_cast<const float*>(odd != nullptr ? odd + skip : nullptr), valid, out);
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
    const bool shuffle = spec_.pixel_shuffle != 0, bf16 = spec_.bf16 != 0, irregular = !out_columns_.empty(), spread = form_ == Form::Spread;
    const int32_t block_count = (channels + kPanel - 1) / kPanel, stride = channels + kLane;
    const int64_t pixel_x = (shuffle ? 2 * (channels / 4) : channels), pixel_y = pixel_x * width * (shuffle ? 2 : 1), pixel_n = pixel_y * height;
    float* rows = reinterpret_cast<float*>(base + at_gradient_);
    float* pairs = reinterpret_cast<float*>(base + at_pairs_);
    char* plain = base + at_dz_;
    over(pool_, bands, block_count, groups_, [&](int32_t band, int32_t first, int32_t end) {
        for (int32_t block = first; block < end; block++) {
            int32_t valid = std::min(kPanel, channels - block * kPanel), lanes = (valid + kLane - 1) / kLane;
            alignas(64) float sum[kPanel] = {};
            for (int32_t py = height * band / bands; py < height * (band + 1) / bands; py++) {
                // Samples outside, pixels inside: rows of one image are read in the order they lie.
                for (int32_t n = 0; n < batch; n++)
                    for (int32_t px = 0; px < width; px++) {
                        const int64_t at = n * pixel_n + py * pixel_y + px * pixel_x, pixel = static_cast<int64_t>(py) * width + px;
                        alignas(64) char result[kPanel * sizeof(float)];
                        char* out = spread ? result : reinterpret_cast<char*>(rows + gradient_.offset(block) + (pixel * batch + n) * gradient_.width(block));
                        for (int32_t lane = 0; lane < lanes; lane++) {
                            const int32_t c = block * kPanel + lane * kLane, count = std::min(kLane, channels - c);
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
                                const int64_t offset = (at + (spread ? c : out_lanes_[c / kLane])) * element_;
                                from_dy += offset;
                                from_y += offset;
                            }
                            kernels_.slope_row(from_dy, from_y, spec_.slope, count, bf16, out + lane * kLane * element_, sum + lane * kLane);
                        }
                        if (spread)
                            std::memcpy(plain + (((n * static_cast<int64_t>(height) + py) * width + px) * channels + block * kPanel) * element_, result,
                                        static_cast<size_t>(valid) * element_);
                    }
                if (!bf16 || spread)
                    continue;
                const int32_t row = gradient_.width(block), pair_row = gradient_pairs_.width(block);
                for (int32_t px = 0; px < width; px++) {
                    const int64_t pixel = static_cast<int64_t>(py) * width + px;
                    for (int32_t n = 0; n < batch; n += 2) {
                        const float* even = rows + gradient_.offset(block) + (pixel * batch + n) * row;
                        pair_samples(even, n + 1 < batch ? even + row : nullptr, pair_row, pairs + gradient_pairs_.offset(block) + (pixel * pairs_ + n / 2) * pair_row);
                    }
                }
            }
            std::memcpy(partial + static_cast<int64_t>(band) * stride + block * kPanel, sum, static_cast<size_t>(valid) * sizeof(float));
        }
    });
}

// The gradient of few outputs, gathered: the patch of dz whose pixels the input pixel p contributed to. Its taps run backwards, which is
// why the columns of a spread kernel do (keras_index).
void Conv::pack_spread(const void* dz, float* rows, float* pairs) {
    const char* from = static_cast<const char*>(dz);
    const int32_t batch = spec_.batch, pixel_bytes = spec_.out_channels * element_;
    const bool bf16 = spec_.bf16 != 0;
    over(pool_, out_h_, 1, 1, [&](int32_t y, int32_t, int32_t) {
        alignas(64) char patch[kMostPatch * sizeof(float)];
        for (int32_t px = 0; px < out_w_; px++) {
            const int64_t pixel = static_cast<int64_t>(y) * out_w_ + px;
            for (int32_t n = 0; n < batch; n++) {
                cut_patch(from + static_cast<int64_t>(n) * out_h_ * out_w_ * pixel_bytes, out_h_, out_w_, pixel_bytes, y + spec_.pad_top - spec_.kernel + 1,
                          px + spec_.pad_left - spec_.kernel + 1, spec_.kernel, patch);
                for (int32_t block = 0; block < gradient_.count(); block++) {
                    const int32_t width = gradient_.width(block);
                    float* out = rows + gradient_.offset(block) + (pixel * batch + n) * width;
                    copy_padded(reinterpret_cast<char*>(out), patch + block * kPanel * element_, gradient_.valid(block), width * gradient_.share, element_);
                    if (bf16 && (n % 2 == 1 || n == batch - 1))
                        pair_samples(n % 2 == 1 ? out - width : out, n % 2 == 1 ? out : nullptr, gradient_pairs_.width(block),
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

// y[p][o] = act(bias[o] + Σ_tap z[p + tap][o of tap]); Lanes outputs at a time, of which the first `outputs` are wanted.
template <int Lanes>
void Conv::spread_sum_lanes(const float* z, const float* bias, void* y) {
    const int32_t batch = spec_.batch, outputs = spec_.out_channels, width = (out_c_ + kLane - 1) / kLane * kLane;
    const int32_t taps = spec_.kernel * spec_.kernel;
    over(pool_, out_h_, 1, 1, [&](int32_t py, int32_t, int32_t) {
        const int32_t first_y = std::max(0, spec_.pad_top - py), end_y = std::min(spec_.kernel, in_h_ + spec_.pad_top - py);
        for (int32_t px = 0; px < out_w_; px++) {
            const int32_t first_x = std::max(0, spec_.pad_left - px), end_x = std::min(spec_.kernel, in_w_ + spec_.pad_left - px);
            for (int32_t n = 0; n < batch; n++) {
                float sum[Lanes] = {};
                for (int32_t ky = first_y; ky < end_y; ky++) {
                    const float* pixel = z + ((static_cast<int64_t>(py + ky - spec_.pad_top) * in_w_ + px - spec_.pad_left + first_x) * batch + n) * width;
                    int32_t column = (taps - 1 - ky * spec_.kernel - first_x) * outputs;
                    for (int32_t kx = first_x; kx < end_x; kx++, pixel += static_cast<int64_t>(batch) * width, column -= outputs)
                        for (int i = 0; i < Lanes; i++)
                            sum[i] += pixel[column + i];
                }
                const int64_t at = ((static_cast<int64_t>(n) * out_h_ + py) * out_w_ + px) * outputs;
                for (int32_t o = 0; o < outputs; o++) {
                    const float value = sum[o] + bias[o];
                    store(y, at + o, value < 0 ? value * spec_.slope : value, spec_.bf16 != 0);
                }
            }
        }
    });
}

void Conv::spread_sum(const float* z, const float* bias, void* y) {
    // Up to four outputs are read as four: the columns' rows are padded, so the last tap has neighbours too.
    if (spec_.out_channels <= 4 && out_c_ - spec_.out_channels + 4 <= (out_c_ + kLane - 1) / kLane * kLane)
        spread_sum_lanes<4>(z, bias, y);
    else
        switch (spec_.out_channels) {
            case 1: return spread_sum_lanes<1>(z, bias, y);
            case 2: return spread_sum_lanes<2>(z, bias, y);
            case 3: return spread_sum_lanes<3>(z, bias, y);
            case 4: return spread_sum_lanes<4>(z, bias, y);
            case 5: return spread_sum_lanes<5>(z, bias, y);
            case 6: return spread_sum_lanes<6>(z, bias, y);
            case 7: return spread_sum_lanes<7>(z, bias, y);
            default: return spread_sum_lanes<8>(z, bias, y);
        }
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
