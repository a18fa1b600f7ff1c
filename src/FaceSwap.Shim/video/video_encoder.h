// What an encoder is told: pixel format, quality, colour.
#pragma once

#include "video_common.h"

#include <string>
#include <vector>

namespace fs::video {

// How frames are to be converted where they must be: fixed by the first frame.
struct color_choice {
    int32_t rgb_matrix = 0;     // what BGR frames become: 0 BT.601, 1 BT.709, 2 BT.2020
    bool full = false;          // range of the encoded samples
};

// The wanted format if the encoder takes it, otherwise the nearest, with a warning.
AVPixelFormat choose_format(const AVCodec* codec, const std::string& name, std::vector<std::string>& warnings);

// Preset (may be empty) and constant rate factor (negative: the encoder's default).
void set_quality(AVCodecContext* e, const AVCodec* codec, const std::string& preset, double crf);

// Writes the colour description that is wanted, or the first frame's.
color_choice tag_color(AVCodecContext* e, const AVFrame* first, const fs_video_color& wanted, bool from_frame);

}  // namespace fs::video
