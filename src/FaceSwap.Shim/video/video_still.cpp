// Encodes single frames as JPEG (with FFmpeg's quality scale) or PNG, as `ffmpeg -qscale:v N` does.
#include "video_convert.h"

namespace fs::video {
namespace {

class still {
public:
    still(bool png, double quality) : png_(png), quality_(quality), packet_(new_packet()) { quiet_log(); }

    const AVPacket* encode(const AVFrame* source) {
        AVPixelFormat format = png_ ? png_format(source->format) : jpeg_format(source->format);
        if (!encoder_ || encoder_->width != source->width || encoder_->height != source->height || encoder_->pix_fmt != format)
            open(source->width, source->height, format);
        frame_ptr frame = full_range(source, format);
        frame->format = format;
        frame->pts = number_++;  // the encoder stays open and refuses a time that does not grow
        frame->pict_type = AV_PICTURE_TYPE_NONE;
        frame->quality = encoder_->global_quality;
        av_packet_unref(packet_.get());
        check(avcodec_send_frame(encoder_.get(), frame.get()), "cannot encode an image");
        check(avcodec_receive_packet(encoder_.get(), packet_.get()), "cannot encode an image");
        return packet_.get();
    }

private:
    // As many bits as the frame has, and its alpha.
    static AVPixelFormat png_format(int source) {
        const bool deep = depth_of(source) > 8;
        return has_alpha(source) ? deep ? AV_PIX_FMT_RGBA64BE : AV_PIX_FMT_RGBA : deep ? AV_PIX_FMT_RGB48BE : AV_PIX_FMT_RGB24;
    }

    static AVPixelFormat jpeg_format(int source) {
        const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(source));
        return is_gray(source) || !d || d->log2_chroma_h > 0 ? AV_PIX_FMT_YUVJ420P : d->log2_chroma_w > 0 ? AV_PIX_FMT_YUVJ422P : AV_PIX_FMT_YUVJ444P;
    }

    // JPEG is full range BT.601.
    frame_ptr full_range(const AVFrame* source, AVPixelFormat format) {
        if (plain_format(source->format) == plain_format(format) && range_of(source) == 1 && matrix_of(source) == 0) {
            frame_ptr same = new_frame();
            check(av_frame_ref(same.get(), source), "cannot refer to a frame");
            return same;
        }
        return converter_.convert_to(source, plain_format(format), source->width, source->height, 0, true);
    }

    void open(int width, int height, AVPixelFormat format) {
        const AVCodec* codec = avcodec_find_encoder(png_ ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG);
        if (!codec)
            throw error(FS_NOT_FOUND, std::string("the installed FFmpeg has no encoder for ") + (png_ ? "PNG" : "JPEG"));
        encoder_.reset(avcodec_alloc_context3(codec));
        if (!encoder_)
            throw std::bad_alloc();
        encoder_->width = width;
        encoder_->height = height;
        encoder_->pix_fmt = format;
        encoder_->time_base = {1, 25};
        encoder_->thread_count = 1;         // a frame in, an image out
        encoder_->color_range = png_ ? AVCOL_RANGE_UNSPECIFIED : AVCOL_RANGE_JPEG;
        if (!png_) {
            encoder_->flags |= AV_CODEC_FLAG_QSCALE;
            encoder_->global_quality = static_cast<int>(FF_QP2LAMBDA * quality_);
        }
        check(avcodec_open2(encoder_.get(), codec, nullptr), "cannot open the image encoder");
    }

    bool png_;
    double quality_;
    int64_t number_ = 0;
    codec_ptr encoder_;
    packet_ptr packet_;
    converter converter_;
};

}  // namespace
}  // namespace fs::video

using fs::video::still;

// An encoder of single images: PNG, or JPEG at `quality` on FFmpeg's scale, 1 (best) to 31.
FS_EXPORT fs_status fs_video_still_new(int32_t png, double quality, void** result) {
    return fs::guard("fs_video_still_new", [&] {
        *result = new still(png != 0, quality);
        return FS_OK;
    });
}

FS_EXPORT void fs_video_still_free(void* self) { delete static_cast<still*>(self); }

// The image file's bytes, valid until the next call on this object.
FS_EXPORT fs_status fs_video_still_encode(void* self, const AVFrame* frame, const uint8_t** data, int32_t* size) {
    return fs::guard("fs_video_still_encode", [&] {
        const AVPacket* packet = static_cast<still*>(self)->encode(frame);
        *data = packet->data;
        *size = packet->size;
        return FS_OK;
    });
}
