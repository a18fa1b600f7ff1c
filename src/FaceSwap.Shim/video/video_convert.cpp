#include "video_convert.h"

#include "video_fields.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fs::video {

namespace {
int chroma_rows(AVPixelFormat format) { return av_pix_fmt_desc_get(format)->log2_chroma_h; }

const int* coefficients(int32_t matrix) {
    return sws_getCoefficients(matrix == 2 ? SWS_CS_BT2020 : matrix == 1 ? SWS_CS_ITU709 : SWS_CS_ITU601);
}
}  // namespace

frame_ptr converter::convert(const AVFrame* source, AVPixelFormat format, int width, int height, int32_t rgb_matrix, bool rgb_full) {
    bool from_rgb = is_rgb(plain_format(source->format)) && !is_rgb(format);
    return convert_to(source, format, width, height, from_rgb ? rgb_matrix : matrix_of(source), from_rgb ? rgb_full : range_of(source) == 1);
}

void converter::convert_into(const AVFrame* source, AVPixelFormat format, int width, int height, int32_t matrix, bool full, uint8_t* const* data,
                             const int* stride) {
    AVPixelFormat from = plain_format(source->format);
    bool from_rgb = is_rgb(from), to_rgb = is_rgb(format);
    int32_t from_matrix = matrix_of(source), from_range = from_rgb ? 1 : range_of(source), to_range = to_rgb || full ? 1 : 0;
    // swscale takes grey for full range whatever it is told: between equal ranges that is harmless, otherwise the grey samples
    // become the luma of a picture without colour first.
    if (is_gray(from) && !to_rgb && from_range == to_range) {
        from_range = to_range = 1;
    } else if (layout_of(fs_format(from)) == FS_VIDEO_GRAY8 && from_range == 0) {
        convert_into(gray_to_yuv(source, av_format(fs_format(from) - FS_VIDEO_GRAY8 + FS_VIDEO_YUV420P)).get(), format, width, height, matrix, full, data, stride);
        return;
    }

    int key[10] = {source->width, source->height, from, width, height, format, from_matrix, matrix, from_range, to_range};
    if (!context_ || std::memcmp(key, key_, sizeof key) != 0) {
        int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT;
        // The ranges must be known before initialisation: that is when swscale decides whether plain copying will do.
        context_.reset(sws_alloc_context());
        if (!context_)
            throw std::bad_alloc();
        const std::pair<const char*, int> settings[] = {
            {"srcw", source->width}, {"srch", source->height}, {"src_format", from},         {"dstw", width},          {"dsth", height},
            {"dst_format", format},  {"sws_flags", flags},     {"src_range", from_range},    {"dst_range", to_range},
        };
        for (const auto& [name, value] : settings)
            check(av_opt_set_int(context_.get(), name, value, 0), std::string("swscale has no setting ") + name);
        if (sws_init_context(context_.get(), nullptr, nullptr) < 0)
            throw error(FS_INVALID_DATA, std::string("frames of the format ") + av_get_pix_fmt_name(from) + " cannot be converted to " +
                                             av_get_pix_fmt_name(format));
        sws_setColorspaceDetails(context_.get(), coefficients(from_matrix), from_range, coefficients(matrix), to_range, 0, 1 << 16, 1 << 16);
        std::memcpy(key_, key, sizeof key);
    }
    if (sws_scale(context_.get(), source->data, source->linesize, 0, source->height, data, stride) <= 0)
        throw error(FS_INTERNAL, "swscale did not convert a frame");
}

frame_ptr converter::convert_to(const AVFrame* source, AVPixelFormat format, int width, int height, int32_t matrix, bool full) {
    frame_ptr result = new_frame();
    check(av_frame_copy_props(result.get(), source), "cannot copy a frame's properties");
    result->format = format;
    result->width = width;
    result->height = height;
    check(av_frame_get_buffer(result.get(), 0), "cannot allocate a frame");
    // Rows of the two fields are of different moments: where rows are mixed, each field is a picture of its own.
    bool mixes_rows = height != source->height || chroma_rows(plain_format(source->format)) != chroma_rows(format);
    if (is_interlaced(source) && mixes_rows && has_equal_fields(plain_format(source->format), source->height) && has_equal_fields(format, height)) {
        for (bool bottom : {false, true}) {
            AVFrame from = field_view(source, bottom), to = field_view(result.get(), bottom);
            convert_into(&from, format, width, height / 2, matrix, full, to.data, to.linesize);
        }
    } else {
        convert_into(source, format, width, height, matrix, full, result->data, result->linesize);
    }
    if (!is_rgb(format)) {
        result->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        if (is_rgb(plain_format(source->format)) || matrix_of(source) != matrix)
            result->colorspace = matrix == 2 ? AVCOL_SPC_BT2020_NCL : matrix == 1 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    }
    return result;
}

frame_ptr pad(const AVFrame* source, int width, int height) {
    const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(source->format));
    frame_ptr result = new_frame();
    check(av_frame_copy_props(result.get(), source), "cannot copy a frame's properties");
    result->format = source->format;
    result->width = width;
    result->height = height;
    check(av_frame_get_buffer(result.get(), 0), "cannot allocate a frame");
    const size_t bytes = sample_bytes(source->format);
    for (int i = 0; i < layout->nb_components; i++) {
        // Planes 1 and 2 are chroma, or of RGB, which has no shifts.
        int shift_x = i == 1 || i == 2 ? layout->log2_chroma_w : 0, shift_y = i == 1 || i == 2 ? layout->log2_chroma_h : 0;
        int from_w = AV_CEIL_RSHIFT(source->width, shift_x), from_h = AV_CEIL_RSHIFT(source->height, shift_y);
        int to_w = AV_CEIL_RSHIFT(width, shift_x), to_h = AV_CEIL_RSHIFT(height, shift_y);
        for (int y = 0; y < to_h; y++) {
            const uint8_t* s = source->data[i] + static_cast<ptrdiff_t>(std::min(y, from_h - 1)) * source->linesize[i];
            uint8_t* t = result->data[i] + static_cast<ptrdiff_t>(y) * result->linesize[i];
            std::memcpy(t, s, from_w * bytes);
            for (int x = from_w; x < to_w; x++)
                std::memcpy(t + x * bytes, s + (from_w - 1) * bytes, bytes);
        }
    }
    return result;
}

frame_ptr gray_to_yuv(const AVFrame* source, AVPixelFormat format) {
    const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(format);
    frame_ptr result = new_frame();
    check(av_frame_copy_props(result.get(), source), "cannot copy a frame's properties");
    result->format = format;
    result->width = source->width;
    result->height = source->height;
    check(av_frame_get_buffer(result.get(), 0), "cannot allocate a frame");
    const int bytes = sample_bytes(format);
    av_image_copy_plane(result->data[0], result->linesize[0], source->data[0], source->linesize[0], source->width * bytes, source->height);
    for (int i = 1; i < 3; i++) {
        const int width = AV_CEIL_RSHIFT(source->width, layout->log2_chroma_w), height = AV_CEIL_RSHIFT(source->height, layout->log2_chroma_h);
        for (int y = 0; y < height; y++) {
            uint8_t* row = result->data[i] + static_cast<ptrdiff_t>(y) * result->linesize[i];
            if (bytes == 1)
                std::memset(row, 128, width);
            else
                std::fill_n(reinterpret_cast<uint16_t*>(row), width, static_cast<uint16_t>(1 << (layout->comp[0].depth - 1)));
        }
    }
    return result;
}

}  // namespace fs::video
