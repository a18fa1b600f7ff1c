#include "video_signal.h"

#include "video_fields.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
}

#include <algorithm>
#include <cstring>

namespace fs::video {

namespace {
// Kept from input to output; the frame's kind of side data has the same structure.
struct kept {
    AVPacketSideDataType type;
    AVFrameSideDataType of_frame;
    const char* name;
};
const kept all_kept[] = {
    {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, "HDR10 mastering display"},
    {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, "HDR10 content light level"},
    {AV_PKT_DATA_SPHERICAL, AV_FRAME_DATA_SPHERICAL, "360° projection"},
    {AV_PKT_DATA_STEREO3D, AV_FRAME_DATA_STEREO3D, "stereoscopic layout"},
    {AV_PKT_DATA_ICC_PROFILE, AV_FRAME_DATA_ICC_PROFILE, "ICC profile"},
};

bool is_one_of(const char* name, std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* n) { return std::strcmp(n, name) == 0; });
}

const uint8_t* stream_data(const AVStream* stream, AVPacketSideDataType type, size_t* size) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData* data = av_packet_side_data_get(stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, type);
    *size = data ? data->size : 0;
    return data ? data->data : nullptr;
#else
    return av_stream_get_side_data(stream, type, size);
#endif
}

void add_stream_data(AVStream* stream, const signal::item& item) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    AVPacketSideData* added = av_packet_side_data_new(&stream->codecpar->coded_side_data, &stream->codecpar->nb_coded_side_data, item.type, item.data.size(), 0);
    uint8_t* to = added ? added->data : nullptr;
#else
    uint8_t* to = av_stream_new_side_data(stream, item.type, item.data.size());
#endif
    if (!to)
        throw std::bad_alloc();
    std::memcpy(to, item.data.data(), item.data.size());
}

bool is_mov(const AVOutputFormat* format) { return is_one_of(format->name, {"mp4", "mov"}); }

bool container_holds(const AVOutputFormat* format, AVPacketSideDataType type) {
    bool matroska = is_one_of(format->name, {"matroska", "webm"});
    return type == AV_PKT_DATA_ICC_PROFILE ? is_mov(format) : is_mov(format) || matroska;
}

bool is_x26(const AVCodec* codec) { return is_one_of(codec->name, {"libx264", "libx264rgb", "libx265"}); }

// FFmpeg's x264 copies the layout from the frames, into its SEI.
bool encoder_holds(const AVCodec* codec, AVPacketSideDataType type) {
    bool light = type == AV_PKT_DATA_MASTERING_DISPLAY_METADATA || type == AV_PKT_DATA_CONTENT_LIGHT_LEVEL;
    return (light && is_x26(codec)) || (type == AV_PKT_DATA_STEREO3D && std::strncmp(codec->name, "libx264", 7) == 0);
}

// A fraction in units of 1/`units`.
std::string scaled(AVRational value, int units) { return std::to_string(value.den ? av_rescale(value.num, units, value.den) : 0); }

// As x264 and x265 read it: chromaticities in units of 0.00002, luminances of 0.0001 cd/m².
std::string mastering(const AVMasteringDisplayMetadata& m) {
    std::string text;
    auto add = [&](const char* name, const AVRational& a, const AVRational& b, int units) {
        text.append(name).append("(").append(scaled(a, units)).append(",").append(scaled(b, units)).append(")");
    };
    add("G", m.display_primaries[1][0], m.display_primaries[1][1], 50000);
    add("B", m.display_primaries[2][0], m.display_primaries[2][1], 50000);
    add("R", m.display_primaries[0][0], m.display_primaries[0][1], 50000);
    add("WP", m.white_point[0], m.white_point[1], 50000);
    add("L", m.max_luminance, m.min_luminance, 10000);
    return text;
}

const AVMasteringDisplayMetadata* mastering_of(const signal& of) {
    const signal::item* item = of.find(AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
    auto m = item && item->data.size() >= sizeof(AVMasteringDisplayMetadata) ? reinterpret_cast<const AVMasteringDisplayMetadata*>(item->data.data()) : nullptr;
    return m && m->has_primaries && m->has_luminance ? m : nullptr;
}

const AVContentLightMetadata* light_of(const signal& of) {
    const signal::item* item = of.find(AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
    return item && item->data.size() >= sizeof(AVContentLightMetadata) ? reinterpret_cast<const AVContentLightMetadata*>(item->data.data()) : nullptr;
}

template <class T>
void put(std::vector<uint8_t>& to, const T& value) {
    size_t at = to.size();
    to.resize(at + sizeof value);
    std::memcpy(to.data() + at, &value, sizeof value);
}
}  // namespace

const signal::item* signal::find(AVPacketSideDataType type) const {
    auto found = std::find_if(items.begin(), items.end(), [&](const item& i) { return i.type == type; });
    return found == items.end() ? nullptr : &*found;
}

std::vector<uint8_t> signal::pack() const {
    std::vector<uint8_t> bytes;
    put(bytes, static_cast<int32_t>(fields));
    put(bytes, seen);
    for (const item& i : items) {
        put(bytes, static_cast<int32_t>(i.type));
        put(bytes, static_cast<int32_t>(i.data.size()));
        bytes.insert(bytes.end(), i.data.begin(), i.data.end());
    }
    return bytes;
}

signal signal::unpack(const uint8_t* data, int32_t size) {
    signal result;
    int32_t at = 0;
    auto take = [&] {
        int32_t value;
        if (size - at < static_cast<int32_t>(sizeof value))
            throw error(FS_INVALID_ARGUMENT, "the description of the signal is cut off");
        std::memcpy(&value, data + at, sizeof value);
        at += sizeof value;
        return value;
    };
    if (size <= 0)
        return result;
    result.fields = static_cast<AVFieldOrder>(take());
    result.seen = take();
    while (at < size) {
        AVPacketSideDataType type = static_cast<AVPacketSideDataType>(take());
        int32_t length = take();
        if (length < 0 || length > size - at)
            throw error(FS_INVALID_ARGUMENT, "the description of the signal is cut off");
        result.items.push_back({type, {data + at, data + at + length}});
        at += length;
    }
    return result;
}

signal signal_of(const AVStream* stream, const AVFrame* first, bool quarter_turn, bool upside_down) {
    signal result;
    for (const kept& k : all_kept) {
        size_t size = 0;
        const uint8_t* data = stream_data(stream, k.type, &size);
        if (const AVFrameSideData* side = data ? nullptr : av_frame_get_side_data(first, k.of_frame)) {
            data = side->data;
            size = side->size;
        }
        if (data && size > 0)
            result.items.push_back({k.type, {data, data + size}});
    }
    size_t size = 0;
    if (av_frame_get_side_data(first, AV_FRAME_DATA_DYNAMIC_HDR_PLUS) || av_frame_get_side_data(first, AV_FRAME_DATA_DYNAMIC_HDR_VIVID))
        result.seen |= SEEN_DYNAMIC_HDR;
    if (stream_data(stream, AV_PKT_DATA_DOVI_CONF, &size) || av_frame_get_side_data(first, AV_FRAME_DATA_DOVI_METADATA) ||
        av_frame_get_side_data(first, AV_FRAME_DATA_DOVI_RPU_BUFFER))
        result.seen |= SEEN_DOLBY_VISION;
    if (av_frame_get_side_data(first, AV_FRAME_DATA_A53_CC))
        result.seen |= SEEN_CAPTIONS;
    AVRational shown = stream->avg_frame_rate, grid = stream->r_frame_rate;
    if (shown.num > 0 && grid.num > 0 && std::abs(av_q2d(shown) / av_q2d(grid) - 1) > 0.01)
        result.seen |= SEEN_VARIABLE_RATE;
    result.fields = fields_of(stream->codecpar->field_order, first, upside_down);
    if (result.is_interlaced() && quarter_turn) {
        result.fields = AV_FIELD_PROGRESSIVE;
        result.seen |= SEEN_TURNED_FIELDS;
    }
    return result;
}

void set_parameter(AVCodecContext* e, const char* dictionary, const char* name, const std::string& value) {
    AVDictionary* settings = nullptr;
    av_opt_get_dict_val(e->priv_data, dictionary, 0, &settings);
    av_dict_set(&settings, name, value.c_str(), 0);
    av_opt_set_dict_val(e->priv_data, dictionary, settings, 0);
    av_dict_free(&settings);
}

// FFmpeg 5.1's wrappers leave it out, and those of 7.1 take it from where this program puts nothing.
void describe_light(AVCodecContext* e, const AVCodec* codec, const signal& of) {
    if (!is_x26(codec))
        return;
    bool x265 = std::strcmp(codec->name, "libx265") == 0;
    const char* parameters = x265 ? "x265-params" : "x264-params";
    if (const AVMasteringDisplayMetadata* m = mastering_of(of))
        set_parameter(e, parameters, x265 ? "master-display" : "mastering-display", mastering(*m));
    if (const AVContentLightMetadata* l = light_of(of))
        set_parameter(e, parameters, x265 ? "max-cll" : "cll", std::to_string(l->MaxCLL) + "," + std::to_string(l->MaxFALL));
}

void describe_stream(AVFormatContext* output, AVStream* stream, const AVCodec* codec, const signal& of, AVFieldOrder coded, std::string* movflags,
                     std::vector<std::string>& warnings) {
    std::string lost;
    for (const signal::item& item : of.items) {
        if (container_holds(output->oformat, item.type)) {
            add_stream_data(stream, item);
            if (item.type == AV_PKT_DATA_SPHERICAL || item.type == AV_PKT_DATA_STEREO3D)
                output->strict_std_compliance = std::min(output->strict_std_compliance, FF_COMPLIANCE_UNOFFICIAL);     // or the mov muxer writes no such boxes
            if (item.type == AV_PKT_DATA_ICC_PROFILE)
                *movflags += "+prefer_icc";
        } else if (!encoder_holds(codec, item.type)) {
            auto known = std::find_if(std::begin(all_kept), std::end(all_kept), [&](const kept& k) { return k.type == item.type; });
            lost.append(lost.empty() ? "" : ", ").append(known == std::end(all_kept) ? "side data" : known->name);
        }
    }
    if (!lost.empty())
        warnings.push_back("Metadata of the video was left out (" + lost + "): neither " + output->oformat->name + " files nor the encoder " + codec->name +
                           " hold it; write an .mp4 or .mkv file to keep it.");
    if (of.seen & SEEN_DOLBY_VISION)
        warnings.push_back("The video's Dolby Vision metadata was left out; its colours are those of the base layer without it.");
    if (of.seen & SEEN_DYNAMIC_HDR)
        warnings.push_back("The video's dynamic HDR metadata (HDR10+, a set for each frame) was left out; what holds for the whole video is kept.");
    if (of.seen & SEEN_TURNED_FIELDS)
        warnings.push_back("The video is interlaced and was turned by a quarter: its fields are columns, which no player deinterlaces. Deinterlace it first.");
    bool interlaced = coded == AV_FIELD_TT || coded == AV_FIELD_BB;
    if (of.is_interlaced() && !interlaced)
        warnings.push_back(std::string("The video is interlaced, but ") + codec->name + " in " + output->oformat->name +
                           " files does not keep that: it is written as progressive, and players will not deinterlace it; use --codec libx264, or deinterlace it first.");
}

bool keeps_captions(const AVCodecContext* e) {
    return e->priv_data && e->codec->priv_class && av_opt_find(e->priv_data, "a53cc", nullptr, 0, 0) != nullptr;
}

void drop_dynamic_light(AVFrame* frame) {
    for (AVFrameSideDataType type : {AV_FRAME_DATA_DYNAMIC_HDR_PLUS, AV_FRAME_DATA_DYNAMIC_HDR_VIVID, AV_FRAME_DATA_DOVI_RPU_BUFFER, AV_FRAME_DATA_DOVI_METADATA})
        av_frame_remove_side_data(frame, type);
}

}  // namespace fs::video
