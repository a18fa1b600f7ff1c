// The random numbers of one training sample: FaceSwap.Compute's AugmentDraw.
#pragma once

#include "fs_types.h"

struct fs_augment_draw
{
    int face;       // index of the face
    int mirror;     // 1: left and right swapped
    float rotation; // degrees, counter-clockwise
    float scale;
    float shift_x;  // pixels of the face
    float shift_y;
    float noise_x[25]; // of the warp grid's knots, row-major, pixels
    float noise_y[25];
};

static_assert(sizeof(fs_augment_draw) == 224, "AugmentDraw has 6 + 2·25 fields of 4 bytes");
