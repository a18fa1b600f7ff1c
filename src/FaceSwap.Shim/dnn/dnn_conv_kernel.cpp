// The kernel's storage: where its panels lie, and the way from and to Keras order.
#include <algorithm>
#include <cstring>

#include "dnn_conv.h"

namespace fs::dnn {

int32_t Conv::panel_width(int32_t panel) const { return gradient_pairs_.width(panel); }

int64_t Conv::panel_offset(int32_t panel) const {
    int64_t rows = static_cast<int64_t>(kernel_) * kernel_ * in_c_;
    return panel < panels_ ? rows * kPanel * panel : rows * (kPanel * (panels_ - 1) + panel_width(panels_ - 1));
}

int64_t Conv::paired_offset(int32_t panel) const {
    int64_t rows = static_cast<int64_t>(kernel_) * kernel_ * ((in_c_ + 1) / 2);
    return panel < panels_ ? rows * kPanel * panel : rows * (kPanel * (panels_ - 1) + panel_width(panels_ - 1));
}

int64_t Conv::keras_index(int64_t row, int32_t panel, int32_t column) const {
    int64_t n = static_cast<int64_t>(panel) * kPanel + column;
    if (form_ != Form::Spread)
        return row * out_c_ + n;
    // Spread: row is the input channel, column (last tap − tap) · outputs + output.
    int64_t tap = spec_.kernel * spec_.kernel - 1 - n / spec_.out_channels, output = n % spec_.out_channels;
    return (tap * spec_.in_channels + row) * spec_.out_channels + output;
}

// Some rows of a panel, padded.
void Conv::keras_rows(const float* keras, int32_t panel, int64_t first, int32_t count, float* to) const {
    const int32_t width = panel_width(panel), valid = gradient_.valid(panel);
    for (int64_t row = first; row < first + count; row++, to += width) {
        if (form_ == Form::Spread)
            for (int32_t c = 0; c < valid; c++)
                to[c] = keras[keras_index(row, panel, c)];
        else
            std::memcpy(to, keras + keras_index(row, panel, 0), static_cast<size_t>(valid) * sizeof(float));
        std::fill(to + valid, to + width, 0.0f);
    }
}

void Conv::import_kernel(const float* keras, float* storage) const {
    import_kernel_rows(keras, 0, static_cast<int64_t>(kernel_) * kernel_ * in_c_, storage);
}

// Where a row of the Keras order is none of a panel's, or would leave half a pair, the whole must be there.
int32_t Conv::import_rows() const {
    if (form_ == Form::Spread)
        return 0;
    return !paired_ ? 1 : in_c_ % 2 == 0 ? 2 : in_c_;
}

void Conv::import_kernel_rows(const float* keras, int64_t first, int64_t count, float* storage) const {
    if (!paired_) {
        pool_.parallel(panels_, [&](int32_t panel, int32_t) {
            keras_rows(keras, panel, 0, static_cast<int32_t>(count), storage + panel_offset(panel) + first * panel_width(panel));
        });
        return;
    }
    // A tap's channels pair among themselves, as the rows of activations do.
    const int32_t pairs = (in_c_ + 1) / 2;
    pool_.parallel(panels_, [&](int32_t panel, int32_t) {
        alignas(64) float rows[kPanel * kPanel];
        const int32_t width = panel_width(panel);
        for (int64_t row = first; row < first + count;) {
            const int64_t tap = row / in_c_;
            const int32_t c = static_cast<int32_t>(row % in_c_);
            const int32_t some = static_cast<int32_t>(std::min<int64_t>(std::min(kPanel, in_c_ - c), first + count - row));
            keras_rows(keras, panel, row - first, some, rows);
            kernels_.pair_rows(rows, some, width, storage + paired_offset(panel) + (tap * pairs + c / 2) * width);
            row += some;
        }
    });
}

void Conv::export_kernel(const float* storage, float* keras) const {
    int64_t rows = static_cast<int64_t>(kernel_) * kernel_ * in_c_;
    for (int32_t panel = 0; panel < panels_; panel++) {
        int32_t width = panel_width(panel), valid = gradient_.valid(panel);
        const float* from = storage + panel_offset(panel);
        for (int64_t row = 0; row < rows; row++, from += width)
            for (int32_t c = 0; c < valid; c++)
                keras[keras_index(row, panel, c)] = from[c];
    }
}

}  // namespace fs::dnn
