#include "video_finish.h"

#include "video_unpack.h"

namespace fs::video {

// FFmpeg's own decoders of VP8 and VP9 pass over the alpha that WebM has beside the pictures.
const AVCodec* alpha_decoder(const AVStream* stream) {
    const AVCodecID id = stream->codecpar->codec_id;
    const AVDictionaryEntry* tag = av_dict_get(stream->metadata, "alpha_mode", nullptr, 0);
    if (!tag || tag->value[0] != '1' || (id != AV_CODEC_ID_VP8 && id != AV_CODEC_ID_VP9))
        return nullptr;
    return avcodec_find_decoder_by_name(id == AV_CODEC_ID_VP8 ? "libvpx" : "libvpx-vp9");
}

frame_ptr picture_finisher::finish(frame_ptr frame, const orientation& how) {
    if (frame->format == AV_PIX_FMT_CUDA)
        return frame;
    AVPixelFormat plain = plain_format(frame->format);
    bool bottom_up = frame->linesize[0] < 0;
    AVPixelFormat target = planar_for(plain, palette_alpha);
    if (how.transpose && layout_of(fs_format(target)) == FS_VIDEO_YUV422P)
        target = av_format(fs_format(target) - FS_VIDEO_YUV422P + FS_VIDEO_YUV444P);    // a transposed 4:2:2 has its chroma halved downwards, which no consumer knows
    if (target != plain || bottom_up) {
        // What swscale does without loss, it does faster.
        const bool simple = is_planar_yuv(target) && sample_bytes(target) == 1 && !has_alpha(target);
        int32_t matrix = frame->height < 720 ? 0 : 1;
        frame = !simple && can_unpack(plain, target) ? unpack(frame.get(), target)
                                                     : converter_.convert(frame.get(), target, frame->width, frame->height, matrix, false);
    } else if (implies_full_range(frame->format)) {
        frame->color_range = AVCOL_RANGE_JPEG;
        frame->format = plain;
    }
    if (is_rgb(frame->format)) {
        frame->colorspace = AVCOL_SPC_RGB;
        frame->color_range = AVCOL_RANGE_JPEG;
    }
    if (!how.none()) {
        // The unspecified matrix is decided by the stored height: keep that decision when rows become columns.
        int32_t matrix = matrix_of(frame.get());
        frame = orient(frame.get(), how);
        if (how.transpose && matrix_of(frame.get()) != matrix)
            frame->colorspace = matrix == 1 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    }
    return frame;
}

}  // namespace fs::video
