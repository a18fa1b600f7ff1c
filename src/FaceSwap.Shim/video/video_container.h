// What a container can hold, asked of its muxer: headers are written to memory.
#pragma once

#include "video_common.h"

namespace fs::video {

// The container's own tag for the codec if the source's is not valid there.
uint32_t fitting_tag(const AVOutputFormat* format, const AVCodecParameters* parameters);

void copy_stream_properties(AVStream* to, const AVStream* from);

// Collects streams that a container takes together.
class container_trial {
public:
    explicit container_trial(const AVOutputFormat* format);

    // Adds a stream like this one, or with these parameters in the place of its own, if the container takes it beside those that were added before.
    bool add(const AVStream* stream, const AVCodecParameters* as = nullptr);

private:
    struct context_free {
        void operator()(AVFormatContext* c) const { avformat_free_context(c); }
    };
    bool writes_header() const;

    const AVOutputFormat* format_;
    std::unique_ptr<AVFormatContext, context_free> all_;
    unsigned taken_ = 0;
};

// True for codings that the muxer writes without a refusal, but in such a way that hardly any player, or not even FFmpeg itself, reads them again.
bool is_unusual(const AVOutputFormat* format, AVCodecID codec);

// Whether the container takes video of this kind.
bool takes_video(const AVOutputFormat* format, AVCodecID codec);
bool takes_video(const AVOutputFormat* format, const AVCodecParameters* parameters, AVRational tick, std::string* why);

}  // namespace fs::video
