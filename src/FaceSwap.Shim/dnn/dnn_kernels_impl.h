// The kernels of dnn_kernels.h, written once over a vector type; each dnn_kernels_<isa>.cpp includes this with its own vector type
// and compiler flags. Everything is in an anonymous namespace: two files compiled for different processors must not share a
// function, or the linker might keep the one that an old processor cannot run.
#pragma once

#include <cstring>

#include "dnn_kernels.h"

namespace fs::dnn {
namespace {

inline uint16_t to_bf16(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return static_cast<uint16_t>((bits >> 16) | 0x40u);  // stays a NaN: rounding could carry it to infinity
    return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float from_bf16(uint16_t value) {
    uint32_t bits = static_cast<uint32_t>(value) << 16;
    float result;
    std::memcpy(&result, &bits, 4);
    return result;
}

// V: a vector type with lanes, load, store, stream, broadcast, zero, add and multiply_add(acc, a, b). V::sweep vectors side by side are
// accumulated at once, so that rows × sweep accumulators fit the register file. What is already in C is added last: sums of long
// reductions are made of short ones, whose rounding errors stay small.
template <class V, int Rows, int Sweep, int Width>
inline void row_sweep(const RowSegment* segments, int32_t count, float* c, bool add) {
    V acc[Rows][Sweep];
    for (int r = 0; r < Rows; r++)
        for (int j = 0; j < Sweep; j++)
            acc[r][j] = V::zero();
    for (int32_t s = 0; s < count; s++) {
        const float* a[Rows];
        for (int r = 0; r < Rows; r++)
            a[r] = segments[s].a[r];
        const float* b = segments[s].b;
        const int32_t length = segments[s].length;
#pragma GCC unroll 2
        for (int32_t k = 0; k < length; k++) {
            V right[Sweep];
            for (int j = 0; j < Sweep; j++)
                right[j] = V::load(b + j * V::lanes);
            for (int r = 0; r < Rows; r++) {
                V left = V::broadcast(a[r] + k);
                for (int j = 0; j < Sweep; j++)
                    acc[r][j] = V::multiply_add(acc[r][j], left, right[j]);
            }
            b += Width;
        }
    }
    for (int r = 0; r < Rows; r++)
        for (int j = 0; j < Sweep; j++)
            V::store(c + r * Width + j * V::lanes, add ? V::add(V::load(c + r * Width + j * V::lanes), acc[r][j]) : acc[r][j]);
}

template <class V, int Rows, int Vectors>
void row(const RowSegment* segments, int32_t count, float* c, bool add) {
    constexpr int width = Vectors * kLane;
    constexpr int sweep = V::sweep < width / V::lanes ? V::sweep : width / V::lanes;
    if constexpr (sweep * V::lanes == width) {
        row_sweep<V, Rows, sweep, width>(segments, count, c, add);
    } else {
        for (int column = 0; column < width; column += sweep * V::lanes) {
            RowSegment shifted;
            // The panels are wider than a sweep: walk every segment with a shifted right operand, accumulating segment by segment.
            bool adding = add;
            if (count == 0)
                row_sweep<V, Rows, sweep, width>(&shifted, 0, c + column, adding);
            for (int32_t s = 0; s < count; s++) {
                shifted = segments[s];
                shifted.b += column;
                row_sweep<V, Rows, sweep, width>(&shifted, 1, c + column, adding);
                adding = true;
            }
        }
    }
}

template <class V, int Rows, int Sweep, int Width>
inline void column_sweep(const ColumnRun* runs, int32_t count, const float* a, int32_t a_stride, const float* b, float* c, Store mode) {
    V acc[Rows][Sweep];
    for (int r = 0; r < Rows; r++)
        for (int j = 0; j < Sweep; j++)
            acc[r][j] = V::zero();
    for (int32_t s = 0; s < count; s++) {
        const float* left_row = a + static_cast<int64_t>(runs[s].a) * a_stride;
        const float* right_row = b + static_cast<int64_t>(runs[s].b) * Width;
        const int32_t length = runs[s].count;
#pragma GCC unroll 2
        for (int32_t i = 0; i < length; i++) {
            V right[Sweep];
            for (int j = 0; j < Sweep; j++)
                right[j] = V::load(right_row + j * V::lanes);
            for (int r = 0; r < Rows; r++) {
                V left = V::broadcast(left_row + r);
                for (int j = 0; j < Sweep; j++)
                    acc[r][j] = V::multiply_add(acc[r][j], left, right[j]);
            }
            left_row += a_stride;
            right_row += Width;
        }
    }
    for (int r = 0; r < Rows; r++)
        for (int j = 0; j < Sweep; j++) {
            float* to = c + r * Width + j * V::lanes;
            if (mode == Store::Stream)
                V::stream(to, acc[r][j]);
            else
                V::store(to, mode == Store::Add ? V::add(V::load(to), acc[r][j]) : acc[r][j]);
        }
}

template <class V, int Rows, int Vectors>
void column(const ColumnRun* runs, int32_t count, const float* a, int32_t a_stride, const float* b, float* c, Store mode) {
    constexpr int width = Vectors * kLane;
    constexpr int sweep = V::sweep < width / V::lanes ? V::sweep : width / V::lanes;
    for (int first = 0; first < width; first += sweep * V::lanes)
        column_sweep<V, Rows, sweep, width>(runs, count, a, a_stride, b + first, c + first, mode);
}

template <class V>
void finish(const float* c, int32_t width, int32_t rows, const Finish& how, char* const* destinations) {
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t first = 0; first < how.columns; first += kLane) {
            alignas(64) float value[kLane];
            for (int i = 0; i < kLane; i++) {
                float z = c[r * width + first + i];
                if (how.bias != nullptr)
                    z += how.bias[first + i];
                value[i] = z < 0 ? z * how.slope : z;
            }
            int32_t valid = how.columns - first < kLane ? how.columns - first : kLane;
            int32_t offset = how.offsets[first / kLane];
            if (how.bf16) {
                alignas(64) uint16_t narrow[kLane];
                for (int i = 0; i < kLane; i++)
                    narrow[i] = to_bf16(value[i]);
                uint16_t* to = reinterpret_cast<uint16_t*>(destinations[r]) + offset;
                if (valid == kLane)
                    std::memcpy(to, narrow, sizeof narrow);
                else
                    std::memcpy(to, narrow, valid * sizeof(uint16_t));
            } else {
                float* to = reinterpret_cast<float*>(destinations[r]) + offset;
                if (valid == kLane)
                    std::memcpy(to, value, sizeof value);
                else
                    std::memcpy(to, value, valid * sizeof(float));
            }
        }
    }
}

template <class V>
void slope_row(const void* dy, const void* y, float slope, int32_t columns, bool bf16, void* dz, float* sum) {
    alignas(64) float value[kLane];
    if (columns == kLane && !bf16) {
        const float* from = static_cast<const float*>(dy);
        const float* sign = static_cast<const float*>(y);
        for (int i = 0; i < kLane; i++)
            value[i] = sign[i] < 0 ? from[i] * slope : from[i];
    } else if (columns == kLane) {
        const uint16_t* from = static_cast<const uint16_t*>(dy);
        const uint16_t* sign = static_cast<const uint16_t*>(y);
        for (int i = 0; i < kLane; i++)
            value[i] = from_bf16(sign[i]) < 0 ? from_bf16(from[i]) * slope : from_bf16(from[i]);
    } else {
        for (int i = 0; i < kLane; i++) {
            value[i] = 0;
            if (i >= columns)
                continue;
            float from = bf16 ? from_bf16(static_cast<const uint16_t*>(dy)[i]) : static_cast<const float*>(dy)[i];
            float sign = bf16 ? from_bf16(static_cast<const uint16_t*>(y)[i]) : static_cast<const float*>(y)[i];
            value[i] = sign < 0 ? from * slope : from;
        }
    }
    for (int i = 0; i < kLane; i++)
        sum[i] += value[i];
    if (bf16) {
        uint16_t narrow[kLane];
        for (int i = 0; i < kLane; i++)
            narrow[i] = to_bf16(value[i]);
        std::memcpy(dz, narrow, sizeof narrow);
    } else {
        std::memcpy(dz, value, sizeof value);
    }
}

// Twelve chains hide the latency of two units; the values stay near 1.
template <class V, int PerLane>
int64_t peak(int64_t rounds, float* sink) {
    constexpr int chains = 12;
    const float factors[2] = {0.5f, 0.5f};
    V acc[chains], a = V::broadcast(factors), b = V::broadcast(factors + 1);
    for (auto& chain : acc)
        chain = a;
    for (int64_t i = 0; i < rounds; i++)
        for (auto& chain : acc)
            chain = V::multiply_add(chain, a, b);
    V sum = V::zero();
    for (auto& chain : acc)
        sum = V::add(sum, chain);
    V::store(sink, sum);
    return rounds * chains * V::lanes * PerLane;
}

inline void transpose_plain(const float* from, int32_t from_width, int32_t rows, int32_t columns, float* to, int32_t to_width) {
    constexpr int32_t tile = 8;
    for (int32_t c0 = 0; c0 < columns; c0 += tile)
        for (int32_t r0 = 0; r0 < to_width; r0 += tile)
            for (int32_t c = c0; c < c0 + tile && c < columns; c++)
                for (int32_t r = r0; r < r0 + tile && r < to_width; r++)
                    to[c * to_width + r] = r < rows ? from[r * from_width + c] : 0.0f;
}

template <class V, int Vectors>
void fill_rows(Kernels& table) {
    constexpr int j = Vectors - 1;
    table.row[0][j] = row<V, 1, Vectors>;
    table.row[1][j] = row<V, 2, Vectors>;
    table.row[2][j] = row<V, 3, Vectors>;
    table.row[3][j] = row<V, 4, Vectors>;
    table.row[4][j] = row<V, 5, Vectors>;
    table.row[5][j] = row<V, 6, Vectors>;
    table.column[0][j] = column<V, 1, Vectors>;
    table.column[1][j] = column<V, 2, Vectors>;
    table.column[2][j] = column<V, 3, Vectors>;
    table.column[3][j] = column<V, 4, Vectors>;
    table.column[4][j] = column<V, 5, Vectors>;
    table.column[5][j] = column<V, 6, Vectors>;
}

template <class V>
Kernels make_table(const char* name) {
    Kernels table{};
    table.name = name;
    fill_rows<V, 1>(table);
    fill_rows<V, 2>(table);
    fill_rows<V, 3>(table);
    fill_rows<V, 4>(table);
    table.finish = finish<V>;
    table.slope_row = slope_row<V>;
    table.transpose = transpose_plain;
    table.peak = peak<V, 2>;
    return table;
}

}  // namespace
}  // namespace fs::dnn
