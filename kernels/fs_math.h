// Elementary functions without the toolkit's libdevice. Single roundings and explicit fused multiply-adds only, so that device and host give the same bits.
#pragma once

#include "fs_types.h"

FS_DEVICE float fs_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
FS_DEVICE double fs_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
FS_DEVICE float fs_sqrt(float x) { return __builtin_sqrtf(x); }
FS_DEVICE double fs_sqrt(double x) { return __builtin_sqrt(x); }
FS_DEVICE float fs_abs(float x) { return __builtin_fabsf(x); }
FS_DEVICE float fs_floor(float x) { return __builtin_floorf(x); }
FS_DEVICE float fs_min(float a, float b) { return a < b ? a : b; }
FS_DEVICE float fs_max(float a, float b) { return a > b ? a : b; }
FS_DEVICE int fs_min(int a, int b) { return a < b ? a : b; }
FS_DEVICE int fs_max(int a, int b) { return a > b ? a : b; }
FS_DEVICE fs_i64 fs_min(fs_i64 a, fs_i64 b) { return a < b ? a : b; }
FS_DEVICE fs_i64 fs_max(fs_i64 a, fs_i64 b) { return a > b ? a : b; }

// low for values below it and for NaN.
FS_DEVICE float fs_clamp(float x, float low, float high) { return x > low ? (x < high ? x : high) : low; }
FS_DEVICE int fs_clamp(int x, int low, int high) { return x > low ? (x < high ? x : high) : low; }

// e^x to 2 units in the last place for −87.3 ≤ x ≤ 88.7; beyond them the value at the bound; NaN stays NaN. x = n·ln 2 + r with |r| ≤ ln 2 / 2, ln 2
// in two parts so that r is exact enough; e^r by its Taylor polynomial of degree 7 (remainder 6e-9); 2^n by the exponent's bits.
FS_DEVICE float fs_exp(float x)
{
    x = x > 88.7f ? 88.7f : x;
    x = x < -87.3f ? -87.3f : x;
    float n = fs_fma(x, 1.44269504f, 12582912.0f) - 12582912.0f; // rounds to an integer: 1.5·2²³ has no fraction bits
    float r = fs_fma(n, -0.693145752f, x);
    r = fs_fma(n, -1.42860677e-6f, r);
    float e = fs_fma(r, 1.9841270e-4f, 1.3888889e-3f);
    e = fs_fma(r, e, 8.3333333e-3f);
    e = fs_fma(r, e, 4.1666667e-2f);
    e = fs_fma(r, e, 1.6666667e-1f);
    e = fs_fma(r, e, 0.5f);
    e = fs_fma(r, e, 1.0f);
    e = fs_fma(r, e, 1.0f);
    // n = 128 has no exponent of its own: two factors.
    int exponent = x == x ? (int)n : 0, half = exponent >> 1;
    return e * fs_from_bits((fs_u32)(half + 127) << 23) * fs_from_bits((fs_u32)(exponent - half + 127) << 23);
}

FS_DEVICE float fs_sigmoid(float z) { return 1.0f / (1.0f + fs_exp(-z)); }

// ln x for normal positive x: the operations of FaceSwap.Core's NormalPair.Log, to the bit.
FS_DEVICE float fs_log(float x)
{
    int bits = (int)fs_bits(x);
    int exponent = (bits - 0x3F3504F3) >> 23;
    float m = fs_from_bits((fs_u32)(bits - exponent * (1 << 23)));
    float s = (m - 1.0f) / (m + 1.0f);
    float square = s * s;
    float series = fs_fma(square, 1.0f / 9.0f, 1.0f / 7.0f);
    series = fs_fma(square, series, 1.0f / 5.0f);
    series = fs_fma(square, series, 1.0f / 3.0f);
    series = fs_fma(square * s, series, s);
    return fs_fma((float)exponent, 0.69314718f, 2.0f * series);
}

// Sine and cosine of part/2²⁴ of a turn: the operations of FaceSwap.Core's NormalPair.SinCosTurn, to the bit.
FS_DEVICE void fs_sin_cos_turn(fs_u32 part, float& sine, float& cosine)
{
    fs_u32 quadrant = (part + (1u << 21)) >> 22;
    float x = (float)((int)part - (int)(quadrant << 22)) * (6.2831853f / 16777216.0f);
    float square = x * x;
    float s = fs_fma(square, 2.7557319e-6f, -1.9841270e-4f);
    s = fs_fma(square, s, 8.3333333e-3f);
    s = fs_fma(square, s, -1.6666667e-1f);
    s = fs_fma(square * x, s, x);
    float c = fs_fma(square, 2.4801587e-5f, -1.3888889e-3f);
    c = fs_fma(square, c, 4.1666667e-2f);
    c = fs_fma(square, c, -0.5f);
    c = fs_fma(square, c, 1.0f);
    bool swap = (quadrant & 1u) != 0;
    sine = swap ? c : s;
    cosine = swap ? s : c;
    sine = (quadrant & 2u) != 0 ? -sine : sine;
    cosine = ((quadrant + 1u) & 2u) != 0 ? -cosine : cosine;
}

// Sine and cosine of an angle in radians, |angle| below 10⁶, to 1e-15: quadrant off by π/2 in three parts (Cody and Waite), Taylor polynomials of degree
// 17 and 16 on ±π/4.
FS_DEVICE void fs_sin_cos(double angle, double& sine, double& cosine)
{
    const double magic = 6755399441055744.0; // 1.5·2⁵²: rounds to an integer
    double n = fs_fma(angle, 0.63661977236758138, magic) - magic;
    double x = fs_fma(n, -1.5707963267341256, angle);
    x = fs_fma(n, -6.0771005063039660e-11, x);
    x = fs_fma(n, -2.0222662487959506e-21, x);
    double square = x * x;
    double s = fs_fma(square, 2.8114572543455206e-15, -7.6471637318198164e-13);
    s = fs_fma(square, s, 1.6059043836821613e-10);
    s = fs_fma(square, s, -2.5052108385441720e-8);
    s = fs_fma(square, s, 2.7557319223985893e-6);
    s = fs_fma(square, s, -1.9841269841269841e-4);
    s = fs_fma(square, s, 8.3333333333333332e-3);
    s = fs_fma(square, s, -1.6666666666666666e-1);
    s = fs_fma(square * x, s, x);
    double c = fs_fma(square, 4.7794773323873853e-14, -1.1470745597729725e-11);
    c = fs_fma(square, c, 2.0876756987868100e-9);
    c = fs_fma(square, c, -2.7557319223985888e-7);
    c = fs_fma(square, c, 2.4801587301587302e-5);
    c = fs_fma(square, c, -1.3888888888888889e-3);
    c = fs_fma(square, c, 4.1666666666666664e-2);
    c = fs_fma(square, c, -0.5);
    c = fs_fma(square, c, 1.0);
    int quadrant = (int)n & 3;
    bool swap = (quadrant & 1) != 0;
    sine = swap ? c : s;
    cosine = swap ? s : c;
    sine = (quadrant & 2) != 0 ? -sine : sine;
    cosine = ((quadrant + 1) & 2) != 0 ? -cosine : cosine;
}
