// Conversion between pixel formats and sizes with the right matrix and range.
#pragma once

#include "video_common.h"

namespace fs::video {

// A cached swscale context. Range and matrix of YUV stay as they are between YUV formats; RGB becomes YUV of the matrix
// given (limited range unless `full`).
class converter {
public:
    // A new frame of the format and size. `rgb_matrix` (0, 1, 2) and `rgb_full` say what YUV becomes of RGB.
    frame_ptr convert(const AVFrame* source, AVPixelFormat format, int width, int height, int32_t rgb_matrix, bool rgb_full);

    // A new frame of matrix and range whatever the source's are; the matrix between YUV formats is changed too.
    frame_ptr convert_to(const AVFrame* source, AVPixelFormat format, int width, int height, int32_t matrix, bool full);

    // The same into memory of the caller's.
    void convert_into(const AVFrame* source, AVPixelFormat format, int width, int height, int32_t matrix, bool full, uint8_t* const* data,
                      const int* stride);

private:
    sws_ptr context_;
    int key_[10] = {0};
};

// A copy with the last column and row repeated up to the size; of planar formats.
frame_ptr pad(const AVFrame* source, int width, int height);

// A copy of a grey frame as planar YUV of the same depth without colour.
frame_ptr gray_to_yuv(const AVFrame* source, AVPixelFormat format);

}  // namespace fs::video
