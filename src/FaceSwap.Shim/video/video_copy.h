// Stream copy: sound, subtitles, attachments, chapters and metadata of one file into another, packet by packet.
#pragma once

#include "video_clock.h"
#include "video_recode.h"

#include <string>
#include <utility>
#include <vector>

namespace fs::video {

class stream_copier {
public:
    // The part [start, start + duration) of the source is copied and moved to 0; duration 0 is to the end. What becomes of each stream in this container is decided
    // here: it is copied, re-coded or left out. Fails if all sound would be lost that another container holds.
    stream_copier(const char* path, const AVOutputFormat* format, int64_t start_us, int64_t duration_us, std::vector<std::string>& warnings);

    // This moment of the source becomes 0, and what lies before it is left out. Before `declare`.
    void begin_at(int64_t moment_us);

    // The beginning of the source's sound becomes 0. Before `declare`.
    void begin_at_sound();

    // Stretches will be left out: chapters stay behind, because the container wants them before anybody knows which. Before `declare`.
    void expect_gaps() { with_chapters_ = false; }

    // Declares those streams, and copies global metadata and chapters. The source's main video
    // stream lends its metadata and disposition to `video`.
    void declare(AVFormatContext* output, AVStream* video, std::vector<std::string>& warnings);

    // What lies in [start, end) is left out and what follows moves up to it; times are the output's as if nothing were left out. Stretches
    // rise, do not touch, and are told before copying gets there.
    void leave_out(int64_t start_us, int64_t end_us) { cuts_.leave_out(start_us, end_us); }

    // Writes the packets whose time in the output is before `until_us`. Returns false when there are no more.
    bool copy_until(AVFormatContext* output, int64_t until_us, std::vector<std::string>& warnings);

    // Copies what is left before `until_us`, and writes what decoders and encoders of re-coded streams still hold.
    void finish(AVFormatContext* output, int64_t until_us, std::vector<std::string>& warnings);

    // True if a cover picture goes along as a stream.
    bool copies_cover() const { return cover_; }

private:
    enum class fate { left_out, copied, attached, recoded };
    struct route {
        fate becomes = fate::left_out;
        std::unique_ptr<stream_recoder> recoder;
        int to = -1;                            // stream of the output, -1: not copied
        int64_t shift = 0;                      // in the source's time base
        int64_t last_dts = AV_NOPTS_VALUE;      // in the output's time base
    };
    bool next(std::vector<std::string>& warnings);
    void plan(const AVOutputFormat* format, std::vector<std::string>& warnings);
    fate plan_stream(const AVOutputFormat* format, class container_trial& container, unsigned index, std::vector<std::string>& warnings);
    bool place(AVPacket* packet, const route& r) const;
    bool survives(int64_t* moved_us, int64_t* duration_us) const;
    void attach_cover(AVFormatContext* output, const AVStream* from) const;
    void copy_chapters(AVFormatContext* output) const;
    void write(AVFormatContext* output, std::vector<std::string>& warnings);
    void write(AVFormatContext* output, route& r, AVPacket* packet, AVRational tick, std::vector<std::string>& warnings);

    input_ptr input_;
    std::unique_ptr<packet_source> source_;
    packet_ptr packet_;
    std::vector<route> routes_;
    int main_video_ = -1;
    int64_t from_us_, to_us_;       // on the source's own clock
    cut_list cuts_;
    bool limited_start_, with_chapters_ = true;
    bool pending_ = false, ended_ = false, finishing_ = false, failed_once_ = false, cover_ = false;
    int declared_ = 0;
};

}  // namespace fs::video
