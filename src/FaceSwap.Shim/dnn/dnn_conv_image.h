// Forward convolution of large images with few channels, for inference in fp32.
//
// In NHWC the pixels under one row of the kernel are neighbours in memory: kernel · channels values in a row. So the reduction is `kernel` stretches of
// the image, read where they lie, against as many stretches of rows of the stored kernel; nothing is gathered or blocked. With padding the image
// is first copied into a frame of zeros, since no tap may be left out.
//
//   y[oy][ox][n] = act(bias[n] + Σ_ky Σ_(kx, c) x[oy·s + ky][(ox·s)·C + (kx, c)] · W[ky][(kx, c)][n])
//
// A task is some rows of results. It walks the reduction in stretches whose part of the kernel fits the first-level cache, each across all its tiles of
// 6 pixels, so that the kernel crosses from the second level once a task. The order of a sum depends on the shapes alone.
#pragma once

#include <cstdint>
#include <vector>

#include "dnn_kernels.h"
#include "dnn_pool.h"

struct fs_dnn_conv_spec;

namespace fs::dnn {

class ImageForward {
public:
    // Whether this way is meant for the shapes.
    static bool suits(const fs_dnn_conv_spec& spec);

    ImageForward(Pool& pool, const Kernels& kernels, const fs_dnn_conv_spec& spec);

    int64_t workspace_bytes() const { return padded_bytes_ + scratch_ * pool_.threads(); }

    // The kernel lies as Conv stores it: panels of 64 columns, the last padded to 16, of (tap, channel) rows.
    void run(const float* x, const float* kernel, const float* bias, float* y, void* workspace);

private:
    void pad(const float* x, float* to);
    void task(int32_t first, int32_t end, const float* x, const float* kernel, const float* bias, float* y, float* sums) const;
    void panel(int32_t panel, int32_t first, int32_t end, const float* x, const float* kernel, const float* bias, float* y, float* sums) const;

    Pool& pool_;
    const Kernels& kernels_;
    int32_t batch_, in_h_, in_w_, channels_, out_h_, out_w_, outputs_, size_, stride_, pad_top_, pad_left_;
    float slope_;                // of LeakyReLU below zero
    int32_t frame_h_, frame_w_;  // the image with its padding; the image itself where there is none
    int32_t rows_;               // rows of results in a task
    int64_t padded_bytes_ = 0, scratch_ = 0;
};

}  // namespace fs::dnn
