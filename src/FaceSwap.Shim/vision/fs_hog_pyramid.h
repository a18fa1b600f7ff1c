// The levels of the image pyramid: each 5/6 of the one before, bilinear between the corner pixels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fs_hog_area.h"
#include "fs_hog_vector.h"

namespace fs::vision {
namespace {

class pyramid {
public:
    // Makes ready for images of a size; what is known of the last size is kept for the next image of it.
    void prepare(int width, int height, int count) {
        if (!steps.empty() && steps[0].width == width && steps[0].height == height) return;
        steps.resize(1);
        steps[0] = {width, height, {}, {}, {}, {}, {}};
        for (int i = 1; i < count; ++i) steps.push_back(make(steps.back()));
    }

    int levels() const { return static_cast<int>(steps.size()); }
    int width(int level) const { return steps[level].width; }
    int height(int level) const { return steps[level].height; }

    // The part of the level before that a part of this one, not the first, is made of.
    area source(int level, const area& part) const {
        if (part.empty()) return {};
        const step& s = steps[level];
        const area all{s.left[part.left], s.top[part.top], s.left[part.right - 1] + 2, s.top[part.bottom - 1] + 2};
        return all.within(steps[level - 1].width, steps[level - 1].height);
    }

    // Makes a part of a level, not the first, of the level before.
    level_part shrink(const level_part& from, int level, const area& part, std::vector<uint8_t>& to) {
        const step& s = steps[level];
        const area needed = source(level, part);
        to.resize(static_cast<size_t>(part.width()) * part.height());
        row.resize(from.width + (2 * lanes));
        for (int y = part.top; y < part.bottom; ++y) {
            const float low = s.low[y];
            const uint8_t* __restrict a = from.pixel(needed.left, s.top[y]);
            const uint8_t* __restrict b = from.pixel(needed.left, std::min(s.top[y] + 1, from.height - 1));
            float* __restrict between = row.data() + needed.left;
            for (int x = 0; x < needed.width(); ++x) between[x] = a[x] + (low * static_cast<float>(b[x] - a[x]));
            if (needed.right == from.width) row[from.width] = row[from.width - 1];
            const float* __restrict mixed = row.data();
            uint8_t* __restrict out = to.data() + (static_cast<size_t>(y - part.top) * part.width());
            const int* __restrict index = s.left.data();
            const float* __restrict share = s.fraction.data();
            const float* __restrict half = s.rounding.data();
            int x = part.left;
#if defined(__AVX2__)
            for (; x + lanes <= part.right; x += lanes) {
                // Neighbouring columns come from neighbouring ones: all of a register from the two registers that begin where its first does.
                const ivec from_column = load_ints(index + x) - index[x];
                const vec near = load(mixed + index[x]), far = load(mixed + index[x] + lanes);
                const vec l = pick(near, far, from_column), r = pick(near, far, from_column + 1);
                const vec value = l + (load(share + x) * (r - l)) + load(half + x);
                const bvec bytes = __builtin_convertvector(__builtin_convertvector(value, ivec), bvec);
                std::memcpy(out + (x - part.left), &bytes, sizeof bytes);
            }
#endif
            for (; x < part.right; ++x) {
                const float l = mixed[index[x]], r = mixed[index[x] + 1];
                out[x - part.left] = static_cast<uint8_t>(static_cast<int>(l + (share[x] * (r - l)) + half[x]));
            }
        }
        return {to.data(), part.width(), part, s.width, s.height};
    }

private:
    // A level's size, and where its columns and rows come from.
    struct step {
        int width, height;
        std::vector<int> left;
        std::vector<float> fraction, rounding;
        std::vector<int> top;
        std::vector<float> low;
    };

    std::vector<step> steps;
    std::vector<float> row;

    // The size of the next level; dlib divides whole numbers.
    static int next(int size) { return static_cast<int>(int64_t{5} * size / 6); }

    static step make(const step& from) {
        step s{next(from.width), next(from.height), {}, {}, {}, {}, {}};
        columns(s, from.width, (from.width - 1) / static_cast<double>(std::max(s.width - 1, 1)));
        const double scale = (from.height - 1) / static_cast<double>(std::max(s.height - 1, 1));
        s.top.resize(s.height);
        s.low.resize(s.height);
        double at = -scale;
        for (int y = 0; y < s.height; ++y) {
            at += scale;
            s.top[y] = std::min(static_cast<int>(at), from.height - 1);
            s.low[y] = static_cast<float>(at - s.top[y]);
        }
        return s;
    }

    // Where each column comes from. Confidences and, at the threshold, faces depend on it, so it is done as dlib does it: four positions
    // at a time that advance in single precision, drifting by some thousandths of a pixel, and rounded; the last columns, which such a step
    // would overrun, in double precision and truncated.
    static void columns(step& s, int source, double scale) {
        s.left.resize(s.width);
        s.fraction.resize(s.width);
        s.rounding.resize(s.width);
        float at[4];
        for (int i = 0; i < 4; ++i) at[i] = static_cast<float>((-4 * scale) + (i * scale));
        const float advance = static_cast<float>(4 * scale);
        int x = 0;
        for (;; x += 4) {
            for (float& a : at) a += advance;
            if (x + 4 > s.width || static_cast<int>(at[3]) + 1 >= source) break;
            for (int i = 0; i < 4; ++i) {
                s.left[x + i] = static_cast<int>(at[i]);
                s.fraction[x + i] = at[i] - static_cast<float>(s.left[x + i]);
                s.rounding[x + i] = 0.5f;
            }
        }
        double exact = -scale + (x * scale);
        for (; x < s.width; ++x) {
            exact += scale;
            s.left[x] = std::min(static_cast<int>(exact), source - 1);
            s.fraction[x] = static_cast<float>(exact - s.left[x]);
            s.rounding[x] = 0;
        }
    }
};

}  // namespace
}  // namespace fs::vision
