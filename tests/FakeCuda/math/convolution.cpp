#include "convolution.h"
#include "product.h"

#include <algorithm>
#include <vector>

namespace fake
{
namespace
{

float read(const Tensor4& t, long long index)
{
    const void* base = reinterpret_cast<const void*>(t.data);
    return t.type == Type::Float ? load_value<float>(base, index, false) : load_value<unsigned short>(base, index, false);
}

void write(const Tensor4& t, long long index, float value)
{
    if (t.type == Type::Float)
        reinterpret_cast<float*>(t.data)[index] = value;
    else
        reinterpret_cast<unsigned short*>(t.data)[index] = float_to_bf16(value);
}

// A filter's tap: its row and column in the filter, and how far it moves the window.
struct Tap { long long r, s, dh, dw; };

std::vector<Tap> taps(const Convolution& c)
{
    std::vector<Tap> all;
    for (long long r = 0; r < c.w.size[2]; r++)
        for (long long s = 0; s < c.w.size[3]; s++)
            all.push_back({c.flipped ? c.w.size[2] - 1 - r : r, c.flipped ? c.w.size[3] - 1 - s : s, r * c.dilation[0] - c.before[0], s * c.dilation[1] - c.before[1]});
    return all;
}

// Positions of an image in order n, h, w on a grid: h = h0 + i·step.
struct Grid
{
    long long n, rows, columns;
    long long count() const { return n * rows * columns; }
    void at(long long index, long long* image, long long* row, long long* column) const
    {
        *column = index % columns;
        *row = index / columns % rows;
        *image = index / columns / rows;
    }
};

// Element of `t` that output position p sees through a tap: row p.h·mul + tap.dh (divided by div), −1 when it lies outside.
struct Window
{
    const Tensor4& t;
    Grid grid;
    std::vector<Tap> taps;
    long long multiply[2];

    long long offset(long long position, const Tap& tap) const
    {
        long long image, row, column;
        grid.at(position, &image, &row, &column);
        row = row * multiply[0] + tap.dh;
        column = column * multiply[1] + tap.dw;
        if (row < 0 || row >= t.size[2] || column < 0 || column >= t.size[3])
            return -1;
        return image * t.stride[0] + row * t.stride[2] + column * t.stride[3];
    }
};

// i counts positions, k counts (tap, channel), channel fastest.
template <typename T> Pack pack_windows(const Window& window, bool tf32)
{
    return [&window, tf32](long long first, int count, long long k_first, int k_count, int width, float* out)
    {
        long long channels = window.t.size[1], step = window.t.stride[1];
        const T* base = reinterpret_cast<const T*>(window.t.data);
        for (int i = 0; i < width; i++)
            for (int k = 0; k < k_count;)
            {
                long long tap = (k_first + k) / channels, channel = (k_first + k) % channels;
                int run = static_cast<int>(std::min<long long>(k_count - k, channels - channel));
                long long at = i < count ? window.offset(first + i, window.taps[tap]) : -1;
                float* to = out + static_cast<long long>(k) * width + i;
                if (at < 0)
                    for (int j = 0; j < run; j++)
                        to[static_cast<long long>(j) * width] = 0;
                else
                    for (int j = 0; j < run; j++)
                        to[static_cast<long long>(j) * width] = load_value<T>(base, at + (channel + j) * step, tf32);
                k += run;
            }
    };
}

// The same operand with the roles exchanged: i counts (tap, channel), k counts positions.
template <typename T> Pack pack_windows_turned(const Window& window, bool tf32)
{
    return [&window, tf32](long long first, int count, long long k_first, int k_count, int width, float* out)
    {
        long long channels = window.t.size[1], step = window.t.stride[1];
        const T* base = reinterpret_cast<const T*>(window.t.data);
        for (int k = 0; k < k_count; k++)
        {
            float* to = out + static_cast<long long>(k) * width;
            for (int i = 0; i < width;)
            {
                long long tap = (first + i) / channels, channel = (first + i) % channels;
                int run = static_cast<int>(std::min<long long>(width - i, channels - channel));
                long long at = i < count ? window.offset(k_first + k, window.taps[tap]) : -1;
                for (int j = 0; j < run; j++)
                    to[i + j] = at < 0 || i + j >= count ? 0 : load_value<T>(base, at + (channel + j) * step, tf32);
                i += run;
            }
        }
    };
}

// i counts channel `axis` of a filter, k counts (tap, other channel).
template <typename T> Pack pack_filter(const Tensor4& w, const std::vector<Tap>& taps, int axis, bool tf32)
{
    return [&w, &taps, axis, tf32](long long first, int count, long long k_first, int k_count, int width, float* out)
    {
        long long others = w.size[1 - axis], step = w.stride[1 - axis];
        const T* base = reinterpret_cast<const T*>(w.data);
        for (int k = 0; k < k_count; k++)
        {
            const Tap& tap = taps[(k_first + k) / others];
            long long at = (k_first + k) % others * step + tap.r * w.stride[2] + tap.s * w.stride[3];
            for (int i = 0; i < width; i++)
                out[static_cast<long long>(k) * width + i] = i < count ? load_value<T>(base, at + (first + i) * w.stride[axis], tf32) : 0;
        }
    };
}

#define BY_TYPE(FUNCTION, TENSOR, ...) ((TENSOR).type == Type::Float ? FUNCTION<float>(__VA_ARGS__) : FUNCTION<unsigned short>(__VA_ARGS__))

void forward(const Convolution& c)
{
    Window window{c.x, {c.y.size[0], c.y.size[2], c.y.size[3]}, taps(c), {c.stride[0], c.stride[1]}};
    Pack a = BY_TYPE(pack_windows, c.x, window, c.tf32), b = BY_TYPE(pack_filter, c.w, c.w, window.taps, 0, c.tf32);
    product(window.grid.count(), c.y.size[1], static_cast<long long>(window.taps.size()) * c.x.size[1], a, b,
        [&](long long m0, int rows, long long n0, int columns, const float* tile, int ld)
        {
            for (int i = 0; i < rows; i++)
            {
                long long image, row, column;
                window.grid.at(m0 + i, &image, &row, &column);
                long long at = image * c.y.stride[0] + row * c.y.stride[2] + column * c.y.stride[3];
                for (int j = 0; j < columns; j++)
                {
                    long long index = at + (n0 + j) * c.y.stride[1];
                    float value = c.alpha * tile[i * ld + j];
                    if (c.beta != 0)
                        value += c.beta * read(c.y, index);
                    write(c.y, index, c.epilogue ? c.epilogue(value, n0 + j) : value);
                }
            }
        }, c.backwards);
}

// Rows of dx that are equal modulo the stride see the same taps: one dense product for each such phase.
void backward_data(const Convolution& c)
{
    for (long long ph = 0; ph < std::min(c.stride[0], c.x.size[2]); ph++)
        for (long long pw = 0; pw < std::min(c.stride[1], c.x.size[3]); pw++)
        {
            std::vector<Tap> chosen;
            for (const Tap& tap : taps(c))
                if ((ph - tap.dh) % c.stride[0] == 0 && (pw - tap.dw) % c.stride[1] == 0)
                    chosen.push_back({tap.r, tap.s, (ph - tap.dh) / c.stride[0], (pw - tap.dw) / c.stride[1]});
            Grid grid{c.x.size[0], (c.x.size[2] - ph + c.stride[0] - 1) / c.stride[0], (c.x.size[3] - pw + c.stride[1] - 1) / c.stride[1]};
            Window window{c.y, grid, chosen, {1, 1}};
            Pack a = BY_TYPE(pack_windows, c.y, window, c.tf32), b = BY_TYPE(pack_filter, c.w, c.w, window.taps, 1, c.tf32);
            product(grid.count(), c.x.size[1], static_cast<long long>(chosen.size()) * c.y.size[1], a, b,
                [&](long long m0, int rows, long long n0, int columns, const float* tile, int ld)
                {
                    for (int i = 0; i < rows; i++)
                    {
                        long long image, row, column;
                        grid.at(m0 + i, &image, &row, &column);
                        long long at = image * c.x.stride[0] + (row * c.stride[0] + ph) * c.x.stride[2] + (column * c.stride[1] + pw) * c.x.stride[3];
                        for (int j = 0; j < columns; j++)
                        {
                            long long index = at + (n0 + j) * c.x.stride[1];
                            write(c.x, index, c.alpha * tile[i * ld + j] + (c.beta != 0 ? c.beta * read(c.x, index) : 0));
                        }
                    }
                }, c.backwards);
        }
}

void backward_filter(const Convolution& c)
{
    Window seen{c.x, {c.y.size[0], c.y.size[2], c.y.size[3]}, taps(c), {c.stride[0], c.stride[1]}};
    Window gradient{c.y, seen.grid, {{0, 0, 0, 0}}, {1, 1}};
    Pack a = BY_TYPE(pack_windows_turned, c.y, gradient, c.tf32), b = BY_TYPE(pack_windows_turned, c.x, seen, c.tf32);
    long long channels = c.x.size[1];
    product(c.y.size[1], static_cast<long long>(seen.taps.size()) * channels, seen.grid.count(), a, b,
        [&](long long m0, int rows, long long n0, int columns, const float* tile, int ld)
        {
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++)
                {
                    const Tap& tap = seen.taps[(n0 + j) / channels];
                    long long index = (m0 + i) * c.w.stride[0] + (n0 + j) % channels * c.w.stride[1] + tap.r * c.w.stride[2] + tap.s * c.w.stride[3];
                    write(c.w, index, c.alpha * tile[i * ld + j] + (c.beta != 0 ? c.beta * read(c.w, index) : 0));
                }
        }, c.backwards);
}

} // namespace

void run_convolution(const Convolution& c)
{
    switch (c.kind)
    {
        case ConvolutionKind::Forward: forward(c); break;
        case ConvolutionKind::BackwardData: backward_data(c); break;
        case ConvolutionKind::BackwardFilter: backward_filter(c); break;
    }
}

} // namespace fake
