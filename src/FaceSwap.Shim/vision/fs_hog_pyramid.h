// The next level of the image pyramid: 5/6 of the size, bilinear between the corner pixels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fs_hog_vector.h"
#include "fs_vision_hot.h"

namespace fs::vision {
namespace {

class pyramid_step {
public:
    // The size of the next level; dlib divides whole numbers.
    static int next(int size) { return static_cast<int>(int64_t{5} * size / 6); }

    void shrink(const luma& from, std::vector<uint8_t>& to, int width, int height) {
        const double scale_x = (from.width - 1) / static_cast<double>(std::max(width - 1, 1));
        const double scale_y = (from.height - 1) / static_cast<double>(std::max(height - 1, 1));
        to.resize(static_cast<size_t>(width) * height);
        row.resize(from.width + 1);
        columns(from.width, width, scale_x);
        double at = -scale_y;
        for (int y = 0; y < height; ++y) {
            at += scale_y;
            const int top = std::min(static_cast<int>(at), from.height - 1), bottom = std::min(top + 1, from.height - 1);
            const float low = static_cast<float>(at - top);
            const uint8_t* a = from.data + (top * from.stride);
            const uint8_t* b = from.data + (bottom * from.stride);
            float* __restrict mixed = row.data();
            for (int x = 0; x < from.width; ++x) mixed[x] = a[x] + (low * static_cast<float>(b[x] - a[x]));
            mixed[from.width] = mixed[from.width - 1];
            uint8_t* __restrict out = to.data() + (static_cast<size_t>(y) * width);
            const int* __restrict index = left.data();
            const float* __restrict part = fraction.data();
            const float* __restrict half = rounding.data();
            int x = 0;
#if defined(__AVX2__)
            for (; x + lanes <= width; x += lanes) {
                const ivec from_column = load_ints(index + x);
                const vec l = gather(mixed, from_column), r = gather(mixed + 1, from_column);
                const vec value = l + (load(part + x) * (r - l)) + load(half + x);
                const bvec bytes = __builtin_convertvector(__builtin_convertvector(value, ivec), bvec);
                std::memcpy(out + x, &bytes, sizeof bytes);
            }
#endif
            for (; x < width; ++x) {
                const float l = mixed[index[x]], r = mixed[index[x] + 1];
                out[x] = static_cast<uint8_t>(static_cast<int>(l + (part[x] * (r - l)) + half[x]));
            }
        }
    }

private:
    std::vector<int> left;
    std::vector<float> fraction, rounding, row;

    // Where each column comes from. Confidences and, at the threshold, faces depend on it, so it is done as dlib does it: four positions
    // at a time that advance in single precision, drifting by some thousandths of a pixel, and rounded; the last columns, which such a step
    // would overrun, in double precision and truncated.
    void columns(int source, int width, double scale) {
        left.resize(width);
        fraction.resize(width);
        rounding.resize(width);
        float at[4];
        for (int i = 0; i < 4; ++i) at[i] = static_cast<float>((-4 * scale) + (i * scale));
        const float step = static_cast<float>(4 * scale);
        int x = 0;
        for (;; x += 4) {
            for (float& a : at) a += step;
            if (x + 4 > width || static_cast<int>(at[3]) + 1 >= source) break;
            for (int i = 0; i < 4; ++i) {
                left[x + i] = static_cast<int>(at[i]);
                fraction[x + i] = at[i] - static_cast<float>(left[x + i]);
                rounding[x + i] = 0.5f;
            }
        }
        double exact = -scale + (x * scale);
        for (; x < width; ++x) {
            exact += scale;
            left[x] = std::min(static_cast<int>(exact), source - 1);
            fraction[x] = static_cast<float>(exact - left[x]);
            rounding[x] = 0;
        }
    }
};

}  // namespace
}  // namespace fs::vision
