// Decoding on an NVIDIA GPU through FFmpeg's hwaccel "nvdec": its own parsers, NVDEC for the pictures. What NVDEC refuses is told by a status, and decoded on
// the processor by whoever asked.
#include "video_hardware.h"

// The two names of cuda.h that FFmpeg's header needs; with a version defined it does not ask for cuda.h itself.
#define CUDA_VERSION 11010
typedef struct CUctx_st* CUcontext;
typedef struct CUstream_st* CUstream;
extern "C" {
#include <libavutil/hwcontext_cuda.h>
}

namespace fs::video {

namespace {
bool delivers_to_device(const AVCodec* codec) {
    for (int i = 0;; i++) {
        const AVCodecHWConfig* config = avcodec_get_hw_config(codec, i);
        if (!config)
            return false;
        if (config->pix_fmt == AV_PIX_FMT_CUDA && (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX))
            return true;
    }
}
}  // namespace

std::string reason_of(const log_watch& watch, const std::string& otherwise) {
    if (watch.errors() == 0 || watch.first().empty())
        return otherwise;
    const std::string& line = watch.first();
    size_t end = line.size() > 1 && line[0] == '[' ? line.find("] ") : std::string::npos;
    std::string words = end == std::string::npos ? line : line.substr(end + 2);
    while (!words.empty() && words.back() == '.')
        words.pop_back();
    return words;
}

buffer_ptr cuda_device(const fs_video_hardware& where) {
    quiet_log();
    buffer_ptr device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA));
    if (!device)
        throw error(FS_UNSUPPORTED, "the installed FFmpeg is built without CUDA");
    // The context is handed over, not looked for: FFmpeg refuses a primary context that somebody else opened with other scheduling flags.
    auto* cuda = static_cast<AVCUDADeviceContext*>(reinterpret_cast<AVHWDeviceContext*>(device->data)->hwctx);
    cuda->cuda_ctx = static_cast<CUcontext>(where.context);
    cuda->stream = static_cast<CUstream>(where.stream);
    log_watch watch;
    int code = av_hwdevice_ctx_init(device.get());
    if (code < 0)
        throw error(FS_UNSUPPORTED, "FFmpeg cannot use the NVIDIA driver (" + reason_of(watch, words(code)) + ")");
    return device;
}

buffer_ptr device_frames(const fs_video_hardware& where, int width, int height) {
    buffer_ptr device = cuda_device(where), frames(av_hwframe_ctx_alloc(device.get()));
    if (!frames)
        throw std::bad_alloc();
    auto* context = reinterpret_cast<AVHWFramesContext*>(frames->data);
    context->format = AV_PIX_FMT_CUDA;
    context->sw_format = AV_PIX_FMT_NV12;
    context->width = width;
    context->height = height;
    check(av_hwframe_ctx_init(frames.get()), "cannot set up frames in the device's memory");
    return frames;
}

const AVCodec* hardware_decoding::find(AVCodecID id) {
    // Not the cuvid decoders: they have a parser of the driver's, and cannot say of a stream what the others can.
    void* state = nullptr;
    while (const AVCodec* codec = av_codec_iterate(&state))
        if (codec->id == id && av_codec_is_decoder(codec) && !(codec->capabilities & AV_CODEC_CAP_HARDWARE) && delivers_to_device(codec))
            return codec;
    throw error(FS_UNSUPPORTED, std::string("the installed FFmpeg decodes ") + avcodec_get_name(id) + " on the processor only");
}

void hardware_decoding::set_up(AVCodecContext* decoder) {
    device_ = cuda_device(where_);
    decoder->hw_device_ctx = av_buffer_ref(device_.get());
    if (!decoder->hw_device_ctx)
        throw std::bad_alloc();
    decoder->opaque = this;
    decoder->get_format = choose;
    // Beside those that the caller keeps: the first picture of all, kept since the file was opened, and the one on its way to the caller.
    decoder->extra_hw_frames = where_.surfaces + 2;
#ifdef AV_HWACCEL_FLAG_UNSAFE_OUTPUT
    // The surfaces are counted, so FFmpeg 7 need not copy each picture out of its surface.
    decoder->hwaccel_flags |= AV_HWACCEL_FLAG_UNSAFE_OUTPUT;
#endif
    // NVDEC works beside the caller anyway, and a surface more is taken by every thread.
    decoder->thread_count = 1;
}

AVPixelFormat hardware_decoding::choose(AVCodecContext* decoder, const AVPixelFormat* offered) {
    auto* self = static_cast<hardware_decoding*>(decoder->opaque);
    bool device = false;
    AVPixelFormat plain = AV_PIX_FMT_NONE;
    for (const AVPixelFormat* format = offered; *format != AV_PIX_FMT_NONE; format++) {
        device = device || *format == AV_PIX_FMT_CUDA;
        const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(*format);
        if (layout && !(layout->flags & AV_PIX_FMT_FLAG_HWACCEL))
            plain = *format;
    }
    bool taken = plain == AV_PIX_FMT_YUV420P || plain == AV_PIX_FMT_YUVJ420P || plain == AV_PIX_FMT_NV12;
    if (device && taken)
        return AV_PIX_FMT_CUDA;
    try {
        const char* name = av_get_pix_fmt_name(plain);
        // Once it was offered and is not any more, NVDEC has refused, for a reason that is in FFmpeg's log.
        self->reason_ = taken ? "" : std::string("frames on the device have 8 bits and halved chroma, and its pixel format is ") + (name ? name : "unknown");
        self->refused_ = true;
    } catch (...) {
        self->refused_ = true;
    }
    return plain;
}

void hardware_decoding::check_start(const log_watch& watch, int64_t failures) const {
    constexpr int64_t patience = 16;
    if (failures > patience)
        throw error(FS_UNSUPPORTED, "NVDEC does not decode it (" + reason_of(watch, "for no reason that FFmpeg knows") + ")");
    if (refused_)
        throw error(FS_UNSUPPORTED, reason_.empty() ? "NVDEC refuses it (" + reason_of(watch, "for no reason that FFmpeg knows") + ")" : reason_);
}

void hardware_decoding::check_frame(const AVFrame* frame) {
    if (frame->format != AV_PIX_FMT_CUDA || !frame->hw_frames_ctx)
        throw error(FS_UNSUPPORTED, "the decoder does not leave its pictures on the device");
    const auto* frames = reinterpret_cast<const AVHWFramesContext*>(frame->hw_frames_ctx->data);
    if (frames->sw_format != AV_PIX_FMT_NV12)
        throw error(FS_UNSUPPORTED, std::string("frames on the device have 8 bits and halved chroma, and NVDEC delivers ") +
                                        av_get_pix_fmt_name(frames->sw_format));
    // FFmpeg cuts hardware frames off at the right and at the bottom only.
    if (frame->crop_left != 0 || frame->crop_top != 0)
        throw error(FS_UNSUPPORTED, "its pictures begin inside of what is coded");
}

}  // namespace fs::video
