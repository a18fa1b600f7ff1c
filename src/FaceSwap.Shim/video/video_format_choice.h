// Which pixel format an encoder gets for frames of another.
#pragma once

#include "video_common.h"

#include <string>
#include <vector>

namespace fs::video {

class format_choice {
public:
    // `wanted` is FFmpeg's name of a format; empty: that of the first frame, as far as codec and container can keep it. Grey and BGR frames are written as YUV 4:2:0,
    // grey of their own depth.
    format_choice(const AVCodec* codec, const AVOutputFormat* container, const std::string& wanted, const AVFrame* first);

    // What to try, the best first, never empty: lists of formats name some that an encoder refuses in the end, such as 10 bits of NVENC's H.264.
    const std::vector<AVPixelFormat>& candidates() const { return candidates_; }

    // What frames lose in a format, one sentence; empty: nothing.
    std::string loss(AVPixelFormat format) const;

private:
    void offer(AVPixelFormat like);
    std::string remedy() const;

    const AVCodec* codec_;
    const AVOutputFormat* container_;
    bool asked_;
    AVPixelFormat source_;      // the frames', or what was asked for
    std::vector<AVPixelFormat> candidates_;
};

}  // namespace fs::video
