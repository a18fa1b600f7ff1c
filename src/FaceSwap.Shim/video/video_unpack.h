// Frames of FFmpeg's packed formats as planes, sample by sample.
#pragma once

#include "video_common.h"

namespace fs::video {

// Frames of which format are delivered for those of another: the same if it is one of fs_video_format's planar ones, otherwise the planar one that holds the
// same samples; without such (4:1:1, 4:4:0, float) the next that has room for them. `palette_alpha` says whether colours of a palette may be transparent.
AVPixelFormat planar_for(AVPixelFormat format, bool palette_alpha);

// Whether a picture with a palette uses a colour that is not opaque.
bool uses_transparent_colour(const AVFrame* frame);

// True if the target has the very samples of the source, only in other places.
bool can_unpack(AVPixelFormat from, AVPixelFormat to);

// A new frame of the target's format with the source's samples, unchanged; rows from top to bottom.
frame_ptr unpack(const AVFrame* source, AVPixelFormat to);

}  // namespace fs::video
