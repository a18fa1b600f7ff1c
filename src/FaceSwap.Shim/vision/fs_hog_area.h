// Parts of a level of the pyramid. A search near a known face computes parts only, in the coordinates of the whole level, so that every
// number in them is the one that a search of the whole picture gets.
#pragma once

#include <algorithm>
#include <cstdint>

namespace fs::vision {
namespace {

// Columns left..right - 1 of rows top..bottom - 1, of pixels or of cells.
struct area {
    int left = 0, top = 0, right = 0, bottom = 0;

    int width() const { return right - left; }
    int height() const { return bottom - top; }
    bool empty() const { return left >= right || top >= bottom; }

    // The part that lies within 0..width, 0..height.
    area within(int columns, int rows) const {
        return {std::max(left, 0), std::max(top, 0), std::min(right, columns), std::min(bottom, rows)};
    }

    // The least area that holds both.
    area with(const area& other) const {
        if (empty()) return other;
        if (other.empty()) return *this;
        return {std::min(left, other.left), std::min(top, other.top), std::max(right, other.right), std::max(bottom, other.bottom)};
    }
};

// Pixels of a level that are at hand.
struct level_part {
    const uint8_t* data;  // of the first pixel of `at`
    int64_t stride;
    area at;
    int width, height;  // of the whole level

    const uint8_t* pixel(int x, int y) const { return data + ((y - at.top) * stride) + (x - at.left); }
};

}  // namespace
}  // namespace fs::vision
