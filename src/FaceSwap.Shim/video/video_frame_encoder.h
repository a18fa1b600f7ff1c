// Frames into packets of one encoder; the container is somebody else's.
#pragma once

#include "video_convert.h"
#include "video_encoder.h"
#include "video_hardware.h"
#include "video_rate.h"
#include "video_signal.h"

#include <deque>
#include <functional>

// How to write a video, or a segment of one.
struct fs_video_writer_options {
    const char* path;           // file to create
    const char* container_of;   // file name whose extension names the container
    const char* codec;
    const char* preset;         // or null
    const char* pixel_format;   // FFmpeg's name, or null: as the frames', as far as codec and container can
    const char* copy_from;      // or null
    int64_t start_us;           // part of copy_from; frames' times are moved by the same amount
    int64_t duration_us;        // 0: to the end
    double crf;                 // negative: the encoder's default
    int32_t threads;            // 0: the encoder chooses
    int32_t time_base_num, time_base_den;
    int32_t frame_rate_num, frame_rate_den;     // 0/x unknown
    int32_t aspect_num, aspect_den;
    int32_t shortest;           // 1: the copied streams end with the video
    int32_t fast_start;         // 1: the index goes to the front (mp4, mov)
    fs_video_color color;       // what is unspecified comes from the first frame
    int32_t tag_color_from_frame;   // 1: matrix and range come from the first frame even so
    const uint8_t* signal;      // what a reader gave (fs_video_reader_signal), or null
    int32_t signal_size;
    int32_t reserved;
};
static_assert(sizeof(fs_video_writer_options) == 144, "mirrored by ShimNative.Video.cs");

// What the first frame of a video decides for all: size and layout of the encoded pictures, their colour, and how frames are converted to them.
struct fs_video_picture {
    int32_t width, height;
    int32_t format;             // FFmpeg's number
    fs_video_color color;
    int32_t rgb_matrix;         // what BGR becomes: 0 BT.601, 1 BT.709, 2 BT.2020
    int32_t full;               // 1: full range
    int32_t fields;             // FFmpeg's AVFieldOrder; coded as interlaced if it is AV_FIELD_TT or AV_FIELD_BB
};
static_assert(sizeof(fs_video_picture) == 40, "mirrored by ShimNative.Segment.cs");

namespace fs::video {

inline std::string text(const char* from) { return from ? from : ""; }

// The container that a file name's extension means; fails if it cannot hold what the encoder makes.
const AVOutputFormat* container_for(const char* name, const AVCodec* codec);

class frame_encoder {
public:
    // Takes every packet; times are in the options' time base. Only valid during the call.
    using packet_taker = std::function<void(AVPacket*)>;

    explicit frame_encoder(const fs_video_writer_options& options);

    // Frames may come from the memory of a device (FS_VIDEO_NV12_DEVICE, all of the first frame's size, which is even), where an encoder takes them. Before the first.
    void encode_on(const fs_video_hardware& where);

    // Starts the encoder for frames like the first, or exactly as another was started for the same video.
    void start(const AVFrame* first, std::vector<std::string>& warnings);
    void start(const fs_video_picture& as);

    bool started() const { return encoder_ != nullptr; }
    const AVCodecContext* context() const { return encoder_.get(); }
    const AVCodec* codec() const { return codec_; }
    AVRational tick() const { return tick_; }
    const fs_video_picture& choice() const { return picture_; }
    const signal& source_signal() const { return signal_; }

    // Encodes a frame of any size and layout; times must rise.
    void write(const AVFrame* source, int64_t time, int64_t duration, const packet_taker& take, std::vector<std::string>& warnings);

    // Gives the packets that are still inside.
    void flush(const packet_taker& take);

private:
    bool start_as(const AVFrame* first, AVPixelFormat format, bool must, std::vector<std::string>& warnings);
    bool open(const fs_video_picture& picture, bool must);
    bool coded_interlaced() const { return picture_.fields == AV_FIELD_TT || picture_.fields == AV_FIELD_BB; }
    void set_side_data(AVFrame* frame, std::vector<std::string>& warnings);
    bool on_device() const { return encoder_->pix_fmt == AV_PIX_FMT_CUDA; }
    frame_ptr fit(const AVFrame* source, std::vector<std::string>& warnings);
    frame_ptr fit_on_device(const AVFrame* source, std::vector<std::string>& warnings);
    frame_ptr fit_to(AVPixelFormat format, const AVFrame* source, std::vector<std::string>& warnings);
    void drain(const packet_taker& take);

    fs_video_writer_options options_;
    std::string preset_, pixel_format_;
    AVRational tick_;
    signal signal_;
    const AVCodec* codec_ = nullptr;
    const AVOutputFormat* format_of_file_ = nullptr;
    std::unique_ptr<fs_video_hardware> where_;
    encoder_ptr encoder_;
    std::unique_ptr<encoder_clock> clock_;
    packet_ptr packet_;
    converter converter_;
    fs_video_picture picture_{};
    bool scaled_ = false, lost_captions_ = false, lost_fields_ = false;
    int64_t shift_ = 0, last_pts_ = AV_NOPTS_VALUE;
    std::deque<std::pair<int64_t, int64_t>> durations_;     // of frames inside the encoder: (time, duration)
};

}  // namespace fs::video
