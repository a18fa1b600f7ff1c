#include "video_copy.h"
#include "video_container.h"

#include <algorithm>
#include <cstring>

namespace fs::video {

namespace {
constexpr int64_t subtitle_reach_us = 30 * AV_TIME_BASE;    // how long before the start a subtitle may have begun
constexpr int64_t decoder_lead_us = AV_TIME_BASE / 10;
constexpr int max_consecutive_errors = 16;

const char* kind(const AVStream* stream) {
    const char* text = av_get_media_type_string(stream->codecpar->codec_type);
    return text ? text : "unknown";
}

// Lengths and sizes that Matroska files note of their streams; a part of a stream has others.
void drop_statistics(AVStream* stream) {
    for (const char* stale : {"DURATION", "BPS", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES", "_STATISTICS_WRITING_APP", "_STATISTICS_WRITING_DATE_UTC",
                              "_STATISTICS_TAGS"})
        av_dict_set(&stream->metadata, stale, nullptr, 0);
}

bool is_matroska(const AVOutputFormat* format) { return std::strcmp(format->name, "matroska") == 0; }

bool is_cover(const AVStream* stream) { return (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0; }

std::string described(const AVStream* stream) {
    return "Stream " + std::to_string(stream->index) + " (" + kind(stream) + ", " + avcodec_get_name(stream->codecpar->codec_id) + ")";
}

// Whether Matroska holds a stream, which takes almost everything.
bool matroska_takes(const AVStream* stream) {
    const AVOutputFormat* matroska = av_guess_format("matroska", nullptr, nullptr);
    return matroska && container_trial(matroska).add(stream);
}
}  // namespace

stream_copier::stream_copier(const char* path, const AVOutputFormat* format, int64_t start_us, int64_t duration_us, std::vector<std::string>& warnings)
    : input_(open_input(path)),
      packet_(new_packet()),
      from_us_(origin_us(input_.get()) + start_us),
      to_us_(duration_us > 0 ? from_us_ + duration_us : INT64_MAX),
      cuts_(start_us != 0 ? 0 : INT64_MIN, duration_us > 0 ? duration_us : INT64_MAX),
      limited_start_(start_us != 0) {
    routes_.resize(input_->nb_streams);
    plan(format, warnings);
}

void stream_copier::begin_at(int64_t moment_us) {
    if (moment_us == 0)
        return;
    if (to_us_ != INT64_MAX)
        throw error(FS_INVALID_ARGUMENT, "a part of the source was chosen already");
    from_us_ = origin_us(input_.get()) + moment_us;
    limited_start_ = true;
    cuts_ = cut_list(0, INT64_MAX);
}

void stream_copier::begin_at_sound() {
    int sound = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
    if (sound < 0 || limited_start_)
        return;
    const AVStream* stream = input_->streams[sound];
    if (stream->start_time != AV_NOPTS_VALUE)
        from_us_ = av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q);
}

void stream_copier::plan(const AVOutputFormat* format, std::vector<std::string>& warnings) {
    const AVCodec* unused = nullptr;
    main_video_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &unused, 0);
    container_trial container(format);
    const AVStream* lost_sound = nullptr;
    bool sound = false;
    for (unsigned i = 0; i < routes_.size(); i++) {
        const AVStream* from = input_->streams[i];
        if (static_cast<int>(i) == main_video_ && !is_cover(from))
            continue;
        routes_[i].becomes = plan_stream(format, container, i, warnings);
        if (from->codecpar->codec_type != AVMEDIA_TYPE_AUDIO)
            continue;
        sound = sound || routes_[i].becomes != fate::left_out;
        if (routes_[i].becomes == fate::left_out && !lost_sound)
            lost_sound = from;
    }
    // A silent video is not what was asked for. Sound that no container holds is no reason to refuse the pictures.
    if (lost_sound && !sound && format->audio_codec != AV_CODEC_ID_NONE && !is_matroska(format) && matroska_takes(lost_sound))
        throw error(FS_INVALID_ARGUMENT, std::string(format->name) + " files cannot hold its sound (" + avcodec_get_name(lost_sound->codecpar->codec_id) +
                                             "), and the installed FFmpeg cannot re-code it; write an .mkv file");
}

stream_copier::fate stream_copier::plan_stream(const AVOutputFormat* format, container_trial& container, unsigned index,
                                               std::vector<std::string>& warnings) {
    const AVStream* from = input_->streams[index];
    AVMediaType type = from->codecpar->codec_type;
    // A track that holds the titles or pictures of chapters is not for anybody but the demuxer, who has read it; the muxer writes one of its own.
    if (type == AVMEDIA_TYPE_DATA && from->discard == AVDISCARD_ALL)
        return fate::left_out;
    if (is_cover(from) && from->disposition & AV_DISPOSITION_TIMED_THUMBNAILS) {
        warnings.push_back("Stream " + std::to_string(index) + " holds pictures of chapters, which were left out.");
        return fate::left_out;
    }
    if (type == AVMEDIA_TYPE_VIDEO && !is_cover(from)) {
        warnings.push_back("Stream " + std::to_string(index) + " is a second video and was left out.");
        return fate::left_out;
    }
    // In Matroska a cover is an attached file; as a stream it would become a second video.
    if (is_cover(from) && is_matroska(format) && from->attached_pic.size > 0)
        return fate::attached;
    if (!is_unusual(format, from->codecpar->codec_id) && container.add(from))
        return fate::copied;
    std::unique_ptr<stream_recoder> recoder = type == AVMEDIA_TYPE_AUDIO      ? recode_audio(from, format)
                                              : type == AVMEDIA_TYPE_SUBTITLE ? recode_subtitle(from, format)
                                                                              : nullptr;
    if (recoder && container.add(from, recoder->parameters())) {
        warnings.push_back(described(from) + " is re-coded as " + avcodec_get_name(recoder->parameters()->codec_id) + ", because " + format->name +
                           " files " + (is_unusual(format, from->codecpar->codec_id) ? "with it are read by few players" : "cannot hold it") +
                           (is_matroska(format) ? "." : "; write an .mkv file to keep it as it is."));
        routes_[index].recoder = std::move(recoder);
        return fate::recoded;
    }
    // Timecode and menu tracks come and go with the container; nobody misses them.
    if (type != AVMEDIA_TYPE_DATA && type != AVMEDIA_TYPE_UNKNOWN)
        warnings.push_back(described(from) + " was left out: " + format->name + " files cannot hold it" +
                           (is_matroska(format) ? "." : "; write an .mkv file to keep it."));
    return fate::left_out;
}

void stream_copier::declare(AVFormatContext* output, AVStream* video, std::vector<std::string>& warnings) {
    bool subtitles = false;
    for (unsigned i = 0; i < routes_.size(); i++) {
        AVStream* from = input_->streams[i];
        from->discard = AVDISCARD_ALL;
        if (static_cast<int>(i) == main_video_ && !is_cover(from)) {
            av_dict_copy(&video->metadata, from->metadata, 0);
            // Frames are delivered upright, and these describe the old encoding: whether there is alpha, the muxer says itself.
            drop_statistics(video);
            for (const char* stale : {"rotate", "encoder", "alpha_mode"})
                av_dict_set(&video->metadata, stale, nullptr, 0);
            video->disposition = from->disposition;
            continue;
        }
        route& r = routes_[i];
        if (r.becomes == fate::attached)
            attach_cover(output, from);
        if (r.becomes != fate::copied && r.becomes != fate::recoded)
            continue;
        AVStream* to = avformat_new_stream(output, nullptr);
        if (!to)
            throw std::bad_alloc();
        copy_stream_properties(to, from);
        drop_statistics(to);
        if (r.recoder) {
            check(avcodec_parameters_copy(to->codecpar, r.recoder->parameters()), "cannot copy a stream's parameters");
            to->time_base = r.recoder->tick();
            av_dict_set(&to->metadata, "encoder", nullptr, 0);
        } else {
            to->codecpar->codec_tag = fitting_tag(output->oformat, from->codecpar);
        }
        from->discard = AVDISCARD_DEFAULT;
        r.to = to->index;
        r.shift = av_rescale_q(from_us_, AV_TIME_BASE_Q, from->time_base);
        subtitles = subtitles || from->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
        cover_ = cover_ || is_cover(from);
        declared_++;
    }
    av_dict_copy(&output->metadata, input_->metadata, AV_DICT_DONT_OVERWRITE);
    for (const char* container_own : {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"})
        av_dict_set(&output->metadata, container_own, nullptr, 0);
    if (with_chapters_)
        copy_chapters(output);
    else if (input_->nb_chapters > 0)
        warnings.push_back("Chapters were left out, because frames are left out between them.");
    // After that, because streams that are not copied may tell how the clock jumps.
    source_ = std::make_unique<packet_source>(input_.get(), main_video_);
    if (limited_start_ && declared_ > 0 && !source_->jumps())
        av_seek_frame(input_.get(), -1, from_us_ - (subtitles ? subtitle_reach_us : AV_TIME_BASE), AVSEEK_FLAG_BACKWARD);
}

void stream_copier::attach_cover(AVFormatContext* output, const AVStream* from) const {
    AVStream* to = avformat_new_stream(output, nullptr);
    if (!to)
        throw std::bad_alloc();
    bool png = from->codecpar->codec_id == AV_CODEC_ID_PNG;
    to->codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
    to->codecpar->codec_id = from->codecpar->codec_id;
    to->codecpar->extradata = static_cast<uint8_t*>(av_mallocz(from->attached_pic.size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (!to->codecpar->extradata)
        throw std::bad_alloc();
    std::memcpy(to->codecpar->extradata, from->attached_pic.data, from->attached_pic.size);
    to->codecpar->extradata_size = from->attached_pic.size;
    av_dict_copy(&to->metadata, from->metadata, 0);
    av_dict_set(&to->metadata, "filename", png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
    av_dict_set(&to->metadata, "mimetype", png ? "image/png" : "image/jpeg", AV_DICT_DONT_OVERWRITE);
}

void stream_copier::copy_chapters(AVFormatContext* output) const {
    if (input_->nb_chapters == 0)
        return;
    output->chapters = static_cast<AVChapter**>(av_calloc(input_->nb_chapters, sizeof(AVChapter*)));
    if (!output->chapters)
        throw std::bad_alloc();
    for (unsigned i = 0; i < input_->nb_chapters; i++) {
        const AVChapter* from = input_->chapters[i];
        int64_t begin = av_rescale_q(from_us_, AV_TIME_BASE_Q, from->time_base);
        int64_t end = to_us_ == INT64_MAX ? INT64_MAX : av_rescale_q(to_us_, AV_TIME_BASE_Q, from->time_base);
        if (from->end <= begin || from->start >= end)
            continue;
        AVChapter* to = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
        if (!to)
            throw std::bad_alloc();
        to->id = from->id;
        to->time_base = from->time_base;
        to->start = std::max(from->start, begin) - begin;
        to->end = std::min(from->end, end) - begin;
        av_dict_copy(&to->metadata, from->metadata, 0);
        output->chapters[output->nb_chapters++] = to;
    }
}

// Moves the packet onto the output's clock; false if it lies outside the range.
bool stream_copier::place(AVPacket* packet, const route& r) const {
    const AVStream* stream = input_->streams[packet->stream_index];
    bool decoded_sound = r.recoder && stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    if (packet->flags & AV_PKT_FLAG_DISCARD && limited_start_ && !decoded_sound)
        return false;
    if (is_cover(stream)) {
        packet->pts = packet->dts = 0;
        return true;
    }
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts -= r.shift;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts -= r.shift;
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE)
        return true;
    if (to_us_ != INT64_MAX && av_compare_ts(time, stream->time_base, to_us_ - from_us_, AV_TIME_BASE_Q) >= 0)
        return false;
    if (!limited_start_ || time >= 0)
        return true;
    if (decoded_sound)      // cut at the sample; what comes shortly before lets the decoder swing in
        return av_compare_ts(time + packet->duration, stream->time_base, -decoder_lead_us, AV_TIME_BASE_Q) > 0;
    bool shown_later = stream->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE && packet->duration > 0 && time + packet->duration > 0;
    if (!shown_later)
        return false;
    packet->duration += time;
    packet->pts = packet->dts = 0;
    return true;
}

// Reads the next packet to be copied; it stays pending until it is written.
bool stream_copier::next(std::vector<std::string>& warnings) {
    if (pending_)
        return true;
    int errors = 0;
    while (!ended_) {
        int code;
        {
            log_watch silence;
            code = source_->read(packet_.get());
        }
        if (code == AVERROR(ENOMEM))
            throw std::bad_alloc();
        if (code < 0) {
            if (code != AVERROR_EOF && ++errors < max_consecutive_errors)
                continue;
            if (code != AVERROR_EOF)
                warnings.push_back("Sound and subtitles end early, because the source is damaged (" + words(code) + ").");
            ended_ = true;
            return false;
        }
        errors = 0;
        if (packet_->stream_index < static_cast<int>(routes_.size())) {
            const route& r = routes_[packet_->stream_index];
            // Far beyond the range there is nothing to wait for; streams of one file are never that much out of step.
            const AVStream* stream = input_->streams[packet_->stream_index];
            if (to_us_ != INT64_MAX && packet_->dts != AV_NOPTS_VALUE &&
                av_compare_ts(packet_->dts, stream->time_base, to_us_ + 10 * AV_TIME_BASE, AV_TIME_BASE_Q) > 0)
                ended_ = true;
            else if (r.to >= 0 && place(packet_.get(), r))
                return pending_ = true;
        }
        av_packet_unref(packet_.get());
    }
    return false;
}

// Writes the pending packet, or what it becomes.
void stream_copier::write(AVFormatContext* output, std::vector<std::string>& warnings) {
    AVPacket* packet = packet_.get();
    route& r = routes_[packet->stream_index];
    pending_ = false;
    if (r.recoder)
        r.recoder->take(packet, cuts_, [&](AVPacket* made) { write(output, r, made, r.recoder->tick(), warnings); });
    else
        write(output, r, packet, input_->streams[packet->stream_index]->time_base, warnings);
    av_packet_unref(packet);
}

void stream_copier::write(AVFormatContext* output, route& r, AVPacket* packet, AVRational tick, std::vector<std::string>& warnings) {
    AVStream* to = output->streams[r.to];
    av_packet_rescale_ts(packet, tick, to->time_base);
    packet->stream_index = r.to;
    packet->pos = -1;
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts != AV_NOPTS_VALUE ? packet->pts : r.last_dts == AV_NOPTS_VALUE ? 0 : r.last_dts + 1;
    // Muxers refuse times that do not rise; a source with a fault there keeps its packets, moved by the least step.
    bool may_repeat = (output->oformat->flags & AVFMT_TS_NONSTRICT) != 0 || to->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
    if (r.last_dts != AV_NOPTS_VALUE)
        packet->dts = std::max(packet->dts, r.last_dts + (may_repeat ? 0 : 1));
    if (packet->pts == AV_NOPTS_VALUE || packet->pts < packet->dts)
        packet->pts = packet->dts;
    r.last_dts = packet->dts;
    int code = av_interleaved_write_frame(output, packet);
    if (code >= 0)
        return;
    if (is_output_failure(code))
        fail(code, "cannot write");
    if (!failed_once_)
        warnings.push_back("A packet of stream " + std::to_string(&r - routes_.data()) + " could not be copied (" + words(code) + ").");
    failed_once_ = true;
}

void stream_copier::finish(AVFormatContext* output, int64_t until_us, std::vector<std::string>& warnings) {
    finishing_ = true;
    if (until_us != INT64_MAX)
        cuts_.end_at(cuts_.original(until_us));
    copy_until(output, until_us, warnings);
    for (route& r : routes_) {
        if (!r.recoder || r.to < 0)
            continue;
        r.recoder->take(nullptr, cuts_, [&](AVPacket* made) { write(output, r, made, r.recoder->tick(), warnings); });
        if (r.recoder->failed() > 0)
            warnings.push_back(described(input_->streams[&r - routes_.data()]) + ": " + std::to_string(r.recoder->failed()) +
                               " damaged packets could not be re-coded.");
    }
}

// Whether the pending packet lies in what is kept; if so, by how much it moves up and how long it is shown. Sound goes by the middle of a packet, so that
// packets never overtake each other and none is off by more than half its length; a subtitle shrinks to the kept part of its time.
bool stream_copier::survives(int64_t* moved_us, int64_t* duration_us) const {
    const AVPacket* packet = packet_.get();
    const AVStream* stream = input_->streams[packet->stream_index];
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    *moved_us = 0;
    *duration_us = -1;
    bool cut_by_sample = routes_[packet->stream_index].recoder && stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    if (cuts_.whole() || time == AV_NOPTS_VALUE || is_cover(stream) || cut_by_sample)
        return true;
    int64_t start = av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q), length = av_rescale_q(packet->duration, stream->time_base, AV_TIME_BASE_Q);
    bool inside = false;
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_SUBTITLE) {
        *moved_us = cuts_.before(start + length / 2, &inside);
        return !inside;
    }
    *moved_us = cuts_.before(start, &inside);
    bool end_inside = false;
    int64_t shown = length - (cuts_.before(start + length, &end_inside) - *moved_us);
    *duration_us = shown;
    return !inside || shown > 0;
}

bool stream_copier::copy_until(AVFormatContext* output, int64_t until_us, std::vector<std::string>& warnings) {
    if (declared_ == 0)
        return false;
    while (next(warnings)) {
        AVPacket* packet = packet_.get();
        AVRational tick = input_->streams[packet->stream_index]->time_base;
        int64_t moved_us, duration_us;
        if (!survives(&moved_us, &duration_us)) {
            av_packet_unref(packet);
            pending_ = false;
            continue;
        }
        int64_t moved = av_rescale_q(moved_us, AV_TIME_BASE_Q, tick);
        int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
        // Sound that is cut by the sample must be known to its end.
        const route& r = routes_[packet->stream_index];
        if (r.recoder && !finishing_ && time != AV_NOPTS_VALUE && until_us != INT64_MAX) {
            bool inside;
            int64_t end_us = av_rescale_q(time + packet->duration, tick, AV_TIME_BASE_Q);
            if (end_us - cuts_.before(end_us, &inside) >= until_us)
                return true;
        }
        // A packet that waits is looked at again: what is left out before it may not be known yet.
        if (until_us != INT64_MAX && time != AV_NOPTS_VALUE && av_compare_ts(time - moved, tick, until_us, AV_TIME_BASE_Q) >= 0)
            return true;
        if (packet->pts != AV_NOPTS_VALUE)
            packet->pts -= moved;
        if (packet->dts != AV_NOPTS_VALUE)
            packet->dts -= moved;
        if (duration_us >= 0)
            packet->duration = av_rescale_q(duration_us, AV_TIME_BASE_Q, tick);
        write(output, warnings);
    }
    return false;
}

}  // namespace fs::video
