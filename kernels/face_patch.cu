// New faces prepared for sampling.
//
//   fs_histogram_map_fwd_f32   map[n, c, v]: what a value v of the new face's channel c becomes so that its histogram is that of the crop: the quantile of v among the
//                              new face's values, by linear interpolation onto quantiles and values of the crop, truncated; plus 0.01 (pasting truncates), over 255
//   fs_face_patch_fwd_f32      patch[n] = the network's output, mapped if there is a map, moved if there are moments (face_moments.cu), in the frame's colors: B, G, R in 0..255, truncated, or Y, U, V in the
//                              frame's range, unrounded; with a border mirrored without its edge, one pixel before and two after, so that four taps need no case
//
// slots: (N). output: (N, s, s, 3), B, G, R in 0..1. crops: (N, s, s, 3) bytes. map: (N, 3, 256). patches: (N, 4·(s + 3)²); fs_composite.h has the layout. Outputs
// are overwritten (=); those of empty slots are left alone. Counts are integers: atomics in shared memory, the same result in any order.
// Histogram: one block of 256 threads a slot. Patch: one thread an element, grid (⌈(s + 3)²/256⌉, N). 28 bytes an element.
#include "fs_composite.h"
#include "fs_lab.h"

struct fs_histogram_args
{
    const fs_slot* slots;
    const float* output;
    const fs_u8* crops;
    float* map;
    int side, reserved;
};

struct fs_patch_args
{
    const fs_slot* slots;
    const float* output;
    const float* map;     // null: colors stay
    const float* moments; // null: colors stay
    const float* tables;
    float* patches;
    int side, lab, bgr, reserved; // bgr: B, G, R for any frame
};

FS_DEVICE int fs_level(float value) { return (int)(fs_unit(value) * 255.0f); }

// The first value whose cumulative count reaches a number that the last one reaches.
FS_DEVICE int fs_reach(const fs_u32* counts, fs_u32 number)
{
    int low = 0, high = 255;
    while (low < high)
    {
        int middle = (low + high) >> 1;
        if (counts[middle] >= number)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

FS_KERNEL(fs_histogram_map_fwd_f32, fs_histogram_args, 256)
{
    FS_SHARED fs_u32 counts[6][256]; // of the new face's channels, then of the crop's
    int slot = (int)blockIdx.x, value = (int)threadIdx.x, pixels = a.side * a.side;
    if (a.slots[slot].width == 0)
        return;
#pragma unroll
    for (int i = 0; i < 6; i++)
        counts[i][value] = 0;
    __syncthreads();
    const float* face = a.output + 3 * (fs_i64)slot * pixels;
    const fs_u8* crop = a.crops + 3 * (fs_i64)slot * pixels;
    for (int i = value; i < pixels; i += 256)
    {
#pragma unroll
        for (int c = 0; c < 3; c++)
        {
            fs_atomic_inc(&counts[c][fs_level(face[3 * i + c])], 0xFFFFFFFFu);
            fs_atomic_inc(&counts[3 + c][crop[3 * i + c]], 0xFFFFFFFFu);
        }
    }
    __syncthreads();
    for (int distance = 1; distance < 256; distance <<= 1) // running sums
    {
        fs_u32 before[6];
#pragma unroll
        for (int i = 0; i < 6; i++)
            before[i] = value >= distance ? counts[i][value - distance] : 0;
        __syncthreads();
#pragma unroll
        for (int i = 0; i < 6; i++)
            counts[i][value] += before[i];
        __syncthreads();
    }
    for (int c = 0; c < 3; c++)
    {
        fs_u32 below = counts[c][value];
        const fs_u32* wanted = counts[3 + c];
        int at = fs_reach(wanted, below);
        fs_u32 less = at > 0 ? wanted[at - 1] : 0;
        double level = at;
        if (less > 0 && wanted[at] != below)
        {
            int before = fs_reach(wanted, less);
            double low = (double)less / (double)pixels, high = (double)wanted[at] / (double)pixels;
            level = before + (at - before) / (high - low) * ((double)below / (double)pixels - low);
        }
        a.map[768 * (fs_i64)slot + 256 * c + value] = ((float)(int)level + 0.01f) / 255.0f;
    }
}

// color: as it is without moments.
FS_DEVICE void fs_move_color(const fs_patch_args& a, const float* moments, const float* from, float (&color)[3])
{
    int channels = (int)moments[6];
    if (a.lab == 0)
    {
#pragma unroll
        for (int c = 0; c < 3; c++)
            color[c] = c < channels ? fs_unit(from[c] + moments[3 + c]) : color[c];
        return;
    }
    if (channels == 0)
        return;
    fs_lab_tables tables = {a.tables};
    float lab[3];
    fs_lab_from_bgr(tables, color, lab);
#pragma unroll
    for (int c = 0; c < 3; c++)
        lab[c] = moments[c] * lab[c] + moments[3 + c];
    lab[1] = fs_clamp(lab[1], moments[7], moments[9]);
    lab[2] = fs_clamp(lab[2], moments[8], moments[10]);
    fs_lab_to_bgr(tables, lab, color);
#pragma unroll
    for (int c = 0; c < 3; c++)
        color[c] = fs_unit(color[c]);
}

FS_KERNEL(fs_face_patch_fwd_f32, fs_patch_args, 256)
{
    int pitch = a.side + 3, element = (int)(blockIdx.x * blockDim.x + threadIdx.x), slot = (int)blockIdx.y;
    const fs_slot& s = a.slots[slot];
    if (element >= pitch * pitch || s.width == 0)
        return;
    int x = fs_mirror(element % pitch - 1, a.side), y = fs_mirror(element / pitch - 1, a.side);
    const float* from = a.output + 3 * ((fs_i64)slot * a.side * a.side + y * a.side + x);
    float color[3];
#pragma unroll
    for (int c = 0; c < 3; c++)
        color[c] = a.map != nullptr ? a.map[768 * (fs_i64)slot + 256 * c + fs_level(from[c])] : fs_unit(from[c]);
    if (a.moments != nullptr)
        fs_move_color(a, a.moments + 12 * (fs_i64)slot, from, color);
    float* patch = a.patches + 4 * (fs_i64)slot * pitch * pitch;
    if (s.step0 == 3 || a.bgr != 0)
    {
        float4 bgr = {fs_floor(color[0] * 255.0f), fs_floor(color[1] * 255.0f), fs_floor(color[2] * 255.0f), 0.0f};
        fs_store((float4*)patch + element, bgr);
        return;
    }
    const fs_yuv& t = s.color;
    float bright = t.kb * color[0] + t.kg * color[1] + t.kr * color[2];
    patch[element] = t.luma_offset + t.luma_span * bright;
    float2 chroma = {128.0f + t.u_per_blue * (color[0] - bright), 128.0f + t.v_per_red * (color[2] - bright)};
    fs_store((float2*)(patch + fs_patch_chroma(pitch)) + element, chroma);
}
