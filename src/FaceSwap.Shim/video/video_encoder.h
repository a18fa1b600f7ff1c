// What an encoder is told: pixel format, quality, colour.
#pragma once

#include "video_common.h"

#include <string>
#include <vector>

namespace fs::video {

// Ends an encoder before it is freed: SVT-AV1 waits for ever for a picture that nobody will send. What comes out is dropped, within a bound of time.
struct encoder_close {
    bool fed = false;   // whether it was given a frame

    void operator()(AVCodecContext* e) const;
};
using encoder_ptr = std::unique_ptr<AVCodecContext, encoder_close>;

// How frames are to be converted where they must be: fixed by the first frame.
struct color_choice {
    int32_t rgb_matrix = 0;     // what BGR frames become: 0 BT.601, 1 BT.709, 2 BT.2020
    bool full = false;          // range of the encoded samples
};

// Whether an encoder takes frames of a format.
bool takes(const AVCodec* codec, AVPixelFormat format);

// The formats that an encoder takes from memory of the host; empty if it does not say.
std::vector<AVPixelFormat> formats_of(const AVCodec* codec);

// Preset (may be empty) and constant rate factor (negative: the encoder's default).
void set_quality(AVCodecContext* e, const AVCodec* codec, const std::string& preset, double crf);

// Has x264 look ahead less far than its preset does where the frames are so large that those it holds would take more than 44 MiB: at 1280×960 12 frames
// for 40, 110 MB less for a file 5 % smaller and 0.05 dB of SSIM lower at the same CRF. Never less than 12 frames.
void bound_lookahead(AVCodecContext* e, const AVCodec* codec, const std::string& preset);

// Gives x264 more threads than it takes by itself where that leaves processors idle: of two, its three threads keep 88 % busy, and five encode a tenth faster. The
// two more take 28 MB at 1280×960, and a shorter queue before the thread that looks ahead gives 11 MB of that back.
void occupy_processors(AVCodecContext* e, const AVCodec* codec);

// Makes the same frames give the same packets, whatever memory the encoder happens to get.
void make_repeatable(AVCodecContext* e, const AVCodec* codec);

// Sets what the encoder needs beyond its pixel format for alpha to be kept.
void keep_alpha(AVCodecContext* e, const AVCodec* codec);

// Decides the colour description to store, the wanted one or the first frame's, and how frames are converted to it for an encoder of a format.
color_choice choose_color(const AVFrame* first, AVPixelFormat format, const fs_video_color& wanted, bool from_frame, fs_video_color* stored);

}  // namespace fs::video
