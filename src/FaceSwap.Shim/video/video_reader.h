// What a reader tells of a file; mirrored by ShimNative.Video.cs.
#pragma once

#include "video_common.h"

struct fs_video_stream_info {
    int32_t width;              // as delivered
    int32_t height;
    int32_t format;             // fs_video_format, as delivered
    int32_t rotation;           // degrees clockwise that were applied
    int32_t time_base_num, time_base_den;
    int32_t frame_rate_num, frame_rate_den;
    int32_t aspect_num, aspect_den;     // of a delivered sample; 0/1 unknown
    int32_t has_audio;
    int32_t converted;          // 1: every frame is converted, because its own format is not delivered
    int64_t frame_count;        // estimate, 0 unknown
    int64_t duration_us;        // 0 unknown
    fs_video_color color;
    char codec[32];
    char container[64];
    char source_format[32];
};
static_assert(sizeof(fs_video_stream_info) == 208, "mirrored by ShimNative.Video.cs");

// What was wrong with a file, as far as it was read.
struct fs_video_damage {
    int64_t packets;            // that could not be decoded
    int64_t frames;             // delivered, but known to be damaged
    int64_t read_errors;        // of the container
    int64_t first_us;           // time of the last good frame before the first damage; -1 if there was none
    int64_t ended_us;           // end of the last frame, valid when truncated
    int64_t expected_us;        // end that the container announced
    int32_t truncated;          // 1: the file ended well before the announced end
    int32_t odd_rotation;       // 1: rotated by an angle other than a multiple of 90 degrees, ignored
    char words[256];            // FFmpeg's
};
static_assert(sizeof(fs_video_damage) == 312, "mirrored by ShimNative.Video.cs");
