// Decodes the main video stream of a file into upright planar frames of its own depth, by reference wherever the decoder's own
// format allows it.
#include "video_clock.h"
#include "video_finish.h"
#include "video_hardware.h"
#include "video_reader.h"
#include "video_signal.h"
#include "video_unpack.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>

namespace fs::video {
namespace {

constexpr int64_t never = INT64_MAX;
constexpr int max_consecutive_read_errors = 16;     // then the container is given up
constexpr int max_consecutive_drain_errors = 256;
constexpr int64_t most_run_up_bytes = 64 << 20;     // of packets between a key frame and the start

class reader {
public:
    // Fails with FS_UNSUPPORTED when `where` is given and the video cannot be decoded there.
    reader(const char* path, int64_t start_us, int64_t duration_us, int64_t from, int threads, const fs_video_hardware* where)
        : path_(path), input_(open_input(path)) {
        log_watch watch;
        start_watch_ = where ? &watch : nullptr;
        open_stream(threads, where);
        AVRational us = AV_TIME_BASE_Q;
        origin_ = av_rescale_q(origin_us(input_.get()), us, stream_->time_base);
        start_ = start_us > 0 ? av_rescale_q_rnd(start_us, us, stream_->time_base, AV_ROUND_UP) : INT64_MIN;
        end_ = duration_us > 0 ? av_rescale_q(std::max<int64_t>(start_us, 0) + duration_us, us, stream_->time_base) : never;
        begin_ = std::max(start_, from);
        first_frame();
        if (hardware_) {
            hardware_->check_start(watch, 0);
            hardware_decoding::check_frame(first_.get());
            if (!orientation_.none())
                throw error(FS_UNSUPPORTED, rotated);
        }
        start_watch_ = nullptr;
        fill_info(info_);
    }

    fs_status next(AVFrame** result, fs_video_frame_info* view) {
        *result = nullptr;
        frame_ptr frame = std::move(first_);    // finished already, when the stream was described
        if (!frame) {
            frame = decode();
            if (!frame)
                return FS_END_OF_STREAM;
            frame = finisher_.finish(std::move(frame), orientation_);
        }
        describe(frame.get(), view);
        *result = frame.release();
        return FS_OK;
    }

    const fs_video_stream_info& info() const { return info_; }
    const fs_video_damage& damage() const { return damage_; }
    const std::vector<uint8_t>& described_signal() const { return signal_; }

    // Why it is decoded on the processor although a device was named; empty if it is not.
    std::string note;

private:
    static constexpr const char* rotated = "it is stored rotated";

    // Takes the main video stream of the open file, and its packets from the beginning.
    const AVCodec* choose_stream() {
        const AVCodec* codec = nullptr;
        int index = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
        if (index < 0 || (input_->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC))
            throw error(index == AVERROR_DECODER_NOT_FOUND ? FS_INVALID_DATA : FS_NOT_FOUND,
                        index == AVERROR_DECODER_NOT_FOUND ? "no decoder for its video is in the installed FFmpeg" : "it has no video stream");
        stream_ = input_->streams[index];
        for (unsigned i = 0; i < input_->nb_streams; i++)
            if (input_->streams[i] != stream_)
                input_->streams[i]->discard = AVDISCARD_ALL;
        source_ = std::make_unique<packet_source>(input_.get(), index);
        return codec;
    }

    void open_stream(int threads, const fs_video_hardware* where) {
        const AVCodec* codec = choose_stream();
        const AVCodec* with_alpha = alpha_decoder(stream_);
        if (where && with_alpha)
            throw error(FS_UNSUPPORTED, "it has an alpha channel");
        if (where)
            codec = hardware_decoding::find(stream_->codecpar->codec_id);
        else if (with_alpha)
            codec = with_alpha;
        decoder_.reset(avcodec_alloc_context3(codec));
        if (!decoder_)
            throw std::bad_alloc();
        check(avcodec_parameters_to_context(decoder_.get(), stream_->codecpar), "cannot set up the decoder");
        decoder_->pkt_timebase = stream_->time_base;
        decoder_->thread_count = threads;
        if (where) {
            hardware_ = std::make_unique<hardware_decoding>(*where);
            hardware_->set_up(decoder_.get());
        }
        check(avcodec_open2(decoder_.get(), codec, nullptr), std::string("cannot open the decoder ") + codec->name);
        packet_ = new_packet();
        if (const int32_t* matrix = display_matrix(stream_)) {
            orientation_ = orientation_of(matrix);
            oriented_by_container_ = true;
            if (where && !orientation_.none())
                throw error(FS_UNSUPPORTED, rotated);
        }
        rate_ = av_guess_frame_rate(input_.get(), stream_, nullptr);
        frame_ticks_ = rate_.num > 0 && rate_.den > 0 ? std::max<int64_t>(1, av_rescale_q(1, av_inv_q(rate_), stream_->time_base)) : 0;
    }

    // Finds the first frame at or after the start.
    void first_frame() {
        if (begin_ == INT64_MIN || (input_->iformat->flags & AVFMT_NOTIMESTAMPS)) {
            first_ = decode();      // times of such streams are counted from the first frame
        } else if (!(source_->jumps() ? run_up() : seek())) {
            reopen();
            first_ = decode();
        }
        if (!first_)
            throw error(FS_INVALID_DATA, begin_ == INT64_MIN || !seen_any_ ? "no frame of it can be decoded"
                                                                           : "it ends before the start that was asked for");
        if (!oriented_by_container_)
            if (const AVFrameSideData* side = av_frame_get_side_data(first_.get(), AV_FRAME_DATA_DISPLAYMATRIX))
                orientation_ = orientation_of(reinterpret_cast<const int32_t*>(side->data));
        damage_.odd_rotation = orientation_.odd_angle ? 1 : 0;
    }

    // Whether nothing can be missing between the start and the first frame that decoding gives from here.
    bool decodes_from_start() {
        skipped_ = false;
        first_ = decode();
        return first_ && (skipped_ || first_->pts <= begin_);
    }

    // Containers seek by decoding time or not exactly at all, so a landing after the start is answered by trying from further back.
    bool seek() {
        int64_t ticks = av_rescale_q(AV_TIME_BASE, AV_TIME_BASE_Q, stream_->time_base);
        for (int64_t back : {int64_t{0}, 5 * ticks, 60 * ticks}) {
            int64_t target = begin_ - back;
            if (target <= 0)
                break;
            bool sought = av_seek_frame(input_.get(), stream_->index, target + origin_, AVSEEK_FLAG_BACKWARD) >= 0;
            restart();
            if (sought && decodes_from_start())
                return true;
        }
        return false;
    }

    // A clock that jumps cannot be sought in: everything up to the start is read, and what follows the last key frame before it is decoded.
    bool run_up() {
        int64_t bytes = 0;
        bool from_beginning = true;
        for (bool there = false; !there && read_packet();) {
            int64_t shown = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
            int64_t decoded = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
            if (packet_->flags & AV_PKT_FLAG_KEY && shown != AV_NOPTS_VALUE && shown - origin_ <= begin_ && !waiting_.empty()) {
                waiting_.clear();
                bytes = 0;
                from_beginning = false;
            }
            bytes += packet_->size;
            there = (decoded != AV_NOPTS_VALUE && decoded - origin_ > begin_) || bytes > most_run_up_bytes;
            waiting_.push_back(new_packet());
            av_packet_move_ref(waiting_.back().get(), packet_.get());
        }
        restart();
        return decodes_from_start() || from_beginning;
    }

    void reopen() {
        waiting_.clear();
        source_.reset();
        input_ = open_input(path_.c_str());
        choose_stream();
        restart();
    }

    void restart() {
        avcodec_flush_buffers(decoder_.get());
        draining_ = ended_ = false;
        last_pts_ = AV_NOPTS_VALUE;
        damage_ = fs_video_damage{};
        damage_.first_us = -1;
    }

    int64_t to_us(int64_t pts) const { return av_rescale_q(pts, stream_->time_base, AV_TIME_BASE_Q); }

    void note_damage(const std::string& text) {
        if (damage_.packets + damage_.frames + damage_.read_errors == 0) {
            damage_.first_us = last_pts_ == AV_NOPTS_VALUE ? -1 : to_us(last_pts_);
            copy_text(damage_.words, text.c_str());
        }
    }

    // The next frame in the range with its final time, or null at the end.
    frame_ptr decode() {
        while (!ended_) {
            frame_ptr frame = receive();
            if (!frame)
                break;
            seen_any_ = true;
            int64_t pts = frame->best_effort_timestamp;
            if (pts != AV_NOPTS_VALUE)
                pts -= origin_;
            int64_t duration = frame_duration(frame.get());
            if (duration <= 0)
                duration = frame_ticks_;
            // No time: follow on the frame before. One that goes back: the same in half the time, so that the frames after it catch up.
            if (pts == AV_NOPTS_VALUE)
                pts = last_pts_ == AV_NOPTS_VALUE ? 0 : last_pts_ + std::max<int64_t>(1, last_duration_);
            else if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_)
                pts = last_pts_ + std::max<int64_t>(1, last_duration_ / 2);
            last_pts_ = pts;
            last_duration_ = duration;
            if (pts >= end_) {
                ended_ = true;
                return nullptr;
            }
            if (pts < begin_) {
                skipped_ = true;
                continue;
            }
            frame->pts = pts;
            set_frame_duration(frame.get(), duration);
            return frame;
        }
        if (!ended_)
            check_truncation();
        ended_ = true;
        return nullptr;
    }

    frame_ptr receive() {
        frame_ptr frame = new_frame();
        int errors = 0;
        for (;;) {
            int code = avcodec_receive_frame(decoder_.get(), frame.get());
            if (start_watch_)
                hardware_->check_start(*start_watch_, damage_.packets);     // or it would look for a picture through the whole file
            if (code == 0) {
                bool corrupt = (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0;
                if (corrupt) {
                    note_damage("a frame was decoded with errors");
                    damage_.frames++;
                }
                return frame;
            }
            if (code == AVERROR(ENOMEM))
                throw std::bad_alloc();
            if (code == AVERROR_EOF)
                return nullptr;
            if (code != AVERROR(EAGAIN)) {
                note_damage(words(code));
                damage_.packets++;
                if (draining_) {
                    if (++errors > max_consecutive_drain_errors)
                        return nullptr;
                    continue;
                }
            } else if (draining_) {
                return nullptr;
            }
            feed();
        }
    }

    // Gives the decoder one packet, or the end of the stream.
    void feed() {
        if (!waiting_.empty()) {
            av_packet_unref(packet_.get());
            av_packet_move_ref(packet_.get(), waiting_.front().get());
            waiting_.pop_front();
        } else if (!read_packet()) {
            draining_ = true;
            avcodec_send_packet(decoder_.get(), nullptr);
            return;
        }
        int code = avcodec_send_packet(decoder_.get(), packet_.get());
        av_packet_unref(packet_.get());
        if (code == AVERROR(ENOMEM))
            throw std::bad_alloc();
        if (code < 0) {
            note_damage(words(code));
            damage_.packets++;
        }
    }

    // Reads the video's next packet; false at the end.
    bool read_packet() {
        for (int errors = 0;;) {
            log_watch watch;
            int code = source_->read(packet_.get());
            if (watch.errors() > 0 && code != AVERROR(EAGAIN)) {
                note_damage(watch.first());
                damage_.read_errors++;
            }
            if (code == AVERROR(ENOMEM))
                throw std::bad_alloc();
            if (code == AVERROR_EOF)
                return false;
            if (code < 0) {
                if (watch.errors() == 0) {
                    note_damage(words(code));
                    damage_.read_errors++;
                }
                if (++errors >= max_consecutive_read_errors)
                    return false;
                continue;
            }
            errors = 0;
            if (packet_->stream_index == stream_->index)
                return true;
            av_packet_unref(packet_.get());
        }
    }

    // Tells a file that was cut off from one that ends: compares the last frame with the announced length.
    void check_truncation() {
        if (last_pts_ == AV_NOPTS_VALUE)
            return;
        int64_t expected = announced_us();
        int64_t ended = to_us(last_pts_ + last_duration_);
        int64_t slack = std::max<int64_t>(AV_TIME_BASE / 2, to_us(frame_ticks_) * 3);
        if (expected > 0 && ended + slack < expected) {
            damage_.truncated = 1;
            damage_.ended_us = ended;
            damage_.expected_us = expected;
        }
    }

    // The end of the video stream that the container's header announces, 0 if it does not.
    int64_t announced_us() const {
        int64_t start = stream_->start_time == AV_NOPTS_VALUE ? 0 : to_us(stream_->start_time - origin_);
        bool index = input_->iformat->flags & AVFMT_TS_DISCONT;     // such a length is measured from the file, not announced
        if (index)
            return 0;
        if (stream_->duration > 0)
            return start + to_us(stream_->duration);
        if (const AVDictionaryEntry* tag = av_dict_get(stream_->metadata, "DURATION", nullptr, 0)) {
            int h = 0, m = 0;
            double s = 0;
            if (std::sscanf(tag->value, "%d:%d:%lf", &h, &m, &s) == 3)
                return static_cast<int64_t>((h * 3600.0 + m * 60.0 + s) * AV_TIME_BASE);
        }
        return input_->nb_streams == 1 && input_->duration > 0 ? input_->duration : 0;
    }

    void fill_info(fs_video_stream_info& info) {
        AVPixelFormat source = static_cast<AVPixelFormat>(first_->format);
        finisher_.palette_alpha = uses_transparent_colour(first_.get());
        AVRational aspect = av_guess_sample_aspect_ratio(input_.get(), stream_, first_.get());
        first_ = finisher_.finish(std::move(first_), orientation_);
        info = {};
        info.width = first_->width;
        info.height = first_->height;
        info.format = first_->format == AV_PIX_FMT_CUDA ? FS_VIDEO_NV12 : fs_format(first_->format);
        info.rotation = orientation_.degrees;
        info.time_base_num = stream_->time_base.num;
        info.time_base_den = stream_->time_base.den;
        info.frame_rate_num = rate_.num;
        info.frame_rate_den = rate_.num > 0 ? rate_.den : 0;
        bool transposed = orientation_.transpose && aspect.num > 0;
        info.aspect_num = transposed ? aspect.den : aspect.num;
        info.aspect_den = transposed ? aspect.num : std::max(aspect.den, 1);
        info.has_audio = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0;
        info.converted = plain_format(source) != plain_format(first_->format);
        info.duration_us = announced_us();
        if (info.duration_us <= 0 && input_->duration > 0)
            info.duration_us = input_->duration;
        info.frame_count = stream_->nb_frames;
        if (info.frame_count <= 0 && rate_.num > 0)
            info.frame_count = av_rescale_q_rnd(info.duration_us, AV_TIME_BASE_Q, av_inv_q(rate_), AV_ROUND_NEAR_INF);
        limit_to_range(info);
        signal_ = signal_of(stream_, first_.get(), orientation_.transpose, orientation_.flip_y).pack();
        info.color = {first_->colorspace, first_->color_primaries, first_->color_trc, first_->color_range};
        copy_text(info.codec, decoder_->codec->name);
        copy_text(info.container, input_->iformat->name);
        copy_text(info.source_format, av_get_pix_fmt_name(source));
    }

    void limit_to_range(fs_video_stream_info& info) const {
        int64_t from = start_ == INT64_MIN ? 0 : to_us(start_), whole = info.duration_us;
        if ((from <= 0 && end_ == never) || whole <= 0)
            return;
        int64_t to = end_ == never ? whole : std::min(whole, to_us(end_));
        info.duration_us = std::max<int64_t>(0, to - from);
        info.frame_count = av_rescale_rnd(info.frame_count, info.duration_us, whole, AV_ROUND_NEAR_INF);
    }

    std::string path_;
    input_ptr input_;
    std::unique_ptr<packet_source> source_;
    std::deque<packet_ptr> waiting_;        // read already, to be decoded first
    std::unique_ptr<hardware_decoding> hardware_;
    log_watch* start_watch_ = nullptr;      // until the first picture is there
    codec_ptr decoder_;
    packet_ptr packet_;
    AVStream* stream_ = nullptr;
    picture_finisher finisher_;
    orientation orientation_;
    bool oriented_by_container_ = false;
    AVRational rate_{0, 1};
    int64_t frame_ticks_ = 0;
    int64_t origin_ = 0, start_ = INT64_MIN, end_ = never;
    int64_t begin_ = INT64_MIN;     // what is delivered begins here, at or after the start
    int64_t last_pts_ = AV_NOPTS_VALUE, last_duration_ = 0;
    bool draining_ = false, ended_ = false, seen_any_ = false, skipped_ = false;
    frame_ptr first_;
    fs_video_stream_info info_{};
    std::vector<uint8_t> signal_;
    fs_video_damage damage_{0, 0, 0, -1, 0, 0, 0, 0, {0}};
};

}  // namespace
}  // namespace fs::video

using fs::video::reader;

// Opens a file and decodes its first frame. `start_us` and `duration_us` limit what is delivered (0: no limit); of that part, frames before the time
// `from` (in the stream's time base; INT64_MIN: none) are passed over. `threads` 0 lets the decoder choose. With `where`, pictures are decoded on that device
// and stay there (FS_VIDEO_NV12_DEVICE); what it cannot decode is decoded on the processor, and fs_video_reader_note says why.
FS_EXPORT fs_status fs_video_reader_open(const char* path, int64_t start_us, int64_t duration_us, int64_t from, int32_t threads,
                                         const fs_video_hardware* where, void** result, fs_video_stream_info* info) {
    return fs::guard("fs_video_reader_open", [&] {
        *result = nullptr;
        std::unique_ptr<reader> r;
        std::string note;
        try {
            if (where)
                r = std::make_unique<reader>(path, start_us, duration_us, from, threads, where);
        } catch (const fs::error& e) {
            note = e.what();    // a file that cannot be read at all fails below, in its own words
        }
        if (!r)
            r = std::make_unique<reader>(path, start_us, duration_us, from, threads, nullptr);
        r->note = note;
        *info = r->info();
        *result = r.release();
        return FS_OK;
    });
}

// Why a video is decoded on the processor although a device was named; empty if it is not. Valid as long as the reader.
FS_EXPORT const char* fs_video_reader_note(void* self) { return static_cast<reader*>(self)->note.c_str(); }

// What the stream says of its pictures beside their samples, as bytes for fs_video_writer_options of this same process; valid as long as the reader. `fields`: 0
// progressive, 1 interlaced with the top field first, 2 with the bottom field first.
FS_EXPORT void fs_video_reader_signal(void* self, const uint8_t** data, int32_t* size, int32_t* fields) {
    const std::vector<uint8_t>& bytes = static_cast<reader*>(self)->described_signal();
    *data = bytes.data();
    *size = static_cast<int32_t>(bytes.size());
    int32_t order;
    std::memcpy(&order, bytes.data(), sizeof order);
    *fields = order == AV_FIELD_TT ? 1 : order == AV_FIELD_BB ? 2 : 0;
}

FS_EXPORT void fs_video_reader_free(void* self) { delete static_cast<reader*>(self); }

// The next frame, owned by the caller, with its view; FS_END_OF_STREAM at the end. Damaged packets are skipped and counted.
FS_EXPORT fs_status fs_video_reader_next(void* self, AVFrame** frame, fs_video_frame_info* view) {
    return fs::guard("fs_video_reader_next", [&] { return static_cast<reader*>(self)->next(frame, view); });
}

// What was found damaged so far.
FS_EXPORT void fs_video_reader_damage(void* self, fs_video_damage* damage) { *damage = static_cast<reader*>(self)->damage(); }
