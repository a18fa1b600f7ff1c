// Looks into a container without decoding: streams, metadata, and packets as they are stored.
#include "video_common.h"

#include <string>

struct fs_video_packet_stream {
    int32_t type;           // 0 video, 1 audio, 2 data, 3 subtitle, 4 attachment, -1 unknown (FFmpeg's numbers)
    int32_t disposition;    // FFmpeg's bits
    int32_t time_base_num, time_base_den;
    int64_t start;          // in the time base
    int64_t duration;       // in the time base, 0 when unknown
    char codec[32];
    char language[16];
};
static_assert(sizeof(fs_video_packet_stream) == 80, "mirrored by ShimNative.Video.cs");

struct fs_video_packet {
    int64_t pts, dts, duration;     // in the stream's time base; pts and dts may be INT64_MIN (unknown)
    const uint8_t* data;            // valid until the next call
    int32_t size;
    int32_t stream;
    int32_t key;
    int32_t reserved;
};
static_assert(sizeof(fs_video_packet) == 48, "mirrored by ShimNative.Video.cs");

namespace {
struct packets {
    fs::video::input_ptr input;
    fs::video::packet_ptr packet;
};
}  // namespace

FS_EXPORT fs_status fs_video_packets_open(const char* path, void** result, int32_t* streams, int32_t* chapters) {
    return fs::guard("fs_video_packets_open", [&] {
        *result = nullptr;
        auto p = std::make_unique<packets>();
        p->input = fs::video::open_input(path);
        p->packet = fs::video::new_packet();
        *streams = static_cast<int32_t>(p->input->nb_streams);
        *chapters = static_cast<int32_t>(p->input->nb_chapters);
        *result = p.release();
        return FS_OK;
    });
}

FS_EXPORT void fs_video_packets_free(void* self) { delete static_cast<packets*>(self); }

FS_EXPORT fs_status fs_video_packets_stream(void* self, int32_t index, fs_video_packet_stream* info) {
    return fs::guard("fs_video_packets_stream", [&] {
        const AVFormatContext* input = static_cast<packets*>(self)->input.get();
        if (index < 0 || index >= static_cast<int32_t>(input->nb_streams))
            throw fs::error(FS_INVALID_ARGUMENT, "there is no stream " + std::to_string(index));
        const AVStream* s = input->streams[index];
        *info = {};
        info->type = s->codecpar->codec_type;
        info->disposition = s->disposition;
        info->time_base_num = s->time_base.num;
        info->time_base_den = s->time_base.den;
        info->start = s->start_time == AV_NOPTS_VALUE ? 0 : s->start_time;
        info->duration = s->duration > 0 ? s->duration : 0;
        fs::video::copy_text(info->codec, avcodec_get_name(s->codecpar->codec_id));
        if (const AVDictionaryEntry* tag = av_dict_get(s->metadata, "language", nullptr, 0))
            fs::video::copy_text(info->language, tag->value);
        return FS_OK;
    });
}

// Entry `index` of the file's metadata (`stream` -1), of a stream's, or of a chapter's (`stream` -2 - chapter): UTF-8 strings
// owned by the object. FS_END_OF_STREAM after the last.
FS_EXPORT fs_status fs_video_packets_metadata(void* self, int32_t stream, int32_t index, const char** key, const char** value) {
    return fs::guard("fs_video_packets_metadata", [&] {
        const AVFormatContext* input = static_cast<packets*>(self)->input.get();
        bool valid = stream >= 0 ? stream < static_cast<int32_t>(input->nb_streams) : stream == -1 || -2 - stream < static_cast<int32_t>(input->nb_chapters);
        if (!valid)
            throw fs::error(FS_INVALID_ARGUMENT, "there is no such stream or chapter");
        const AVDictionary* all = stream >= 0 ? input->streams[stream]->metadata : stream == -1 ? input->metadata : input->chapters[-2 - stream]->metadata;
        const AVDictionaryEntry* entry = nullptr;
        for (int32_t i = 0; i <= index; i++)
            if (!(entry = av_dict_get(all, "", entry, AV_DICT_IGNORE_SUFFIX)))
                return FS_END_OF_STREAM;
        *key = entry->key;
        *value = entry->value;
        return FS_OK;
    });
}

// Start and end of a chapter in microseconds.
FS_EXPORT fs_status fs_video_packets_chapter(void* self, int32_t index, int64_t* start_us, int64_t* end_us) {
    return fs::guard("fs_video_packets_chapter", [&] {
        const AVFormatContext* input = static_cast<packets*>(self)->input.get();
        if (index < 0 || index >= static_cast<int32_t>(input->nb_chapters))
            throw fs::error(FS_INVALID_ARGUMENT, "there is no chapter " + std::to_string(index));
        const AVChapter* c = input->chapters[index];
        *start_us = av_rescale_q(c->start, c->time_base, AV_TIME_BASE_Q);
        *end_us = av_rescale_q(c->end, c->time_base, AV_TIME_BASE_Q);
        return FS_OK;
    });
}

// The next packet of any stream; FS_END_OF_STREAM at the end.
FS_EXPORT fs_status fs_video_packets_next(void* self, fs_video_packet* info) {
    return fs::guard("fs_video_packets_next", [&] {
        packets* p = static_cast<packets*>(self);
        av_packet_unref(p->packet.get());
        int code = av_read_frame(p->input.get(), p->packet.get());
        if (code == AVERROR_EOF)
            return static_cast<fs_status>(FS_END_OF_STREAM);
        fs::video::check(code, "cannot read a packet");
        const AVPacket* a = p->packet.get();
        *info = {a->pts, a->dts, a->duration, a->data, a->size, a->stream_index, (a->flags & AV_PKT_FLAG_KEY) ? 1 : 0, 0};
        return static_cast<fs_status>(FS_OK);
    });
}
