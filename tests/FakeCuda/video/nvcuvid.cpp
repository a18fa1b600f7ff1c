// A stand-in for libnvcuvid.so.1, as far as FFmpeg's hwaccel "nvdec" calls it: a decoder of JPEG pictures, which it decodes with libavcodec's own software decoder.
// So a video of JPEG pictures takes the whole way that others take on a GPU, and what comes out can be compared with the processor's to the bit.
//
// Stricter than the real one: a picture that is unmapped is overwritten at once, so whoever still reads it sees that; what is left at a decoder's end is reported.
#include "../include/cuda_driver.h"
#include "nvcuvid.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

extern "C" {
CUresult cuMemAlloc_v2(CUdeviceptr*, size_t);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr, const void*, size_t, CUstream);
CUresult cuMemsetD8Async(CUdeviceptr, unsigned char, size_t, CUstream);
CUresult cuStreamCreate(CUstream*, unsigned);
CUresult cuStreamDestroy_v2(CUstream);
CUresult cuStreamSynchronize(CUstream);
CUresult cuCtxGetCurrent(CUcontext*);
}

namespace
{

constexpr unsigned PitchAlignment = 512;
constexpr unsigned char Scribble = 0xEE;

std::mutex guard;
std::map<std::string, long long> counts; // for fake_nvcuvid_count
bool refuse_caps = false, refuse_decoder = false, refuse_map = false;

void fault(const char* what)
{
    std::fprintf(stderr, "FakeCuda: nvcuvid: %s\n", what);
    counts["faults"]++;
}

struct Surface
{
    CUdeviceptr address = 0;
    bool mapped = false;
};

struct Decoder
{
    unsigned width, height, pitch;
    std::vector<std::vector<unsigned char>> pictures; // decode surfaces: NV12 with the pitch
    std::vector<Surface> surfaces; // output surfaces
    CUstream scribbling = nullptr;
    CUcontext context = nullptr;
    AVCodecContext* jpeg = nullptr;

    size_t bytes() const { return static_cast<size_t>(pitch) * (height + height / 2); }
};

CUresult decode(Decoder& d, const PictureParameters& p)
{
    AVPacket* packet = av_packet_alloc();
    AVFrame* frame = av_frame_alloc();
    bool good = av_new_packet(packet, static_cast<int>(p.bitstream_bytes)) >= 0;
    if (good)
    {
        std::memcpy(packet->data, p.bitstream, p.bitstream_bytes);
        good = avcodec_send_packet(d.jpeg, packet) >= 0 && avcodec_receive_frame(d.jpeg, frame) >= 0 && frame->format == AV_PIX_FMT_YUVJ420P;
    }
    if (good)
    {
        std::vector<unsigned char>& to = d.pictures[p.index];
        to.assign(d.bytes(), 0);
        for (int y = 0; y < frame->height && y < static_cast<int>(d.height); y++)
            std::memcpy(&to[static_cast<size_t>(y) * d.pitch], frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0], frame->width);
        for (int y = 0; y < (frame->height + 1) / 2 && y < static_cast<int>(d.height / 2); y++)
        {
            unsigned char* row = &to[static_cast<size_t>(d.height + y) * d.pitch];
            for (int x = 0; x < (frame->width + 1) / 2; x++)
            {
                row[2 * x] = frame->data[1][static_cast<ptrdiff_t>(y) * frame->linesize[1] + x];
                row[2 * x + 1] = frame->data[2][static_cast<ptrdiff_t>(y) * frame->linesize[2] + x];
            }
        }
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    return good ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT long long fake_nvcuvid_count(const char* what)
{
    std::lock_guard<std::mutex> hold(guard);
    return counts[what];
}

// "caps", "decoder", "map": the calls fail from now on, or do not.
EXPORT void fake_nvcuvid_refuse(const char* what, int on)
{
    std::lock_guard<std::mutex> hold(guard);
    (std::string(what) == "caps" ? refuse_caps : std::string(what) == "map" ? refuse_map : refuse_decoder) = on != 0;
}

EXPORT CUresult cuvidGetDecoderCaps(DecoderCaps* caps)
{
    std::lock_guard<std::mutex> hold(guard);
    CUcontext current = nullptr;
    if (cuCtxGetCurrent(&current) != CUDA_SUCCESS || current == nullptr)
        return CUDA_ERROR_INVALID_CONTEXT;
    bool jpeg = caps->codec == CodecJpeg && caps->chroma == Chroma420 && caps->depth_minus_8 == 0 && !refuse_caps;
    caps->supported = jpeg ? 1 : 0;
    caps->decoders = jpeg ? 1 : 0;
    caps->output_formats = jpeg ? 1 : 0;
    caps->max_width = caps->max_height = jpeg ? 4096 : 0;
    caps->max_macroblocks = jpeg ? 65536 : 0;
    caps->min_width = caps->min_height = 16;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuvidCreateDecoder(void** result, DecoderInfo* info)
{
    std::lock_guard<std::mutex> hold(guard);
    if (refuse_decoder || info->codec != CodecJpeg || info->output_format != SurfaceNv12)
        return CUDA_ERROR_NOT_SUPPORTED;
    // The real one takes so many at most.
    if (info->decode_surfaces == 0 || info->decode_surfaces > 32 || info->output_surfaces == 0 || info->output_surfaces > 64)
        return CUDA_ERROR_INVALID_VALUE;
    auto* d = new Decoder;
    d->width = static_cast<unsigned>(info->target_width);
    d->height = static_cast<unsigned>(info->target_height);
    d->height += d->height & 1;
    d->pitch = (d->width + PitchAlignment - 1) / PitchAlignment * PitchAlignment;
    d->pictures.resize(info->decode_surfaces);
    d->surfaces.resize(info->output_surfaces);
    cuCtxGetCurrent(&d->context);
    d->jpeg = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MJPEG));
    d->jpeg->thread_count = 1;
    bool good = d->context != nullptr && avcodec_open2(d->jpeg, nullptr, nullptr) >= 0 && cuStreamCreate(&d->scribbling, 1) == CUDA_SUCCESS;
    for (Surface& surface : d->surfaces)
        good = good && cuMemAlloc_v2(&surface.address, d->bytes()) == CUDA_SUCCESS;
    counts["decoders"]++;
    counts["created"]++;
    counts["surfaces"] = static_cast<long long>(info->output_surfaces);
    *result = d;
    return good ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

EXPORT CUresult cuvidDestroyDecoder(void* decoder)
{
    std::lock_guard<std::mutex> hold(guard);
    auto* d = static_cast<Decoder*>(decoder);
    for (Surface& surface : d->surfaces)
    {
        if (surface.mapped)
            fault("a decoder ends with a picture still mapped");
        if (surface.address != 0)
            cuMemFree_v2(surface.address);
    }
    if (d->scribbling != nullptr)
        cuStreamDestroy_v2(d->scribbling);
    avcodec_free_context(&d->jpeg);
    delete d;
    counts["decoders"]--;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuvidDecodePicture(void* decoder, PictureParameters* picture)
{
    std::lock_guard<std::mutex> hold(guard);
    auto* d = static_cast<Decoder*>(decoder);
    if (picture->index < 0 || picture->index >= static_cast<int>(d->pictures.size()))
    {
        fault("a picture outside of the decoder's");
        return CUDA_ERROR_INVALID_VALUE;
    }
    counts["decoded"]++;
    return decode(*d, *picture);
}

EXPORT CUresult cuvidMapVideoFrame64(void* decoder, int index, unsigned long long* address, unsigned* pitch, MapParameters* how)
{
    std::lock_guard<std::mutex> hold(guard);
    auto* d = static_cast<Decoder*>(decoder);
    CUcontext current = nullptr;
    cuCtxGetCurrent(&current);
    if (current != d->context || index < 0 || index >= static_cast<int>(d->pictures.size()) || d->pictures[index].empty())
    {
        fault("mapping in another context, or a picture that was not decoded");
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (refuse_map)
        return CUDA_ERROR_OUT_OF_MEMORY;
    for (Surface& surface : d->surfaces)
    {
        if (surface.mapped)
            continue;
        // Complete in the order of the stream that the caller names, not sooner.
        if (CUresult bad = cuMemcpyHtoDAsync_v2(surface.address, d->pictures[index].data(), d->bytes(), static_cast<CUstream>(how->output_stream));
            bad != CUDA_SUCCESS)
            return bad;
        surface.mapped = true;
        *address = surface.address;
        *pitch = d->pitch;
        counts["mapped"]++;
        counts["most mapped"] = std::max(counts["most mapped"], counts["mapped"]);
        return CUDA_SUCCESS;
    }
    return CUDA_ERROR_OUT_OF_MEMORY;
}

EXPORT CUresult cuvidUnmapVideoFrame64(void* decoder, unsigned long long address)
{
    std::lock_guard<std::mutex> hold(guard);
    auto* d = static_cast<Decoder*>(decoder);
    for (Surface& surface : d->surfaces)
    {
        if (surface.address != address || !surface.mapped)
            continue;
        surface.mapped = false;
        counts["mapped"]--;
        cuMemsetD8Async(surface.address, Scribble, d->bytes(), d->scribbling);
        cuStreamSynchronize(d->scribbling);
        return CUDA_SUCCESS;
    }
    fault("unmapping what is not mapped");
    return CUDA_ERROR_INVALID_VALUE;
}

// Entry points that FFmpeg's loader wants to find and its hwaccel never calls.
#define REFUSED(NAME) \
    EXPORT CUresult NAME(void) { return CUDA_ERROR_NOT_SUPPORTED; }

REFUSED(cuvidGetDecodeStatus)
REFUSED(cuvidReconfigureDecoder)
REFUSED(cuvidCtxLockCreate)
REFUSED(cuvidCtxLockDestroy)
REFUSED(cuvidCtxLock)
REFUSED(cuvidCtxUnlock)
REFUSED(cuvidCreateVideoSource)
REFUSED(cuvidCreateVideoSourceW)
REFUSED(cuvidDestroyVideoSource)
REFUSED(cuvidSetVideoSourceState)
REFUSED(cuvidGetVideoSourceState)
REFUSED(cuvidGetSourceVideoFormat)
REFUSED(cuvidGetSourceAudioFormat)
REFUSED(cuvidCreateVideoParser)
REFUSED(cuvidParseVideoData)
REFUSED(cuvidDestroyVideoParser)
