// Stream copy: sound, subtitles, attachments, chapters and metadata of one file into another, packet by packet.
#pragma once

#include "video_clock.h"

#include <string>
#include <utility>
#include <vector>

namespace fs::video {

class stream_copier {
public:
    // The part [start, start + duration) of the source is copied and moved to 0; duration 0 is to the end.
    stream_copier(const char* path, int64_t start_us, int64_t duration_us);

    // Stretches will be left out: chapters stay behind, because the container wants them before anybody knows which. Before `declare`.
    void expect_gaps() { with_chapters_ = false; }

    // Declares the streams that the container can hold, and copies global metadata and chapters. The source's main video
    // stream lends its metadata and disposition to `video`.
    void declare(AVFormatContext* output, AVStream* video, std::vector<std::string>& warnings);

    // What lies in [start, end) is left out and what follows moves up to it; times are the output's as if nothing were left out. Stretches
    // rise, do not touch, and are told before copying gets there.
    void leave_out(int64_t start_us, int64_t end_us) { left_out_.push_back({start_us, end_us}); }

    // Writes the packets whose time in the output is before `until_us`. Returns false when there are no more.
    bool copy_until(AVFormatContext* output, int64_t until_us, std::vector<std::string>& warnings);

    // True if a cover picture goes along as a stream.
    bool copies_cover() const { return cover_; }

private:
    struct route {
        int to = -1;                            // stream of the output, -1: not copied
        int64_t shift = 0;                      // in the source's time base
        int64_t last_dts = AV_NOPTS_VALUE;      // in the output's time base
    };
    bool next(std::vector<std::string>& warnings);
    bool place(AVPacket* packet, const route& r) const;
    bool survives(int64_t* moved_us, int64_t* duration_us) const;
    int64_t left_out_before(int64_t time_us, bool* inside) const;
    bool attach_cover(AVFormatContext* output, const AVStream* from);
    void copy_chapters(AVFormatContext* output) const;
    void write(AVFormatContext* output, std::vector<std::string>& warnings);

    input_ptr input_;
    std::unique_ptr<packet_source> source_;
    packet_ptr packet_;
    std::vector<route> routes_;
    std::vector<std::pair<int64_t, int64_t>> left_out_;
    int64_t from_us_, to_us_;       // on the source's own clock
    bool limited_start_, with_chapters_ = true;
    bool pending_ = false, ended_ = false, failed_once_ = false, cover_ = false;
    int declared_ = 0;
};

}  // namespace fs::video
