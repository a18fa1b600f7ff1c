// The blurred mask at pixels of a frame, from its rows' runs (face_mask.cu), and the new face between its pixels.
#pragma once

#include "fs_composite.h"

// What the blend needs of a slot, by value: a store of bytes could change the slot itself for all that the compiler knows.
struct fs_target
{
    fs_u8 *plane0, *plane1, *plane2;
    int stride0, stride1, step1, width, height, left, right, bottom;
    float luma_low, luma_high, chroma_low, chroma_high;
};

// Ones among the columns first..last of a row with one run, with the border mirrored.
FS_DEVICE int fs_overlap(int first, int last, int2 run) { return fs_max(fs_min(last, run.y) - fs_max(first, run.x) + 1, 0); }
FS_DEVICE int fs_ones(int first, int last, int width, int2 run)
{
    if (run.x > run.y)
        return 0;
    if (first >= 0 && last < width)
        return fs_overlap(first, last, run);
    int ones = 0;
    if (last - first < width)
    {
        // Columns before the first mirror 1 and on, columns after the last width − 2 and back.
        ones = fs_overlap(fs_max(first, 0), fs_min(last, width - 1), run);
        ones += first < 0 ? fs_overlap(1, -first, run) : 0;
        ones += last >= width ? fs_overlap(2 * width - 2 - last, width - 2, run) : 0;
        return ones;
    }
    for (int x = first; x <= last; x++)
    {
        int at = fs_mirror(x, width);
        ones += at >= run.x && at <= run.y ? 1 : 0;
    }
    return ones;
}

// The blurred mask at a pixel.
FS_DEVICE float fs_weight(const fs_target& s, const int2* runs, int box, int x, int y)
{
    int first = x - box / 2, ones = 0;
    for (int i = 0; i < box; i++)
        ones += fs_ones(first, first + box - 1, s.width, runs[fs_mirror(y - box / 2 + i, s.height)]);
    return ones == box * box ? 1.0f : (float)ones * (1.0f / (float)(box * box));
}

// The weights of four pixels from x on; false when all are 0.
FS_DEVICE bool fs_weights(const fs_target& s, const int2* runs, const int4* bands, int box, int x, int y, float (&w)[4])
{
    w[0] = w[1] = w[2] = w[3] = 0.0f;
    if (y >= s.bottom)
        return false;
    int4 band = fs_load(bands + y);
    if (x > band.y || x + 3 < band.x)
        return false;
    if (x >= band.z && x + 3 <= band.w)
    {
        w[0] = w[1] = w[2] = w[3] = 1.0f;
        return true;
    }
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        if (x + i >= band.x && x + i <= band.y)
            w[i] = x + i >= band.z && x + i <= band.w ? 1.0f : fs_weight(s, runs, box, x + i, y);
    }
    return true;
}

FS_DEVICE fs_target fs_target_of(const fs_slot& s)
{
    const fs_target t = {s.plane0, s.plane1, s.plane2, s.stride0, s.stride1, s.step1, s.width, s.height, s.left, s.right, s.bottom,
        s.color.luma_low, s.color.luma_high, s.color.chroma_low, s.color.chroma_high};
    return t;
}

FS_DEVICE float4 fs_cubic_bgr(const float4* taps, int pitch, float4 across, float4 down)
{
    const float by[4] = {across.x, across.y, across.z, across.w};
    float4 sum = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float4 t0 = fs_load_const(taps + i), t1 = fs_load_const(taps + pitch + i), t2 = fs_load_const(taps + 2 * pitch + i), t3 = fs_load_const(taps + 3 * pitch + i);
        float b = fs_fma(t3.x, down.w, fs_fma(t2.x, down.z, fs_fma(t1.x, down.y, t0.x * down.x)));
        float g = fs_fma(t3.y, down.w, fs_fma(t2.y, down.z, fs_fma(t1.y, down.y, t0.y * down.x)));
        float r = fs_fma(t3.z, down.w, fs_fma(t2.z, down.z, fs_fma(t1.z, down.y, t0.z * down.x)));
        sum.x = i == 0 ? b * by[i] : fs_fma(b, by[i], sum.x);
        sum.y = i == 0 ? g * by[i] : fs_fma(g, by[i], sum.y);
        sum.z = i == 0 ? r * by[i] : fs_fma(r, by[i], sum.z);
    }
    return sum;
}

FS_DEVICE float fs_whole(float value) { return (float)(int)(fs_clamp(value, 0.0f, 255.0f) + 0.5f); }
