// Transposes and mirrors planes.
#include "video_orient.h"

#include "video_fields.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace fs::video {

orientation orientation_of(const int32_t* matrix) {
    // The matrix maps a stored point (x, y) to the shown point (a x + c y, b x + d y).
    orientation result;
    double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    double straight = std::min(std::abs(a), std::abs(d)), crossed = std::min(std::abs(b), std::abs(c));
    double off_straight = std::max(std::abs(b), std::abs(c)), off_crossed = std::max(std::abs(a), std::abs(d));
    if (straight > 0 && off_straight <= 0.01 * straight) {
        result.flip_x = a < 0;
        result.flip_y = d < 0;
    } else if (crossed > 0 && off_crossed <= 0.01 * crossed) {
        result.transpose = true;
        result.flip_x = c < 0;
        result.flip_y = b < 0;
    } else {
        result.odd_angle = straight > 0 || crossed > 0;
        return result;
    }
    double angle = -av_display_rotation_get(matrix);
    result.degrees = (static_cast<int>(std::lround(angle / 90)) * 90 % 360 + 360) % 360;
    return result;
}

namespace {
// Strides are in samples; width and height are the result's.
template <class T>
void orient_plane(const T* from, int from_stride, T* to, int to_stride, int width, int height, const orientation& how) {
    if (!how.transpose) {
        for (int y = 0; y < height; y++) {
            const T* s = from + static_cast<ptrdiff_t>(how.flip_y ? height - 1 - y : y) * from_stride;
            T* t = to + static_cast<ptrdiff_t>(y) * to_stride;
            if (how.flip_x)
                std::reverse_copy(s, s + width, t);
            else
                std::memcpy(t, s, width * sizeof(T));
        }
        return;
    }
    // Tiles of 32x32 keep both the rows read and the rows written in the first-level cache.
    constexpr int tile = 32;
    for (int y0 = 0; y0 < height; y0 += tile) {
        int y1 = std::min(y0 + tile, height);
        for (int x0 = 0; x0 < width; x0 += tile) {
            int x1 = std::min(x0 + tile, width);
            for (int y = y0; y < y1; y++) {
                T* t = to + static_cast<ptrdiff_t>(y) * to_stride;
                const T* column = from + (how.flip_y ? height - 1 - y : y);
                for (int x = x0; x < x1; x++)
                    t[x] = column[static_cast<ptrdiff_t>(how.flip_x ? width - 1 - x : x) * from_stride];
            }
        }
    }
}
}  // namespace

frame_ptr orient(const AVFrame* source, const orientation& how) {
    const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(source->format));
    frame_ptr result = new_frame();
    check(av_frame_copy_props(result.get(), source), "cannot copy a frame's properties");
    result->format = source->format;
    result->width = how.transpose ? source->height : source->width;
    result->height = how.transpose ? source->width : source->height;
    if (how.transpose && source->sample_aspect_ratio.num > 0)
        result->sample_aspect_ratio = av_make_q(source->sample_aspect_ratio.den, source->sample_aspect_ratio.num);
    av_frame_remove_side_data(result.get(), AV_FRAME_DATA_DISPLAYMATRIX);
    // Turned by a quarter, fields are columns; upside down, the last row is the first, which is of the other field where their number is even.
    bool interlaced = is_interlaced(source) && !how.transpose;
    set_fields(result.get(), interlaced, interlaced && is_top_first(source) != (how.flip_y && source->height % 2 == 0));
    check(av_frame_get_buffer(result.get(), 0), "cannot allocate a frame");
    for (int i = 0; i < layout->nb_components; i++) {
        const bool chroma = i == 1 || i == 2;
        const int width = AV_CEIL_RSHIFT(result->width, chroma ? layout->log2_chroma_w : 0), height = AV_CEIL_RSHIFT(result->height, chroma ? layout->log2_chroma_h : 0);
        if (sample_bytes(source->format) == 1)
            orient_plane(source->data[i], source->linesize[i], result->data[i], result->linesize[i], width, height, how);
        else
            orient_plane(reinterpret_cast<const uint16_t*>(source->data[i]), source->linesize[i] / 2, reinterpret_cast<uint16_t*>(result->data[i]),
                         result->linesize[i] / 2, width, height, how);
    }
    return result;
}

}  // namespace fs::video
