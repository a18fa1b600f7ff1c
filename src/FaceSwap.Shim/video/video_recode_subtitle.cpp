// Text subtitles from one format to another, by way of FFmpeg's common form (ASS).
#include "video_recode.h"

#include <cstring>

namespace fs::video {

namespace {
constexpr int most_bytes = 1 << 20;     // of one subtitle

struct subtitle {
    AVSubtitle value{};
    ~subtitle() { avsubtitle_free(&value); }
};

// The text format that a container is known for.
AVCodecID text_format(const AVOutputFormat* format) {
    std::string name = format->name;
    if (name == "matroska")
        return AV_CODEC_ID_SUBRIP;
    if (name == "webm")
        return AV_CODEC_ID_WEBVTT;
    return name == "mp4" || name == "mov" || name == "ipod" || name == "3gp" || name == "psp" ? AV_CODEC_ID_MOV_TEXT : AV_CODEC_ID_NONE;
}

class subtitle_recoder : public stream_recoder {
public:
    subtitle_recoder(const AVStream* from, AVCodecID to) : tick_(from->time_base), packet_(new_packet()), bytes_(most_bytes) {
        const AVCodec* decoder = avcodec_find_decoder(from->codecpar->codec_id);
        const AVCodec* encoder = avcodec_find_encoder(to);
        if (!decoder || !encoder)
            throw error(FS_UNSUPPORTED, "there is no decoder or encoder for it");
        decoder_.reset(avcodec_alloc_context3(decoder));
        encoder_.reset(avcodec_alloc_context3(encoder));
        if (!decoder_ || !encoder_)
            throw std::bad_alloc();
        check(avcodec_parameters_to_context(decoder_.get(), from->codecpar), "cannot set up the decoder");
        decoder_->pkt_timebase = from->time_base;
        log_watch silence;
        check(avcodec_open2(decoder_.get(), decoder, nullptr), "cannot open the decoder");
        encoder_->time_base = AV_TIME_BASE_Q;
        if (decoder_->subtitle_header_size > 0) {
            encoder_->subtitle_header = static_cast<uint8_t*>(av_mallocz(decoder_->subtitle_header_size + 1));
            if (!encoder_->subtitle_header)
                throw std::bad_alloc();
            std::memcpy(encoder_->subtitle_header, decoder_->subtitle_header, decoder_->subtitle_header_size);
            encoder_->subtitle_header_size = decoder_->subtitle_header_size;
        }
        check(avcodec_open2(encoder_.get(), encoder, nullptr), "cannot open the encoder");
        parameters_.reset(avcodec_parameters_alloc());
        if (!parameters_)
            throw std::bad_alloc();
        check(avcodec_parameters_from_context(parameters_.get(), encoder_.get()), "cannot describe the subtitles");
    }

    const AVCodecParameters* parameters() const override { return parameters_.get(); }
    AVRational tick() const override { return tick_; }

    void take(const AVPacket* packet, const cut_list&, const packet_taker& made) override {
        if (!packet || packet->size == 0)
            return;
        log_watch silence;
        subtitle text;
        int got = 0;
        if (avcodec_decode_subtitle2(decoder_.get(), &text.value, &got, const_cast<AVPacket*>(packet)) < 0) {
            failed_++;
            return;
        }
        if (!got || text.value.num_rects == 0)
            return;     // formats that must say so say with such packets that nothing is shown
        text.value.pts = packet->pts == AV_NOPTS_VALUE ? 0 : av_rescale_q(packet->pts, tick_, AV_TIME_BASE_Q);
        int64_t length = packet->duration;
        if (length <= 0 && text.value.end_display_time != UINT32_MAX)
            length = av_rescale_q(text.value.end_display_time, {1, 1000}, tick_);
        text.value.start_display_time = 0;
        text.value.end_display_time = static_cast<uint32_t>(av_rescale_q(length, tick_, {1, 1000}));
        int size = avcodec_encode_subtitle(encoder_.get(), bytes_.data(), most_bytes, &text.value);
        if (size < 0)
            failed_++;
        if (size <= 0)
            return;
        check(av_new_packet(packet_.get(), size), "cannot hold a subtitle");
        std::memcpy(packet_->data, bytes_.data(), size);
        packet_->pts = packet->pts;
        packet_->dts = packet->pts;
        packet_->duration = length;
        packet_->flags |= AV_PKT_FLAG_KEY;
        made(packet_.get());
        av_packet_unref(packet_.get());
    }

private:
    AVRational tick_;
    codec_ptr decoder_, encoder_;
    parameters_ptr parameters_;
    packet_ptr packet_;
    std::vector<uint8_t> bytes_;
};
}  // namespace

std::unique_ptr<stream_recoder> recode_subtitle(const AVStream* from, const AVOutputFormat* to) {
    const AVCodecDescriptor* description = avcodec_descriptor_get(from->codecpar->codec_id);
    AVCodecID format = text_format(to);
    // Captions of 608 have no times of their own until the next one comes.
    bool text = description && description->props & AV_CODEC_PROP_TEXT_SUB && description->id != AV_CODEC_ID_EIA_608;
    if (!text || format == AV_CODEC_ID_NONE)
        return nullptr;
    try {
        return std::make_unique<subtitle_recoder>(from, format);
    } catch (const error&) {
        return nullptr;
    }
}

}  // namespace fs::video
