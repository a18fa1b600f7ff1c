// What the exports of the image library share.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "fs_abi.h"

struct fs_image_bytes {
    std::vector<uchar> data;
};

namespace fs {

// OpenCV prints every error to the standard error stream before it throws; the exception is enough.
void quiet_opencv();

// Turns stored pixels upright by EXIF's number, 1 to 8.
void turn_upright(cv::Mat& pixels, int orientation);

// The file in memory, decoded with imread's flags and never turned. FS_INVALID_DATA when it is no image that this build can read.
cv::Mat decode(const uint8_t* data, int64_t size, int flags);

// Encodes as the extension says; FS_UNSUPPORTED when this build writes no such format.
fs_status encode(const char* extension, const cv::Mat& pixels, int32_t quality, fs_image_bytes** bytes, const uint8_t** data, int64_t* size);

}  // namespace fs
