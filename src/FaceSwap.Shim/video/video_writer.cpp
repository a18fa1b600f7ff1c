// Encodes frames and writes a container, with the other streams of a source copied alongside. Nothing is kept but what the
// encoder and the muxer's interleaving need.
#include "video_convert.h"
#include "video_copy.h"
#include "video_encoder.h"

extern "C" {
#include <libavutil/avstring.h>
}

#include <algorithm>
#include <deque>

struct fs_video_writer_options {
    const char* path;           // file to create
    const char* container_of;   // file name whose extension names the container
    const char* codec;
    const char* preset;         // or null
    const char* pixel_format;   // FFmpeg's name
    const char* copy_from;      // or null
    int64_t start_us;           // part of copy_from; frames' times are moved by the same amount
    int64_t duration_us;        // 0: to the end
    double crf;                 // negative: the encoder's default
    int32_t threads;            // 0: the encoder chooses
    int32_t time_base_num, time_base_den;
    int32_t frame_rate_num, frame_rate_den;     // 0/x unknown
    int32_t aspect_num, aspect_den;
    int32_t shortest;           // 1: the copied streams end with the video
    int32_t fast_start;         // 1: the index goes to the front (mp4, mov)
    fs_video_color color;       // what is unspecified comes from the first frame
    int32_t tag_color_from_frame;   // 1: matrix and range come from the first frame even so
};
static_assert(sizeof(fs_video_writer_options) == 128, "mirrored by ShimNative.Video.cs");

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

std::string text(const char* from) { return from ? from : ""; }

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
    explicit writer(const fs_video_writer_options& o)
        : options_(o), preset_(text(o.preset)), pixel_format_(text(o.pixel_format)), tick_{o.time_base_num, o.time_base_den} {
        quiet_log();
        if (tick_.num <= 0 || tick_.den <= 0)
            throw error(FS_INVALID_ARGUMENT, "the time base is not positive");
        codec_ = avcodec_find_encoder_by_name(o.codec);
        if (!codec_ || codec_->type != AVMEDIA_TYPE_VIDEO)
            throw error(FS_NOT_FOUND, "the installed FFmpeg has no video encoder named '" + text(o.codec) + "'");
        const AVOutputFormat* format = av_guess_format(nullptr, o.container_of, nullptr);
        if (!format || (format->flags & AVFMT_NOFILE) || format->video_codec == AV_CODEC_ID_NONE)
            throw error(FS_INVALID_ARGUMENT, "its extension names no video container; use .mp4, .mkv, .mov or .webm");
        if (avformat_query_codec(format, codec_->id, FF_COMPLIANCE_NORMAL) == 0)
            throw error(FS_INVALID_ARGUMENT, std::string(format->name) + " files cannot hold what the encoder " + codec_->name +
                                                 " makes; choose another codec or extension");
        std::string url = "file:" + text(o.path);
        AVFormatContext* raw = nullptr;
        check(avformat_alloc_output_context2(&raw, const_cast<AVOutputFormat*>(format), nullptr, url.c_str()), "cannot set up the container");
        output_.reset(raw);
        if (o.copy_from)
            copier_ = std::make_unique<stream_copier>(o.copy_from, o.start_us, o.duration_us);
        check(avio_open(&raw->pb, url.c_str(), AVIO_FLAG_WRITE), "cannot create the file");
        shift_ = o.start_us > 0 ? av_rescale_q(o.start_us, AV_TIME_BASE_Q, tick_) : 0;
        packet_ = new_packet();
    }

    void metadata(const char* key, const char* value) {
        check(av_dict_set(&output_->metadata, key, value, 0), "cannot set metadata");
    }

    void write(const AVFrame* source, int64_t time, int64_t duration) {
        if (!encoder_)
            start(source);
        frame_ptr frame = fit(source);
        int64_t pts = time - shift_;
        if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_)
            throw error(FS_INVALID_ARGUMENT, "frame times do not rise: " + std::to_string(time) + " follows " +
                                                 std::to_string(last_pts_ + shift_));
        last_pts_ = pts;
        durations_.push_back({pts, duration});
        frame->pts = pts;
        set_frame_duration(frame.get(), duration);
        frame->pict_type = AV_PICTURE_TYPE_NONE;    // the source's choice of key frames is not this encoder's
#ifdef AV_FRAME_FLAG_KEY
        frame->flags &= ~AV_FRAME_FLAG_KEY;
#else
        frame->key_frame = 0;
#endif
        frame->quality = 0;
        check(avcodec_send_frame(encoder_.get(), frame.get()), "the encoder refuses a frame");
        drain();
    }

    void expect_gaps() {
        if (encoder_)
            throw error(FS_INVALID_ARGUMENT, "that frames will be left out must be said before the first");
        if (copier_)
            copier_->expect_gaps();
    }

    void leave_out(int64_t start_us, int64_t end_us) {
        if (end_us <= start_us)
            throw error(FS_INVALID_ARGUMENT, "a stretch to leave out must have a length");
        if (copier_)
            copier_->leave_out(start_us - options_.start_us, end_us == INT64_MAX ? end_us : end_us - options_.start_us);
    }

    void finish() {
        if (!encoder_)
            throw error(FS_INVALID_ARGUMENT, "no frame was written");
        check(avcodec_send_frame(encoder_.get(), nullptr), "the encoder cannot be flushed");
        drain();
        if (copier_)
            copier_->copy_until(output_.get(), options_.shortest ? end_us_ : INT64_MAX, warnings_);
        check(av_write_trailer(output_.get()), "cannot write the end of the file");
        check_output();
        check(avio_closep(&output_->pb), "cannot close the file");
    }

    const std::vector<std::string>& warnings() const { return warnings_; }

private:
    void check_output() {
        if (output_->pb && output_->pb->error < 0)
            fail(output_->pb->error, "cannot write");
    }

    void start(const AVFrame* first) {
        format_ = choose_format(codec_, pixel_format_, warnings_);
        // Encoders for 4:2:0 and 4:2:2 mostly take even sizes only: tried as it is, then with the last column and row repeated.
        const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(format_);
        int width = first->width, height = first->height;
        int even_w = FFALIGN(width, 1 << layout->log2_chroma_w), even_h = FFALIGN(height, 1 << layout->log2_chroma_h);
        if ((even_w == width && even_h == height) || !open_encoder(first, width, height, false)) {
            open_encoder(first, even_w, even_h, true);
            if (even_w != width || even_h != height)
                warnings_.push_back("The frames are " + std::to_string(width) + "x" + std::to_string(height) + ", but " + codec_->name + " with " +
                                    pixel_format_ + " takes even sizes only: the last column or row is repeated once, which makes " +
                                    std::to_string(even_w) + "x" + std::to_string(even_h) + ".");
        }
        open_container();
    }

    bool open_encoder(const AVFrame* first, int width, int height, bool must) {
        encoder_.reset(avcodec_alloc_context3(codec_));
        if (!encoder_)
            throw std::bad_alloc();
        AVCodecContext* e = encoder_.get();
        e->width = width;
        e->height = height;
        e->pix_fmt = format_;
        e->time_base = tick_;
        if (codec_->id == AV_CODEC_ID_MPEG4 && tick_.den > 65535)     // a limit of that format
            throw error(FS_INVALID_ARGUMENT, "MPEG-4 part 2 cannot keep times as fine as the source's; choose another codec");
        if (options_.frame_rate_num > 0 && options_.frame_rate_den > 0)
            e->framerate = {options_.frame_rate_num, options_.frame_rate_den};
        if (options_.aspect_num > 0 && options_.aspect_den > 0)
            e->sample_aspect_ratio = {options_.aspect_num, options_.aspect_den};
        e->thread_count = options_.threads;
        color_ = tag_color(e, first, options_.color, options_.tag_color_from_frame != 0);
        if (output_->oformat->flags & AVFMT_GLOBALHEADER)
            e->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
        if (codec_->id == AV_CODEC_ID_HEVC && text(output_->oformat->name).find("mp4") != std::string::npos)
            e->codec_tag = MKTAG('h', 'v', 'c', '1');       // the spelling that all players take
        set_quality(e, codec_, preset_, options_.crf);
        log_watch watch;
        int code = avcodec_open2(e, codec_, nullptr);
        if (code < 0 && must)
            throw error(code == AVERROR(ENOMEM) ? FS_OUT_OF_MEMORY : FS_INVALID_ARGUMENT,
                        std::string("the encoder ") + codec_->name + " does not start (" + (watch.errors() ? watch.first() : words(code)) + ")");
        return code >= 0;
    }

    void open_container() {
        stream_ = avformat_new_stream(output_.get(), nullptr);
        if (!stream_)
            throw std::bad_alloc();
        check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()), "cannot describe the video stream");
        stream_->time_base = tick_;
        stream_->avg_frame_rate = encoder_->framerate;
        stream_->sample_aspect_ratio = encoder_->sample_aspect_ratio;
        if (copier_)
            copier_->declare(output_.get(), stream_, warnings_);
        dictionary flags;
        bool custom = has_custom_keys(output_->metadata);
        if (custom && copier_ && copier_->copies_cover() && av_opt_find(output_->priv_data, "movflags", nullptr, 0, 0))
            warnings_.push_back(std::string("The cover picture was left out: ") + output_->oformat->name +
                                " files hold either a cover or free-form metadata such as the mark of origin.");
        std::string mov = std::string(custom ? "+use_metadata_tags" : "") + (options_.fast_start ? "+faststart" : "");
        if (!mov.empty())
            av_dict_set(&flags.all, "movflags", mov.c_str(), 0);    // containers without this option leave it in the dictionary
        log_watch watch;
        int code = avformat_write_header(output_.get(), &flags.all);
        if (code < 0 && !is_output_failure(code))
            throw error(FS_INVALID_ARGUMENT, std::string("the container ") + output_->oformat->name + " cannot hold these streams (" +
                                                 (watch.errors() ? watch.first() : words(code)) + ")");
        check(code, "cannot write");
        check_output();
    }

    // The frame as the encoder takes it: by reference if it is so already.
    frame_ptr fit(const AVFrame* source) {
        AVPixelFormat from = plain_format(source->format), to = plain_format(format_);
        int width = encoder_->width, height = encoder_->height;
        bool near = width - source->width >= 0 && width - source->width <= 3 && height - source->height >= 0 && height - source->height <= 3;
        frame_ptr frame;
        bool bgr = source->format == AV_PIX_FMT_BGR24, same_range = bgr || range_of(source) == color_.full;
        if (from == to && source->width == width && source->height == height && same_range) {
            frame = new_frame();
            check(av_frame_ref(frame.get(), source), "cannot refer to a frame");
        } else {
            const AVFrame* current = source;
            bool planar8 = fs_format(to) >= FS_VIDEO_YUV420P && fs_format(to) <= FS_VIDEO_YUV444P;
            int target_w = near && planar8 ? source->width : width, target_h = near && planar8 ? source->height : height;
            if (from == AV_PIX_FMT_GRAY8 && planar8 && target_w == source->width && target_h == source->height) {
                frame = gray_to_yuv(source, to);
                current = frame.get();
            } else if (from != to || target_w != source->width || target_h != source->height || !same_range) {
                frame = converter_.convert_to(source, to, target_w, target_h, bgr ? color_.rgb_matrix : matrix_of(source), color_.full);
                current = frame.get();
            }
            if (target_w != width || target_h != height)
                frame = pad(current, width, height);
            if (!near && !scaled_) {
                scaled_ = true;
                warnings_.push_back("A frame of " + std::to_string(source->width) + "x" + std::to_string(source->height) + " was scaled to " +
                                    std::to_string(width) + "x" + std::to_string(height) + ", the size the video began with.");
            }
        }
        frame->format = format_;
        frame->sample_aspect_ratio = encoder_->sample_aspect_ratio;
        return frame;
    }

    void drain() {
        for (;;) {
            int code = avcodec_receive_packet(encoder_.get(), packet_.get());
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
                return;
            check(code, "the encoder failed");
            write_packet();
        }
    }

    void write_packet() {
        AVPacket* p = packet_.get();
        // Encoders before FFmpeg 6 do not carry a frame's duration; the last frame's length would be lost.
        while (!durations_.empty()) {
            auto found = std::find_if(durations_.begin(), durations_.end(), [&](const auto& d) { return d.first == p->pts; });
            if (found == durations_.end())
                break;
            p->duration = found->second;
            durations_.erase(found);
            break;
        }
        int64_t time_us = av_rescale_q(p->dts != AV_NOPTS_VALUE ? p->dts : p->pts, tick_, AV_TIME_BASE_Q);
        end_us_ = std::max(end_us_, av_rescale_q(p->pts + std::max<int64_t>(p->duration, 0), tick_, AV_TIME_BASE_Q));
        if (copier_)
            copier_->copy_until(output_.get(), time_us, warnings_);
        av_packet_rescale_ts(p, tick_, stream_->time_base);
        p->stream_index = stream_->index;
        check(av_interleaved_write_frame(output_.get(), p), "cannot write");
        check_output();
    }

    fs_video_writer_options options_;
    std::string preset_, pixel_format_;
    AVRational tick_;
    const AVCodec* codec_ = nullptr;
    std::unique_ptr<AVFormatContext, output_close> output_;
    std::unique_ptr<stream_copier> copier_;
    codec_ptr encoder_;
    packet_ptr packet_;
    AVStream* stream_ = nullptr;
    AVPixelFormat format_ = AV_PIX_FMT_NONE;
    converter converter_;
    color_choice color_;
    bool scaled_ = false;
    int64_t shift_ = 0, last_pts_ = AV_NOPTS_VALUE, end_us_ = 0;
    std::deque<std::pair<int64_t, int64_t>> durations_;     // of frames inside the encoder: (time, duration)
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

// Takes a frame by reference; the caller keeps and frees its own. Times are in the time base of the options and must rise.
FS_EXPORT fs_status fs_video_writer_write(void* self, const AVFrame* frame, int64_t pts, int64_t duration) {
    return fs::guard("fs_video_writer_write", [&] {
        static_cast<writer*>(self)->write(frame, pts, duration);
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
