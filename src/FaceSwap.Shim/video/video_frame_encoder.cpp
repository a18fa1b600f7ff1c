#include "video_frame_encoder.h"
#include "video_container.h"

#include "video_format_choice.h"

#include "video_fields.h"

#include <algorithm>

namespace fs::video {

const AVOutputFormat* container_for(const char* name, const AVCodec* codec) {
    const AVOutputFormat* format = av_guess_format(nullptr, name, nullptr);
    if (!format || (format->flags & AVFMT_NOFILE) || format->video_codec == AV_CODEC_ID_NONE)
        throw error(FS_INVALID_ARGUMENT, "its extension names no video container; use .mp4, .mkv, .mov or .webm");
    if (!takes_video(format, codec->id))
        throw error(FS_INVALID_ARGUMENT, std::string(format->name) + " files cannot hold what the encoder " + codec->name +
                                             " makes; choose another codec or extension");
    return format;
}

frame_encoder::frame_encoder(const fs_video_writer_options& o)
    : options_(o), preset_(text(o.preset)), pixel_format_(text(o.pixel_format)), tick_{o.time_base_num, o.time_base_den},
      signal_(signal::unpack(o.signal, o.signal_size)), packet_(new_packet()) {
    quiet_log();
    if (tick_.num <= 0 || tick_.den <= 0)
        throw error(FS_INVALID_ARGUMENT, "the time base is not positive");
    codec_ = avcodec_find_encoder_by_name(o.codec);
    if (!codec_ || codec_->type != AVMEDIA_TYPE_VIDEO)
        throw error(FS_NOT_FOUND, "the installed FFmpeg has no video encoder named '" + text(o.codec) + "'");
    format_of_file_ = container_for(o.container_of, codec_);
    AVRational rate{o.frame_rate_num, o.frame_rate_den};
    // Ogg counts in the frames of Theora's header.
    if (codec_->id == AV_CODEC_ID_THEORA && format_of_file_ && is_ogg(format_of_file_))
        rate = container_rate(format_of_file_, rate, signal_.seen & SEEN_VARIABLE_RATE);
    clock_ = std::make_unique<encoder_clock>(codec_, tick_, rate);
    shift_ = o.start_us > 0 ? av_rescale_q(o.start_us, AV_TIME_BASE_Q, tick_) : 0;
}

void frame_encoder::encode_on(const fs_video_hardware& where) {
    if (encoder_)
        throw error(FS_INVALID_ARGUMENT, "where to encode must be said before the first frame");
    if (takes(codec_, AV_PIX_FMT_CUDA))
        where_ = std::make_unique<fs_video_hardware>(where);
}

void frame_encoder::start(const AVFrame* first, std::vector<std::string>& warnings) {
    const format_choice choice(codec_, format_of_file_, pixel_format_, first);
    for (const AVPixelFormat format : choice.candidates())
        if (start_as(first, format, format == choice.candidates().back(), warnings)) {
            const std::string loss = choice.loss(format);
            if (!loss.empty())
                warnings.push_back(loss);
            return;
        }
}

bool frame_encoder::start_as(const AVFrame* first, AVPixelFormat format, bool must, std::vector<std::string>& warnings) {
    fs_video_picture picture{first->width, first->height, format, {}, 0, 0, AV_FIELD_PROGRESSIVE};
    color_choice conversion = choose_color(first, format, options_.color, options_.tag_color_from_frame != 0, &picture.color);
    picture.rgb_matrix = conversion.rgb_matrix;
    picture.full = conversion.full ? 1 : 0;
    // Encoders for 4:2:0 and 4:2:2 mostly take even sizes only: tried as it is, then with the last column and row repeated.
    const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(format);
    int even_w = FFALIGN(first->width, 1 << layout->log2_chroma_w), even_h = FFALIGN(first->height, 1 << layout->log2_chroma_h);
    bool even = even_w == first->width && even_h == first->height;
    // Decoders and encoders of GPUs, and inside of it x264 too, have chroma interleaved: such frames are taken as they are.
    bool interleaved = first->format == AV_PIX_FMT_NV12 || first->format == AV_PIX_FMT_CUDA;
    if (interleaved && even && picture.format == AV_PIX_FMT_YUV420P && takes(codec_, AV_PIX_FMT_NV12))
        picture.format = AV_PIX_FMT_NV12;
    if (!even && open(picture, false))
        return true;
    picture.width = even_w;
    picture.height = even_h;
    // An encoder may take interlaced frames of some sizes only.
    if (signal_.is_interlaced() && can_interlace(codec_, format_of_file_)) {
        picture.fields = signal_.fields;
        if (!open(picture, false))
            picture.fields = AV_FIELD_PROGRESSIVE;
    }
    if (picture.fields == AV_FIELD_PROGRESSIVE && !open(picture, must))
        return false;
    if (!even)
        warnings.push_back("The frames are " + std::to_string(first->width) + "x" + std::to_string(first->height) + ", but " + codec_->name +
                           " with " + av_get_pix_fmt_name(format) + " takes even sizes only: the last column or row is repeated once, which makes " +
                           std::to_string(even_w) + "x" + std::to_string(even_h) + ".");
    return true;
}

void frame_encoder::start(const fs_video_picture& as) { open(as, true); }

bool frame_encoder::open(const fs_video_picture& picture, bool must) {
    encoder_.reset(avcodec_alloc_context3(codec_));
    encoder_.get_deleter().fed = false;
    if (!encoder_)
        throw std::bad_alloc();
    AVCodecContext* e = encoder_.get();
    e->width = picture.width;
    e->height = picture.height;
    e->pix_fmt = static_cast<AVPixelFormat>(picture.format);
    bool even = picture.width % 2 == 0 && picture.height % 2 == 0;
    if (where_ && even && (picture.format == AV_PIX_FMT_NV12 || picture.format == AV_PIX_FMT_YUV420P)) {
        e->pix_fmt = AV_PIX_FMT_CUDA;
        e->sw_pix_fmt = AV_PIX_FMT_NV12;
        e->hw_frames_ctx = device_frames(*where_, picture.width, picture.height).release();
    }
    e->time_base = clock_->time_base();
    if (clock_->counts())
        e->framerate = clock_->rate();
    else if (options_.frame_rate_num > 0 && options_.frame_rate_den > 0)
        e->framerate = {options_.frame_rate_num, options_.frame_rate_den};
    if (options_.aspect_num > 0 && options_.aspect_den > 0)
        e->sample_aspect_ratio = {options_.aspect_num, options_.aspect_den};
    e->thread_count = options_.threads;
    picture_ = picture;
    e->colorspace = static_cast<AVColorSpace>(picture.color.matrix);
    e->color_range = static_cast<AVColorRange>(picture.color.range);
    e->color_primaries = static_cast<AVColorPrimaries>(picture.color.primaries);
    e->color_trc = static_cast<AVColorTransferCharacteristic>(picture.color.transfer);
    if (format_of_file_->flags & AVFMT_GLOBALHEADER)
        e->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    const std::string container = format_of_file_->name;
    if (codec_->id == AV_CODEC_ID_HEVC && (container == "mp4" || container == "mov"))
        e->codec_tag = MKTAG('h', 'v', 'c', '1');       // the spelling that all players take; Apple's take no other
    set_quality(e, codec_, preset_, options_.crf);
    bound_lookahead(e, codec_, preset_);
    occupy_processors(e, codec_);
    make_repeatable(e, codec_);
    keep_alpha(e, codec_);
    describe_light(e, codec_, signal_);
    if (coded_interlaced())
        code_fields(e, codec_, static_cast<AVFieldOrder>(picture.fields));
    log_watch watch;
    int code = avcodec_open2(e, codec_, nullptr);
    if (code < 0 && must)
        throw error(code == AVERROR(ENOMEM) ? FS_OUT_OF_MEMORY : FS_INVALID_ARGUMENT,
                    std::string("the encoder ") + codec_->name + " does not start (" + (watch.errors() ? watch.first() : words(code)) + ")");
    return code >= 0;
}

void frame_encoder::write(const AVFrame* source, int64_t time, int64_t duration, const packet_taker& take, std::vector<std::string>& warnings) {
    frame_ptr frame = fit(source, warnings);
    int64_t pts = time - shift_;
    if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_)
        throw error(FS_INVALID_ARGUMENT, "frame times do not rise: " + std::to_string(time) + " follows " + std::to_string(last_pts_ + shift_));
    last_pts_ = pts;
    durations_.push_back({pts, duration});
    frame->pts = clock_->enter(pts);
    set_frame_duration(frame.get(), clock_->counts() ? 1 : duration);
    set_side_data(frame.get(), warnings);
    frame->pict_type = AV_PICTURE_TYPE_NONE;    // the source's choice of key frames is not this encoder's
#ifdef AV_FRAME_FLAG_KEY
    frame->flags &= ~AV_FRAME_FLAG_KEY;
#else
    frame->key_frame = 0;
#endif
    frame->quality = 0;
    check(avcodec_send_frame(encoder_.get(), frame.get()), "the encoder refuses a frame");
    encoder_.get_deleter().fed = true;
    drain(take);
}

// Frames carry their fields and captions to the encoder themselves; what it cannot take of them is said once.
void frame_encoder::set_side_data(AVFrame* frame, std::vector<std::string>& warnings) {
    bool known = are_fields_known(frame), top = picture_.fields == AV_FIELD_TT;
    if (coded_interlaced() && !(known && is_interlaced(frame))) {
        // x264 takes another order for a change of the stream's, and progressive frames among interlaced ones have none.
        set_fields(frame, !known, top);
    } else if (!signal_.is_interlaced() && !lost_fields_ && known && is_interlaced(frame)) {
        lost_fields_ = true;
        warnings.push_back("The video begins with progressive frames, and interlaced ones come later: all are written as progressive.");
    }
    bool captions = known ? av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC) != nullptr : (signal_.seen & SEEN_CAPTIONS) != 0;
    if (captions && !lost_captions_ && !(known && keeps_captions(encoder_.get()))) {
        lost_captions_ = true;
        warnings.push_back(std::string("The video's closed captions were left out: ") +
                           (known ? std::string("the encoder ") + codec_->name + " does not write them; use --codec libx264 to keep them."
                                  : "frames in a device's memory do not carry them."));
    }
    drop_dynamic_light(frame);
}

void frame_encoder::flush(const packet_taker& take) {
    check(avcodec_send_frame(encoder_.get(), nullptr), "the encoder cannot be flushed");
    drain(take);
}

void frame_encoder::drain(const packet_taker& take) {
    AVPacket* p = packet_.get();
    for (;;) {
        int code = avcodec_receive_packet(encoder_.get(), p);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return;
        check(code, "the encoder failed");
        clock_->leave(p);
        // Encoders before FFmpeg 6 do not carry a frame's duration; the last frame's length would be lost.
        auto found = std::find_if(durations_.begin(), durations_.end(), [&](const auto& d) { return d.first == p->pts; });
        if (found != durations_.end()) {
            p->duration = found->second;
            durations_.erase(found);
        }
        take(p);
        av_packet_unref(p);
    }
}

// The frame as the encoder takes it: by reference if it is so already.
frame_ptr frame_encoder::fit(const AVFrame* source, std::vector<std::string>& warnings) {
    return on_device() ? fit_on_device(source, warnings) : fit_to(encoder_->pix_fmt, source, warnings);
}

frame_ptr frame_encoder::fit_on_device(const AVFrame* source, std::vector<std::string>& warnings) {
    frame_ptr frame = new_frame();
    if (source->format == AV_PIX_FMT_CUDA) {
        if (source->width != encoder_->width || source->height != encoder_->height)
            throw error(FS_INVALID_ARGUMENT, "frames in a device's memory must have the size of the first");
        check(av_frame_ref(frame.get(), source), "cannot refer to a frame");
        frame->hw_frames_ctx = av_buffer_ref(encoder_->hw_frames_ctx);
        if (!frame->hw_frames_ctx)
            throw std::bad_alloc();
    } else {
        frame_ptr host = fit_to(AV_PIX_FMT_NV12, source, warnings);
        check(av_hwframe_get_buffer(encoder_->hw_frames_ctx, frame.get(), 0), "there is no device memory for a frame");
        check(av_hwframe_transfer_data(frame.get(), host.get(), 0), "a frame cannot be copied to the device");
        check(av_frame_copy_props(frame.get(), host.get()), "cannot copy a frame's properties");
    }
    frame->sample_aspect_ratio = encoder_->sample_aspect_ratio;
    return frame;
}

frame_ptr frame_encoder::fit_to(AVPixelFormat format, const AVFrame* source, std::vector<std::string>& warnings) {
    if (source->format == AV_PIX_FMT_CUDA)
        throw error(FS_INVALID_ARGUMENT, "a frame in a device's memory was given to an encoder on the host");
    AVPixelFormat from = plain_format(source->format), to = plain_format(format);
    int width = encoder_->width, height = encoder_->height;
    bool near = width - source->width >= 0 && width - source->width <= 3 && height - source->height >= 0 && height - source->height <= 3;
    frame_ptr frame;
    bool rgb = is_rgb(from), same_range = rgb || is_rgb(to) || range_of(source) == picture_.full;
    if (from == to && source->width == width && source->height == height && same_range) {
        frame = new_frame();
        check(av_frame_ref(frame.get(), source), "cannot refer to a frame");
    } else {
        const AVFrame* current = source;
        const int32_t number = fs_format(to);
        bool planar = is_planar_yuv(to) || layout_of(number) == FS_VIDEO_GBRP;
        int target_w = near && planar ? source->width : width, target_h = near && planar ? source->height : height;
        if (layout_of(fs_format(from)) == FS_VIDEO_GRAY8 && is_planar_yuv(to) && depth_of(from) == depth_of(to) && !has_alpha(to) && target_w == source->width &&
            target_h == source->height) {
            frame = gray_to_yuv(source, to);
            current = frame.get();
        } else if (from != to || target_w != source->width || target_h != source->height || !same_range) {
            frame = converter_.convert_to(source, to, target_w, target_h, rgb ? picture_.rgb_matrix : matrix_of(source), picture_.full == 1);
            current = frame.get();
        }
        if (target_w != width || target_h != height)
            frame = pad(current, width, height);
        if (!near && !scaled_) {
            scaled_ = true;
            warnings.push_back("A frame of " + std::to_string(source->width) + "x" + std::to_string(source->height) + " was scaled to " +
                               std::to_string(width) + "x" + std::to_string(height) + ", the size the video began with.");
        }
    }
    frame->format = format;
    frame->sample_aspect_ratio = encoder_->sample_aspect_ratio;
    return frame;
}

}  // namespace fs::video
