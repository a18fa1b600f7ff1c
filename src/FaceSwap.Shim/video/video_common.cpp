// Errors, logging and the small differences between FFmpeg 5.1 and 7.
#include "video_common.h"

#include <cerrno>
#include <mutex>

namespace fs::video {

namespace {
thread_local log_watch* current_watch = nullptr;

void on_log(void* context, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_ERROR || !current_watch)
        return;
    char line[512];
    int prefix = 1;
    av_log_format_line2(context, level, format, arguments, line, sizeof line, &prefix);
    current_watch->note(line);
}
}  // namespace

void quiet_log() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(on_log); });
}

log_watch::log_watch() : outer_(current_watch) { current_watch = this; }
log_watch::~log_watch() { current_watch = outer_; }

void log_watch::note(const char* line) {
    if (outer_)
        outer_->note(line);
    // Runs inside a C callback: nothing may be thrown through FFmpeg.
    try {
        if (errors_++ == 0)
            first_ = line;
        // FFmpeg says first which object speaks, as "[ogg @ 0x55d0c8a1f2c0] ".
        for (size_t end; first_.rfind('[', 0) == 0 && (end = first_.find("] ")) != std::string::npos && first_.find(" @ 0x") < end;)
            first_.erase(0, end + 2);
        while (!first_.empty() && (first_.back() == '\n' || first_.back() == '\r' || first_.back() == ' '))
            first_.pop_back();
    } catch (...) {
    }
}

frame_ptr new_frame() {
    frame_ptr frame(av_frame_alloc());
    if (!frame)
        throw std::bad_alloc();
    return frame;
}

packet_ptr new_packet() {
    packet_ptr packet(av_packet_alloc());
    if (!packet)
        throw std::bad_alloc();
    return packet;
}

std::string words(int code) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {0};
    av_strerror(code, text, sizeof text);
    return text;
}

fs_status status_of(int code) {
    switch (code) {
    case AVERROR(ENOMEM): return FS_OUT_OF_MEMORY;
    case AVERROR(ENOENT): case AVERROR_STREAM_NOT_FOUND: return FS_NOT_FOUND;
    case AVERROR(ENOSPC): case AVERROR(EFBIG): return FS_NO_SPACE;
#ifdef EDQUOT
    case AVERROR(EDQUOT): return FS_NO_SPACE;
#endif
    case AVERROR(EACCES): case AVERROR(EPERM): case AVERROR(EROFS): return FS_PERMISSION;
    case AVERROR(EIO): return FS_IO_ERROR;
    case AVERROR(EINVAL): case AVERROR_OPTION_NOT_FOUND: return FS_INVALID_ARGUMENT;
    case AVERROR_ENCODER_NOT_FOUND: case AVERROR_MUXER_NOT_FOUND: return FS_NOT_FOUND;
    case AVERROR_INVALIDDATA: case AVERROR_EOF: case AVERROR_DECODER_NOT_FOUND: case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PATCHWELCOME: return FS_INVALID_DATA;
    default: return FS_INTERNAL;
    }
}

bool is_output_failure(int code) {
    fs_status status = status_of(code);
    return status == FS_NO_SPACE || status == FS_PERMISSION || status == FS_IO_ERROR || status == FS_OUT_OF_MEMORY;
}

void fail(int code, const std::string& what) {
    if (code == AVERROR(ENOMEM))
        throw std::bad_alloc();
    throw error(status_of(code), what + ": " + words(code));
}

input_ptr open_input(const char* path) {
    quiet_log();
    if (!path || !*path)
        throw error(FS_INVALID_ARGUMENT, "no file was named");
    std::string url = std::string("file:") + path;  // otherwise "a:b.mp4" would be protocol "a"
    AVFormatContext* raw = nullptr;
    check(avformat_open_input(&raw, url.c_str(), nullptr, nullptr), "cannot open as a video");
    input_ptr input(raw);
    check(avformat_find_stream_info(raw, nullptr), "cannot find the streams");
    return input;
}

int64_t origin_us(const AVFormatContext* input) {
    bool anywhere = (input->iformat->flags & AVFMT_TS_DISCONT) != 0;
    return anywhere && input->start_time != AV_NOPTS_VALUE ? input->start_time : 0;
}

const int32_t* display_matrix(const AVStream* stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData* data = av_packet_side_data_get(stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data,
                                                           AV_PKT_DATA_DISPLAYMATRIX);
    return data && data->size >= 36 ? reinterpret_cast<const int32_t*>(data->data) : nullptr;
#else
    size_t size = 0;
    const uint8_t* data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 36 ? reinterpret_cast<const int32_t*>(data) : nullptr;
#endif
}

int64_t frame_duration(const AVFrame* frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

void set_frame_duration(AVFrame* frame, int64_t duration) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

AVPixelFormat plain_format(int format) {
    switch (format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    default: return static_cast<AVPixelFormat>(format);
    }
}

bool implies_full_range(int format) { return plain_format(format) != format; }

int32_t matrix_of(const AVFrame* frame) {
    switch (frame->colorspace) {
    case AVCOL_SPC_BT709: case AVCOL_SPC_SMPTE240M: return 1;
    case AVCOL_SPC_BT2020_NCL: case AVCOL_SPC_BT2020_CL: return 2;
    case AVCOL_SPC_BT470BG: case AVCOL_SPC_SMPTE170M: case AVCOL_SPC_FCC: return 0;
    default: return frame->height < 720 ? 0 : 1;
    }
}

int32_t range_of(const AVFrame* frame) {
    return frame->color_range == AVCOL_RANGE_JPEG || implies_full_range(frame->format) ? 1 : 0;
}

void describe(const AVFrame* frame, fs_video_frame_info* info) {
    info->pts = frame->pts;
    info->duration = frame_duration(frame);
    for (int i = 0; i < 4; i++) {
        info->data[i] = frame->data[i];
        info->stride[i] = frame->linesize[i];
    }
    info->width = frame->width;
    info->height = frame->height;
    info->format = fs_format(frame->format);
    info->matrix = matrix_of(frame);
    info->range = range_of(frame);
}

}  // namespace fs::video

// The versions of FFmpeg's libraries, one line.
FS_EXPORT const char* fs_video_versions(void) {
    static const std::string text = [] {
        auto part = [](const char* name, unsigned v) {
            return std::string(name) + " " + std::to_string(AV_VERSION_MAJOR(v)) + "." + std::to_string(AV_VERSION_MINOR(v)) + "." +
                   std::to_string(AV_VERSION_MICRO(v));
        };
        return std::string(av_version_info()) + " (" + part("libavformat", avformat_version()) + ", " + part("libavcodec", avcodec_version()) +
               ", " + part("libswscale", swscale_version()) + ")";
    }();
    return text.c_str();
}

// 1 if an encoder of this name is in the installed FFmpeg.
FS_EXPORT int32_t fs_video_has_encoder(const char* name) { return name && avcodec_find_encoder_by_name(name) ? 1 : 0; }
