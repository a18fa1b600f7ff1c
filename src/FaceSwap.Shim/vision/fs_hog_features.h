// HOG features of one level of the pyramid (Felzenszwalb et al., Object Detection with Discriminatively Trained Part Based Models, PAMI
// 2010), with the values that dlib's extract_fhog_features gives: cells of 8 pixels, 18 signed and 9 unsigned orientations, 4 textures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "fs_hog_area.h"
#include "fs_hog_vector.h"

namespace fs::vision {
namespace {

constexpr int cell = 8, taps = 10, planes = 31;
constexpr int border_before = (taps - 1) / 2, border = taps - 1;  // zeros around the features of a level, as dlib pads them

// The features that the filters read at some positions of a level: planes x rows x stride. Row and column 0 are those of the first
// position less border_before; zeros where the level has no features.
struct feature_map {
    std::vector<float> values;
    area positions;  // a position is the cell that the filters are centred on
    area cells;      // those with features
    int stride = 0;

    const float* plane(int p) const { return values.data() + (static_cast<int64_t>(p) * rows() * stride); }
    float* plane(int p) { return values.data() + (static_cast<int64_t>(p) * rows() * stride); }
    int rows() const { return positions.height() + border; }
    int first_row() const { return cells.top - positions.top + border_before; }  // that has features
};

// The cells of a level that have features: one less than its cells on every side.
inline int feature_count(int size) { return static_cast<int>(static_cast<float>(size) / cell + 0.5f) - 2; }

// The cells whose features the filters read at some positions.
inline area feature_cells(const area& positions, int width, int height) {
    constexpr int after = border - border_before;
    return area{positions.left - border_before, positions.top - border_before, positions.right + after, positions.bottom + after}.within(
        feature_count(width), feature_count(height));
}

// The pixels that features are computed of: votes reach half a cell further than the neighbouring cells, gradients another pixel.
inline area feature_pixels(const area& cells, int width, int height) {
    if (cells.empty()) return {};
    constexpr int reach = (cell / 2) + 1;
    return area{(cells.left * cell) - reach, (cells.top * cell) - reach, ((cells.right + 2) * cell) + reach, ((cells.bottom + 2) * cell) + reach}
        .within(width, height);
}

class feature_extractor {
public:
    // The features for some positions of a level, at least one, of which the pixels are at hand.
    void extract(const level_part& image, const area& positions, feature_map& map) {
        map.positions = positions;
        map.cells = feature_cells(positions, image.width, image.height);
        // Vector loads of the row filter run past the last column by up to a register and the taps.
        map.stride = round_up(positions.width() + border, lanes) + lanes;
        map.values.assign(static_cast<size_t>(planes) * map.rows() * map.stride, 0.0f);
        wanted = {map.cells.left, map.cells.top, map.cells.right + 2, map.cells.bottom + 2};
        histograms(image);
        normalise(map);
    }

private:
    static constexpr int orientations = 18;
    static constexpr int bins = 48;       // a column's 18 pairs, padded to whole registers
    static constexpr int tile = 4 * cell;  // columns that are collected at once: their bins stay in the first cache

    area wanted;                // cells of the level that get a histogram
    std::vector<float> cells;   // (rows + 2, columns + 2, 18): their histograms with a frame of cells that are never read
    std::vector<float> turned;  // (rows, 18, row_stride): the same without the frame, a row of cells for each orientation
    std::vector<float> energy;  // (rows, row_stride)
    std::vector<float> limit, gain;  // (rows - 1, row_stride): of each block of four cells
    int row_stride = 0;
    float columns_bins[tile * bins];

    // Every pixel votes with its gradient's length for its orientation in the four nearest cells, bilinearly. The rows that lie between
    // the same two rows of cells are collected column by column, as pairs of upper and lower vote: neighbours then never wait for each
    // other's sums, and the split between left and right cell is done once per column instead of once per pixel.
    void histograms(const level_part& image) {
        const int row_length = (wanted.width() + 2) * orientations;
        cells.assign(static_cast<size_t>(wanted.height() + 2) * row_length, 0.0f);
        const int last_row = std::min(whole_cells(image.height), image.height) - 1;
        const int last_column = std::min({whole_cells(image.width), image.width, (wanted.right * cell) + (cell / 2) + 1}) - 1;
        for (int band = wanted.top - 1; band < wanted.bottom; ++band) {
            const int top = std::max((band * cell) + (cell / 2), 1), bottom = std::min((band * cell) + (cell / 2) + cell, last_row);
            if (top >= bottom) continue;
            float* upper = cells.data() + (static_cast<int64_t>(band - wanted.top + 1) * row_length);
            for (int group = wanted.left - 1; group < wanted.right; group += tile / cell) {
                const int left = std::max((group * cell) + (cell / 2), 1), right = std::min((group * cell) + (cell / 2) + tile, last_column);
                if (left >= right) break;
                std::memset(columns_bins, 0, sizeof columns_bins);
                for (int y = top; y < bottom; ++y) collect(image, y, band, left, right, (group * cell) + (cell / 2));
                fold(upper, upper + row_length, group, left, right);
            }
        }
    }

    static int whole_cells(int size) { return (feature_count(size) + 2) * cell; }

    static vec magnitude(vec v) { return reinterpret_cast<vec>(reinterpret_cast<ivec>(v) & 0x7FFFFFFF); }

    void collect(const level_part& image, int y, int band, int left, int right, int origin) {
        // Of the nine orientations' directions those between the axes; the others are their mirror images, 9 - o of o.
        static constexpr float direction_x[5] = {1.0000f, 0.9397f, 0.7660f, 0.5000f, 0.1736f};
        static constexpr float direction_y[5] = {0.0000f, 0.3420f, 0.6428f, 0.8660f, 0.9848f};
        // Rows from column left - 1 on. Whole registers are read at the right edge too; what lies there, bytes of the next row, is computed and never
        // used. Behind the last row there may be nothing, so there it is done on copies.
        const int count = right - left;
        const uint8_t* rows[3];
        uint8_t copies[3][tile + 2 + lanes];
        const bool copy = y + 2 >= image.at.bottom || image.stride < tile;
        for (int i = 0; i < 3; ++i) {
            rows[i] = image.pixel(left - 1, y + i - 1);
            if (copy) rows[i] = static_cast<const uint8_t*>(std::memcpy(copies[i], rows[i], count + 2));
        }
        float length[tile + lanes];
        int32_t bin[tile + lanes];
        for (int i = 0; i < count; i += lanes) {
            const vec across = __builtin_convertvector(load_bytes(rows[1] + i + 2) - load_bytes(rows[1] + i), vec);
            const vec down = __builtin_convertvector(load_bytes(rows[2] + i + 1) - load_bytes(rows[0] + i + 1), vec);
            // The direction along which the gradient is longest; against it counts as the opposite orientation, nine further. The gradient is turned into
            // the first quadrant for that: for every pair of differences of bytes the orientation is that of a search through all nine.
            const vec right_ward = magnitude(across), down_ward = magnitude(down);
            vec best = right_ward;
            ivec orientation = {};
            FS_UNROLL
            for (int o = 1; o < 5; ++o) {
                const vec along = (right_ward * direction_x[o]) + (down_ward * direction_y[o]);
                const ivec longer = along > best;
                best = longer ? along : best;
                orientation = longer ? ivec{} + o : orientation;
            }
            const ivec mirrored = (across * down < 0) & (orientation > 0);
            const vec sign = mirrored ? down : across + down;
            orientation = mirrored ? 9 - orientation : orientation;
            orientation += (sign < 0) & 9;
            const vec square = (across * across) + (down * down);
            FS_UNROLL
            for (int l = 0; l < lanes; ++l) length[i + l] = std::sqrt(square[l]);
            orientation *= 2;
            std::memcpy(bin + i, &orientation, sizeof orientation);
        }
        const float lower_part = ((static_cast<float>(y) + 0.5f) / cell) - 0.5f - static_cast<float>(band);
        const vec2 parts = {1.0f - lower_part, lower_part};
        float* column = columns_bins + ((left - origin) * bins);
        for (int i = 0; i < count; ++i, column += bins) {
            vec2 pair;
            std::memcpy(&pair, column + bin[i], sizeof pair);
            pair += parts * length[i];
            std::memcpy(column + bin[i], &pair, sizeof pair);
        }
    }

    void fold(float* upper, float* lower, int group, int left, int right) {
        const int origin = (group * cell) + (cell / 2);
        for (int part = 0; part < tile / cell; ++part) {
            const int c = group + part, begin = std::max(origin + (part * cell), left), end = std::min(origin + ((part + 1) * cell), right);
            if (begin >= end || c >= wanted.right) continue;
            vec near[bins / lanes] = {}, far[bins / lanes] = {};
            for (int x = begin; x < end; ++x) {
                const float far_part = ((static_cast<float>(x) + 0.5f) / cell) - 0.5f - static_cast<float>(c);
                const vec to_far = spread(far_part), to_near = spread(1.0f - far_part);
                const float* column = columns_bins + ((x - origin) * bins);
                FS_UNROLL
                for (int i = 0; i < bins / lanes; ++i) {
                    const vec votes = load(column + (i * lanes));
                    near[i] += votes * to_near;
                    far[i] += votes * to_far;
                }
            }
            float pairs[2 * bins];
            std::memcpy(pairs, near, sizeof near);
            std::memcpy(pairs + bins, far, sizeof far);
            for (int side = 0; side < 2; ++side) {
                const float* from = pairs + (side * bins);
                float* up = upper + ((c - wanted.left + 1 + side) * orientations);
                float* low = lower + ((c - wanted.left + 1 + side) * orientations);
                for (int o = 0; o < orientations; ++o) {
                    up[o] += from[2 * o];
                    low[o] += from[(2 * o) + 1];
                }
            }
        }
    }

    // One value of a row of cells, counted from the first wanted one.
    const float* values(int row, int orientation) const { return turned.data() + (((static_cast<int64_t>(row) * orientations) + orientation) * row_stride); }

    // Everything from here on is done for a register of cells at once.
    void normalise(feature_map& map) {
        const int rows = wanted.height(), columns = wanted.width();
        row_stride = round_up(columns + 1, lanes) + lanes;  // vectors begin at the second cell too, and run past the last
        turned.resize(static_cast<size_t>(rows) * orientations * row_stride);
        energy.resize(static_cast<size_t>(rows) * row_stride);
        for (int y = 0; y < rows; ++y) {
            const float* from = cells.data() + (((static_cast<int64_t>(y + 1) * (columns + 2)) + 1) * orientations);
            float* to = turned.data() + (static_cast<int64_t>(y) * orientations * row_stride);
            for (int x = 0; x < columns; ++x)
                for (int o = 0; o < orientations; ++o) to[(static_cast<int64_t>(o) * row_stride) + x] = from[(x * orientations) + o];
            for (int x = 0; x < columns; x += lanes) {
                vec sum = {};
                FS_UNROLL
                for (int o = 0; o < 9; ++o) {
                    const vec both = load(values(y, o) + x) + load(values(y, o + 9) + x);
                    sum += both * both;
                }
                store(energy.data() + (static_cast<int64_t>(y) * row_stride) + x, sum);
            }
        }
        const int blocks = columns - 1;
        limit.resize(static_cast<size_t>(rows - 1) * row_stride);
        gain.resize(limit.size());
        for (int y = 0; y < rows - 1; ++y) {
            const float* up = energy.data() + (static_cast<int64_t>(y) * row_stride);
            const float* low = up + row_stride;
            float* __restrict clip = limit.data() + (static_cast<int64_t>(y) * row_stride);
            float* __restrict scale = gain.data() + (static_cast<int64_t>(y) * row_stride);
            for (int x = 0; x < blocks; ++x) {
                clip[x] = 0.2f * std::sqrt(up[x] + up[x + 1] + low[x] + low[x + 1] + 0.0001f);
                scale[x] = 0.1f / clip[x];
            }
        }
        float* first = map.plane(0) + (static_cast<int64_t>(map.first_row()) * map.stride) + map.cells.left - map.positions.left + border_before;
        for (int y = 0; y < map.cells.height(); ++y)
            for (int x = 0; x < map.cells.width(); x += lanes)
                features(y, x, std::min(map.cells.width() - x, lanes), first + (static_cast<int64_t>(y) * map.stride) + x, static_cast<int64_t>(map.rows()) * map.stride);
    }

    // Histograms clipped and scaled by each of the four blocks that their cell is in.
    void features(int y, int x, int count, float* target, int64_t step) const {
        vec clip[4], scale[4], texture[4] = {};
        FS_UNROLL
        for (int b = 0; b < 4; ++b) {
            const int64_t block = (static_cast<int64_t>(y + 1 - (b & 1)) * row_stride) + x + 1 - (b >> 1);
            clip[b] = load(limit.data() + block);
            scale[b] = load(gain.data() + block);
        }
        for (int o = 0; o < orientations; ++o) {
            const vec value = load(values(y + 1, o) + x + 1);
            vec sum = {};
            FS_UNROLL
            for (int b = 0; b < 4; ++b) {
                const vec clipped = (value < clip[b] ? value : clip[b]) * scale[b];
                sum += clipped;
                texture[b] += clipped;
            }
            store(target + (o * step), sum, count);
        }
        for (int o = 0; o < 9; ++o) {
            const vec value = load(values(y + 1, o) + x + 1) + load(values(y + 1, o + 9) + x + 1);
            vec sum = {};
            FS_UNROLL
            for (int b = 0; b < 4; ++b) sum += (value < clip[b] ? value : clip[b]) * scale[b];
            store(target + ((orientations + o) * step), sum, count);
        }
        for (int b = 0; b < 4; ++b) {
            const vec total = texture[b] * (2 * 0.2357f);
            store(target + ((27 + b) * step), total, count);
        }
    }
};

}  // namespace
}  // namespace fs::vision
