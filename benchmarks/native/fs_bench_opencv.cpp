#include "fs_bench.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include <vector>

namespace {

cv::Mat bgr(const uint8_t* pixels, int width, int height) {
    return cv::Mat(height, width, CV_8UC3, const_cast<uint8_t*>(pixels));
}

cv::Mat affine(const double* matrix) {
    return cv::Mat(2, 3, CV_64F, const_cast<double*>(matrix));
}

}  // namespace

FS_BENCH_API void fs_bench_threads(int32_t threads) {
    cv::setNumThreads(threads);
}

// target (side x side) = the frame through the matrix, bilinear or bicubic.
FS_BENCH_API int32_t fs_bench_warp(const uint8_t* frame, int32_t width, int32_t height, const double* matrix, int32_t side, int32_t bicubic, uint8_t* target) {
    return fs_bench_try([&] {
        cv::Mat out = bgr(target, side, side);
        cv::warpAffine(bgr(frame, width, height), out, affine(matrix), cv::Size(side, side), bicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR);
    });
}

// The classic full-frame blend: paste through the inverse map, rectangle and hull masks in double precision, box blur, blend, round; result has the frame's size.
FS_BENCH_API int32_t fs_bench_classic_blend(const uint8_t* frame, int32_t width, int32_t height, const uint8_t* face, int32_t side, const double* matrix,
                                            const int32_t* points, int32_t count, int32_t blur, uint8_t* result) {
    return fs_bench_try([&] {
        const cv::Mat source = bgr(frame, width, height);
        const int flags = cv::WARP_INVERSE_MAP | cv::INTER_CUBIC;
        cv::Mat pasted = source.clone();
        cv::warpAffine(bgr(face, side, side), pasted, affine(matrix), source.size(), flags, cv::BORDER_TRANSPARENT);
        cv::Mat rectangle = cv::Mat::zeros(source.size(), CV_64FC3), hull = cv::Mat::zeros(source.size(), CV_64FC3);
        cv::warpAffine(cv::Mat(side, side, CV_64FC3, cv::Scalar::all(1)), rectangle, affine(matrix), source.size(), flags, cv::BORDER_TRANSPARENT);
        std::vector<cv::Point> corners, outline;
        for (int i = 0; i < count; i++)
            corners.emplace_back(points[2 * i], points[2 * i + 1]);
        cv::convexHull(corners, outline);
        cv::fillConvexPoly(hull, outline, cv::Scalar::all(1));
        cv::Mat mask = rectangle.mul(hull), old, fresh, out = bgr(result, width, height);
        cv::blur(mask, mask, cv::Size(blur, blur));
        source.convertTo(old, CV_64F);
        pasted.convertTo(fresh, CV_64F);
        cv::Mat(mask.mul(fresh) + (cv::Scalar::all(1) - mask).mul(old)).convertTo(out, CV_8U);
    });
}

FS_BENCH_API int32_t fs_bench_gaussian(uint8_t* pixels, int32_t width, int32_t height, double sigma) {
    return fs_bench_try([&] {
        cv::Mat image = bgr(pixels, width, height);
        cv::GaussianBlur(image, image, cv::Size(0, 0), sigma);
    });
}

// The whole-frame clone of a face of the frame's size under a mask.
FS_BENCH_API int32_t fs_bench_seamless(const uint8_t* frame, const uint8_t* pasted, const uint8_t* mask, int32_t width, int32_t height, int32_t x, int32_t y,
                                       uint8_t* result) {
    return fs_bench_try([&] {
        cv::Mat out = bgr(result, width, height);
        cv::seamlessClone(bgr(pasted, width, height), bgr(frame, width, height), cv::Mat(height, width, CV_8U, const_cast<uint8_t*>(mask)), cv::Point(x, y), out,
                          cv::NORMAL_CLONE);
    });
}

FS_BENCH_API int32_t fs_bench_to_gray(const uint8_t* frame, int32_t width, int32_t height, uint8_t* gray) {
    return fs_bench_try([&] {
        cv::Mat out(height, width, CV_8U, gray);
        cv::cvtColor(bgr(frame, width, height), out, cv::COLOR_BGR2GRAY);
    });
}

// yuv: planar 4:2:0 in one block, luma first, packed.
FS_BENCH_API int32_t fs_bench_from_yuv(const uint8_t* yuv, int32_t width, int32_t height, uint8_t* target) {
    return fs_bench_try([&] {
        cv::Mat out = bgr(target, width, height);
        cv::cvtColor(cv::Mat(height * 3 / 2, width, CV_8U, const_cast<uint8_t*>(yuv)), out, cv::COLOR_YUV2BGR_I420);
    });
}
