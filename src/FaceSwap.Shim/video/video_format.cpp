// Pixel formats of frames: FFmpeg's many against the few that frames are delivered in.
#include "video_common.h"

#include <algorithm>
#include <map>

namespace fs::video {

namespace {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
constexpr bool host_is_big = true;
#else
constexpr bool host_is_big = false;
#endif

const AVPixFmtDescriptor* descriptor(int format) { return av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format)); }

// The number of a format whose components each have a plane of their own, in whole bytes; otherwise -1.
int32_t planar_number(const AVPixFmtDescriptor* d) {
    constexpr uint64_t other = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
    const int count = d->nb_components, depth = d->comp[0].depth;
    const bool rgb = (d->flags & AV_PIX_FMT_FLAG_RGB) != 0, alpha = (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    if ((d->flags & other) || depth < 8 || depth > 16 || count == 2 || (count == 4) != alpha)
        return -1;
    if (depth > 8 && ((d->flags & AV_PIX_FMT_FLAG_BE) != 0) != host_is_big)
        return -1;
    static const int planes_of_rgb[] = {2, 0, 1, 3};
    for (int i = 0; i < count; i++) {
        const AVComponentDescriptor& c = d->comp[i];
        if (c.plane != (rgb ? planes_of_rgb[i] : i) || c.offset != 0 || c.shift != 0 || c.depth != depth || c.step != (depth > 8 ? 2 : 1))
            return -1;
    }
    const int w = d->log2_chroma_w, h = d->log2_chroma_h;
    const int32_t layout = count == 1         ? FS_VIDEO_GRAY8
                           : rgb              ? FS_VIDEO_GBRP
                           : w == 1 && h == 1 ? FS_VIDEO_YUV420P
                           : w == 1 && h == 0 ? FS_VIDEO_YUV422P
                           : w == 0 && h == 0 ? FS_VIDEO_YUV444P
                                              : -1;
    return layout < 0 ? -1 : layout | (depth > 8 ? depth << FS_VIDEO_DEPTH_SHIFT : 0) | (alpha ? FS_VIDEO_ALPHA : 0);
}

std::map<int32_t, AVPixelFormat> all_formats() {
    std::map<int32_t, AVPixelFormat> all{{FS_VIDEO_BGR24, AV_PIX_FMT_BGR24}, {FS_VIDEO_NV12, AV_PIX_FMT_NV12}, {FS_VIDEO_NV12_DEVICE, AV_PIX_FMT_CUDA}};
    for (const AVPixFmtDescriptor* d = nullptr; (d = av_pix_fmt_desc_next(d));) {
        const AVPixelFormat id = av_pix_fmt_desc_get_id(d);
        const int32_t number = planar_number(d);
        if (number >= 0 && !implies_full_range(id))
            all.emplace(number, id);
    }
    return all;
}
}  // namespace

AVPixelFormat find_av_format(int32_t format) {
    static const std::map<int32_t, AVPixelFormat> all = all_formats();
    const auto found = all.find(format);
    return found == all.end() ? AV_PIX_FMT_NONE : found->second;
}

AVPixelFormat av_format(int32_t format) {
    const AVPixelFormat found = find_av_format(format);
    if (found == AV_PIX_FMT_NONE)
        throw error(FS_INVALID_ARGUMENT, "unknown frame format " + std::to_string(format));
    return found;
}

int32_t fs_format(int format) {
    switch (const AVPixelFormat plain = plain_format(format)) {
    case AV_PIX_FMT_BGR24: return FS_VIDEO_BGR24;
    case AV_PIX_FMT_NV12: return FS_VIDEO_NV12;
    case AV_PIX_FMT_CUDA: return FS_VIDEO_NV12_DEVICE;
    default: {
        const AVPixFmtDescriptor* d = descriptor(plain);
        return d ? planar_number(d) : -1;
    }
    }
}

bool is_planar_yuv(int format) {
    const int32_t layout = layout_of(fs_format(format));
    return layout == FS_VIDEO_YUV420P || layout == FS_VIDEO_YUV422P || layout == FS_VIDEO_YUV444P;
}

bool is_rgb(int format) {
    const AVPixFmtDescriptor* d = descriptor(format);
    // XYZ is RGB to swscale, whatever its flags.
    return d && ((d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0 || std::string(d->name).rfind("xyz", 0) == 0);
}

bool is_gray(int format) {
    const AVPixFmtDescriptor* d = descriptor(format);
    return d && d->nb_components <= 2 && !(d->flags & AV_PIX_FMT_FLAG_HWACCEL) && !is_rgb(format);
}

bool has_alpha(int format) {
    const AVPixFmtDescriptor* d = descriptor(format);
    return d && (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

int depth_of(int format) {
    const AVPixFmtDescriptor* d = descriptor(format);
    int depth = 0;
    for (int i = 0; d && i < d->nb_components; i++)
        depth = std::max(depth, d->comp[i].depth);
    return depth;
}

}  // namespace fs::video
