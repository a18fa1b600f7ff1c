// What a device's decoders and encoders can do, found out by trying them.
#include "video_encoder.h"
#include "video_hardware.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace {
using namespace fs::video;

constexpr int side = 256;   // more than the least of every codec

// Runs the attempt; why it failed goes to `reason`.
fs_status tried(char* reason, int32_t size, const char* call, const std::function<void()>& attempt) {
    return fs::guard(call, [&] {
        try {
            attempt();
            return FS_OK;
        } catch (const fs::error& e) {
            size_t length = std::min(std::strlen(e.what()), static_cast<size_t>(std::max(size, 1)) - 1);
            std::memcpy(reason, e.what(), length);
            reason[length] = 0;
            return FS_UNSUPPORTED;
        }
    });
}

// One grey picture as a decoder of the codec takes it.
packet_ptr picture(const char* name, AVCodecParameters* parameters) {
    AVCodecID id = AV_CODEC_ID_NONE;
    if (const AVCodecDescriptor* codec = avcodec_descriptor_get_by_name(name))
        id = codec->id;
    const AVCodec* codec = nullptr;
    void* state = nullptr;
    while (const AVCodec* next = av_codec_iterate(&state))
        if (next->id == id && av_codec_is_encoder(next) && !(next->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_EXPERIMENTAL)) &&
            takes(next, AV_PIX_FMT_YUV420P)) {
            codec = next;
            break;
        }
    if (!codec)
        throw fs::error(FS_UNSUPPORTED, std::string("no encoder in the installed FFmpeg makes a picture of ") + name + " to try it with");
    encoder_ptr encoder(avcodec_alloc_context3(codec));
    frame_ptr frame = new_frame();
    packet_ptr packet = new_packet();
    if (!encoder)
        throw std::bad_alloc();
    encoder->width = frame->width = side;
    encoder->height = frame->height = side;
    encoder->pix_fmt = id == AV_CODEC_ID_MJPEG ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    encoder->time_base = {1, 25};
    encoder->framerate = {25, 1};
    encoder->thread_count = 1;
    encoder->max_b_frames = 0;
    if (std::strcmp(codec->name, "libx265") == 0)
        av_opt_set(encoder->priv_data, "x265-params", "log-level=none", 0);
    if (std::strcmp(codec->name, "libsvtav1") != 0)
        av_opt_set(encoder->priv_data, "preset", "ultrafast", 0);
    check(avcodec_open2(encoder.get(), codec, nullptr), std::string("the encoder ") + codec->name + " does not start");
    frame->format = encoder->pix_fmt;
    check(av_frame_get_buffer(frame.get(), 0), "no memory for a picture");
    for (int i = 0; i < 3; i++)
        std::memset(frame->data[i], 128, static_cast<size_t>(frame->linesize[i]) * (i == 0 ? side : side / 2));
    frame->pts = 0;
    check(avcodec_send_frame(encoder.get(), frame.get()), "a picture cannot be encoded");
    encoder.get_deleter().fed = true;
    check(avcodec_send_frame(encoder.get(), nullptr), "a picture cannot be encoded");
    check(avcodec_receive_packet(encoder.get(), packet.get()), "a picture cannot be encoded");
    check(avcodec_parameters_from_context(parameters, encoder.get()), "a picture cannot be described");
    return packet;
}

void try_decoder(const fs_video_hardware& where, const char* name) {
    parameters_ptr parameters(avcodec_parameters_alloc());
    if (!parameters)
        throw std::bad_alloc();
    // First what needs no picture.
    cuda_device(where);
    packet_ptr packet = picture(name, parameters.get());
    log_watch watch;
    const AVCodec* codec = hardware_decoding::find(parameters->codec_id);
    hardware_decoding hardware(where);
    codec_ptr decoder(avcodec_alloc_context3(codec));
    if (!decoder)
        throw std::bad_alloc();
    check(avcodec_parameters_to_context(decoder.get(), parameters.get()), "cannot set up the decoder");
    hardware.set_up(decoder.get());
    check(avcodec_open2(decoder.get(), codec, nullptr), "the decoder does not start");
    int sent = avcodec_send_packet(decoder.get(), packet.get());
    hardware.check_start(watch, 0);
    check(sent, "NVDEC does not decode it");
    check(avcodec_send_packet(decoder.get(), nullptr), "NVDEC does not decode it");
    frame_ptr frame = new_frame();
    int received = avcodec_receive_frame(decoder.get(), frame.get());
    hardware.check_start(watch, 0);
    if (received < 0)
        throw fs::error(FS_UNSUPPORTED, "NVDEC does not decode it (" + reason_of(watch, words(received)) + ")");
    hardware_decoding::check_frame(frame.get());
}

void try_encoder(const fs_video_hardware& where, const char* name) {
    quiet_log();
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (!codec || !takes(codec, AV_PIX_FMT_CUDA))
        throw fs::error(FS_UNSUPPORTED, std::string("the installed FFmpeg has no encoder '") + name + "' for frames on a device");
    codec_ptr encoder(avcodec_alloc_context3(codec));
    if (!encoder)
        throw std::bad_alloc();
    encoder->width = encoder->height = side;
    encoder->time_base = {1, 25};
    encoder->framerate = {25, 1};
    encoder->pix_fmt = AV_PIX_FMT_CUDA;
    encoder->sw_pix_fmt = AV_PIX_FMT_NV12;
    encoder->hw_frames_ctx = device_frames(where, side, side).release();
    log_watch watch;
    int code = avcodec_open2(encoder.get(), codec, nullptr);
    if (code < 0)
        throw fs::error(FS_UNSUPPORTED, reason_of(watch, words(code)));
}
}  // namespace

// Decodes a picture of a codec (FFmpeg's name) on a device: FS_OK, or FS_UNSUPPORTED and why not in `reason` (UTF-8, cut to `size` bytes).
FS_EXPORT fs_status fs_video_try_decoder(const fs_video_hardware* where, const char* codec, char* reason, int32_t size) {
    return tried(reason, size, "fs_video_try_decoder", [&] { try_decoder(*where, codec); });
}

// Opens an encoder (FFmpeg's name) on a device, likewise.
FS_EXPORT fs_status fs_video_try_encoder(const fs_video_hardware* where, const char* codec, char* reason, int32_t size) {
    return tried(reason, size, "fs_video_try_encoder", [&] { try_encoder(*where, codec); });
}
