#include "video_fields.h"

#include "video_signal.h"

#include <algorithm>
#include <cstring>

namespace fs::video {

namespace {
char unknown_fields;    // its address in a frame's `opaque`, which FFmpeg copies with the properties

bool names(const char* name, std::initializer_list<const char*> all) {
    return std::any_of(all.begin(), all.end(), [&](const char* n) { return std::strcmp(n, name) == 0; });
}

bool is_x264(const AVCodec* codec) { return names(codec->name, {"libx264", "libx264rgb"}); }
}  // namespace

bool is_interlaced(const AVFrame* frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return frame->interlaced_frame != 0;
#endif
}

bool is_top_first(const AVFrame* frame) {
#ifdef AV_FRAME_FLAG_TOP_FIELD_FIRST
    return (frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
    return frame->top_field_first != 0;
#endif
}

void set_fields(AVFrame* frame, bool interlaced, bool top_first) {
#ifdef AV_FRAME_FLAG_INTERLACED
    frame->flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
    frame->flags |= (interlaced ? AV_FRAME_FLAG_INTERLACED : 0) | (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
    frame->interlaced_frame = interlaced;
    frame->top_field_first = top_first;
#endif
}

void mark_fields_unknown(AVFrame* frame) { frame->opaque = &unknown_fields; }

bool are_fields_known(const AVFrame* frame) { return frame->opaque != &unknown_fields; }

AVFieldOrder fields_of(AVFieldOrder header, const AVFrame* first, bool upside_down) {
    // A plain order in the header holds for the stream, and each frame keeps its own mark beside it: H.264 says both apart, and encoders that mean one thing write two. The
    // orders in which fields are stored one way and shown the other are written by programs in either sense: there the frame knows better.
    bool plain = header == AV_FIELD_TT || header == AV_FIELD_BB;
    if (!plain && is_interlaced(first))
        return is_top_first(first) ? AV_FIELD_TT : AV_FIELD_BB;
    bool top = header == AV_FIELD_TT || header == AV_FIELD_BT, bottom = header == AV_FIELD_BB || header == AV_FIELD_TB;
    if (!top && !bottom)
        return AV_FIELD_PROGRESSIVE;
    // The frame's own mark was turned with it; the header's was not.
    return (upside_down && first->height % 2 == 0) != top ? AV_FIELD_TT : AV_FIELD_BB;
}

bool can_interlace(const AVCodec* codec, const AVOutputFormat* format) {
    // Coded as interlaced, or marked in each frame.
    if (is_x264(codec) || names(codec->name, {"mpeg2video", "mpeg4", "prores", "prores_aw", "prores_ks", "dnxhd", "h264_nvenc", "ffv1", "dvvideo"}))
        return true;
    // Coded without prediction between rows that a field would disturb much; the container says it.
    return names(codec->name, {"ffvhuff", "huffyuv", "utvideo", "rawvideo", "v210", "v308", "v408", "v410", "yuv4", "png", "qtrle", "jpeg2000", "libopenjpeg"}) &&
           names(format->name, {"mov", "matroska"});
}

void code_fields(AVCodecContext* e, const AVCodec* codec, AVFieldOrder order) {
    e->field_order = order;
    e->flags |= AV_CODEC_FLAG_INTERLACED_DCT;
    if (is_x264(codec) || names(codec->name, {"mpeg2video", "mpeg4"}))
        e->flags |= AV_CODEC_FLAG_INTERLACED_ME;
    if (is_x264(codec))
        set_parameter(e, "x264-params", order == AV_FIELD_TT ? "tff" : "bff", "1");
}

AVFrame field_view(const AVFrame* frame, bool bottom) {
    AVFrame view = *frame;
    view.height = frame->height / 2;
    for (int i = 0; i < 4 && frame->data[i]; i++) {
        view.data[i] = frame->data[i] + (bottom ? frame->linesize[i] : 0);
        view.linesize[i] = frame->linesize[i] * 2;
    }
    return view;
}

bool has_equal_fields(AVPixelFormat format, int height) {
    const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(format);
    return layout && !(layout->flags & AV_PIX_FMT_FLAG_PAL) && height % (2 << layout->log2_chroma_h) == 0;
}

}  // namespace fs::video
