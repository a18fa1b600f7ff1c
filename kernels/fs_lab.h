// Between B, G, R in 0..1 (sRGB) and CIE L*a*b*: the operations of FaceSwap.Core's LabColor, to the bit, on its tables.
#pragma once

#include "fs_math.h"

#define FS_LAB_STEPS 8192
#define FS_LAB_TABLE (FS_LAB_STEPS + 2)

// sRGB to linear, linear to sRGB, cube root of 1.25·place; FS_LAB_TABLE numbers each.
struct fs_lab_tables { const float* values; };

// NaN counts as 0.
FS_DEVICE float fs_lab_curve(fs_lab_tables t, int table, float value)
{
    float at = fs_clamp(value, 0.0f, 1.0f) * (float)FS_LAB_STEPS;
    int i = (int)at;
    const float* from = t.values + table * FS_LAB_TABLE + i;
    float low = fs_load_const(from);
    return low + (at - (float)i) * (fs_load_const(from + 1) - low);
}

FS_DEVICE float fs_lab_root(fs_lab_tables t, float v) { return v > 0.008856f ? fs_lab_curve(t, 2, v * (1.0f / 1.25f)) : 7.787f * v + 16.0f / 116.0f; }
FS_DEVICE float fs_lab_cube(float f) { return f > 0.206893f ? f * f * f : (f - 16.0f / 116.0f) / 7.787f; }
FS_DEVICE float fs_lab_encode(fs_lab_tables t, float linear)
{
    return linear > 0.0031308f ? fs_lab_curve(t, 1, linear) : linear > 0.0f ? linear * 12.92f : 0.0f;
}

FS_DEVICE void fs_lab_from_bgr(fs_lab_tables t, const float (&bgr)[3], float (&lab)[3])
{
    float b = fs_lab_curve(t, 0, bgr[0]), g = fs_lab_curve(t, 0, bgr[1]), r = fs_lab_curve(t, 0, bgr[2]);
    float x = (0.412453f * r + 0.357580f * g + 0.180423f * b) / 0.950456f;
    float y = 0.212671f * r + 0.715160f * g + 0.072169f * b;
    float z = (0.019334f * r + 0.119193f * g + 0.950227f * b) / 1.088754f;
    float fx = fs_lab_root(t, x), fy = fs_lab_root(t, y), fz = fs_lab_root(t, z);
    lab[0] = 116.0f * fy - 16.0f;
    lab[1] = 500.0f * (fx - fy);
    lab[2] = 200.0f * (fy - fz);
}

FS_DEVICE void fs_lab_to_bgr(fs_lab_tables t, const float (&lab)[3], float (&bgr)[3])
{
    float fy = (lab[0] + 16.0f) / 116.0f, fx = fy + lab[1] / 500.0f, fz = fy - lab[2] / 200.0f;
    float x = fs_lab_cube(fx) * 0.950456f, y = fs_lab_cube(fy), z = fs_lab_cube(fz) * 1.088754f;
    float r = 3.240479f * x - 1.537150f * y - 0.498535f * z;
    float g = -0.969256f * x + 1.875991f * y + 0.041556f * z;
    float b = 0.055648f * x - 0.204043f * y + 1.057311f * z;
    bgr[0] = fs_lab_encode(t, b);
    bgr[1] = fs_lab_encode(t, g);
    bgr[2] = fs_lab_encode(t, r);
}
