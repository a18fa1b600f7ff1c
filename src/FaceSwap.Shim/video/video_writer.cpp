// Writes a container with the other streams of a source copied alongside. Its video is encoded from frames, or joined from segments that were
// encoded before. Nothing is kept but what the encoder and the muxer's interleaving need.
#include "video_copy.h"
#include "video_segment.h"

extern "C" {
#include <libavutil/avstring.h>
}

#include <algorithm>
#include <deque>

namespace fs::video {
namespace {

struct output_close {
    void operator()(AVFormatContext* c) const {
        if (c->pb)
            avio_closep(&c->pb);
        avformat_free_context(c);
    }
};

struct dictionary {
    AVDictionary* all = nullptr;
    ~dictionary() { av_dict_free(&all); }
};

// True if an mp4 or mov would lose an entry: beside these names it stores others only as free-form keys.
bool has_custom_keys(const AVDictionary* metadata) {
    static const char* const own[] = {"title",       "artist",   "album_artist", "composer",   "album",         "date",       "comment", "genre",
                                      "copyright",   "grouping", "lyrics",       "description", "synopsis",      "show",       "network", "episode_id",
                                      "keywords",    "author",   "track",        "disc",        "creation_time", "compilation"};
    const AVDictionaryEntry* entry = nullptr;
    while ((entry = av_dict_get(metadata, "", entry, AV_DICT_IGNORE_SUFFIX)))
        if (std::none_of(std::begin(own), std::end(own), [&](const char* name) { return av_strcasecmp(name, entry->key) == 0; }))
            return true;
    return false;
}

class writer {
public:
    explicit writer(const fs_video_writer_options& o) : options_(o), encoder_(o) {
        const AVOutputFormat* format = container_for(o.container_of, encoder_.codec());
        std::string url = "file:" + text(o.path);
        AVFormatContext* raw = nullptr;
        check(avformat_alloc_output_context2(&raw, const_cast<AVOutputFormat*>(format), nullptr, url.c_str()), "cannot set up the container");
        output_.reset(raw);
        raw->flags |= AVFMT_FLAG_BITEXACT;      // no random identifiers: the same frames give the same file
        if (o.copy_from)
            copier_ = std::make_unique<stream_copier>(o.copy_from, format, o.start_us, o.duration_us, warnings_);
        check(avio_open(&raw->pb, url.c_str(), AVIO_FLAG_WRITE), "cannot create the file");
    }

    void metadata(const char* key, const char* value) {
        check(av_dict_set(&output_->metadata, key, value, 0), "cannot set metadata");
    }

    void encode_on(const fs_video_hardware& where) { encoder_.encode_on(where); }

    void write(const AVFrame* source, int64_t time, int64_t duration) {
        if (first_)
            throw error(FS_INVALID_ARGUMENT, "a video is made of frames or of segments, not of both");
        if (!encoder_.started()) {
            encoder_.start(source, warnings_);
            parameters_ptr parameters(avcodec_parameters_alloc());
            if (!parameters)
                throw std::bad_alloc();
            check(avcodec_parameters_from_context(parameters.get(), encoder_.context()), "cannot describe the video stream");
            open_container(parameters.get(), encoder_.context()->framerate, encoder_.choice().fields);
        }
        encoder_.write(source, time, duration, [this](AVPacket* p) { write_packet(p); }, warnings_);
    }

    // Every segment is a video of its own to its encoder; the times of decoding are given anew over the seams. A packet is decoded `delay` frames ahead of
    // showing: at the time at which the frame is shown that stands `delay` places before it, which rises always and is never after its own.
    void append(const char* path, int32_t delay) {
        auto segment = std::make_unique<segment_reader>(path);
        if (!first_ && encoder_.started())
            throw error(FS_INVALID_ARGUMENT, "a video is made of frames or of segments, not of both");
        if (segment->info().delay > delay)
            throw error(FS_INVALID_ARGUMENT, "the segment needs a longer delay than was announced");
        const std::vector<int64_t>& times = segment->times();
        if (!first_) {
            open_container(segment->parameters(), segment->head().frame_rate, segment->head().picture.fields);
            lead_in(times, delay);
        } else {
            require_same_stream(*first_, *segment);
            if (times.front() <= last_time_)
                throw error(FS_INVALID_DATA, "the segments overlap in time");
        }
        decode_times_.insert(decode_times_.end(), times.begin(), times.end());
        last_time_ = times.back();
        packet_ptr packet = new_packet();
        while (segment->next(packet.get())) {
            packet->dts = decode_times_.front();
            decode_times_.pop_front();
            if (packet->pts < packet->dts)
                throw error(FS_INVALID_DATA, "a segment's packets are out of order");
            write_packet(packet.get());
            av_packet_unref(packet.get());
        }
        if (!first_)
            first_ = std::move(segment);
    }

    void expect_gaps() {
        if (stream_)
            throw error(FS_INVALID_ARGUMENT, "that frames will be left out must be said before the first");
        if (copier_)
            copier_->expect_gaps();
    }

    void copy_from(int64_t moment_us) {
        if (stream_ || !copier_)
            throw error(FS_INVALID_ARGUMENT, "where copying begins must be said before the first frame");
        moment_us == INT64_MIN ? copier_->begin_at_sound() : copier_->begin_at(moment_us);
    }

    void leave_out(int64_t start_us, int64_t end_us) {
        if (end_us <= start_us)
            throw error(FS_INVALID_ARGUMENT, "a stretch to leave out must have a length");
        if (copier_)
            copier_->leave_out(start_us - options_.start_us, end_us == INT64_MAX ? end_us : end_us - options_.start_us);
    }

    void finish() {
        if (!stream_)
            throw error(FS_INVALID_ARGUMENT, "no frame was written");
        if (encoder_.started())
            encoder_.flush([this](AVPacket* p) { write_packet(p); });
        if (copier_)
            copier_->finish(output_.get(), options_.shortest ? end_us_ : INT64_MAX, warnings_);
        check(av_write_trailer(output_.get()), "cannot write the end of the file");
        check_output();
        check(avio_closep(&output_->pb), "cannot close the file");
        tell_times();
    }

    const std::vector<std::string>& warnings() const { return warnings_; }

private:
    void tell_times() {
        const std::string name = output_->oformat->name;
        if (constant_ && constant_->moved())
            warnings_.push_back("Times of frames were moved: " + name +
                                " files show frames at a constant rate, and the source's do not follow one; write an .mp4 or .mkv file to keep them.");
        else if ((even_ && !even_->even()) || (constant_ && is_ogg(output_->oformat) && !constant_->even()))
            warnings_.push_back("Frames are not shown at their times: " + name +
                                " files tell the times of some frames only, between which a constant rate is taken, and the source's frames do not follow one; "
                                "write an .mp4 or .mkv file to keep them.");
    }

    void check_output() {
        if (output_->pb && output_->pb->error < 0)
            fail(output_->pb->error, "cannot write");
    }

    void open_container(const AVCodecParameters* parameters, AVRational frame_rate, int32_t fields) {
        stream_ = avformat_new_stream(output_.get(), nullptr);
        if (!stream_)
            throw std::bad_alloc();
        check(avcodec_parameters_copy(stream_->codecpar, parameters), "cannot describe the video stream");
        const signal& source = encoder_.source_signal();
        AVRational constant = container_rate(output_->oformat, {options_.frame_rate_num, options_.frame_rate_den}, source.seen & SEEN_VARIABLE_RATE);
        if (constant.num > 0) {
            // FFmpeg reads all pictures of an Ogg file a place later where the first is not at 0.
            constant_ = std::make_unique<constant_rate>(encoder_.tick(), constant, is_ogg(output_->oformat));
            frame_rate = constant;
        } else if (is_program_stream(output_->oformat) && frame_rate.num > 0 && frame_rate.den > 0) {
            even_ = std::make_unique<constant_rate>(encoder_.tick(), frame_rate);
        }
        stream_->time_base = constant_ ? constant_->time_base() : encoder_.tick();
        stream_->avg_frame_rate = frame_rate;
        stream_->sample_aspect_ratio = parameters->sample_aspect_ratio;
        if (copier_)
            copier_->declare(output_.get(), stream_, warnings_);
        dictionary flags;
        bool custom = has_custom_keys(output_->metadata);
        if (custom && copier_ && copier_->copies_cover() && av_opt_find(output_->priv_data, "movflags", nullptr, 0, 0))
            warnings_.push_back(std::string("The cover picture was left out: ") + output_->oformat->name +
                                " files hold either a cover or free-form metadata such as the mark of origin.");
        std::string mov = std::string(custom ? "+use_metadata_tags" : "") + (options_.fast_start ? "+faststart" : "");
        describe_stream(output_.get(), stream_, encoder_.codec(), source, static_cast<AVFieldOrder>(fields), &mov, warnings_);
        if (!mov.empty())
            av_dict_set(&flags.all, "movflags", mov.c_str(), 0);    // containers without this option leave it in the dictionary
        // Ogg tells the time at the end of a page only: frames that do not follow each other evenly get a page each.
        if (is_ogg(output_->oformat) && source.seen & SEEN_VARIABLE_RATE)
            av_dict_set(&flags.all, "page_duration", "1", 0);
        log_watch watch;
        int code = avformat_write_header(output_.get(), &flags.all);
        if (code < 0 && !is_output_failure(code))
            throw error(FS_INVALID_ARGUMENT, std::string("the container ") + output_->oformat->name + " cannot hold these streams (" +
                                                 (watch.errors() ? watch.first() : words(code)) + ")");
        check(code, "cannot write");
        check_output();
    }

    // Decoding begins before the first frame's time: as long as the frames that are decoded ahead take at the beginning.
    void lead_in(const std::vector<int64_t>& times, int32_t delay) {
        bool enough = static_cast<int64_t>(times.size()) > delay;
        for (int32_t i = 0; i < delay; i++)
            decode_times_.push_back(enough ? times[i] - (times[delay] - times[0]) : times[0] + (i - delay) * (times.size() > 1 ? times[1] - times[0] : 1));
    }

    // AVI's muxer leaves places empty after a packet only: the first frame would be shown from the beginning, and the second late.
    void begin_empty() {
        packet_ptr nothing = new_packet();
        nothing->stream_index = stream_->index;
        nothing->pts = nothing->dts = 0;
        nothing->duration = 1;
        check(av_interleaved_write_frame(output_.get(), nothing.get()), "cannot write");
    }

    void write_packet(AVPacket* p) {
        AVRational tick = encoder_.tick();
        int64_t time_us = av_rescale_q(p->dts != AV_NOPTS_VALUE ? p->dts : p->pts, tick, AV_TIME_BASE_Q);
        end_us_ = std::max(end_us_, av_rescale_q(p->pts + std::max<int64_t>(p->duration, 0), tick, AV_TIME_BASE_Q));
        if (copier_)
            copier_->copy_until(output_.get(), time_us, warnings_);
        if (even_)
            even_->watch(p);
        if (constant_) {
            if (constant_->place(p) > 0 && !is_ogg(output_->oformat))
                begin_empty();
            tick = constant_->time_base();
        }
        av_packet_rescale_ts(p, tick, stream_->time_base);
        p->stream_index = stream_->index;
        check(av_interleaved_write_frame(output_.get(), p), "cannot write");
        check_output();
    }

    fs_video_writer_options options_;
    std::unique_ptr<AVFormatContext, output_close> output_;
    std::unique_ptr<stream_copier> copier_;
    std::unique_ptr<constant_rate> constant_;       // of a container that knows no times
    std::unique_ptr<constant_rate> even_;           // of a container that tells too few of them
    frame_encoder encoder_;
    AVStream* stream_ = nullptr;
    int64_t end_us_ = 0;
    std::unique_ptr<segment_reader> first_;         // of the segments: all others must be like it
    std::deque<int64_t> decode_times_;              // of the packets to come
    int64_t last_time_ = 0;
    std::vector<std::string> warnings_;
};

}  // namespace
}  // namespace fs::video

using fs::video::writer;

// Checks codec and container, opens the source of copied streams, and creates the file. The encoder starts with the first frame.
FS_EXPORT fs_status fs_video_writer_open(const fs_video_writer_options* options, void** result) {
    return fs::guard("fs_video_writer_open", [&] {
        *result = nullptr;
        *result = new writer(*options);
        return FS_OK;
    });
}

// Closes the file as it is.
FS_EXPORT void fs_video_writer_free(void* self) { delete static_cast<writer*>(self); }

// Sets an entry of the file's metadata; only before the first frame.
FS_EXPORT fs_status fs_video_writer_metadata(void* self, const char* key, const char* value) {
    return fs::guard("fs_video_writer_metadata", [&] {
        static_cast<writer*>(self)->metadata(key, value);
        return FS_OK;
    });
}

// Frames may come from a device's memory, if the encoder takes such; before the first frame. The device must outlive the writer.
FS_EXPORT fs_status fs_video_writer_encode_on(void* self, const fs_video_hardware* where) {
    return fs::guard("fs_video_writer_encode_on", [&] {
        static_cast<writer*>(self)->encode_on(*where);
        return FS_OK;
    });
}

// Takes a frame by reference; the caller keeps and frees its own. Times are in the time base of the options and must rise.
FS_EXPORT fs_status fs_video_writer_write(void* self, const AVFrame* frame, int64_t pts, int64_t duration) {
    return fs::guard("fs_video_writer_write", [&] {
        static_cast<writer*>(self)->write(frame, pts, duration);
        return FS_OK;
    });
}

// Takes the packets of a finished segment, in the place of frames. `delay` is the longest of all segments to be joined (fs_video_segment_info).
FS_EXPORT fs_status fs_video_writer_append(void* self, const char* segment, int32_t delay) {
    return fs::guard("fs_video_writer_append", [&] {
        static_cast<writer*>(self)->append(segment, delay);
        return FS_OK;
    });
}

// The copied streams begin at this moment of their file (microseconds, on its frames' clock), which is laid at time 0 of the frames; INT64_MIN: at the beginning of
// its sound. Before the first frame, and only where no part of the source was chosen.
FS_EXPORT fs_status fs_video_writer_copy_from(void* self, int64_t moment_us) {
    return fs::guard("fs_video_writer_copy_from", [&] {
        static_cast<writer*>(self)->copy_from(moment_us);
        return FS_OK;
    });
}

// Says that stretches will be left out; before the first frame.
FS_EXPORT fs_status fs_video_writer_expect_gaps(void* self) {
    return fs::guard("fs_video_writer_expect_gaps", [&] {
        static_cast<writer*>(self)->expect_gaps();
        return FS_OK;
    });
}

// Leaves [start, end) of the source's time (microseconds, on the frames' clock) out of the copied streams; what follows moves up. Told before the
// first frame after it is written; the times of that frame and later ones have been moved up by the caller.
FS_EXPORT fs_status fs_video_writer_leave_out(void* self, int64_t start_us, int64_t end_us) {
    return fs::guard("fs_video_writer_leave_out", [&] {
        static_cast<writer*>(self)->leave_out(start_us, end_us);
        return FS_OK;
    });
}

// Flushes the encoder, copies what is left of the other streams, and closes the file.
FS_EXPORT fs_status fs_video_writer_finish(void* self) {
    return fs::guard("fs_video_writer_finish", [&] {
        static_cast<writer*>(self)->finish();
        return FS_OK;
    });
}

// Warning `index`, UTF-8, valid until the next call on this object; FS_END_OF_STREAM after the last.
FS_EXPORT fs_status fs_video_writer_warning(void* self, int32_t index, const char** text) {
    return fs::guard("fs_video_writer_warning", [&] {
        const auto& all = static_cast<writer*>(self)->warnings();
        if (index < 0 || index >= static_cast<int32_t>(all.size()))
            return FS_END_OF_STREAM;
        *text = all[index].c_str();
        return FS_OK;
    });
}
