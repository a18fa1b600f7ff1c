// Encodes 8-bit BGR pixels with what only the file that they were decoded from holds: one channel, transparency, 16 bits.
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image_codec.h"

namespace {

// fs_image_keep: what to take over.
constexpr int32_t keep_gray = 1, keep_alpha = 2, keep_depth = 4;

// Samples with 16 bits: the original's, moved by as much as the 8-bit ones, which are its upper bytes, were changed.
// `before` has as many channels as `now`, or those and more.
cv::Mat deepen(const cv::Mat& now, const cv::Mat& before) {
    const int channels = now.channels(), step = before.channels();
    cv::Mat result(now.rows, now.cols, CV_MAKETYPE(CV_16U, channels));
    for (int y = 0; y < now.rows; y++) {
        const auto* changed = now.ptr<uint8_t>(y);
        const auto* original = before.ptr<uint16_t>(y);
        auto* to = result.ptr<uint16_t>(y);
        for (int x = 0; x < now.cols; x++) {
            for (int c = 0; c < channels; c++) {
                const int was = original[x * step + c], by = changed[x * channels + c] - (was >> 8);
                // The lower byte stays, so that the upper one is the changed sample exactly.
                to[x * channels + c] = static_cast<uint16_t>(was + by * 256);
            }
        }
    }
    return result;
}

// The transparency of an image with four channels in the size and depth of another; empty when it has none.
cv::Mat alpha_for(const cv::Mat& pixels, const cv::Mat& original) {
    if (original.channels() != 4) return {};
    cv::Mat alpha;
    cv::extractChannel(original, alpha, 3);
    if (alpha.size() != pixels.size()) {
        const bool shrinks = pixels.cols < alpha.cols && pixels.rows < alpha.rows;
        cv::resize(alpha, alpha, pixels.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    if (alpha.depth() != pixels.depth()) alpha.convertTo(alpha, pixels.depth(), alpha.depth() == CV_16U ? 1.0 / 257 : 257);
    return alpha;
}

}  // namespace

// Encodes BGR rows as fs_image_encode does, and takes over from the file that they were decoded from what `keep` says. Where the file does not have it, it stays away.
FS_EXPORT fs_status fs_image_encode_like(const char* extension, const uint8_t* bgr, int32_t width, int32_t height, int64_t stride, int32_t quality,
                                         const uint8_t* original, int64_t original_size, int32_t orientation, int32_t keep,
                                         fs_image_bytes** bytes, const uint8_t** data, int64_t* size) {
    return fs::guard("fs_image_encode_like", [&]() -> fs_status {
        if (!extension || !bgr || !original || !bytes || !data || !size || width < 1 || height < 1 ||
            stride < static_cast<int64_t>(width) * 3 || quality < 1 || quality > 100 || original_size < 0)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_image_encode_like: null pointer, empty image, short stride or a quality outside 1..100");
        const cv::Mat given(height, width, CV_8UC3, const_cast<uint8_t*>(bgr), static_cast<size_t>(stride));
        cv::Mat pixels = given;
        if (keep & keep_gray) cv::cvtColor(given, pixels, cv::COLOR_BGR2GRAY);
        if (keep & (keep_alpha | keep_depth)) {
            cv::Mat before = fs::decode(original, original_size, cv::IMREAD_UNCHANGED);
            fs::turn_upright(before, orientation);
            const bool fits = before.size() == pixels.size() && (before.channels() == pixels.channels() || before.channels() > 3);
            if ((keep & keep_depth) && before.depth() == CV_16U && fits) pixels = deepen(pixels, before);
            const cv::Mat alpha = (keep & keep_alpha) && pixels.channels() == 3 ? alpha_for(pixels, before) : cv::Mat();
            if (!alpha.empty()) {
                const cv::Mat parts[] = {pixels, alpha};
                const int places[] = {0, 0, 1, 1, 2, 2, 3, 3};
                cv::Mat merged(pixels.rows, pixels.cols, CV_MAKETYPE(pixels.depth(), 4));
                cv::mixChannels(parts, 2, &merged, 1, places, 4);
                pixels = merged;
            }
        }
        return fs::encode(extension, pixels, quality, bytes, data, size);
    });
}
