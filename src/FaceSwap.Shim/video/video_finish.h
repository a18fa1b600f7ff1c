// From a decoder's picture to what a reader delivers.
#pragma once

#include "video_convert.h"
#include "video_orient.h"

namespace fs::video {

// Makes decoded frames planar, upright, with rows from top to bottom.
class picture_finisher {
public:
    // Whether a palette's transparent colours become alpha; known from the first frame.
    bool palette_alpha = false;

    frame_ptr finish(frame_ptr frame, const orientation& how);

private:
    converter converter_;
};

// The decoder of a stream that has alpha beside its pictures; null: it has none, or its usual decoder gives it.
const AVCodec* alpha_decoder(const AVStream* stream);

}  // namespace fs::video
