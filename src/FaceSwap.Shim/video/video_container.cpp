#include "video_container.h"
#include "video_rate.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace fs::video {

namespace {
struct output_free {
    void operator()(AVFormatContext* c) const {
        if (c->pb) {
            uint8_t* bytes = nullptr;
            avio_close_dyn_buf(c->pb, &bytes);
            av_free(bytes);
            c->pb = nullptr;
        }
        avformat_free_context(c);
    }
};
using output_ptr = std::unique_ptr<AVFormatContext, output_free>;

output_ptr output_in_memory(const AVOutputFormat* format) {
    AVFormatContext* raw = nullptr;
    check(avformat_alloc_output_context2(&raw, const_cast<AVOutputFormat*>(format), nullptr, nullptr), "cannot set up a container");
    output_ptr output(raw);
    check(avio_open_dyn_buf(&raw->pb), "cannot hold a header");
    return output;
}

AVStream* new_stream(AVFormatContext* in) {
    AVStream* stream = avformat_new_stream(in, nullptr);
    if (!stream)
        throw std::bad_alloc();
    return stream;
}
}  // namespace

uint32_t fitting_tag(const AVOutputFormat* format, const AVCodecParameters* parameters) {
    if (!format->codec_tag || av_codec_get_id(format->codec_tag, parameters->codec_tag) == parameters->codec_id)
        return parameters->codec_tag;
    unsigned tag = 0;
    return av_codec_get_tag2(format->codec_tag, parameters->codec_id, &tag) ? 0 : parameters->codec_tag;
}

void copy_stream_properties(AVStream* to, const AVStream* from) {
    check(avcodec_parameters_copy(to->codecpar, from->codecpar), "cannot copy a stream's parameters");
    to->time_base = from->time_base;
    to->disposition = from->disposition;
    to->sample_aspect_ratio = from->sample_aspect_ratio;
    to->avg_frame_rate = from->avg_frame_rate;
    av_dict_copy(&to->metadata, from->metadata, 0);
}

container_trial::container_trial(const AVOutputFormat* format) : format_(format), all_(avformat_alloc_context()) {
    if (!all_)
        throw std::bad_alloc();
}

bool container_trial::add(const AVStream* stream, const AVCodecParameters* as) {
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT && std::strcmp(format_->name, "matroska") != 0)
        return false;       // other muxers write a track without content
    // Streams cannot be taken out again: one that was refused is overwritten by the next.
    AVStream* slot = taken_ < all_->nb_streams ? all_->streams[taken_] : new_stream(all_.get());
    av_dict_free(&slot->metadata);
    copy_stream_properties(slot, stream);
    if (as) {
        check(avcodec_parameters_copy(slot->codecpar, as), "cannot copy a stream's parameters");
        slot->codecpar->codec_tag = 0;
    } else {
        slot->codecpar->codec_tag = fitting_tag(format_, stream->codecpar);
    }
    if (!writes_header())
        return false;
    taken_++;
    return true;
}

bool container_trial::writes_header() const {
    output_ptr output = output_in_memory(format_);
    for (unsigned i = 0; i <= taken_; i++)
        copy_stream_properties(new_stream(output.get()), all_->streams[i]);
    log_watch silence;
    return avformat_write_header(output.get(), nullptr) >= 0;
}

namespace {
bool is_pcm(AVCodecID codec) { return codec >= AV_CODEC_ID_FIRST_AUDIO && codec < AV_CODEC_ID_ADPCM_IMA_QT; }

// Whether sound of this coding is heard again, in time, from a container whose muxer writes more than that. PCM goes by the muxer's own list.
bool is_usual_sound(const std::string& container, AVCodecID codec) {
    static const std::initializer_list<AVCodecID> avi = {AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3, AV_CODEC_ID_AAC},
        asf = {AV_CODEC_ID_WMAV1, AV_CODEC_ID_WMAV2, AV_CODEC_ID_WMAPRO, AV_CODEC_ID_WMALOSSLESS, AV_CODEC_ID_WMAVOICE, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3, AV_CODEC_ID_AAC},
        mov = {AV_CODEC_ID_AAC, AV_CODEC_ID_ALAC, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3, AV_CODEC_ID_AMR_NB, AV_CODEC_ID_AMR_WB,
               AV_CODEC_ID_ADPCM_IMA_QT, AV_CODEC_ID_MACE3, AV_CODEC_ID_MACE6, AV_CODEC_ID_QCELP, AV_CODEC_ID_QDM2, AV_CODEC_ID_QDMC, AV_CODEC_ID_GSM};
    const auto& known = container == "avi" ? avi : container == "asf" ? asf : mov;
    return is_pcm(codec) || std::find(known.begin(), known.end(), codec) != known.end();
}
}  // namespace

bool is_unusual(const AVOutputFormat* format, AVCodecID codec) {
    std::string name = format->name;
    auto none_of = [codec](std::initializer_list<AVCodecID> known) { return std::find(known.begin(), known.end(), codec) == known.end(); };
    AVMediaType type = avcodec_get_type(codec);
    // Their muxers write whatever is no sound, timecodes for example, as a video or as a stream of no kind.
    if ((name == "asf" || name == "avi" || name == "flv") && type != AVMEDIA_TYPE_AUDIO && type != AVMEDIA_TYPE_VIDEO)
        return !(name == "avi" && codec == AV_CODEC_ID_XSUB) && !(name == "flv" && codec == AV_CODEC_ID_TEXT);
    if ((name == "avi" || name == "asf" || name == "mov") && type == AVMEDIA_TYPE_AUDIO)
        return !is_usual_sound(name, codec);
    if (name == "mp4" || name == "ipod" || name == "3gp" || name == "psp")
        return is_pcm(codec);
    if (name == "mpegts")       // all others become private data without a name
        return none_of({AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_DIRAC,
                        AV_CODEC_ID_VC1, AV_CODEC_ID_CAVS, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AAC, AV_CODEC_ID_AAC_LATM, AV_CODEC_ID_AC3,
                        AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS, AV_CODEC_ID_TRUEHD, AV_CODEC_ID_OPUS, AV_CODEC_ID_S302M, AV_CODEC_ID_DVB_SUBTITLE,
                        AV_CODEC_ID_DVB_TELETEXT, AV_CODEC_ID_SMPTE_KLV, AV_CODEC_ID_TIMED_ID3});
    if (name == "matroska")     // these need a depth, which is not written of them
        return codec == AV_CODEC_ID_QTRLE || codec == AV_CODEC_ID_SMC || codec == AV_CODEC_ID_8BPS;
    if (name == "mpeg" && type == AVMEDIA_TYPE_AUDIO)
        return none_of({AV_CODEC_ID_MP1, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AC3, AV_CODEC_ID_DTS, AV_CODEC_ID_PCM_DVD});
    if (name == "mpeg" && type == AVMEDIA_TYPE_SUBTITLE)
        return codec != AV_CODEC_ID_DVD_SUBTITLE;
    if (is_ogg(format) && type == AVMEDIA_TYPE_VIDEO)       // its muxer refuses others, but not when it is asked
        return none_of({AV_CODEC_ID_THEORA, AV_CODEC_ID_VP8});
    return false;
}

namespace {
// Whether a header can be written of video that no encoder has described yet.
bool takes_header(const AVOutputFormat* format, AVCodecID codec) {
    parameters_ptr parameters(avcodec_parameters_alloc());
    if (!parameters)
        throw std::bad_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = codec;
    parameters->format = AV_PIX_FMT_YUV420P;
    parameters->width = 720;        // a size that DV has too
    parameters->height = 576;
    return takes_video(format, parameters.get(), {1, 25}, nullptr);
}
}  // namespace

bool takes_video(const AVOutputFormat* format, AVCodecID codec) {
    if (is_unusual(format, codec))
        return false;
    const AVOutputFormat* matroska = av_guess_format("matroska", nullptr, nullptr);
    // Matroska's muxer answers for the names of its own only, and writes all that have a FourCC.
    const bool is_matroska = std::strcmp(format->name, "matroska") == 0;
    if (avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 0)
        return is_matroska && takes_header(format, codec);
    // Some muxers have a codec in their lists and refuse it when they write the header. Where Matroska refuses it too, it is the encoder's description that is missed.
    return is_matroska || takes_header(format, codec) || !matroska || !takes_header(matroska, codec);
}

bool takes_video(const AVOutputFormat* format, const AVCodecParameters* parameters, AVRational tick, std::string* why) {
    output_ptr output = output_in_memory(format);
    AVStream* stream = new_stream(output.get());
    check(avcodec_parameters_copy(stream->codecpar, parameters), "cannot describe the video stream");
    stream->time_base = tick;
    log_watch watch;
    int code = avformat_write_header(output.get(), nullptr);
    if (code < 0 && why)
        *why = watch.errors() ? watch.first() : words(code);
    return code >= 0;
}

}  // namespace fs::video
