// Sound and subtitles of a source in a coding that the output's container can hold.
#pragma once

#include "video_cuts.h"
#include "video_segment.h"

#include <functional>
#include <memory>

namespace fs::video {

class stream_recoder {
public:
    // Takes every packet that is made, its times in `tick`. Only valid during the call.
    using packet_taker = std::function<void(AVPacket*)>;

    virtual ~stream_recoder() = default;

    // What is made.
    virtual const AVCodecParameters* parameters() const = 0;
    virtual AVRational tick() const = 0;

    // Takes a packet of the source, its times in the source stream's time base from the beginning of the part that is kept; null at the end.
    virtual void take(const AVPacket* packet, const cut_list& cuts, const packet_taker& made) = 0;

    // Packets of the source that could not be decoded.
    int64_t failed() const { return failed_; }

protected:
    int64_t failed_ = 0;
};

// Null if there is no decoder for the stream, or no encoder for anything that the container holds in its place.
std::unique_ptr<stream_recoder> recode_audio(const AVStream* from, const AVOutputFormat* to);
std::unique_ptr<stream_recoder> recode_subtitle(const AVStream* from, const AVOutputFormat* to);

}  // namespace fs::video
