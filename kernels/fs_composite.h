// What the kernels that convert faces in frames share: the slot (one face of a batch), the fixed point of the warps, tiles.
#pragma once

#include "fs_kernel.h"
#include "fs_math.h"

struct fs_affine { double a, b, c, d, e, f; }; // x' = a·x + b·y + c, y' = d·x + e·y + f

struct fs_yuv
{
    float luma_offset, luma_span, luma_scale, red_v, blue_u, green_u, green_v, kr, kg, kb, u_per_blue, v_per_red, luma_low, luma_high, chroma_low, chroma_high;
};

// FaceSwap.Compute's CompositorSlot.
struct fs_slot
{
    fs_u8 *plane0, *plane1, *plane2;
    fs_i64 packed; // offset + 1; 0: not packed
    fs_affine to_square, to_frame;
    int stride0, stride1;
    int width, height; // width 0: empty slot
    int step0, step1; // bytes from sample to sample: 3 for BGR, otherwise 1; 0 without chroma, 2 for interleaved chroma
    int shift_x, shift_y; // 1 where chroma is halved
    int left, top, right, bottom; // touched rectangle, right and bottom exclusive
    int corners, square_corners;
    fs_yuv color;
    int hull[136]; // x and y of each corner
    int square_hull[136]; // of the face's interior in the square: where colors are measured
    fs_i64 canvas;                                               // pixels before its canvas in the canvases' memory
    int canvas_left, canvas_top, canvas_right, canvas_bottom;    // the touched rectangle with what filters read around it
    int padding[108];
};
static_assert(sizeof(fs_slot) == 1792 && __builtin_offsetof(fs_slot, color) == 184 && __builtin_offsetof(fs_slot, hull) == 248
    && __builtin_offsetof(fs_slot, square_hull) == 792, "as CompositorSlot");

// Coordinates of OpenCV's warpAffine (FaceSwap.Core's FixedWarp): per column and per row a rounded number in 1/1024 pixel; the sum, shifted right by 5, is in
// 1/32 pixel. A quarter of the range of int, so that a sum of two cannot overflow.
FS_DEVICE int fs_warp_round(double value)
{
    value = __builtin_rint(value);
    return (int)(value < -536870912.0 ? -536870912.0 : value > 536870911.0 ? 536870911.0 : value);
}
FS_DEVICE int2 fs_warp_column(const fs_affine& m, int x)
{
    int2 result = {fs_warp_round(m.a * x * 1024.0), fs_warp_round(m.d * x * 1024.0)};
    return result;
}
FS_DEVICE int2 fs_warp_row(const fs_affine& m, int y)
{
    int2 result = {fs_warp_round((m.b * y + m.c) * 1024.0) + 16, fs_warp_round((m.e * y + m.f) * 1024.0) + 16};
    return result;
}

// The border of OpenCV's BORDER_REFLECT_101.
FS_DEVICE int fs_mirror(int position, int size)
{
    if (size == 1)
        return 0;
    while ((fs_u32)position >= (fs_u32)size)
        position = position < 0 ? -position : 2 * size - 2 - position;
    return position;
}

// A convex shape's columns in a row, ends included.
FS_DEVICE int2 fs_no_run()
{
    int2 run = {0x7FFFFFFF, -0x7FFFFFFF};
    return run;
}

// round(step·minor/major) with ties downwards.
FS_DEVICE int fs_half_down(fs_i64 step, fs_i64 minor, fs_i64 major) { return (int)((2 * step * minor + major - 1) / (2 * major)); }

// What the hull's edges set in row y. An edge is an eight-connected line from its left end that does not step aside at a tie yet; a steep one also
// takes the crossing rounded upwards. In a flat one, the steps with round(step·down/across) = at are a run of their own.
FS_DEVICE int2 fs_hull_row(const int* hull, int corners, int y)
{
    int2 run = fs_no_run();
    for (int i = 0; i < corners; i++)
    {
        int next = i + 1 == corners ? 0 : i + 1;
        int ax = hull[2 * i], ay = hull[2 * i + 1], bx = hull[2 * next], by = hull[2 * next + 1];
        if (ax > bx)
        {
            int swap = ax;
            ax = bx;
            bx = swap;
            swap = ay;
            ay = by;
            by = swap;
        }
        int at = by >= ay ? y - ay : ay - y;
        fs_i64 across = bx - ax, down = by >= ay ? by - ay : ay - by;
        if (at < 0 || at > down)
            continue;
        int first = ax, last = bx;
        if (across < down)
        {
            first = ax + fs_half_down(at, across, down);
            last = ax + (int)((2 * at * across + down) / (2 * down));
        }
        else if (down > 0)
        {
            fs_i64 low = 2 * across * at - across + 1, high = 2 * across * at + across;
            first = ax + (low > 0 ? (int)((low + 2 * down - 1) / (2 * down)) : 0);
            last = ax + (int)fs_min(high / (2 * down), across);
        }
        run.x = fs_min(run.x, first);
        run.y = fs_max(run.y, last);
    }
    return run;
}

// NaN, the output of a network that has diverged, becomes 0.
FS_DEVICE float fs_unit(float value) { return fs_clamp(value, 0.0f, 1.0f); }

// The touched rectangles of all slots are cut into tiles of 128×16 pixels, numbered slot after slot, so that any grid shares them evenly. Tiles start at multiples of
// four columns: a thread's four pixels are one word of luma.
#define FS_TILE_COLUMNS 128
#define FS_TILE_ROWS 16
FS_DEVICE int fs_tiles_across(const fs_slot& s) { return (s.right - (s.left & ~3) + FS_TILE_COLUMNS - 1) / FS_TILE_COLUMNS; }
FS_DEVICE int fs_tiles_down(const fs_slot& s) { return (s.bottom - s.top + FS_TILE_ROWS - 1) / FS_TILE_ROWS; }
FS_DEVICE int fs_tile_count(const fs_slot& s) { return s.width == 0 || s.right <= s.left ? 0 : fs_tiles_across(s) * fs_tiles_down(s); }

// A slot's patch: Y (pitch, pitch), then U and V (pitch, pitch, 2); or B, G, R, 0 (pitch, pitch, 4); pitch = side + 3.
FS_DEVICE int fs_patch_chroma(int pitch) { return (pitch * pitch + 3) & ~3; }
