// Decodes sound, resamples it if the encoder wants another rate, format or channel layout, and encodes it. Samples keep their times: what is missing is filled
// with silence, what overlaps is dropped.
#include "video_recode.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <cstring>

namespace fs::video {

namespace {
constexpr int tolerance_ms = 30;        // times of many containers are rounded; below this, samples simply follow each other
constexpr int64_t bits_per_channel = 96000;
constexpr int free_frame_size = 1024;   // for encoders that take any

struct swr_free {
    void operator()(SwrContext* c) const { swr_free_context(c); }
    static void swr_free_context(SwrContext* c) { ::swr_free(&c); }
};
struct fifo_free {
    void operator()(AVAudioFifo* f) const { av_audio_fifo_free(f); }
};

class layout {
public:
    layout() = default;
    explicit layout(int channels) { av_channel_layout_default(&value, channels); }
    explicit layout(const AVChannelLayout& from) {
        if (from.order == AV_CHANNEL_ORDER_UNSPEC)
            av_channel_layout_default(&value, from.nb_channels);
        else
            check(av_channel_layout_copy(&value, &from), "cannot copy a channel layout");
    }
    layout(const layout&) = delete;
    layout& operator=(const layout&) = delete;
    ~layout() { av_channel_layout_uninit(&value); }

    AVChannelLayout value{};
};

// The values of a kind that an encoder takes, up to their end mark; null: any.
const int* rates_of(const AVCodec* codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void* all = nullptr;
    return avcodec_get_supported_config(nullptr, codec, AV_CODEC_CONFIG_SAMPLE_RATE, 0, &all, nullptr) >= 0 ? static_cast<const int*>(all) : nullptr;
#else
    return codec->supported_samplerates;
#endif
}

const AVSampleFormat* formats_of(const AVCodec* codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void* all = nullptr;
    return avcodec_get_supported_config(nullptr, codec, AV_CODEC_CONFIG_SAMPLE_FORMAT, 0, &all, nullptr) >= 0 ? static_cast<const AVSampleFormat*>(all)
                                                                                                              : nullptr;
#else
    return codec->sample_fmts;
#endif
}

// The same rate, or the next higher that the encoder takes, or its highest.
int nearest_rate(const AVCodec* codec, int rate) {
    const int* all = rates_of(codec);
    if (!all)
        return rate;
    int above = 0, highest = 0;
    for (; *all; all++) {
        highest = std::max(highest, *all);
        if (*all >= rate && (above == 0 || *all < above))
            above = *all;
    }
    return above ? above : highest;
}

// Encoders in the order in which they are tried for a container.
std::vector<const char*> encoders_for(const AVOutputFormat* format) {
    std::string name = format->name;
    if (name == "webm" || name == "ogv" || name == "ogg")
        return {"libopus", "libvorbis"};
    if (name == "avi")
        return {"libmp3lame", "ac3"};
    if (name == "asf")
        return {"wmav2"};
    if (name == "mpeg" || name == "vob" || name == "svcd" || name == "dvd")
        return {"mp2"};
    return {"aac", "libmp3lame"};
}

class audio_recoder : public stream_recoder {
public:
    audio_recoder(const AVStream* from, const AVOutputFormat* to) : source_tick_(from->time_base), packet_(new_packet()), frame_(new_frame()) {
        const AVCodec* decoder = avcodec_find_decoder(from->codecpar->codec_id);
        if (!decoder || from->codecpar->sample_rate <= 0 || from->codecpar->ch_layout.nb_channels <= 0)
            throw error(FS_UNSUPPORTED, "there is no decoder for it");
        decoder_.reset(avcodec_alloc_context3(decoder));
        if (!decoder_)
            throw std::bad_alloc();
        check(avcodec_parameters_to_context(decoder_.get(), from->codecpar), "cannot set up the decoder");
        decoder_->pkt_timebase = from->time_base;
        decoder_->thread_count = 1;
        log_watch silence;
        check(avcodec_open2(decoder_.get(), decoder, nullptr), "cannot open the decoder");
        for (const char* name : encoders_for(to))
            if (const AVCodec* codec = avcodec_find_encoder_by_name(name))
                if (avformat_query_codec(to, codec->id, FF_COMPLIANCE_NORMAL) != 0 && open_encoder(codec, from->codecpar, to))
                    break;
        if (!encoder_)
            throw error(FS_UNSUPPORTED, "there is no encoder for it");
        parameters_.reset(avcodec_parameters_alloc());
        if (!parameters_)
            throw std::bad_alloc();
        check(avcodec_parameters_from_context(parameters_.get(), encoder_.get()), "cannot describe the sound");
        fifo_.reset(av_audio_fifo_alloc(encoder_->sample_fmt, encoder_->ch_layout.nb_channels, 4096));
        if (!fifo_)
            throw std::bad_alloc();
    }

    const AVCodecParameters* parameters() const override { return parameters_.get(); }
    AVRational tick() const override { return {1, encoder_->sample_rate}; }

    void take(const AVPacket* packet, const cut_list& cuts, const packet_taker& made) override {
        log_watch silence;
        int code = avcodec_send_packet(decoder_.get(), packet);
        if (code == AVERROR(ENOMEM))
            throw std::bad_alloc();
        if (code < 0 && code != AVERROR_EOF)
            failed_++;
        for (;;) {
            code = avcodec_receive_frame(decoder_.get(), frame_.get());
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
                break;
            if (code == AVERROR(ENOMEM))
                throw std::bad_alloc();
            if (code < 0) {
                failed_++;
                continue;
            }
            add(frame_.get(), cuts, made);
            av_frame_unref(frame_.get());
        }
        if (!packet)
            finish(made);
    }

private:
    bool open_encoder(const AVCodec* codec, const AVCodecParameters* source, const AVOutputFormat* to) {
        const AVSampleFormat* formats = formats_of(codec);
        layout same(source->ch_layout), usual(source->ch_layout.nb_channels), stereo(2), mono(1);
        for (const layout* l : {&same, &usual, &stereo, &mono}) {
            codec_ptr e(avcodec_alloc_context3(codec));
            if (!e)
                throw std::bad_alloc();
            e->sample_rate = nearest_rate(codec, source->sample_rate);
            e->sample_fmt = formats ? formats[0] : AV_SAMPLE_FMT_FLTP;
            check(av_channel_layout_copy(&e->ch_layout, &l->value), "cannot copy a channel layout");
            int channels = l->value.nb_channels;
            e->bit_rate = codec->id == AV_CODEC_ID_AC3 ? (channels <= 2 ? 192000 : 448000) : std::min(channels, 4) * bits_per_channel;
            if (channels > 4 && codec->id != AV_CODEC_ID_AC3)
                e->bit_rate = channels * bits_per_channel * 3 / 4;
            e->time_base = {1, e->sample_rate};
            e->thread_count = 1;
            e->flags |= AV_CODEC_FLAG_BITEXACT;     // the same sound gives the same file
            if (to->flags & AVFMT_GLOBALHEADER)
                e->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
            if (avcodec_open2(e.get(), codec, nullptr) >= 0) {
                encoder_ = std::move(e);
                return true;
            }
        }
        return false;
    }

    void set_up_resampler(const AVFrame* frame) {
        layout in(frame->ch_layout);
        bool same = resampler_ && rate_ == frame->sample_rate && format_ == frame->format && av_channel_layout_compare(&in.value, &in_.value) == 0;
        if (same)
            return;
        if (resampler_) {
            convert(nullptr, 0);
            have_ = av_rescale(have_, frame->sample_rate, rate_);
        }
        SwrContext* raw = nullptr;
        check(swr_alloc_set_opts2(&raw, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate, &in.value,
                                  static_cast<AVSampleFormat>(frame->format), frame->sample_rate, 0, nullptr),
              "cannot set up the resampler");
        resampler_.reset(raw);
        check(swr_init(raw), "the resampler does not start");
        rate_ = frame->sample_rate;
        format_ = frame->format;
        check(av_channel_layout_copy(&in_.value, &in.value), "cannot copy a channel layout");
    }

    // The parts of a frame that are kept go where they belong.
    void add(const AVFrame* frame, const cut_list& cuts, const packet_taker& made) {
        set_up_resampler(frame);
        int64_t pts = frame->best_effort_timestamp != AV_NOPTS_VALUE ? frame->best_effort_timestamp : frame->pts;
        AVRational sample{1, rate_};
        int64_t first = pts == AV_NOPTS_VALUE ? (seen_ == AV_NOPTS_VALUE ? 0 : seen_) : av_rescale_q(pts, source_tick_, sample);
        // Rounded times would tear samples at the edges of what is left out: as long as they agree, the count of samples says where a frame is.
        if (seen_ != AV_NOPTS_VALUE && std::abs(first - seen_) <= int64_t{tolerance_ms} * rate_ / 1000)
            first = seen_;
        seen_ = first + frame->nb_samples;
        auto us = [&](int64_t at) { return av_rescale_q(at, sample, AV_TIME_BASE_Q); };
        for (const cut_list::piece& p : cuts.pieces(us(first), us(seen_))) {
            int64_t from = std::clamp<int64_t>(av_rescale_q(p.start, AV_TIME_BASE_Q, sample) - first, 0, frame->nb_samples);
            int64_t to = std::clamp<int64_t>(av_rescale_q(p.end, AV_TIME_BASE_Q, sample) - first, 0, frame->nb_samples);
            int64_t moved = av_rescale_q(p.start - p.placed, AV_TIME_BASE_Q, sample);
            put(frame, from, to, first + from - moved, made);
        }
    }

    // Samples [from, to) of a frame, which belong at `place` of the output.
    void put(const AVFrame* frame, int64_t from, int64_t to, int64_t place, const packet_taker& made) {
        if (have_ == AV_NOPTS_VALUE) {
            have_ = place;
            next_ = av_rescale(place, encoder_->sample_rate, rate_);
        }
        int64_t missing = place - have_, tolerance = int64_t{tolerance_ms} * rate_ / 1000;
        if (missing > tolerance)
            fill(missing, made);
        else if (missing < -tolerance)
            from -= missing;
        if (from >= to)
            return;
        bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(format_));
        int channels = in_.value.nb_channels;
        int bytes = av_get_bytes_per_sample(static_cast<AVSampleFormat>(format_)) * (planar ? 1 : channels);
        std::vector<const uint8_t*> planes(planar ? channels : 1);
        for (size_t i = 0; i < planes.size(); i++)
            planes[i] = frame->extended_data[i] + from * bytes;
        convert(planes.data(), static_cast<int>(to - from));
        have_ += to - from;
        encode(made, false);
    }

    void fill(int64_t samples, const packet_taker& made) {
        frame_ptr silent = new_frame();
        silent->format = format_;
        silent->sample_rate = rate_;
        silent->nb_samples = static_cast<int>(std::min<int64_t>(samples, rate_));
        check(av_channel_layout_copy(&silent->ch_layout, &in_.value), "cannot copy a channel layout");
        check(av_frame_get_buffer(silent.get(), 0), "cannot hold silence");
        check(av_samples_set_silence(silent->extended_data, 0, silent->nb_samples, in_.value.nb_channels, static_cast<AVSampleFormat>(format_)),
              "cannot make silence");
        for (; samples > 0; samples -= silent->nb_samples) {
            int now = static_cast<int>(std::min<int64_t>(samples, silent->nb_samples));
            convert(const_cast<const uint8_t**>(silent->extended_data), now);
            have_ += now;
            encode(made, false);
            if (now < silent->nb_samples)
                break;
        }
    }

    // Resamples into the queue; null takes what the resampler holds back.
    void convert(const uint8_t* const* planes, int samples) {
        int most = swr_get_out_samples(resampler_.get(), samples);
        if (most <= 0)
            return;
        frame_ptr out = encoder_frame(most);
        int made = check(swr_convert(resampler_.get(), out->extended_data, most, const_cast<const uint8_t**>(planes), samples), "sound cannot be resampled");
        check(av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(out->extended_data), made), "cannot hold sound");
    }

    frame_ptr encoder_frame(int samples) {
        frame_ptr frame = new_frame();
        frame->format = encoder_->sample_fmt;
        frame->sample_rate = encoder_->sample_rate;
        frame->nb_samples = samples;
        check(av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout), "cannot copy a channel layout");
        check(av_frame_get_buffer(frame.get(), 0), "cannot hold sound");
        return frame;
    }

    void encode(const packet_taker& made, bool all) {
        int size = encoder_->frame_size > 0 ? encoder_->frame_size : free_frame_size;
        for (int have; (have = av_audio_fifo_size(fifo_.get())) >= size || (all && have > 0);) {
            frame_ptr frame = encoder_frame(std::min(have, size));
            check(av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->extended_data), frame->nb_samples), "cannot hold sound");
            frame->pts = next_;
            next_ += frame->nb_samples;
            check(avcodec_send_frame(encoder_.get(), frame.get()), "the encoder of the sound failed");
            drain(made);
        }
    }

    void drain(const packet_taker& made) {
        for (;;) {
            int code = avcodec_receive_packet(encoder_.get(), packet_.get());
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
                return;
            check(code, "the encoder of the sound failed");
            made(packet_.get());
            av_packet_unref(packet_.get());
        }
    }

    void finish(const packet_taker& made) {
        if (!resampler_)
            return;
        convert(nullptr, 0);
        encode(made, true);
        check(avcodec_send_frame(encoder_.get(), nullptr), "the encoder of the sound failed");
        drain(made);
    }

    AVRational source_tick_;
    codec_ptr decoder_, encoder_;
    parameters_ptr parameters_;
    packet_ptr packet_;
    frame_ptr frame_;
    std::unique_ptr<SwrContext, swr_free> resampler_;
    std::unique_ptr<AVAudioFifo, fifo_free> fifo_;
    layout in_;
    int rate_ = 0, format_ = AV_SAMPLE_FMT_NONE;
    int64_t seen_ = AV_NOPTS_VALUE;     // end of the last frame, in samples of the source
    int64_t have_ = AV_NOPTS_VALUE;     // end of what was put, in samples of the source at its place in the output
    int64_t next_ = 0;                  // time of the next sample for the encoder
};
}  // namespace

std::unique_ptr<stream_recoder> recode_audio(const AVStream* from, const AVOutputFormat* to) {
    try {
        return std::make_unique<audio_recoder>(from, to);
    } catch (const error&) {
        return nullptr;
    }
}

}  // namespace fs::video
