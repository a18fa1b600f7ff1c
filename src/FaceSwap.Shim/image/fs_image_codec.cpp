// Image files from and to memory, BGR with 8 bits a sample. Files themselves are read and written by the caller, so that
// paths of any alphabet and atomic replacement are one language's business.
#include <climits>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "fs_abi.h"

struct fs_image {
    cv::Mat pixels;  // CV_8UC3, BGR
};

struct fs_image_bytes {
    std::vector<uchar> data;
};

namespace {

// OpenCV prints every error to the standard error stream before it throws; the exception is enough.
int say_nothing(int, const char*, const char*, const char*, int, void*) { return 0; }

void quiet_opencv() {
    static std::once_flag once;
    std::call_once(once, [] { cv::redirectError(say_nothing); });
}

}  // namespace

// Decodes a file held in memory: EXIF orientation applied, alpha dropped, 16 bits reduced to 8, grey spread to three channels.
// FS_INVALID_DATA when it is no image that this build can read.
FS_EXPORT fs_status fs_image_decode(const uint8_t* data, int64_t size, fs_image** image, int32_t* width, int32_t* height) {
    return fs::guard("fs_image_decode", [&]() -> fs_status {
        if (!image || !width || !height || (!data && size > 0) || size < 0)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_image_decode: null pointer or negative size");
        if (size == 0) throw fs::error(FS_INVALID_DATA, "the file is empty");
        if (size > INT_MAX) throw fs::error(FS_INVALID_DATA, "the file is larger than 2 GiB");
        quiet_opencv();
        const cv::Mat buffer(1, static_cast<int>(size), CV_8UC1, const_cast<uint8_t*>(data));
        cv::Mat pixels;
        try {
            pixels = cv::imdecode(buffer, cv::IMREAD_COLOR);
        } catch (const cv::Exception& e) {
            throw fs::error(FS_INVALID_DATA, "the image cannot be decoded (" + e.err + ")");
        }
        if (pixels.empty() || pixels.type() != CV_8UC3)
            throw fs::error(FS_INVALID_DATA, "it is not an image, or it is damaged");
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
        quiet_opencv();
        if (!cv::haveImageWriter(extension)) {
            fs::set_last_error(std::string("no encoder for ") + extension);
            return FS_UNSUPPORTED;
        }
        const cv::Mat pixels(height, width, CV_8UC3, const_cast<uint8_t*>(bgr), static_cast<size_t>(stride));
        auto result = std::make_unique<fs_image_bytes>();
        // PNG keeps OpenCV's default (level 1, run lengths): naming a level would also change its strategy to the slow one.
        const std::vector<int> options{cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_WEBP_QUALITY, quality};
        if (!cv::imencode(extension, pixels, result->data, options))
            throw fs::error(FS_INTERNAL, std::string("encoding as ") + extension + " failed");
        *data = result->data.data();
        *size = static_cast<int64_t>(result->data.size());
        *bytes = result.release();
        return FS_OK;
    });
}

FS_EXPORT void fs_image_bytes_free(fs_image_bytes* bytes) { delete bytes; }
