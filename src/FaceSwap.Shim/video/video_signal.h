// What a stream says of its pictures beside their samples: HDR10's light, spherical and stereoscopic projection, ICC profile, fields. Read once from a source,
// handed through the managed side as bytes, and given to encoder and container as far as they can hold it.
#pragma once

#include "video_common.h"

#include <string>
#include <vector>

namespace fs::video {

// What cannot be kept whatever the encoder, or is seen of the first frame only.
enum signal_seen : int32_t {
    SEEN_DYNAMIC_HDR = 1,       // HDR10+ or HDR Vivid: metadata of each frame
    SEEN_DOLBY_VISION = 2,
    SEEN_CAPTIONS = 4,          // ATSC A53 closed captions
    SEEN_TURNED_FIELDS = 8,     // interlaced, but turned by a quarter: its fields are columns
    SEEN_VARIABLE_RATE = 16,    // frames do not follow each other at one rate
};

struct signal {
    struct item {
        AVPacketSideDataType type;
        std::vector<uint8_t> data;
    };
    AVFieldOrder fields = AV_FIELD_UNKNOWN;     // AV_FIELD_TT or AV_FIELD_BB, by what is shown first; anything else: progressive
    int32_t seen = 0;                           // signal_seen
    std::vector<item> items;                    // each type once

    bool is_interlaced() const { return fields == AV_FIELD_TT || fields == AV_FIELD_BB; }
    const item* find(AVPacketSideDataType type) const;
    std::vector<uint8_t> pack() const;
    static signal unpack(const uint8_t* data, int32_t size);
};

// Of a stream and its first decoded frame, as it is delivered. `quarter_turn`, `upside_down`: how it was turned to be upright.
signal signal_of(const AVStream* stream, const AVFrame* first, bool quarter_turn, bool upside_down);

// Gives an encoder, before it is opened, what it can write into its stream.
void describe_light(AVCodecContext* e, const AVCodec* codec, const signal& of);

// Gives the container, before its header is written, what it can hold. `movflags` gets what the muxer needs to be told. What neither it nor the encoder holds is
// said in `warnings`; `coded` is how the encoder codes fields.
void describe_stream(AVFormatContext* output, AVStream* stream, const AVCodec* codec, const signal& of, AVFieldOrder coded, std::string* movflags,
                     std::vector<std::string>& warnings);

// Whether the encoder writes closed captions of frames.
bool keeps_captions(const AVCodecContext* e);

// Takes per-frame HDR metadata off a frame, that is not true of pictures that were changed and encoded anew.
void drop_dynamic_light(AVFrame* frame);

// A setting of x264 or x265 for which FFmpeg has no option, beside those set so before.
void set_parameter(AVCodecContext* e, const char* dictionary, const char* name, const std::string& value);

}  // namespace fs::video
