// A segment of a video in a file of its own: the packets of one encoder with their times as they are, and what a container must know of
// them. The format is this program's alone, for the machine that wrote it.
#pragma once

#include "video_frame_encoder.h"

struct fs_video_segment_info {
    int64_t frames;
    int64_t first_pts, last_pts;    // in the time base
    int32_t delay;                  // frames that decoding runs ahead of showing, as the encoder has it or as its packets need
    int32_t reserved;
    fs_video_picture picture;
};
static_assert(sizeof(fs_video_segment_info) == 72, "mirrored by ShimNative.Segment.cs");

namespace fs::video {

struct output_io_close {
    void operator()(AVIOContext* c) const { avio_closep(&c); }
};
using io_ptr = std::unique_ptr<AVIOContext, output_io_close>;

// What precedes the packets of a segment, but for the encoder's extradata.
struct segment_head {
    AVRational tick, frame_rate;
    fs_video_picture picture;
};

// Writes a segment.
class segment_file {
public:
    segment_file(const char* path);
    void begin(const AVCodecContext* encoder, const segment_head& head);
    void take(const AVPacket* packet);
    void finish();
    const fs_video_segment_info& info() const { return info_; }

private:
    void check_disk() const;

    io_ptr io_;
    std::vector<int64_t> times_;    // of showing, as the packets come
    fs_video_segment_info info_{};
};

// Reads a segment; a file that is not whole fails to open.
class segment_reader {
public:
    explicit segment_reader(const char* path);
    const segment_head& head() const { return head_; }
    const AVCodecParameters* parameters() const { return parameters_.get(); }
    const fs_video_segment_info& info() const { return info_; }
    const std::vector<int64_t>& times() const { return times_; }    // of showing, rising
    bool next(AVPacket* packet);

private:
    void read_into(void* to, int64_t size);
    template <class T>
    T read() {
        T value;
        read_into(&value, sizeof value);
        return value;
    }

    io_ptr io_;
    segment_head head_{};
    parameters_ptr parameters_;
    fs_video_segment_info info_{};
    std::vector<int64_t> times_;
    int64_t left_ = 0;
};

// Fails unless packets of both can follow each other in one stream.
void require_same_stream(const segment_reader& first, const segment_reader& other);

}  // namespace fs::video
