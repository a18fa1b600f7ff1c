// Frames as handles: views, copy on write, and frames whose samples belong to the caller.
#include "video_convert.h"
#include "video_fields.h"

using namespace fs::video;

FS_EXPORT void fs_video_frame_free(AVFrame* frame) { av_frame_free(&frame); }

// Makes the samples ours alone: nothing happens if nobody else refers to them, otherwise they are copied and the views in
// `info` change.
FS_EXPORT fs_status fs_video_frame_make_writable(AVFrame* frame, fs_video_frame_info* info) {
    return fs::guard("fs_video_frame_make_writable", [&] {
        check(av_frame_make_writable(frame), "cannot copy a frame");
        describe(frame, info);
        return FS_OK;
    });
}

// Writes the frame as BGR, three bytes a pixel, to memory of the caller's with rows `stride` bytes apart.
FS_EXPORT fs_status fs_video_frame_to_bgr(const AVFrame* frame, uint8_t* data, int32_t stride) {
    return fs::guard("fs_video_frame_to_bgr", [&] {
        static thread_local converter cache;
        cache.convert_into(frame, AV_PIX_FMT_BGR24, frame->width, frame->height, 0, true, &data, &stride);
        return FS_OK;
    });
}

// A new frame of another size (bicubic) with the same format, matrix, range and times.
FS_EXPORT fs_status fs_video_frame_scale(const AVFrame* frame, int32_t width, int32_t height, AVFrame** result, fs_video_frame_info* info) {
    return fs::guard("fs_video_frame_scale", [&] {
        static thread_local converter cache;
        *result = nullptr;
        if (width < 1 || height < 1)
            throw fs::error(FS_INVALID_ARGUMENT, "a frame needs at least one pixel");
        frame_ptr scaled = cache.convert_to(frame, plain_format(frame->format), width, height, matrix_of(frame), range_of(frame) == 1);
        describe(scaled.get(), info);
        *result = scaled.release();
        return FS_OK;
    });
}

// Called once, from any thread, when the last reference to a wrapped frame is gone.
typedef void (*fs_video_release)(void* owner);

namespace {
struct wrapped {
    fs_video_release release;
    void* owner;
};

void release_wrapped(void* opaque, uint8_t*) {
    wrapped* w = static_cast<wrapped*>(opaque);
    w->release(w->owner);
    delete w;
}
}  // namespace

// A frame over samples of the caller's: format, size, planes, strides, matrix, range, pts and duration are taken from
// `info`. `release(owner)` is called when the last reference is gone, also if this call fails.
FS_EXPORT fs_status fs_video_frame_wrap(const fs_video_frame_info* info, fs_video_release release, void* owner, AVFrame** result) {
    bool handed_over = false;
    fs_status status = fs::guard("fs_video_frame_wrap", [&] {
        *result = nullptr;
        frame_ptr frame = new_frame();
        frame->format = av_format(info->format);
        frame->width = info->width;
        frame->height = info->height;
        frame->pts = info->pts;
        set_frame_duration(frame.get(), info->duration);
        mark_fields_unknown(frame.get());
        if (is_rgb(frame->format)) {
            frame->colorspace = AVCOL_SPC_RGB;
            frame->color_range = AVCOL_RANGE_JPEG;
        } else {
            frame->colorspace = info->matrix == 2 ? AVCOL_SPC_BT2020_NCL : info->matrix == 1 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
            frame->color_range = info->range == 1 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        }
        for (int i = 0; i < 4; i++) {
            frame->data[i] = info->data[i];
            frame->linesize[i] = info->stride[i];
        }
        // One buffer stands for the whole; its size only has to be one that no codec checks against the planes.
        auto holder = std::make_unique<wrapped>(wrapped{release, owner});
        frame->buf[0] = av_buffer_create(info->data[0], static_cast<size_t>(info->stride[0]) * info->height, release_wrapped, holder.get(), 0);
        if (!frame->buf[0])
            throw std::bad_alloc();
        holder.release();
        handed_over = true;
        *result = frame.release();
        return FS_OK;
    });
    if (!handed_over)
        release(owner);
    return status;
}
