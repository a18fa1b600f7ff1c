#include "video_clock.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace fs::video {

namespace {
constexpr int64_t second = AV_TIME_BASE;
constexpr int64_t longest_gap = 10 * second;        // more is no gap, but another clock
constexpr int64_t step_back = second / 10;          // less is disorder
constexpr int64_t in_step = 5 * second;             // how far the streams of one file are apart, at most
constexpr int64_t reach = 3 * second;               // how long the other streams are given to follow a jump
constexpr size_t recent_epochs = 8;
constexpr size_t most_packets_ahead = 8192;
constexpr int64_t most_bytes_ahead = 64 << 20;

int64_t in_us(int64_t time, const AVStream* stream) { return av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q); }
}  // namespace

packet_source::packet_source(AVFormatContext* input, int main_video)
    : input_(input), jumps_((input->iformat->flags & AVFMT_TS_DISCONT) != 0), tracks_(input->nb_streams) {
    if (!jumps_)
        return;
    for (unsigned i = 0; i < input->nb_streams; i++) {
        tracks_[i].takes_part = static_cast<int>(i) == main_video || input->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
        if (tracks_[i].takes_part)
            input->streams[i]->discard = AVDISCARD_DEFAULT;
    }
}

int packet_source::read(AVPacket* packet) {
    int code = take(packet);
    if (code >= 0 && jumps_)
        place(packet);
    return code;
}

int packet_source::take(AVPacket* packet) {
    if (!ahead_.empty()) {
        av_packet_move_ref(packet, ahead_.front().get());
        ahead_.pop_front();
        ahead_bytes_ -= packet->size;
        return 0;
    }
    if (failure_ < 0)
        return std::exchange(failure_, 0);
    return av_read_frame(input_, packet);
}

const AVPacket* packet_source::look_ahead(size_t index) {
    while (index >= ahead_.size()) {
        if (failure_ < 0 || ahead_.size() >= most_packets_ahead || ahead_bytes_ >= most_bytes_ahead)
            return nullptr;
        packet_ptr next = new_packet();
        int code = av_read_frame(input_, next.get());
        if (code < 0) {
            failure_ = code;
            return nullptr;
        }
        ahead_bytes_ += next->size;
        ahead_.push_back(std::move(next));
    }
    return ahead_[index].get();
}

int64_t packet_source::time_of(const AVPacket* packet) const {
    int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    return time == AV_NOPTS_VALUE ? time : in_us(time, input_->streams[packet->stream_index]);
}

namespace {
template <class Track>
bool jumped(const Track& t, const AVPacket* packet, int64_t time) {
    // Times of showing alone go back by some frames as a matter of course.
    int64_t back = packet->dts != AV_NOPTS_VALUE ? step_back : longest_gap;
    return time - t.next > longest_gap || t.last - time > back;
}
}  // namespace

void packet_source::update(track& t, const AVPacket* packet, int64_t time) const {
    bool anew = !t.seen || jumped(t, packet, time);
    const AVStream* stream = input_->streams[packet->stream_index];
    int64_t length = packet->duration > 0 ? in_us(packet->duration, stream) : 0;
    if (length == 0 && stream->avg_frame_rate.num > 0 && stream->avg_frame_rate.den > 0)
        length = av_rescale_q(1, av_inv_q(stream->avg_frame_rate), AV_TIME_BASE_Q);
    int64_t shown = packet->pts != AV_NOPTS_VALUE ? in_us(packet->pts, stream) : time;
    t.last = time;
    t.next = time + length;
    t.shown = anew ? shown + length : std::max(t.shown, shown + length);
    t.seen = true;
}

// Takes the stream into a later epoch that others have begun, if this time goes on there.
bool packet_source::follow(track& t, int64_t time) const {
    for (const epoch& e : recent_) {
        int64_t ahead = time + e.offset - (t.next + t.at.offset);
        if (e.number > t.at.number && ahead > -second && ahead < longest_gap) {
            t.at = e;
            return true;
        }
    }
    return false;
}

// The offset at which this packet follows on what its stream had before, decoded and shown.
int64_t packet_source::needed_offset(const track& t, const AVPacket* packet, int64_t time) const {
    int64_t shown = packet->pts != AV_NOPTS_VALUE ? in_us(packet->pts, input_->streams[packet->stream_index]) : time;
    return t.at.offset + std::max(t.next - time, t.shown - shown);
}

// Decides whether a jump is one of the clock or this stream's alone, by whether the others follow. If it is, an epoch begins.
bool packet_source::begin_epoch(const AVPacket* packet, int64_t time) {
    struct other {
        int64_t begun;
        bool waiting;
    };
    const track& self = tracks_[packet->stream_index];
    int64_t offset = needed_offset(self, packet, time), own = offset, own_last = time;
    std::vector<track> tracks = tracks_;
    std::vector<other> others(tracks.size(), other{0, false});
    size_t waiting = 0;
    for (size_t i = 0; i < tracks.size(); i++) {
        const track& t = tracks[i];
        bool active = t.takes_part && t.seen && static_cast<int>(i) != packet->stream_index &&
                      std::abs(t.next + t.at.offset - (self.next + self.at.offset)) < in_step;
        others[i] = {t.last, active};
        waiting += active;
    }
    bool joined = false, stayed = false;
    for (size_t i = 0; waiting > 0; i++) {
        const AVPacket* next = look_ahead(i);
        if (!next)
            break;
        int64_t at = time_of(next);
        size_t stream = next->stream_index;
        if (at == AV_NOPTS_VALUE || stream >= tracks.size())
            continue;
        if (next->stream_index == packet->stream_index) {
            if (at - time > reach || own_last - at > step_back)
                break;
            own_last = at;
            continue;
        }
        track& t = tracks[stream];
        if (!others[stream].waiting)
            continue;
        if (!jumped(t, next, at) || follow(t, at)) {
            update(t, next, at);
            if (t.last - others[stream].begun <= reach)
                continue;
            stayed = true;
        } else if (int64_t needed = needed_offset(t, next, at); std::abs(needed - own) < in_step) {
            joined = true;
            offset = std::max(offset, needed);
        }
        others[stream].waiting = false;
        waiting--;
    }
    if (stayed && !joined)
        return false;
    recent_.push_back({recent_.back().number + 1, offset});
    if (recent_.size() > recent_epochs)
        recent_.pop_front();
    return true;
}

// For streams that come now and then: the epoch in which this time is nearest to where picture and sound are.
packet_source::epoch packet_source::nearest(int64_t time) const {
    if (position_ == AV_NOPTS_VALUE)
        return recent_.back();
    return *std::min_element(recent_.rbegin(), recent_.rend(), [&](const epoch& a, const epoch& b) {
        return std::abs(time + a.offset - position_) < std::abs(time + b.offset - position_);
    });
}

void packet_source::place(AVPacket* packet) {
    int64_t time = time_of(packet);
    if (time == AV_NOPTS_VALUE)
        return;
    epoch at{0, 0};
    size_t index = packet->stream_index;
    if (index < tracks_.size() && tracks_[index].takes_part) {
        track& t = tracks_[index];
        if (!t.seen)
            t.at = nearest(time);
        else if (jumped(t, packet, time) && !follow(t, time) && begin_epoch(packet, time))
            t.at = recent_.back();
        update(t, packet, time);
        position_ = t.next + t.at.offset;
        at = t.at;
    } else {
        at = nearest(time);
    }
    int64_t moved = av_rescale_q(at.offset, AV_TIME_BASE_Q, input_->streams[index]->time_base);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts += moved;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts += moved;
}

}  // namespace fs::video
