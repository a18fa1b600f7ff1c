#include "video_rate.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace fs::video {

namespace {
constexpr AVRational usual{25, 1};      // where nobody knows a rate
constexpr double most_plausible = 1000;

// ISO/IEC 13818-2, table 6-4.
constexpr AVRational mpeg_rates[] = {{24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1}, {50, 1}, {60000, 1001}, {60, 1}};
constexpr int mpeg_most_n = 4, mpeg_most_d = 32;    // of frame_rate_extension_n and _d, plus 1
constexpr int mpeg4_most = 65535;                   // of vop_time_increment_resolution

double distance(AVRational a, AVRational b) { return std::abs(std::log(av_q2d(a) / av_q2d(b))); }

// The nearest rate of the table; MPEG-2 has small multiples and fractions of them too, which are taken where they are the rate itself.
AVRational mpeg_rate(AVRational rate, bool extended) {
    constexpr double same = 1e-4;
    AVRational best = mpeg_rates[0];
    for (AVRational r : mpeg_rates)
        if (distance(r, rate) < distance(best, rate))
            best = r;
    if (!extended || distance(best, rate) < same)
        return best;
    for (AVRational r : mpeg_rates)
        for (int n = 1; n <= mpeg_most_n; n++)
            for (int d = 1; d <= mpeg_most_d; d++) {
                AVRational scaled = av_mul_q(r, {n, d});
                if (distance(scaled, rate) < std::min(same, distance(best, rate)))
                    best = scaled;
            }
    return best;
}

AVRational plausible(AVRational rate) {
    return rate.num > 0 && rate.den > 0 && av_q2d(rate) <= most_plausible ? rate : usual;
}

bool knows_rates_only(AVCodecID id) {
    switch (id) {
    case AV_CODEC_ID_MPEG1VIDEO: case AV_CODEC_ID_MPEG2VIDEO: case AV_CODEC_ID_MPEG4: case AV_CODEC_ID_H261: case AV_CODEC_ID_H263:
    case AV_CODEC_ID_H263P: case AV_CODEC_ID_FLV1: case AV_CODEC_ID_MSMPEG4V2: case AV_CODEC_ID_MSMPEG4V3: case AV_CODEC_ID_WMV1:
    case AV_CODEC_ID_WMV2: case AV_CODEC_ID_RV10: case AV_CODEC_ID_RV20: case AV_CODEC_ID_DVVIDEO: case AV_CODEC_ID_THEORA:
        return true;
    default:
        return false;
    }
}

AVRational rate_for(AVCodecID id, AVRational rate) {
    if (id == AV_CODEC_ID_MPEG1VIDEO || id == AV_CODEC_ID_MPEG2VIDEO)
        return mpeg_rate(rate, id == AV_CODEC_ID_MPEG2VIDEO);
    if (id == AV_CODEC_ID_DVVIDEO)
        return distance(rate, {25, 1}) < distance(rate, {30000, 1001}) ? AVRational{25, 1} : AVRational{30000, 1001};
    AVRational small;
    av_reduce(&small.num, &small.den, rate.num, rate.den, mpeg4_most);
    return small;
}
}  // namespace

encoder_clock::encoder_clock(const AVCodec* codec, AVRational tick, AVRational rate)
    : tick_(tick), rate_(rate_for(codec->id, plausible(rate))), counts_(knows_rates_only(codec->id)) {}

int64_t encoder_clock::enter(int64_t time) {
    if (!counts_)
        return time;
    if (next_ == 0)
        first_ = time;
    times_.push_back(time);
    return next_++;
}

void encoder_clock::leave(AVPacket* packet) {
    if (!counts_)
        return;
    // Packets that are decoded ahead of the first frame's time come as much earlier as their numbers say.
    int64_t step = std::max<int64_t>(1, av_rescale_q(1, av_inv_q(rate_), tick_));
    auto shown = [&](int64_t number) {
        if (number == AV_NOPTS_VALUE)
            return number;
        if (number < 0)
            return first_ + number * step;
        if (number < base_ || number >= next_)
            throw error(FS_INTERNAL, "the encoder made a picture of a frame that it was not given");
        return times_[number - base_];
    };
    int64_t pts = shown(packet->pts), dts = shown(packet->dts);
    while (packet->dts != AV_NOPTS_VALUE && base_ < packet->dts) {
        times_.pop_front();
        base_++;
    }
    packet->pts = pts;
    packet->dts = dts;
}

bool is_ogg(const AVOutputFormat* format) { return std::strncmp(format->name, "og", 2) == 0; }

AVRational container_rate(const AVOutputFormat* format, AVRational rate, bool variable) {
    constexpr AVRational fine{60, 1};       // frames of a variable rate are shown at most 1/120 s off
    if (std::strcmp(format->name, "avi") != 0 && !is_ogg(format))
        return {0, 1};
    AVRational known = plausible(rate);
    return variable && av_q2d(known) < av_q2d(fine) ? fine : known;
}

bool is_program_stream(const AVOutputFormat* format) {
    const std::string name = format->name;
    return name == "mpeg" || name == "vob" || name == "svcd" || name == "dvd" || name == "vcd";
}

int64_t constant_rate::next(const AVPacket* p) {
    const int64_t time = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
    if (origin_ == AV_NOPTS_VALUE) {
        origin_ = p->pts != AV_NOPTS_VALUE ? p->pts : time;     // the first packet has the first frame, and may be decoded well before it is shown
        const double exact = static_cast<double>(origin_) * av_q2d(tick_) * av_q2d(rate_);
        start_ = static_cast<int64_t>(std::floor(exact + (early_ ? 0.25 : 0.5)));
    }
    int64_t place = start_ + av_rescale_q(time - origin_, tick_, time_base());
    if (last_ != AV_NOPTS_VALUE && place <= last_)
        place = last_ + 1;
    left_places_ = left_places_ || (last_ != AV_NOPTS_VALUE && place > last_ + 1);
    // Clocks of milliseconds are off by a part of a frame; a quarter is no rounding any more.
    const double exact = static_cast<double>(time - origin_) * av_q2d(tick_) * av_q2d(rate_);
    moved_ = moved_ || std::abs(static_cast<double>(place - start_) - exact) > 0.25;
    return last_ = place;
}

int64_t constant_rate::place(AVPacket* p) {
    const bool first = last_ == AV_NOPTS_VALUE;
    const int64_t time = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts, place = next(p);
    int64_t behind = p->pts == AV_NOPTS_VALUE ? 0 : av_rescale_q(p->pts - time, tick_, time_base());
    p->dts = place;
    p->pts = place + std::max<int64_t>(behind, 0);
    p->duration = std::max<int64_t>(1, av_rescale_q(p->duration, tick_, time_base()));
    return first ? std::max<int64_t>(place, 0) : 0;
}

}  // namespace fs::video
