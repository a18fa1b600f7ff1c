#include "video_copy.h"

#include <algorithm>
#include <cstring>

namespace fs::video {

namespace {
constexpr int64_t subtitle_reach_us = 30 * AV_TIME_BASE;    // how long before the start a subtitle may have begun
constexpr int max_consecutive_errors = 16;

const char* kind(const AVStream* stream) {
    const char* text = av_get_media_type_string(stream->codecpar->codec_type);
    return text ? text : "unknown";
}

// The container's own tag for the codec if the source's is not valid there.
uint32_t fitting_tag(const AVOutputFormat* format, const AVCodecParameters* parameters) {
    if (!format->codec_tag || av_codec_get_id(format->codec_tag, parameters->codec_tag) == parameters->codec_id)
        return parameters->codec_tag;
    unsigned tag = 0;
    return av_codec_get_tag2(format->codec_tag, parameters->codec_id, &tag) ? 0 : parameters->codec_tag;
}

void copy_stream_properties(AVStream* to, const AVStream* from) {
    check(avcodec_parameters_copy(to->codecpar, from->codecpar), "cannot copy a stream's parameters");
    to->time_base = from->time_base;
    to->disposition = from->disposition;
    to->sample_aspect_ratio = from->sample_aspect_ratio;
    to->avg_frame_rate = from->avg_frame_rate;
    av_dict_copy(&to->metadata, from->metadata, 0);
}

// Lengths and sizes that Matroska files note of their streams; a part of a stream has others.
void drop_statistics(AVStream* stream) {
    for (const char* stale : {"DURATION", "BPS", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES", "_STATISTICS_WRITING_APP", "_STATISTICS_WRITING_DATE_UTC",
                              "_STATISTICS_TAGS"})
        av_dict_set(&stream->metadata, stale, nullptr, 0);
}

struct output_free {
    void operator()(AVFormatContext* c) const {
        if (c->pb) {
            uint8_t* bytes = nullptr;
            avio_close_dyn_buf(c->pb, &bytes);
            av_free(bytes);
            c->pb = nullptr;
        }
        avformat_free_context(c);
    }
};

// Asks the muxer itself, by writing a header with this stream alone to memory.
bool container_takes(const AVOutputFormat* format, const AVStream* stream) {
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT && std::strcmp(format->name, "matroska") != 0)
        return false;       // other muxers write a track without content
    AVFormatContext* raw = nullptr;
    if (avformat_alloc_output_context2(&raw, const_cast<AVOutputFormat*>(format), nullptr, nullptr) < 0)
        return false;
    std::unique_ptr<AVFormatContext, output_free> trial(raw);
    AVStream* copy = avformat_new_stream(raw, nullptr);
    if (!copy || avio_open_dyn_buf(&raw->pb) < 0)
        return false;
    copy_stream_properties(copy, stream);
    copy->codecpar->codec_tag = fitting_tag(format, stream->codecpar);
    log_watch silence;
    return avformat_write_header(raw, nullptr) >= 0;
}
}  // namespace

stream_copier::stream_copier(const char* path, int64_t start_us, int64_t duration_us) : input_(open_input(path)), packet_(new_packet()) {
    from_us_ = origin_us(input_.get()) + std::max<int64_t>(start_us, 0);
    to_us_ = duration_us > 0 ? from_us_ + duration_us : INT64_MAX;
    limited_start_ = start_us > 0;
    routes_.resize(input_->nb_streams);
}

void stream_copier::declare(AVFormatContext* output, AVStream* video, std::vector<std::string>& warnings) {
    const AVCodec* unused = nullptr;
    int main_video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &unused, 0);
    bool subtitles = false;
    for (unsigned i = 0; i < input_->nb_streams; i++) {
        AVStream* from = input_->streams[i];
        from->discard = AVDISCARD_ALL;
        bool cover = (from->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
        if (static_cast<int>(i) == main_video && !cover) {
            av_dict_copy(&video->metadata, from->metadata, 0);
            // Frames are delivered upright, and these describe the old encoding: whether there is alpha, the muxer says itself.
            drop_statistics(video);
            for (const char* stale : {"rotate", "encoder", "alpha_mode"})
                av_dict_set(&video->metadata, stale, nullptr, 0);
            video->disposition = from->disposition;
            continue;
        }
        AVMediaType type = from->codecpar->codec_type;
        if (type == AVMEDIA_TYPE_VIDEO && !cover) {
            warnings.push_back("Stream " + std::to_string(i) + " is a second video and was left out.");
            continue;
        }
        if (cover && attach_cover(output, from))
            continue;
        if (!container_takes(output->oformat, from)) {
            // Timecode and menu tracks come and go with the container; nobody misses them.
            if (type != AVMEDIA_TYPE_DATA && type != AVMEDIA_TYPE_UNKNOWN)
                warnings.push_back(std::string("Stream ") + std::to_string(i) + " (" + kind(from) + ", " +
                                   avcodec_get_name(from->codecpar->codec_id) + ") was left out: " + output->oformat->name + " files cannot hold it" +
                                   (std::strcmp(output->oformat->name, "matroska") ? "; write an .mkv file to keep it." : "."));
            continue;
        }
        AVStream* to = avformat_new_stream(output, nullptr);
        if (!to)
            throw std::bad_alloc();
        copy_stream_properties(to, from);
        drop_statistics(to);
        to->codecpar->codec_tag = fitting_tag(output->oformat, from->codecpar);
        from->discard = AVDISCARD_DEFAULT;
        routes_[i].to = to->index;
        routes_[i].shift = av_rescale_q(from_us_, AV_TIME_BASE_Q, from->time_base);
        subtitles = subtitles || type == AVMEDIA_TYPE_SUBTITLE;
        cover_ = cover_ || cover;
        declared_++;
    }
    av_dict_copy(&output->metadata, input_->metadata, AV_DICT_DONT_OVERWRITE);
    for (const char* container_own : {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"})
        av_dict_set(&output->metadata, container_own, nullptr, 0);
    if (with_chapters_)
        copy_chapters(output);
    else if (input_->nb_chapters > 0)
        warnings.push_back("Chapters were left out, because frames are left out between them.");
    if (limited_start_ && declared_ > 0)
        av_seek_frame(input_.get(), -1, from_us_ - (subtitles ? subtitle_reach_us : AV_TIME_BASE), AVSEEK_FLAG_BACKWARD);
}

// In Matroska a cover is an attached file; as a stream it would become a second video. False for other containers.
bool stream_copier::attach_cover(AVFormatContext* output, const AVStream* from) {
    if (std::strcmp(output->oformat->name, "matroska") != 0 || from->attached_pic.size <= 0)
        return false;
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
    return true;
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
    if (packet->flags & AV_PKT_FLAG_DISCARD && limited_start_)
        return false;
    if (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) {
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
            code = av_read_frame(input_.get(), packet_.get());
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

void stream_copier::write(AVFormatContext* output, std::vector<std::string>& warnings) {
    AVPacket* packet = packet_.get();
    const AVStream* from = input_->streams[packet->stream_index];
    route& r = routes_[packet->stream_index];
    AVStream* to = output->streams[r.to];
    av_packet_rescale_ts(packet, from->time_base, to->time_base);
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
    pending_ = false;
    int code = av_interleaved_write_frame(output, packet);
    av_packet_unref(packet);
    if (code >= 0)
        return;
    if (is_output_failure(code))
        fail(code, "cannot write");
    if (!failed_once_)
        warnings.push_back("A packet of stream " + std::to_string(from->index) + " could not be copied (" + words(code) + ").");
    failed_once_ = true;
}

// The length of what is left out before a moment.
int64_t stream_copier::left_out_before(int64_t time_us, bool* inside) const {
    int64_t sum = 0;
    *inside = false;
    for (const auto& [start, end] : left_out_) {
        if (time_us < start)
            break;
        *inside = time_us < end;
        sum += std::min(time_us, end) - start;
    }
    return sum;
}

// Whether the pending packet lies in what is kept; if so, by how much it moves up and how long it is shown. Sound goes by the middle of a packet, so that
// packets never overtake each other and none is off by more than half its length; a subtitle shrinks to the kept part of its time.
bool stream_copier::survives(int64_t* moved_us, int64_t* duration_us) const {
    const AVPacket* packet = packet_.get();
    const AVStream* stream = input_->streams[packet->stream_index];
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    *moved_us = 0;
    *duration_us = -1;
    if (left_out_.empty() || time == AV_NOPTS_VALUE || stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
        return true;
    int64_t start = av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q), length = av_rescale_q(packet->duration, stream->time_base, AV_TIME_BASE_Q);
    bool inside = false;
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_SUBTITLE) {
        *moved_us = left_out_before(start + length / 2, &inside);
        return !inside;
    }
    *moved_us = left_out_before(start, &inside);
    bool end_inside = false;
    int64_t shown = length - (left_out_before(start + length, &end_inside) - *moved_us);
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
