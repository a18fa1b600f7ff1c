// swscale goes by way of YUV or rounds for some pairs of formats that differ in the places of their samples only.
#include "video_unpack.h"

#include <algorithm>
#include <vector>

namespace fs::video {

namespace {
bool is_palette(AVPixelFormat format) { return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_PAL) != 0; }

// The component of a palette's colour, which is 0xAARRGGBB in the processor's order, read as bytes.
int in_palette(int component) { return component == 3 ? 3 : 2 - component; }

template <int step>
void pick(const uint8_t* from, uint8_t* to, int width) {
    for (int x = 0; x < width; x++)
        to[x] = from[x * step];
}

// A component of whole bytes, `step` of them apart.
void pick(const uint8_t* from, int step, uint8_t* to, int width) {
    switch (step) {
    case 3: return pick<3>(from, to, width);
    case 4: return pick<4>(from, to, width);
    default:
        for (int x = 0; x < width; x++)
            to[x] = from[static_cast<ptrdiff_t>(x) * step];
    }
}
}  // namespace

AVPixelFormat planar_for(AVPixelFormat format, bool palette_alpha) {
    if (fs_format(format) >= 0 && format != AV_PIX_FMT_BGR24 && format != AV_PIX_FMT_NV12)
        return format;
    const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
    if (!d)
        throw error(FS_INVALID_DATA, "its frames have no pixel format");
    const bool alpha = is_palette(format) ? palette_alpha : has_alpha(format);
    const int32_t layout = is_rgb(format)                     ? FS_VIDEO_GBRP
                           : d->nb_components <= 2 && !alpha  ? FS_VIDEO_GRAY8
                           : d->nb_components <= 2            ? FS_VIDEO_YUV444P
                           : d->log2_chroma_w == 0            ? FS_VIDEO_YUV444P
                           : d->log2_chroma_h == 0            ? FS_VIDEO_YUV422P
                                                              : FS_VIDEO_YUV420P;
    // FFmpeg does not have every depth of every layout.
    for (int depth = std::clamp(depth_of(format), 8, 16); depth <= 16; depth++) {
        const AVPixelFormat found = find_av_format(layout | (depth > 8 ? depth << FS_VIDEO_DEPTH_SHIFT : 0) | (alpha ? FS_VIDEO_ALPHA : 0));
        if (found != AV_PIX_FMT_NONE)
            return found;
    }
    throw error(FS_INVALID_DATA, std::string("frames of the format ") + d->name + " are not read");
}

bool uses_transparent_colour(const AVFrame* frame) {
    if (!is_palette(static_cast<AVPixelFormat>(frame->format)))
        return false;
    const uint32_t* palette = reinterpret_cast<const uint32_t*>(frame->data[1]);
    for (int y = 0; y < frame->height; y++) {
        const uint8_t* row = frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0];
        if (std::any_of(row, row + frame->width, [&](uint8_t index) { return palette[index] >> 24 != 0xFF; }))
            return true;
    }
    return false;
}

bool can_unpack(AVPixelFormat from, AVPixelFormat to) {
    const AVPixFmtDescriptor *f = av_pix_fmt_desc_get(from), *t = av_pix_fmt_desc_get(to);
    const bool palette = is_palette(from);
    if ((f->flags & AV_PIX_FMT_FLAG_FLOAT) || is_rgb(from) != is_rgb(to) || std::string(f->name).rfind("xyz", 0) == 0 || f->log2_chroma_w != t->log2_chroma_w ||
        f->log2_chroma_h != t->log2_chroma_h || (!palette && f->nb_components < t->nb_components))
        return false;
    for (int i = 0; i < t->nb_components; i++)
        if ((palette ? 8 : f->comp[i].depth) != t->comp[i].depth)
            return false;
    return true;
}

frame_ptr unpack(const AVFrame* source, AVPixelFormat to) {
    const AVPixelFormat from = static_cast<AVPixelFormat>(source->format);
    const AVPixFmtDescriptor *f = av_pix_fmt_desc_get(from), *t = av_pix_fmt_desc_get(to);
    frame_ptr result = new_frame();
    check(av_frame_copy_props(result.get(), source), "cannot copy a frame's properties");
    result->format = to;
    result->width = source->width;
    result->height = source->height;
    check(av_frame_get_buffer(result.get(), 0), "cannot allocate a frame");
    const bool palette = is_palette(from), wide = t->comp[0].depth > 8;
    const uint8_t* data[4] = {source->data[0], source->data[1], source->data[2], source->data[3]};
    std::vector<uint16_t> line(source->width);
    for (int i = 0; i < t->nb_components; i++) {
        const bool chroma = !is_rgb(to) && (i == 1 || i == 2);
        const int width = chroma ? AV_CEIL_RSHIFT(source->width, t->log2_chroma_w) : source->width;
        const int height = chroma ? AV_CEIL_RSHIFT(source->height, t->log2_chroma_h) : source->height;
        const int plane = t->comp[i].plane;
        const bool bytes = !palette && !wide && f->comp[i].shift == 0 && !(f->flags & AV_PIX_FMT_FLAG_BITSTREAM);
        for (int y = 0; y < height; y++) {
            uint8_t* row = result->data[plane] + static_cast<ptrdiff_t>(y) * result->linesize[plane];
            if (bytes) {
                const AVComponentDescriptor& c = f->comp[i];
                pick(source->data[c.plane] + static_cast<ptrdiff_t>(y) * source->linesize[c.plane] + c.offset, c.step, row, width);
            } else if (wide) {
                av_read_image_line2(row, data, source->linesize, f, 0, y, i, width, 0, 2);
            } else {
                av_read_image_line2(line.data(), data, source->linesize, f, 0, y, palette ? 0 : i, width, 0, 2);
                for (int x = 0; x < width; x++)
                    row[x] = static_cast<uint8_t>(palette ? source->data[1][4 * line[x] + in_palette(i)] : line[x]);
            }
        }
    }
    return result;
}

}  // namespace fs::video
