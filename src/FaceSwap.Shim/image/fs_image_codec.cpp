// Image files from and to memory, BGR with 8 bits a sample. Files themselves are read and written by the caller, so that
// paths of any alphabet and atomic replacement are one language's business.
#include <climits>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "image_codec.h"

struct fs_image {
    cv::Mat pixels;  // CV_8UC3, BGR
};

namespace {

int say_nothing(int, const char*, const char*, const char*, int, void*) { return 0; }

}  // namespace

void fs::quiet_opencv() {
    static std::once_flag once;
    std::call_once(once, [] { cv::redirectError(say_nothing); });
}

void fs::turn_upright(cv::Mat& pixels, int orientation) {
    const int sides = 1, upside_down = 0, both = -1;  // cv::flip's codes
    if (orientation >= 5) cv::transpose(pixels, pixels);
    switch (orientation) {
        case 2: case 6: cv::flip(pixels, pixels, sides); break;
        case 3: case 7: cv::flip(pixels, pixels, both); break;
        case 4: case 8: cv::flip(pixels, pixels, upside_down); break;
        default: break;
    }
}

cv::Mat fs::decode(const uint8_t* data, int64_t size, int flags) {
    if (size == 0) throw fs::error(FS_INVALID_DATA, "the file is empty");
    if (size > INT_MAX) throw fs::error(FS_INVALID_DATA, "the file is larger than 2 GiB");
    fs::quiet_opencv();
    const cv::Mat buffer(1, static_cast<int>(size), CV_8UC1, const_cast<uint8_t*>(data));
    cv::Mat pixels;
    try {
        pixels = cv::imdecode(buffer, flags);
    } catch (const cv::Exception& e) {
        throw fs::error(FS_INVALID_DATA, "the image cannot be decoded (" + e.err + ")");
    }
    if (pixels.empty()) throw fs::error(FS_INVALID_DATA, "it is not an image, or it is damaged");
    return pixels;
}

fs_status fs::encode(const char* extension, const cv::Mat& pixels, int32_t quality, fs_image_bytes** bytes, const uint8_t** data, int64_t* size) {
    fs::quiet_opencv();
    if (!cv::haveImageWriter(extension)) {
        fs::set_last_error(std::string("no encoder for ") + extension);
        return FS_UNSUPPORTED;
    }
    auto result = std::make_unique<fs_image_bytes>();
    // PNG keeps OpenCV's default (level 1, run lengths): naming a level would also change its strategy to the slow one.
    const std::vector<int> options{cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_WEBP_QUALITY, quality};
    if (!cv::imencode(extension, pixels, result->data, options))
        throw fs::error(FS_INTERNAL, std::string("encoding as ") + extension + " failed");
    *data = result->data.data();
    *size = static_cast<int64_t>(result->data.size());
    *bytes = result.release();
    return FS_OK;
}

// Decodes a file held in memory: turned upright by `orientation` (EXIF's number, 1 to 8), alpha dropped, grey spread to three channels, and of 16 bits, which
// `deep` says that it has, the upper 8. FS_INVALID_DATA when it is no image that this build can read.
FS_EXPORT fs_status fs_image_decode(const uint8_t* data, int64_t size, int32_t orientation, int32_t deep, fs_image** image, int32_t* width, int32_t* height) {
    return fs::guard("fs_image_decode", [&]() -> fs_status {
        if (!image || !width || !height || (!data && size > 0) || size < 0)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_image_decode: null pointer or negative size");
        cv::Mat pixels = fs::decode(data, size, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION | (deep ? cv::IMREAD_ANYDEPTH : 0));
        if (pixels.type() == CV_16UC3) {
            // Not convertTo, which rounds: what the upper byte is decides whether fs_image_encode_like takes a sample for one that nobody changed.
            cv::Mat upper(pixels.rows, pixels.cols, CV_8UC3);
            for (int y = 0; y < pixels.rows; y++) {
                const auto* from = pixels.ptr<uint16_t>(y);
                auto* to = upper.ptr<uint8_t>(y);
                for (int i = 0; i < pixels.cols * 3; i++) to[i] = static_cast<uint8_t>(from[i] >> 8);
            }
            pixels = std::move(upper);
        }
        if (pixels.type() != CV_8UC3) throw fs::error(FS_INVALID_DATA, "its samples are of a kind that is not read");
        fs::turn_upright(pixels, orientation);
        *width = pixels.cols;
        *height = pixels.rows;
        *image = new fs_image{std::move(pixels)};
        return FS_OK;
    });
}

// Copies the pixels into rows `stride` bytes apart, which must hold width * 3 bytes each.
FS_EXPORT fs_status fs_image_copy_to(const fs_image* image, uint8_t* bgr, int64_t stride) {
    return fs::guard("fs_image_copy_to", [&]() -> fs_status {
        if (!image || !bgr || stride < static_cast<int64_t>(image->pixels.cols) * 3)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_image_copy_to: null pointer or a stride shorter than a row");
        cv::Mat target(image->pixels.rows, image->pixels.cols, CV_8UC3, bgr, static_cast<size_t>(stride));
        image->pixels.copyTo(target);
        return FS_OK;
    });
}

FS_EXPORT void fs_image_free(fs_image* image) { delete image; }

// Encodes BGR rows in the format of a file extension (".png", ".jpg", ...). `quality` is JPEG's and WebP's, 1..100; others ignore it.
// FS_UNSUPPORTED when this build writes no such format. The bytes belong to the handle.
FS_EXPORT fs_status fs_image_encode(const char* extension, const uint8_t* bgr, int32_t width, int32_t height, int64_t stride,
                                    int32_t quality, fs_image_bytes** bytes, const uint8_t** data, int64_t* size) {
    return fs::guard("fs_image_encode", [&]() -> fs_status {
        if (!extension || !bgr || !bytes || !data || !size || width < 1 || height < 1 ||
            stride < static_cast<int64_t>(width) * 3 || quality < 1 || quality > 100)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_image_encode: null pointer, empty image, short stride or a quality outside 1..100");
        const cv::Mat pixels(height, width, CV_8UC3, const_cast<uint8_t*>(bgr), static_cast<size_t>(stride));
        return fs::encode(extension, pixels, quality, bytes, data, size);
    });
}

FS_EXPORT void fs_image_bytes_free(fs_image_bytes* bytes) { delete bytes; }
