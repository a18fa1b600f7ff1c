// Pixels of frames at places between their samples, as B, G, R in 0..1.
#pragma once

#include "fs_composite.h"

// The part of a bilinear kernel at a position that lies within 0..size − 1.
FS_DEVICE float fs_crop_coverage(float position, int size)
{
    float outside = fs_max(-position, position - (float)(size - 1));
    return outside <= 0.0f ? 1.0f : outside < 1.0f ? 1.0f - outside : 0.0f;
}

FS_DEVICE float fs_crop_bilinear(const fs_u8* plane, int stride, int step, int width, int height, float x, float y)
{
    x = fs_clamp(x, 0.0f, (float)(width - 1));
    y = fs_clamp(y, 0.0f, (float)(height - 1));
    int x0 = (int)x, y0 = (int)y, right = x0 + 1 < width ? step : 0;
    float fx = x - (float)x0, fy = y - (float)y0;
    const fs_u8* upper = plane + (fs_i64)y0 * stride + (fs_i64)x0 * step;
    const fs_u8* lower = y0 + 1 < height ? upper + stride : upper;
    float top = (float)upper[0] + fx * (float)(upper[right] - upper[0]);
    float bottom = (float)lower[0] + fx * (float)(lower[right] - lower[0]);
    return top + fy * (bottom - top);
}

FS_DEVICE void fs_crop_bgr(const fs_slot& s, int x, int y, float (&bgr)[3])
{
    int2 column = fs_warp_column(s.to_frame, x), row = fs_warp_row(s.to_frame, y);
    int fixed_x = (column.x + row.x) >> 5, fixed_y = (column.y + row.y) >> 5;
    int left = fixed_x >> 5, top = fixed_y >> 5, right = fixed_x & 31, low = fixed_y & 31;
    int sum[3] = {512, 512, 512};
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        int sx = left + (i & 1), sy = top + (i >> 1);
        if ((fs_u32)sx >= (fs_u32)s.width || (fs_u32)sy >= (fs_u32)s.height)
            continue;
        int weight = ((i & 1) != 0 ? right : 32 - right) * ((i >> 1) != 0 ? low : 32 - low);
        const fs_u8* pixel = s.plane0 + (fs_i64)sy * s.stride0 + 3 * (fs_i64)sx;
#pragma unroll
        for (int c = 0; c < 3; c++)
            sum[c] += pixel[c] * weight;
    }
#pragma unroll
    for (int c = 0; c < 3; c++)
        bgr[c] = (float)(sum[c] >> 10) / 255.0f;
}

FS_DEVICE void fs_crop_yuv_at(const fs_slot& s, float sx, float sy, float (&bgr)[3])
{
    float inside = fs_crop_coverage(sx, s.width) * fs_crop_coverage(sy, s.height);
    bgr[0] = bgr[1] = bgr[2] = 0.0f;
    if (!(inside > 0.0f))
        return;
    const fs_yuv& t = s.color;
    float luma = (fs_crop_bilinear(s.plane0, s.stride0, 1, s.width, s.height, sx, sy) - t.luma_offset) * t.luma_scale, u = 0.0f, v = 0.0f;
    if (s.step1 != 0)
    {
        float cx = s.shift_x != 0 ? sx * 0.5f : sx, cy = s.shift_y != 0 ? (sy - 0.5f) * 0.5f : sy;
        int width = (s.width + s.shift_x) >> s.shift_x, height = (s.height + s.shift_y) >> s.shift_y;
        u = fs_crop_bilinear(s.plane1, s.stride1, s.step1, width, height, cx, cy) - 128.0f;
        v = fs_crop_bilinear(s.plane2, s.stride1, s.step1, width, height, cx, cy) - 128.0f;
    }
    bgr[0] = fs_unit(luma + t.blue_u * u) * inside;
    bgr[1] = fs_unit(luma + t.green_u * u + t.green_v * v) * inside;
    bgr[2] = fs_unit(luma + t.red_v * v) * inside;
}

FS_DEVICE void fs_crop_yuv(const fs_slot& s, int x, int y, float (&bgr)[3])
{
    const fs_affine& m = s.to_frame;
    fs_crop_yuv_at(s, (float)(m.a * x + (m.b * y + m.c)), (float)(m.d * x + (m.e * y + m.f)), bgr);
}
