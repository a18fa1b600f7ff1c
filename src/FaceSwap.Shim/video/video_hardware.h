// Decoding and encoding on an NVIDIA GPU, in a CUDA context and stream of the caller's. FFmpeg finds the driver's libraries itself, at run time.
#pragma once

#include "video_common.h"

extern "C" {
#include <libavutil/hwcontext.h>
}

// Where to decode or encode. The context must outlive every frame that was decoded.
struct fs_video_hardware {
    void* context;              // CUcontext
    void* stream;               // CUstream: pictures are complete in its order
    int32_t surfaces;           // pictures that the caller keeps from the decoder at most
    int32_t reserved;
};
static_assert(sizeof(fs_video_hardware) == 24, "mirrored by ShimNative.Video.cs");

namespace fs::video {

struct buffer_free {
    void operator()(AVBufferRef* b) const { av_buffer_unref(&b); }
};
using buffer_ptr = std::unique_ptr<AVBufferRef, buffer_free>;

// FFmpeg's view of the context. Fails with FS_UNSUPPORTED where this FFmpeg or this machine cannot.
buffer_ptr cuda_device(const fs_video_hardware& where);

// NV12 frames of a size in the device's memory, for an encoder there.
buffer_ptr device_frames(const fs_video_hardware& where, int width, int height);

// What a thread's log_watch saw, without the address that FFmpeg puts before it, or other words.
std::string reason_of(const log_watch& watch, const std::string& otherwise);

// What a decoder is told about pictures in device memory. Must stay where it is while the decoder lives.
class hardware_decoding {
public:
    explicit hardware_decoding(const fs_video_hardware& where) : where_(where) {}

    // A decoder for the codec that can deliver pictures in device memory; fails with FS_UNSUPPORTED if there is none.
    static const AVCodec* find(AVCodecID id);

    // Before the decoder is opened.
    void set_up(AVCodecContext* decoder);

    // Fails with FS_UNSUPPORTED when the decoder has turned to the processor before its first picture, or has failed again and again. `watch` has seen
    // what the decoder said.
    void check_start(const log_watch& watch, int64_t failures) const;

    // Fails with FS_UNSUPPORTED unless this is a picture that can be taken as it is.
    static void check_frame(const AVFrame* frame);

private:
    static AVPixelFormat choose(AVCodecContext* decoder, const AVPixelFormat* offered);

    fs_video_hardware where_;
    buffer_ptr device_;
    bool refused_ = false;
    std::string reason_;
};

}  // namespace fs::video
