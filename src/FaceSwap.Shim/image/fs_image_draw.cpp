// Drawing for previews and contact sheets: text and resampling of BGR images in the caller's memory.
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "fs_abi.h"

namespace {

cv::Mat view(const uint8_t* bgr, int32_t width, int32_t height, int64_t stride, const char* call) {
    if (!bgr || width < 1 || height < 1 || stride < static_cast<int64_t>(width) * 3)
        throw fs::error(FS_INVALID_ARGUMENT, std::string(call) + ": null pointer, empty image or short stride");
    return cv::Mat(height, width, CV_8UC3, const_cast<uint8_t*>(bgr), static_cast<size_t>(stride));
}

}  // namespace

// Draws ASCII text in OpenCV's simplex font, anti-aliased; (x, y) is the left end of the base line, `scale` 1 about 22 pixels high.
FS_EXPORT fs_status fs_image_put_text(uint8_t* bgr, int32_t width, int32_t height, int64_t stride, const char* text, int32_t x,
                                      int32_t y, double scale, int32_t thickness, int32_t blue, int32_t green, int32_t red) {
    return fs::guard("fs_image_put_text", [&]() -> fs_status {
        cv::Mat target = view(bgr, width, height, stride, "fs_image_put_text");
        cv::putText(target, text ? text : "", {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar(blue, green, red), thickness, cv::LINE_AA);
        return FS_OK;
    });
}

// The box that such text fills: width, height above the base line, and depth below it.
FS_EXPORT fs_status fs_image_text_size(const char* text, double scale, int32_t thickness, int32_t* width, int32_t* ascent, int32_t* descent) {
    return fs::guard("fs_image_text_size", [&]() -> fs_status {
        if (!width || !ascent || !descent) throw fs::error(FS_INVALID_ARGUMENT, "fs_image_text_size: null pointer");
        int base = 0;
        const cv::Size size = cv::getTextSize(text ? text : "", cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &base);
        *width = size.width;
        *ascent = size.height;
        *descent = base;
        return FS_OK;
    });
}

// Draws an anti-aliased line between two points.
FS_EXPORT fs_status fs_image_line(uint8_t* bgr, int32_t width, int32_t height, int64_t stride, int32_t x0, int32_t y0, int32_t x1,
                                  int32_t y1, int32_t thickness, int32_t blue, int32_t green, int32_t red) {
    return fs::guard("fs_image_line", [&]() -> fs_status {
        cv::Mat target = view(bgr, width, height, stride, "fs_image_line");
        cv::line(target, {x0, y0}, {x1, y1}, cv::Scalar(blue, green, red), thickness, cv::LINE_AA);
        return FS_OK;
    });
}

// Resamples one image into another: by area where it shrinks, bilinearly where it grows.
FS_EXPORT fs_status fs_image_resize(const uint8_t* source, int32_t source_width, int32_t source_height, int64_t source_stride,
                                    uint8_t* target, int32_t target_width, int32_t target_height, int64_t target_stride) {
    return fs::guard("fs_image_resize", [&]() -> fs_status {
        const cv::Mat from = view(source, source_width, source_height, source_stride, "fs_image_resize");
        cv::Mat to = view(target, target_width, target_height, target_stride, "fs_image_resize");
        const bool shrinks = target_width < source_width && target_height < source_height;
        cv::resize(from, to, to.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
        return FS_OK;
    });
}
