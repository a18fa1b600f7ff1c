// What the files of this module share: owners of FFmpeg's objects, errors, and the structs that cross the ABI.
#pragma once

#include "fs_abi.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

// How samples lie in memory; the numbers of FaceSwap.Core's PixelFormat. A number is a layout, plus FS_VIDEO_ALPHA where an alpha plane follows
// the others, plus the bits of a sample << FS_VIDEO_DEPTH_SHIFT where they are not 8: then a sample takes two bytes in the processor's order.
enum fs_video_format : int32_t {
    FS_VIDEO_GRAY8 = 0,
    FS_VIDEO_BGR24 = 1,
    FS_VIDEO_YUV420P = 2,
    FS_VIDEO_YUV422P = 3,
    FS_VIDEO_YUV444P = 4,
    FS_VIDEO_NV12 = 5,
    FS_VIDEO_NV12_DEVICE = 6,   // NV12 in device memory: planes are CUDA device pointers; not one of PixelFormat's
    FS_VIDEO_GBRP = 7,          // planes G, B, R, full range
    FS_VIDEO_LAYOUT = 0xFF,     // mask
    FS_VIDEO_DEPTH_SHIFT = 8,
    FS_VIDEO_ALPHA = 1 << 16
};

// A frame as the managed side sees it. Planes stay valid until the frame is freed or made writable.
struct fs_video_frame_info {
    int64_t pts;        // in the source's time base
    int64_t duration;   // in the source's time base, 0 when unknown
    uint8_t* data[4];
    int32_t stride[4];
    int32_t width;
    int32_t height;
    int32_t format;     // fs_video_format
    int32_t matrix;     // 0 BT.601, 1 BT.709, 2 BT.2020
    int32_t range;      // 0 limited, 1 full
};
static_assert(sizeof(fs_video_frame_info) == 88, "mirrored by ShimNative.Video.cs");

// Code points of ITU-T H.273 as FFmpeg numbers them; 2 (range: 0) is "unspecified".
struct fs_video_color {
    int32_t matrix;
    int32_t primaries;
    int32_t transfer;
    int32_t range;      // 0 unspecified, 1 limited, 2 full
};
static_assert(sizeof(fs_video_color) == 16, "mirrored by ShimNative.Video.cs");

namespace fs::video {

struct frame_free {
    void operator()(AVFrame* f) const { av_frame_free(&f); }
};
struct packet_free {
    void operator()(AVPacket* p) const { av_packet_free(&p); }
};
struct codec_free {
    void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
};
struct input_close {
    void operator()(AVFormatContext* c) const { avformat_close_input(&c); }
};
struct sws_free {
    void operator()(SwsContext* c) const { sws_freeContext(c); }
};
struct parameters_free {
    void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
};
using frame_ptr = std::unique_ptr<AVFrame, frame_free>;
using packet_ptr = std::unique_ptr<AVPacket, packet_free>;
using codec_ptr = std::unique_ptr<AVCodecContext, codec_free>;
using input_ptr = std::unique_ptr<AVFormatContext, input_close>;
using parameters_ptr = std::unique_ptr<AVCodecParameters, parameters_free>;
using sws_ptr = std::unique_ptr<SwsContext, sws_free>;

frame_ptr new_frame();
packet_ptr new_packet();

// FFmpeg's words for an error code.
std::string words(int code);

// The status that an error code means to the caller.
fs_status status_of(int code);

// True for failures of the disk rather than of the data.
bool is_output_failure(int code);

[[noreturn]] void fail(int code, const std::string& what);

// Returns a code that is not negative; otherwise fails with "<what>: <FFmpeg's words>".
inline int check(int code, const std::string& what) {
    if (code < 0)
        fail(code, what);
    return code;
}

// Sends FFmpeg's log to this module instead of the terminal: the last error a thread caused is kept for its messages.
void quiet_log();

// Counts what FFmpeg reported at error level on this thread since construction, and keeps the first line.
class log_watch {
public:
    log_watch();
    ~log_watch();
    int errors() const { return errors_; }
    const std::string& first() const { return first_; }
    void note(const char* line);

private:
    log_watch* outer_;
    int errors_ = 0;
    std::string first_;
};

// Opens a local file for reading; the path is never taken for a URL. Stream information has been gathered.
input_ptr open_input(const char* path);

// What must be subtracted from a source's times, in microseconds: formats whose clock starts anywhere (MPEG transport
// streams) begin at 0, all others keep their times.
int64_t origin_us(const AVFormatContext* input);

// The display matrix of a stream or null.
const int32_t* display_matrix(const AVStream* stream);

int64_t frame_duration(const AVFrame* frame);
void set_frame_duration(AVFrame* frame, int64_t duration);

// The same layout without the deprecated full-range spelling (yuvj420p is yuv420p).
AVPixelFormat plain_format(int format);

// True for the deprecated formats whose name implies full range.
bool implies_full_range(int format);

// FFmpeg's format of fs_video_format, and the reverse (-1 if there is none).
AVPixelFormat av_format(int32_t format);
int32_t fs_format(int format);

// The same, or AV_PIX_FMT_NONE if FFmpeg has no such format.
AVPixelFormat find_av_format(int32_t format);

inline int32_t layout_of(int32_t format) { return format < 0 ? -1 : format & FS_VIDEO_LAYOUT; }

// True for planes Y, U, V, whatever their depth, with alpha or without.
bool is_planar_yuv(int format);

bool is_rgb(int format);
bool is_gray(int format);
bool has_alpha(int format);

// Bits of the deepest component.
int depth_of(int format);

inline int sample_bytes(int format) { return depth_of(format) > 8 ? 2 : 1; }

// 0, 1 or 2 as in fs_video_frame_info: unspecified means BT.601 below 720 rows, BT.709 from there on.
int32_t matrix_of(const AVFrame* frame);
int32_t range_of(const AVFrame* frame);

// Fills the view; the frame must be in one of fs_video_format's layouts.
void describe(const AVFrame* frame, fs_video_frame_info* info);

// Copies text into a fixed field, cut and terminated.
template <size_t N>
void copy_text(char (&to)[N], const char* from) {
    size_t i = 0;
    for (; from && from[i] && i + 1 < N; i++)
        to[i] = from[i];
    to[i] = 0;
}

}  // namespace fs::video
