// Around the primitives: pixel shuffle and the gradient through the activation.
//
// Channel ry·2c + rx·c + i of pixel (h, w) goes to channel i of pixel (2h + ry, 2w + rx): the two pixels of one ry are neighbors on both sides,
// so a pixel's channels move in two stretches of 2c.
#include <cstring>

#include "fs_bfloat16.h"
#include "onednn_product.h"

namespace fs::onednn {

namespace {
void slope_run(const float* dy, const float* y, float* dz, int64_t count, float slope) {
    for (int64_t i = 0; i < count; i++)
        dz[i] = y[i] >= 0.0f ? dy[i] : slope * dy[i];
}

void slope_run(const uint16_t* dy, const uint16_t* y, uint16_t* dz, int64_t count, float slope) {
    for (int64_t i = 0; i < count; i++)
        dz[i] = from_bfloat16(y[i]) >= 0.0f ? dy[i] : to_bfloat16(slope * from_bfloat16(dy[i]));
}
}  // namespace

void Product::shuffle(const void* z, void* y) const {
    const int64_t stretch = spec_.out_channels / 2 * static_cast<int64_t>(element_), width = spec_.out_width;
    const int64_t rows = static_cast<int64_t>(spec_.batch) * spec_.out_height;
    const char* from = static_cast<const char*>(z);
    char* to = static_cast<char*>(y);
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; row++)
        for (int64_t half = 0; half < 2; half++)
            for (int64_t x = 0; x < width; x++)
                std::memcpy(to + ((row * 2 + half) * width + x) * stretch, from + ((row * width + x) * 2 + half) * stretch, static_cast<size_t>(stretch));
}

void Product::slope(const void* dy, const void* y, void* dz) const {
    const int64_t width = spec_.out_width, rows = static_cast<int64_t>(spec_.batch) * spec_.out_height;
    const bool shuffled = spec_.pixel_shuffle != 0;
    // Without shuffle a row is one stretch; with it, two for every pixel.
    const int64_t halves = shuffled ? 2 : 1, pixels = shuffled ? width : 1, count = spec_.out_channels * width / (halves * pixels);
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < rows; row++)
        for (int64_t half = 0; half < halves; half++)
            for (int64_t x = 0; x < pixels; x++) {
                const int64_t at = ((row * halves + half) * pixels + x) * count, to = ((row * pixels + x) * halves + half) * count;
                if (spec_.bf16)
                    slope_run(static_cast<const uint16_t*>(dy) + at, static_cast<const uint16_t*>(y) + at, static_cast<uint16_t*>(dz) + to, count, spec_.slope);
                else
                    slope_run(static_cast<const float*>(dy) + at, static_cast<const float*>(y) + at, static_cast<float*>(dz) + to, count, spec_.slope);
            }
}

}  // namespace fs::onednn
