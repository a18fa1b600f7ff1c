#include "convolution.h"
#include "product.h"

#include <algorithm>
#include <vector>

namespace fake
{
namespace
{

void store(const Tensor4& t, long long index, int axis, int count, const float* from, int step, const Convolution& c)
{
    if (t.type == Type::Float)
        store_run(reinterpret_cast<float*>(t.data) + index, t.stride[axis], count, from, step, c.alpha, c.beta);
    else
        store_run(reinterpret_cast<unsigned short*>(t.data) + index, t.stride[axis], count, from, step, c.alpha, c.beta);
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

// Positions of an image on a grid, in order n, h, w.
struct Position { long long image, row, column; };

struct Grid
{
    long long images, rows, columns;

    long long count() const { return images * rows * columns; }
    Position at(long long index) const { return {index / columns / rows, index / columns % rows, index % columns}; }
    void next(Position* p) const
    {
        if (++p->column < columns)
            return;
        p->column = 0;
        if (++p->row < rows)
            return;
        p->row = 0;
        p->image++;
    }
};

// What each position of the grid sees of `t` through a tap: the element at row·multiply + tap.dh, or nothing outside of the image.
struct Window
{
    const Tensor4& t;
    Grid grid;
    std::vector<Tap> taps;
    long long multiply[2];

    template <typename T> const T* see(const Position& p, const Tap& tap) const
    {
        long long row = p.row * multiply[0] + tap.dh, column = p.column * multiply[1] + tap.dw;
        if (row < 0 || row >= t.size[2] || column < 0 || column >= t.size[3])
            return nullptr;
        return reinterpret_cast<const T*>(t.data) + p.image * t.stride[0] + row * t.stride[2] + column * t.stride[3];
    }
};

constexpr int most_width = 64;

// i counts positions, k counts (tap, channel), channel fastest.
template <typename T> Pack pack_windows(const Window& window, bool tf32)
{
    return [&window, tf32](long long first, int count, long long k_first, int k_count, int width, float* out)
    {
        long long channels = window.t.size[1], step = window.t.stride[1];
        Position positions[most_width];
        Position position = window.grid.at(first);
        for (int i = 0; i < count; i++, window.grid.next(&position))
            positions[i] = position;
        for (int k = 0; k < k_count;)
        {
            long long tap = (k_first + k) / channels, channel = (k_first + k) % channels;
            int run = static_cast<int>(std::min<long long>(k_count - k, channels - channel));
            const T* rows[most_width];
            for (int i = 0; i < count; i++)
            {
                const T* seen = window.see<T>(positions[i], window.taps[tap]);
                rows[i] = seen == nullptr ? nullptr : seen + channel * step;
            }
            turn_rows(rows, step, count, width, run, tf32, out + static_cast<long long>(k) * width);
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
        for (int i = 0; i < width;)
        {
            long long tap = (first + i) / channels, channel = (first + i) % channels;
            int run = i < count ? static_cast<int>(std::min<long long>(count - i, channels - channel)) : width - i;
            Position position = window.grid.at(k_first);
            for (int k = 0; k < k_count; k++, window.grid.next(&position))
            {
                float* to = out + static_cast<long long>(k) * width + i;
                const T* seen = i < count ? window.see<T>(position, window.taps[tap]) : nullptr;
                if (seen != nullptr)
                    load_run(seen + channel * step, step, run, tf32, to);
                else
                    std::fill(to, to + run, 0.0f);
            }
            i += run;
        }
    };
}

// i counts channel `axis` of a filter, k counts (tap, other channel).
template <typename T> Pack pack_filter(const Tensor4& w, const std::vector<Tap>& taps, int axis, bool tf32)
{
    return [&w, &taps, axis, tf32](long long first, int count, long long k_first, int k_count, int width, float* out)
    {
        long long others = w.size[1 - axis], step = w.stride[1 - axis];
        for (int k = 0; k < k_count;)
        {
            const Tap& tap = taps[(k_first + k) / others];
            long long other = (k_first + k) % others;
            int run = static_cast<int>(std::min<long long>(k_count - k, others - other));
            const T* from = reinterpret_cast<const T*>(w.data) + tap.r * w.stride[2] + tap.s * w.stride[3] + other * step + first * w.stride[axis];
            float* to = out + static_cast<long long>(k) * width;
            const T* rows[most_width];
            for (int i = 0; i < count; i++)
                rows[i] = from + i * w.stride[axis];
            if (step == 1)
                turn_rows(rows, 1, count, width, run, tf32, to);
            else
                for (int j = 0; j < run; j++)
                {
                    load_run(from + j * step, w.stride[axis], count, tf32, to + static_cast<long long>(j) * width);
                    std::fill(to + static_cast<long long>(j) * width + count, to + static_cast<long long>(j + 1) * width, 0.0f);
                }
            k += run;
        }
    };
}

#define BY_TYPE(FUNCTION, TENSOR, ...) ((TENSOR).type == Type::Float ? FUNCTION<float>(__VA_ARGS__) : FUNCTION<unsigned short>(__VA_ARGS__))

void forward(const Convolution& c)
{
    Window window{c.x, {c.y.size[0], c.y.size[2], c.y.size[3]}, taps(c), {c.stride[0], c.stride[1]}};
    Pack a = BY_TYPE(pack_windows, c.x, window, c.tf32), b = BY_TYPE(pack_filter, c.w, c.w, window.taps, 0, c.tf32);
    product(window.grid.count(), c.y.size[1], static_cast<long long>(window.taps.size()) * c.x.size[1], a, b,
        [&](long long m0, int rows, long long n0, int columns, const float* tile, int row_step, int column_step)
        {
            for (int i = 0; i < rows; i++)
            {
                Position p = window.grid.at(m0 + i);
                long long at = p.image * c.y.stride[0] + p.row * c.y.stride[2] + p.column * c.y.stride[3];
                const float* values = tile + static_cast<long long>(i) * row_step;
                if (!c.epilogue)
                {
                    store(c.y, at + n0 * c.y.stride[1], 1, columns, values, column_step, c);
                    continue;
                }
                // Engines with an epilogue take no beta.
                std::vector<float> finished(columns);
                for (int j = 0; j < columns; j++)
                    finished[j] = c.epilogue(c.alpha * values[j * column_step], n0 + j);
                Convolution once = {};
                store(c.y, at + n0 * c.y.stride[1], 1, columns, finished.data(), 1, once);
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
                [&](long long m0, int rows, long long n0, int columns, const float* tile, int row_step, int column_step)
                {
                    for (int i = 0; i < rows; i++)
                    {
                        Position p = grid.at(m0 + i);
                        long long at = p.image * c.x.stride[0] + (p.row * c.stride[0] + ph) * c.x.stride[2] + (p.column * c.stride[1] + pw) * c.x.stride[3];
                        store(c.x, at + n0 * c.x.stride[1], 1, columns, tile + static_cast<long long>(i) * row_step, column_step, c);
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
        [&](long long m0, int rows, long long n0, int columns, const float* tile, int row_step, int column_step)
        {
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns;)
                {
                    const Tap& tap = seen.taps[(n0 + j) / channels];
                    long long channel = (n0 + j) % channels;
                    int run = static_cast<int>(std::min<long long>(columns - j, channels - channel));
                    long long index = (m0 + i) * c.w.stride[0] + channel * c.w.stride[1] + tap.r * c.w.stride[2] + tap.s * c.w.stride[3];
                    store(c.w, index, 1, run, tile + static_cast<long long>(i) * row_step + static_cast<long long>(j) * column_step, column_step, c);
                    j += run;
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
