// Interlaced video: which field is shown first, and which encoders code it.
#pragma once

#include "video_common.h"

namespace fs::video {

bool is_interlaced(const AVFrame* frame);
bool is_top_first(const AVFrame* frame);
void set_fields(AVFrame* frame, bool interlaced, bool top_first);

// Frames that were made over samples of the managed side do not know whether they are interlaced.
void mark_fields_unknown(AVFrame* frame);
bool are_fields_known(const AVFrame* frame);

// The order of a stream: AV_FIELD_TT or AV_FIELD_BB if its header or its first frame, as it is delivered, says that it is interlaced; else AV_FIELD_PROGRESSIVE. A
// stream that mixes both (telecine, pictures coded as frames and as fields) is interlaced: only so a player looks at each frame.
AVFieldOrder fields_of(AVFieldOrder header, const AVFrame* first, bool upside_down);

// Whether an encoder's stream, in a container, says that it is interlaced.
bool can_interlace(const AVCodec* codec, const AVOutputFormat* format);

// Tells an encoder, before it is opened, that frames are interlaced in this order.
void code_fields(AVCodecContext* e, const AVCodec* codec, AVFieldOrder order);

// One field of a frame as a picture of half the height over the same samples; it must not outlive the frame's planes.
AVFrame field_view(const AVFrame* frame, bool bottom);

// Whether both fields of frames of the format and height are pictures of one size.
bool has_equal_fields(AVPixelFormat format, int height);

}  // namespace fs::video
