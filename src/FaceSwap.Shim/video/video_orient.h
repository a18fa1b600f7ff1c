// Upright delivery of frames that carry a rotation.
#pragma once

#include "video_common.h"

namespace fs::video {

// How stored rows and columns map to shown ones: at most one transposition and two mirrorings.
struct orientation {
    bool transpose = false;
    bool flip_x = false;    // of the result
    bool flip_y = false;    // of the result
    bool none() const { return !transpose && !flip_x && !flip_y; }
    int degrees = 0;        // clockwise rotation that was applied, for information
    bool odd_angle = false; // the matrix is no multiple of 90 degrees and is ignored
};

orientation orientation_of(const int32_t* matrix);

// A new frame with the planes rearranged; of planar formats, when transposed of those whose chroma is halved in both directions or in none.
frame_ptr orient(const AVFrame* source, const orientation& how);

}  // namespace fs::video
