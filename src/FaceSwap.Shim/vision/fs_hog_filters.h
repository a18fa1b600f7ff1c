// The scores of all detectors at some positions of a level: each detector is a sum of separable filters over the feature planes.
#pragma once

#include <cstdint>
#include <vector>

#include "fs_hog_features.h"

namespace fs::vision {
namespace {

struct separable_filter {
    int detector, plane;
    float across[taps], down[taps];
};

#include "fs_vision_detector_data.h"

class filter_bank {
public:
    // After apply, score(d)[row * stride() + column] for the positions of the map, counted from the first.
    const float* score(int detector) const { return scores.data() + (detector * score_size); }
    int stride() const { return score_stride; }

    void apply(const feature_map& map) {
        rows = map.positions.height();
        score_stride = round_up(map.positions.width(), lanes);
        const int padded_rows = round_up(rows, filter_rows);
        score_size = static_cast<int64_t>(padded_rows) * score_stride;
        scores.assign(detector_count * score_size, 0.0f);
        // Rows of zeros above and below stay; blocks of output rows may read past the last one.
        const int64_t scratch_size = static_cast<int64_t>(padded_rows + border) * score_stride;
        scratch.resize(together * scratch_size);
        const int64_t begin = static_cast<int64_t>(map.first_row()) * score_stride, end = begin + (static_cast<int64_t>(map.cells.height()) * score_stride);
        for (int i = 0; i < together; ++i) {
            float* of = scratch.data() + (i * scratch_size);
            std::fill(of, of + begin, 0.0f);
            std::fill(of + end, of + scratch_size, 0.0f);
        }
        constexpr int count = sizeof filters / sizeof filters[0];
        for (int first = 0; first < count;) {
            int same = 1;
            while (same < together && first + same < count && filters[first + same].plane == filters[first].plane) ++same;
            switch (same) {
                case 1: across<1>(map, filters + first, scratch_size); break;
                case 2: across<2>(map, filters + first, scratch_size); break;
                case 3: across<3>(map, filters + first, scratch_size); break;
                default: across<4>(map, filters + first, scratch_size); break;
            }
            for (int i = 0; i < same; ++i)
                down(scratch.data() + (i * scratch_size), filters[first + i].down, scores.data() + (filters[first + i].detector * score_size));
            first += same;
        }
    }

private:
    static constexpr int together = 4;  // filters of one plane whose row passes share their loads
    std::vector<float> scores, scratch;
    int rows = 0, score_stride = 0;
    int64_t score_size = 0;

    template <int N>
    void across(const feature_map& map, const separable_filter* filter, int64_t scratch_size) {
        const int first = map.first_row(), last = first + map.cells.height();
        for (int y = first; y < last; ++y) {
            const float* from = map.plane(filter->plane) + (static_cast<int64_t>(y) * map.stride);
            float* to = scratch.data() + (static_cast<int64_t>(y) * score_stride);
            for (int x = 0; x < score_stride; x += lanes) {
                vec sum[N] = {};
                FS_UNROLL
                for (int tap = 0; tap < taps; ++tap) {
                    const vec value = load(from + x + tap);
                    FS_UNROLL
                    for (int i = 0; i < N; ++i) sum[i] += value * filter[i].across[tap];
                }
                FS_UNROLL
                for (int i = 0; i < N; ++i) store(to + (i * scratch_size) + x, sum[i]);
            }
        }
    }

    void down(const float* from, const float* weights, float* to) const {
        vec tap[taps];
        FS_UNROLL
        for (int i = 0; i < taps; ++i) tap[i] = spread(weights[i]);
        for (int y = 0; y < rows; y += filter_rows) {
            for (int x = 0; x < score_stride; x += lanes) {
                float* target = to + (static_cast<int64_t>(y) * score_stride) + x;
                const float* source = from + (static_cast<int64_t>(y) * score_stride) + x;
                vec sum[filter_rows];
                FS_UNROLL
                for (int i = 0; i < filter_rows; ++i) sum[i] = load(target + (i * score_stride));
                FS_UNROLL
                for (int row = 0; row < filter_rows + taps - 1; ++row) {
                    const vec value = load(source + (static_cast<int64_t>(row) * score_stride));
                    FS_UNROLL
                    for (int i = 0; i < filter_rows; ++i)
                        if (row - i >= 0 && row - i < taps) sum[i] += value * tap[row - i];
                }
                FS_UNROLL
                for (int i = 0; i < filter_rows; ++i) store(target + (i * score_stride), sum[i]);
            }
        }
    }
};

}  // namespace
}  // namespace fs::vision
