// Settings of encoders.
#include "video_encoder.h"

#include "video_signal.h"

extern "C" {
#include <libavutil/cpu.h>
}

#include <algorithm>
#include <chrono>

namespace fs::video {

namespace {
// The presets of x264 and x265.
const char* const known_presets[] = {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"};

// They print to the terminal what they do not know.
bool is_unknown_preset(const AVCodec* codec, const std::string& preset) {
    bool checked = std::string(codec->name).rfind("libx26", 0) == 0 && preset.find_first_not_of("0123456789") != std::string::npos;
    return checked && std::none_of(std::begin(known_presets), std::end(known_presets), [&](const char* name) { return preset == name; });
}

// The formats that an encoder takes, ended by AV_PIX_FMT_NONE; null: it does not say.
const AVPixelFormat* list_of_formats(const AVCodec* codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void* list = nullptr;
    return avcodec_get_supported_config(nullptr, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &list, nullptr) < 0 ? nullptr
                                                                                                           : static_cast<const AVPixelFormat*>(list);
#else
    return codec->pix_fmts;
#endif
}

bool is_nvenc(const AVCodec* codec) { return std::string(codec->name).find("_nvenc") != std::string::npos; }

void set_x264(AVCodecContext* e, const char* name, const char* value) { set_parameter(e, "x264-params", name, value); }

// NVENC's presets for those of x264, from the fastest to the best.
std::string preset_of_nvenc(const std::string& preset) {
    static const char* const same[][2] = {{"ultrafast", "p1"}, {"superfast", "p1"}, {"veryfast", "p2"}, {"faster", "p3"},   {"fast", "p3"},
                                          {"medium", "p4"},    {"slow", "p5"},      {"slower", "p6"},   {"veryslow", "p7"}, {"placebo", "p7"}};
    for (const auto& pair : same)
        if (preset == pair[0])
            return pair[1];
    return preset;
}

bool is_svt_av1(const AVCodec* codec) { return codec && std::string(codec->name) == "libsvtav1"; }

// A picture in host memory, for an encoder that cannot end without one.
void feed_black(AVCodecContext* e) {
    frame_ptr frame(av_frame_alloc());
    if (!frame)
        return;
    frame->format = e->pix_fmt;
    frame->width = e->width;
    frame->height = e->height;
    frame->pts = 0;
    if (av_frame_get_buffer(frame.get(), 0) < 0)
        return;
    const ptrdiff_t strides[4] = {frame->linesize[0], frame->linesize[1], frame->linesize[2], frame->linesize[3]};
    if (av_image_fill_black(frame->data, strides, e->pix_fmt, e->color_range, e->width, e->height) >= 0)
        avcodec_send_frame(e, frame.get());
}
}  // namespace

void encoder_close::operator()(AVCodecContext* e) const {
    constexpr std::chrono::seconds longest{1};
    if (e && avcodec_is_open(e)) {
        log_watch silence;
        if (!fed && is_svt_av1(e->codec))
            feed_black(e);
        const auto end = std::chrono::steady_clock::now() + longest;
        packet_ptr packet(av_packet_alloc());
        if (avcodec_send_frame(e, nullptr) >= 0 && packet)
            while (std::chrono::steady_clock::now() < end && avcodec_receive_packet(e, packet.get()) >= 0)
                av_packet_unref(packet.get());
    }
    avcodec_free_context(&e);
}

bool takes(const AVCodec* codec, AVPixelFormat format) {
    const AVPixelFormat* known = list_of_formats(codec);
    for (const AVPixelFormat* f = known; f && *f != AV_PIX_FMT_NONE; f++)
        if (*f == format)
            return true;
    return false;
}

std::vector<AVPixelFormat> formats_of(const AVCodec* codec) {
    std::vector<AVPixelFormat> formats;
    const AVPixelFormat* known = list_of_formats(codec);
    for (const AVPixelFormat* f = known; f && *f != AV_PIX_FMT_NONE; f++)
        if (!(av_pix_fmt_desc_get(*f)->flags & AV_PIX_FMT_FLAG_HWACCEL))
            formats.push_back(*f);
    return formats;
}

void keep_alpha(AVCodecContext* e, const AVCodec* codec) {
    // libvpx's frames for reference alone have no counterpart in the stream of alpha.
    if (has_alpha(e->pix_fmt) && (codec->id == AV_CODEC_ID_VP8 || codec->id == AV_CODEC_ID_VP9) && e->priv_data)
        av_opt_set_int(e->priv_data, "auto-alt-ref", 0, 0);
}

void set_quality(AVCodecContext* e, const AVCodec* codec, const std::string& preset, double crf) {
    // "medium" is what nobody chose: encoders with presets of other names keep their own default.
    std::string named = is_nvenc(codec) ? preset_of_nvenc(preset) : preset;
    if (!preset.empty() && e->priv_data && av_opt_find(e->priv_data, "preset", nullptr, 0, 0) &&
        (is_unknown_preset(codec, preset) || av_opt_set(e->priv_data, "preset", named.c_str(), 0) < 0) && preset != "medium")
        throw error(FS_INVALID_ARGUMENT, std::string("the encoder ") + codec->name + " has no preset '" + preset + "'");
    if (std::string(codec->name) == "libx265")
        av_opt_set(e->priv_data, "x265-params", "log-level=error", 0);     // it prints to the terminal otherwise
    if (codec->id == AV_CODEC_ID_MJPEG)
        e->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;                // limited range is not in the letter of JPEG
    if (crf < 0)
        return;
    // 0 is lossless. With more bits x264's scale goes below that, where FFmpeg's option ends; the quantiser's ends at 0 always.
    if (crf == 0 && std::string(codec->name) == "libx264" && depth_of(e->pix_fmt) > 8) {
        av_opt_set_int(e->priv_data, "qp", 0, 0);
        return;
    }
    if (e->priv_data && av_opt_find(e->priv_data, "crf", nullptr, 0, 0)) {
        if (av_opt_set_double(e->priv_data, "crf", crf, 0) < 0)
            throw error(FS_INVALID_ARGUMENT, std::string("the encoder ") + codec->name + " does not take CRF " + std::to_string(crf));
        e->bit_rate = 0;        // constant quality in encoders that otherwise cap the rate
        return;
    }
    // NVENC's constant quality has x264's scale, and needs a rate that is not limited.
    if (is_nvenc(codec)) {
        if (av_opt_set(e->priv_data, "rc", "vbr", 0) < 0 || av_opt_set_double(e->priv_data, "cq", std::clamp(crf, 1.0, 51.0), 0) < 0)
            throw error(FS_INVALID_ARGUMENT, std::string("the encoder ") + codec->name + " does not take CRF " + std::to_string(crf));
        e->bit_rate = 0;
        return;
    }
    // Encoders without a CRF have FFmpeg's quantiser scale, 1 (best) to 31, if they are lossy at all.
    e->flags |= AV_CODEC_FLAG_QSCALE;
    e->global_quality = FF_QP2LAMBDA * std::clamp(static_cast<int>(crf / 5), 1, 31);
}

void bound_lookahead(AVCodecContext* e, const AVCodec* codec, const std::string& preset) {
    if (std::string(codec->name) != "libx264")
        return;
    // Frames that x264's presets look ahead, in their order; a number names a preset too.
    static const int frames[] = {0, 0, 10, 20, 30, 40, 50, 60, 60, 60};
    constexpr int medium = 5;
    constexpr int64_t bytes = 44 << 20;
    const int64_t bytes_of_a_pixel = 3 * sample_bytes(e->pix_fmt);  // its luma, chroma and four quarters
    constexpr int64_t least = 12;
    const auto named = std::find_if(std::begin(known_presets), std::end(known_presets), [&](const char* name) { return preset == name; });
    int64_t chosen = named != std::end(known_presets) ? named - std::begin(known_presets) : preset.size() == 1 ? preset[0] - '0' : medium;
    const int64_t affordable = std::max(least, bytes / (bytes_of_a_pixel * e->width * e->height));
    if (chosen >= 0 && chosen < 10 && frames[chosen] > affordable)
        av_opt_set_int(e->priv_data, "rc-lookahead", affordable, 0);
}

void occupy_processors(AVCodecContext* e, const AVCodec* codec) {
    if (std::string(codec->name) != "libx264" || e->thread_count != 0 || av_cpu_count() != 2)
        return;
    e->thread_count = 5;
    set_x264(e, "sync-lookahead", "1");
}

void make_repeatable(AVCodecContext* e, const AVCodec* codec) {
    e->flags |= AV_CODEC_FLAG_BITEXACT;
    // x264's macroblock tree in AVX-512 takes sixteen macroblocks at once and reads uninitialised memory behind a row whose number of them is no
    // multiple; seen in x264 0.164, with other bits in every run. AVX2 gives what plain C gives, at the same speed as far as it can be measured.
    if (std::string(codec->name) == "libx264" && (e->width + 15) / 16 % 16 != 0 && (av_get_cpu_flags() & AV_CPU_FLAG_AVX512))
        set_x264(e, "asm", "MMX2,SSE2Fast,SSSE3,SSE4.2,FMA3,BMI2,AVX2");
}

color_choice choose_color(const AVFrame* first, AVPixelFormat format, const fs_video_color& wanted, bool from_frame, fs_video_color* stored) {
    color_choice choice;
    const bool rgb = is_rgb(first->format);
    // The tag of RGB says nothing of the YUV that is made of it.
    int matrix = rgb && wanted.matrix == AVCOL_SPC_RGB ? AVCOL_SPC_UNSPECIFIED : wanted.matrix, range = rgb && wanted.matrix == AVCOL_SPC_RGB ? 0 : wanted.range;
    choice.full = range_of(first) == 1 && !rgb;
    const bool tall = first->height >= 720, wide_gamut = wanted.primaries == AVCOL_PRI_BT2020 && rgb;
    choice.rgb_matrix = matrix == AVCOL_SPC_BT709                                       ? 1
                        : matrix == AVCOL_SPC_BT2020_NCL                                ? 2
                        : matrix == AVCOL_SPC_UNSPECIFIED && wide_gamut                 ? 2
                        : matrix == AVCOL_SPC_UNSPECIFIED && tall                       ? 1
                                                                                        : 0;
    if (rgb && (from_frame || matrix == AVCOL_SPC_UNSPECIFIED))
        matrix = choice.rgb_matrix == 1 ? AVCOL_SPC_BT709 : choice.rgb_matrix == 2 ? AVCOL_SPC_BT2020_NCL : AVCOL_SPC_SMPTE170M;
    else if (from_frame)
        matrix = first->colorspace;
    // An untagged stream is left untagged, unless its samples say what no player would guess.
    range = choice.full ? AVCOL_RANGE_JPEG : from_frame || range == AVCOL_RANGE_JPEG ? AVCOL_RANGE_MPEG : range;
    if (is_rgb(format)) {
        matrix = AVCOL_SPC_RGB;
        range = AVCOL_RANGE_JPEG;
        choice.full = true;
    }
    *stored = {matrix, wanted.primaries, wanted.transfer, range};
    return choice;
}

}  // namespace fs::video
