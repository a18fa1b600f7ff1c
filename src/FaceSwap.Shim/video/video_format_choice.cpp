#include "video_format_choice.h"

#include "video_encoder.h"

#include <algorithm>
#include <cstring>

namespace fs::video {

namespace {
// What counts of a format, as it is compared and told.
struct traits {
    int depth, shift_w, shift_h;
    bool alpha, rgb, gray;
};

traits traits_of(AVPixelFormat format) {
    const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
    return {depth_of(format), d->log2_chroma_w, d->log2_chroma_h, has_alpha(format), is_rgb(format), is_gray(format)};
}

std::string sampling(const traits& t) {
    return t.shift_w == 0 ? t.shift_h == 0 ? "4:4:4" : "4:4:0" : t.shift_w == 2 ? t.shift_h == 0 ? "4:1:1" : "4:1:0" : t.shift_h == 0 ? "4:2:2" : "4:2:0";
}

bool loses_chroma(const traits& from, const traits& to) {
    return !from.gray && (to.gray || to.shift_w > from.shift_w || to.shift_h > from.shift_h);
}

bool loses(const traits& from, const traits& to) {
    return to.depth < from.depth || loses_chroma(from, to) || (from.alpha && !to.alpha) || (from.rgb && !to.rgb);
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (size_t i = 0; i < words.size(); i++)
        text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " and ") + words[i];
    return text;
}

// The format a frame is looked at as: grey and BGR as the YUV that is made of them, which loses nothing that was ever told.
AVPixelFormat seen_as(const AVFrame* first) {
    const AVPixelFormat plain = plain_format(first->format);
    const int32_t number = fs_format(plain);
    if (plain == AV_PIX_FMT_BGR24 || plain == AV_PIX_FMT_NV12 || plain == AV_PIX_FMT_CUDA)
        return AV_PIX_FMT_YUV420P;
    if (layout_of(number) == FS_VIDEO_GRAY8) {
        const AVPixelFormat yuv = find_av_format(number - FS_VIDEO_GRAY8 + FS_VIDEO_YUV420P);
        return yuv == AV_PIX_FMT_NONE ? AV_PIX_FMT_YUV420P16 : yuv;
    }
    return plain;
}
// The formats that an encoder takes and the container holds wholly: alpha of VP8 and VP9 lies beside the pictures, for which only Matroska has a place.
std::vector<AVPixelFormat> holdable(const AVCodec* codec, const AVOutputFormat* container) {
    std::vector<AVPixelFormat> formats = formats_of(codec);
    const bool beside = codec->id == AV_CODEC_ID_VP8 || codec->id == AV_CODEC_ID_VP9;
    const bool place = !std::strcmp(container->name, "matroska") || !std::strcmp(container->name, "webm");
    if (beside && !place)
        formats.erase(std::remove_if(formats.begin(), formats.end(), [](AVPixelFormat f) { return has_alpha(f); }), formats.end());
    return formats;
}
}  // namespace

format_choice::format_choice(const AVCodec* codec, const AVOutputFormat* container, const std::string& wanted, const AVFrame* first)
    : codec_(codec), container_(container), asked_(!wanted.empty()), source_(asked_ ? av_get_pix_fmt(wanted.c_str()) : seen_as(first)) {
    if (source_ == AV_PIX_FMT_NONE)
        throw error(FS_INVALID_ARGUMENT, "there is no pixel format '" + wanted + "'");
    offer(source_);
    if (asked_)
        return;
    // Less than the best: 8 bits of the same sampling, and at last what every player takes.
    const int32_t layout = layout_of(fs_format(source_));
    if (layout >= FS_VIDEO_YUV420P && layout <= FS_VIDEO_YUV444P)
        offer(av_format(layout));
    offer(AV_PIX_FMT_YUV420P);
}

void format_choice::offer(AVPixelFormat like) {
    std::vector<AVPixelFormat> known = holdable(codec_, container_);
    AVPixelFormat best = like;
    if (!known.empty() && std::find(known.begin(), known.end(), like) == known.end()) {
        known.push_back(AV_PIX_FMT_NONE);
        int ignored = 0;
        best = avcodec_find_best_pix_fmt_of_list(known.data(), like, has_alpha(like), &ignored);
    }
    if (best != AV_PIX_FMT_NONE && std::find(candidates_.begin(), candidates_.end(), best) == candidates_.end())
        candidates_.push_back(best);
}

std::string format_choice::loss(AVPixelFormat format) const {
    if (asked_)
        return plain_format(format) == source_ ? "" : std::string("The encoder ") + codec_->name + " does not take " + av_get_pix_fmt_name(source_) + "; " + av_get_pix_fmt_name(format) + " is used.";
    const traits from = traits_of(source_), to = traits_of(plain_format(format));
    if (!loses(from, to))
        return "";
    std::vector<std::string> had, takes;
    if (to.depth < from.depth) {
        had.push_back(std::to_string(from.depth) + " bits a sample");
        takes.push_back(std::to_string(to.depth) + " bits");
    }
    if (from.rgb && !to.rgb) {
        had.push_back("RGB samples");
        takes.push_back("YUV");
    }
    if (loses_chroma(from, to)) {
        had.push_back(sampling(from) + " chroma");
        takes.push_back(to.gray ? "no chroma" : sampling(to) + " chroma");
    }
    if (from.alpha && !to.alpha) {
        had.push_back("transparency");
        takes.push_back("no alpha");
    }
    return "The frames have " + listed(had) + " (" + av_get_pix_fmt_name(source_) + "), and the encoder " + codec_->name + " in " + container_->name +
           " files takes " + listed(takes) + ": they are written as " + av_get_pix_fmt_name(plain_format(format)) + remedy() + ".";
}

// An encoder that loses nothing, the most usual first, in this container or another; empty if there is none.
std::string format_choice::remedy() const {
    const AVOutputFormat* const containers[] = {container_, av_guess_format("matroska", nullptr, nullptr)};
    for (const AVOutputFormat* container : containers)
        for (const char* name : {"libx264", "libx265", "libx264rgb", "libvpx-vp9", "prores_ks", "ffv1"}) {
            const AVCodec* codec = avcodec_find_encoder_by_name(name);
            if (!codec || !container || avformat_query_codec(container, codec->id, FF_COMPLIANCE_NORMAL) != 1)
                continue;
            const std::vector<AVPixelFormat> formats = holdable(codec, container);
            if (std::any_of(formats.begin(), formats.end(), [&](AVPixelFormat f) { return !loses(traits_of(source_), traits_of(plain_format(f))); }))
                return std::string("; --codec ") + name + (container == container_ ? "" : " in an .mkv file") + " keeps them";
        }
    return "";
}

}  // namespace fs::video
