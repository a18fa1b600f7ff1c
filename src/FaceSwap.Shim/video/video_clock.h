// One clock for all packets of a file whose own clock may jump: transport streams after a reset of the sender, recordings put one behind another.
#pragma once

#include "video_common.h"

#include <deque>
#include <vector>

namespace fs::video {

// Reads packets in the order of the file. In formats with AVFMT_TS_DISCONT, what follows a jump of the clock (more than 10 s on, or 0.1 s back) goes on without a
// gap: picture, sound and all other streams are moved by the same offset, the least at which neither picture nor sound overlaps what came before. All other
// formats, and smaller gaps, keep their times. Two readers of one file find the same offsets if both begin at the beginning, whatever streams they want.
class packet_source {
public:
    // Reads on from where the file stands, which must be its beginning where `jumps`. The streams that the clock is found from are read whatever the caller wants.
    packet_source(AVFormatContext* input, int main_video);

    // As av_read_frame.
    int read(AVPacket* packet);

    // True if the file's clock may jump, so that its own seeking cannot be relied on.
    bool jumps() const { return jumps_; }

private:
    // Between two jumps all times are moved by one offset. Times are in microseconds.
    struct epoch {
        int64_t number, offset;
    };
    struct track {
        bool takes_part = false, seen = false;
        epoch at{0, 0};
        int64_t last = 0, next = 0, shown = 0;  // on the file's clock: last time of decoding, the one expected, end of what is shown
    };

    int take(AVPacket* packet);
    void place(AVPacket* packet);
    void update(track& t, const AVPacket* packet, int64_t time) const;
    bool follow(track& t, int64_t time) const;
    bool begin_epoch(const AVPacket* packet, int64_t time);
    const AVPacket* look_ahead(size_t index);
    int64_t needed_offset(const track& t, const AVPacket* packet, int64_t time) const;
    epoch nearest(int64_t time) const;
    int64_t time_of(const AVPacket* packet) const;

    AVFormatContext* input_;
    bool jumps_;
    std::vector<track> tracks_;
    std::deque<epoch> recent_{{0, 0}};
    int64_t position_ = AV_NOPTS_VALUE;     // where picture and sound have come to, on the continuous clock
    std::deque<packet_ptr> ahead_;          // read while looking at what follows a jump
    int64_t ahead_bytes_ = 0;
    int failure_ = 0;
};

}  // namespace fs::video
