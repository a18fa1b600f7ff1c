// Time bases that encoders and containers demand, against the times of frames.
#pragma once

#include "video_common.h"

#include <deque>
#include <string>
#include <vector>

namespace fs::video {

// The clock of an encoder whose stream knows frame rates but no times (MPEG-1, -2, -4, DV, …): frames are numbered, and packets get the times of their frames
// back, so that the container has the source's times. For any other encoder it is the source's clock.
class encoder_clock {
public:
    // `rate` may be 0/x.
    encoder_clock(const AVCodec* codec, AVRational tick, AVRational rate);

    AVRational time_base() const { return counts_ ? av_inv_q(rate_) : tick_; }
    bool counts() const { return counts_; }
    AVRational rate() const { return rate_; }       // that a counting encoder is told

    // The encoder's time of the next frame.
    int64_t enter(int64_t time);

    // Puts a packet's times back onto the source's clock.
    void leave(AVPacket* packet);

private:
    AVRational tick_, rate_;
    bool counts_;
    int64_t next_ = 0, base_ = 0;       // number of the next frame, and of the first of `times_`
    int64_t first_ = 0;
    std::deque<int64_t> times_;
};

// Ogg under any of its names.
bool is_ogg(const AVOutputFormat* format);

// The constant rate of a container that counts frames and knows no times (AVI, Ogg): 0/1 for those that do.
AVRational container_rate(const AVOutputFormat* format, AVRational rate, bool variable);

// Packs of MPEG program streams, DVDs among them: pictures are found by the times of some of them and by the rate.
bool is_program_stream(const AVOutputFormat* format);

// Moves packets' times to a constant rate, rising always. The grid begins at the first frame, wherever that lies between the places that are counted from 0.
class constant_rate {
public:
    // `early`: the first frame is rather put a place too early than too late.
    constant_rate(AVRational tick, AVRational rate, bool early = false) : tick_(tick), rate_(rate), early_(early) {}
    AVRational time_base() const { return av_inv_q(rate_); }

    // Gives the packet times in `time_base`. Returns how many places before the first packet are left empty; 0 for all others.
    int64_t place(AVPacket* packet);

    // Looks at the packet's times alone.
    void watch(const AVPacket* packet) { next(packet); }

    // Whether a time was changed by more than the rounding of clocks.
    bool moved() const { return moved_; }

    // Whether frames follow each other at the rate, one at every place.
    bool even() const { return !moved_ && !left_places_; }

private:
    int64_t next(const AVPacket* packet);

    AVRational tick_, rate_;
    bool early_;
    int64_t origin_ = AV_NOPTS_VALUE, start_ = 0;   // time of the first frame, and its place
    int64_t last_ = AV_NOPTS_VALUE;
    bool moved_ = false, left_places_ = false;
};

}  // namespace fs::video
