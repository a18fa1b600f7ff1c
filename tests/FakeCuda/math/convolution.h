// Two-dimensional cross-correlation and its two gradients over tensors of any strides, as implicit matrix products.
#pragma once

#include "matmul.h"

#include <functional>

namespace fake
{

// (n, c, h, w) with a stride for each; a filter is (k, c, r, s).
struct Tensor4
{
    uint64_t data = 0;
    Type type = Type::Float;
    long long size[4] = {};
    long long stride[4] = {};

    uint64_t extent() const
    {
        uint64_t last = 0;
        for (int i = 0; i < 4; i++)
            last += static_cast<uint64_t>((size[i] - 1) * stride[i]);
        return (last + 1) * size_of(type);
    }
};

enum class ConvolutionKind { Forward, BackwardData, BackwardFilter };

struct Convolution
{
    ConvolutionKind kind = ConvolutionKind::Forward;
    Tensor4 x, w, y; // or dx, dw, dy in their places
    long long stride[2] = {1, 1}, dilation[2] = {1, 1}, before[2] = {};
    float alpha = 1, beta = 0;
    bool tf32 = false;
    bool backwards = false;
    bool flipped = false; // a true convolution: the filter is turned
    // Applied to each result of a forward product before it is stored; null: none. Arguments: value, channel.
    std::function<float(float, long long)> epilogue;
};

FAKE_SHARED void run_convolution(const Convolution& convolution);

} // namespace fake
