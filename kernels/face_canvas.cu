// Faces whose pixels depend on their neighbours, sharpened, by way of a canvas: the touched rectangle with what the filter reads around it, as 8-bit B, G, R.
//
//   fs_canvas_paste_fwd_u8    original[n] = the frame's pixels; pasted[n] = the same with the new face, sampled bicubically, wherever its square lies
//   fs_canvas_across_fwd_f32  lines[n] = pasted, blurred along the rows by 19 taps of a Gaussian, borders mirrored without the edge
//   fs_canvas_blend_fwd_u8    the filtered canvas, blended with the original under the mask, into the frame: filter 1: 10 times the pixel less its 3x3 sum; 2: 1.5 times
//                             the pixel less half of lines blurred down the columns. BGR frames take the pixels; on YUV frames each sample moves by what the color of
//                             its pixels changed (chroma by the mean change), so that what the filter left alone stays
//
// slots, patches, runs, bands, tiles, cubic: as masked_blend.cu has them, patches of B, G, R. original, pasted: 4 bytes a pixel, lines: 16; a slot's begin at its canvas,
// row after row. All are overwritten (=); in frames only samples under the mask. weights: (19).
// The first two: 256 threads, grid (any, N), blocks of a slot take its pixels in turn; 8 and 20 bytes a pixel written. The third: 256 threads, any grid, blocks take tiles of
// 128x16 in turn, a thread 4x2 pixels, so that it has whole samples of chroma; only pixels with a weight are filtered: 9 or 19 reads each, of lines that neighbours share.
#include "fs_crop.h"
#include "fs_mask.h"

#define FS_GAUSS_RADIUS 9

struct fs_canvas_args
{
    const fs_slot* slots;
    const float* patches;
    const int2* runs;
    const int4* bands;
    const int* tiles;
    const float4* cubic;
    const float* weights;
    uchar4* original;
    uchar4* pasted;
    float4* lines;
    int count, side, rows, box, filter, reserved;
};

struct fs_canvas
{
    const uchar4 *original, *pasted;
    const float4* lines;
    int left, top, right, bottom, width; // the canvas in the frame
};

FS_DEVICE fs_canvas fs_canvas_of(const fs_canvas_args& a, const fs_slot& s)
{
    const fs_canvas c = {a.original + s.canvas, a.pasted + s.canvas, a.lines + s.canvas, s.canvas_left, s.canvas_top, s.canvas_right, s.canvas_bottom,
        s.canvas_right - s.canvas_left};
    return c;
}

// A column or row beside the canvas: mirrored where the frame ends, of no use elsewhere.
FS_DEVICE int fs_canvas_at(int position, int frame, int first, int end) { return fs_clamp(fs_mirror(position, frame), first, end - 1); }

FS_DEVICE fs_u8 fs_byte(float unit) { return (fs_u8)(unit * 255.0f + 0.5f); }

FS_KERNEL(fs_canvas_paste_fwd_u8, fs_canvas_args, 256)
{
    int slot = (int)blockIdx.y, pitch = a.side + 3;
    const fs_slot& s = a.slots[slot];
    int width = s.canvas_right - s.canvas_left, pixels = width * (s.canvas_bottom - s.canvas_top);
    if (s.width == 0 || s.right <= s.left)
        return;
    const float4* patch = (const float4*)(a.patches + 4 * (fs_i64)slot * pitch * pitch);
    for (int i = (int)(blockIdx.x * 256 + threadIdx.x); i < pixels; i += (int)gridDim.x * 256)
    {
        int row = i / width, x = s.canvas_left + i - row * width, y = s.canvas_top + row;
        uchar4 color = {0, 0, 0, 0};
        if (s.step0 == 3)
        {
            const fs_u8* from = s.plane0 + (fs_i64)y * s.stride0 + 3 * (fs_i64)x;
            color.x = from[0];
            color.y = from[1];
            color.z = from[2];
        }
        else
        {
            float bgr[3];
            fs_crop_yuv_at(s, (float)x, (float)y, bgr);
            color.x = fs_byte(bgr[0]);
            color.y = fs_byte(bgr[1]);
            color.z = fs_byte(bgr[2]);
        }
        fs_store(a.original + s.canvas + i, color);
        int2 at_column = fs_warp_column(s.to_square, x), at_row = fs_warp_row(s.to_square, y);
        int fx = (at_column.x + at_row.x) >> 5, fy = (at_column.y + at_row.y) >> 5;
        if ((fs_u32)fx < (fs_u32)(a.side << 5) && (fs_u32)fy < (fs_u32)(a.side << 5))
        {
            float4 value = fs_cubic_bgr(patch + (fy >> 5) * pitch + (fx >> 5), pitch, fs_load_const(a.cubic + (fx & 31)), fs_load_const(a.cubic + (fy & 31)));
            color.x = (fs_u8)fs_whole(value.x);
            color.y = (fs_u8)fs_whole(value.y);
            color.z = (fs_u8)fs_whole(value.z);
        }
        fs_store(a.pasted + s.canvas + i, color);
    }
}

FS_KERNEL(fs_canvas_across_fwd_f32, fs_canvas_args, 256)
{
    const fs_slot& s = a.slots[blockIdx.y];
    int width = s.canvas_right - s.canvas_left, pixels = width * (s.canvas_bottom - s.canvas_top);
    if (s.width == 0 || s.right <= s.left)
        return;
    for (int i = (int)(blockIdx.x * 256 + threadIdx.x); i < pixels; i += (int)gridDim.x * 256)
    {
        int row = i / width, x = s.canvas_left + i - row * width;
        const uchar4* from = a.pasted + s.canvas + (fs_i64)row * width - s.canvas_left;
        float4 sum = {0.0f, 0.0f, 0.0f, 0.0f};
        for (int tap = -FS_GAUSS_RADIUS; tap <= FS_GAUSS_RADIUS; tap++)
        {
            uchar4 color = fs_load(from + fs_canvas_at(x + tap, s.width, s.canvas_left, s.canvas_right));
            float weight = a.weights[tap + FS_GAUSS_RADIUS];
            sum.x = fs_fma((float)color.x, weight, sum.x);
            sum.y = fs_fma((float)color.y, weight, sum.y);
            sum.z = fs_fma((float)color.z, weight, sum.z);
        }
        fs_store(a.lines + s.canvas + i, sum);
    }
}

FS_DEVICE int fs_level(int value) { return fs_clamp(value, 0, 255); }

// A filtered pixel: B, G, R.
FS_DEVICE void fs_canvas_box(const fs_canvas& c, const fs_target& t, int x, int y, int (&result)[3])
{
    int sum[3] = {0, 0, 0};
#pragma unroll
    for (int i = -1; i <= 1; i++)
    {
        const uchar4* row = c.pasted + (fs_i64)(fs_canvas_at(y + i, t.height, c.top, c.bottom) - c.top) * c.width - c.left;
#pragma unroll
        for (int j = -1; j <= 1; j++)
        {
            uchar4 color = fs_load(row + fs_canvas_at(x + j, t.width, c.left, c.right));
            int factor = i == 0 && j == 0 ? 9 : -1;
            sum[0] += factor * color.x;
            sum[1] += factor * color.y;
            sum[2] += factor * color.z;
        }
    }
#pragma unroll
    for (int k = 0; k < 3; k++)
        result[k] = fs_level(sum[k]);
}

FS_DEVICE void fs_canvas_gauss(const fs_canvas& c, const fs_target& t, const float* weights, int x, int y, int (&result)[3])
{
    float sum[3] = {0.0f, 0.0f, 0.0f};
    for (int tap = -FS_GAUSS_RADIUS; tap <= FS_GAUSS_RADIUS; tap++)
    {
        float4 line = fs_load(c.lines + (fs_i64)(fs_canvas_at(y + tap, t.height, c.top, c.bottom) - c.top) * c.width + (x - c.left));
        float weight = weights[tap + FS_GAUSS_RADIUS];
        sum[0] = fs_fma(line.x, weight, sum[0]);
        sum[1] = fs_fma(line.y, weight, sum[1]);
        sum[2] = fs_fma(line.z, weight, sum[2]);
    }
    uchar4 color = fs_load(c.pasted + (fs_i64)(y - c.top) * c.width + (x - c.left));
    const float own[3] = {(float)color.x, (float)color.y, (float)color.z};
#pragma unroll
    for (int k = 0; k < 3; k++)
        result[k] = fs_level((int)__builtin_rintf(1.5f * own[k] - 0.5f * __builtin_rintf(sum[k])));
}

// A sample beyond the range may stay there, but goes no further.
FS_DEVICE fs_u8 fs_moved(fs_u8 sample, float change, float low, float high)
{
    float old = (float)sample;
    return (fs_u8)(fs_clamp(old + change, fs_min(low, old), fs_max(high, old)) + 0.5f);
}

// Luma of a pixel; what is left for its chroma.
FS_DEVICE float2 fs_move_luma(const fs_slot& s, int x, int y, const int (&change)[3])
{
    float2 chroma = {0.0f, 0.0f};
    if ((change[0] | change[1] | change[2]) == 0)
        return chroma;
    const fs_yuv& t = s.color;
    float blue = (float)change[0], green = (float)change[1], red = (float)change[2];
    float bright = t.kb * blue + t.kg * green + t.kr * red;
    fs_u8* luma = s.plane0 + (fs_i64)y * s.stride0 + x;
    *luma = fs_moved(*luma, t.luma_span / 255.0f * bright, t.luma_low, t.luma_high);
    chroma.x = t.u_per_blue / 255.0f * (blue - bright);
    chroma.y = t.v_per_red / 255.0f * (red - bright);
    return chroma;
}

// The samples of chroma, halved by SX and SY, of a thread's 4x2 pixels.
template <int SX, int SY> FS_DEVICE void fs_move_chroma(const fs_slot& s, int x, int y, const float2 (&change)[2][4], const float (&w)[2][4])
{
    constexpr int across = 1 << SX, down = 1 << SY;
#pragma unroll
    for (int top = 0; top < 2; top += down)
    {
#pragma unroll
        for (int left = 0; left < 4; left += across)
        {
            float2 sum = {0.0f, 0.0f};
            bool any = false;
#pragma unroll
            for (int i = 0; i < down; i++)
            {
#pragma unroll
                for (int j = 0; j < across; j++)
                {
                    any = any || w[top + i][left + j] > 0.0f;
                    sum.x += change[top + i][left + j].x;
                    sum.y += change[top + i][left + j].y;
                }
            }
            if (!any)
                continue;
            float share = 1.0f / (float)(fs_min(down, s.height - y - top) * fs_min(across, s.width - x - left));
            fs_i64 at = (fs_i64)((y + top) >> SY) * s.stride1 + (fs_i64)((x + left) >> SX) * s.step1;
            s.plane1[at] = fs_moved(s.plane1[at], sum.x * share, s.color.chroma_low, s.color.chroma_high);
            s.plane2[at] = fs_moved(s.plane2[at], sum.y * share, s.color.chroma_low, s.color.chroma_high);
        }
    }
}

FS_KERNEL(fs_canvas_blend_fwd_u8, fs_canvas_args, 256)
{
    int thread = (int)threadIdx.x, total = a.tiles[a.count], slot = 0;
    for (int number = (int)blockIdx.x; number < total; number += (int)gridDim.x)
    {
        while (number >= a.tiles[slot + 1])
            slot++;
        const fs_slot& s = a.slots[slot];
        int across = fs_tiles_across(s), within = number - a.tiles[slot];
        int x = (s.left & ~3) + within % across * FS_TILE_COLUMNS + (thread & 31) * 4, y = s.top + within / across * FS_TILE_ROWS + (thread >> 5) * 2;
        const fs_target t = fs_target_of(s);
        const fs_canvas c = fs_canvas_of(a, s);
        const int2* runs = a.runs + (fs_i64)slot * a.rows;
        const int4* bands = a.bands + (fs_i64)slot * a.rows;
        float w[2][4];
        bool upper = fs_weights(t, runs, bands, a.box, x, y, w[0]), lower = fs_weights(t, runs, bands, a.box, x, y + 1, w[1]);
        if (!(upper || lower))
            continue;
        float2 chroma[2][4];
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            int px = x + (i & 3), py = y + (i >> 2);
            float weight = w[i >> 2][i & 3];
            float2 none = {0.0f, 0.0f};
            chroma[i >> 2][i & 3] = none;
            if (!(weight > 0.0f))
                continue;
            int color[3];
            if (a.filter == 1)
                fs_canvas_box(c, t, px, py, color);
            else
                fs_canvas_gauss(c, t, a.weights, px, py, color);
            uchar4 before = fs_load(c.original + (fs_i64)(py - c.top) * c.width + (px - c.left));
            const int old[3] = {before.x, before.y, before.z};
#pragma unroll
            for (int k = 0; k < 3; k++)
                color[k] = weight == 1.0f ? color[k] : (int)((float)old[k] + (float)(color[k] - old[k]) * weight + 0.5f);
            if (s.step0 == 3)
            {
                fs_u8* to = s.plane0 + (fs_i64)py * s.stride0 + 3 * (fs_i64)px;
#pragma unroll
                for (int k = 0; k < 3; k++)
                    to[k] = (fs_u8)color[k];
                continue;
            }
#pragma unroll
            for (int k = 0; k < 3; k++)
                color[k] -= old[k];
            chroma[i >> 2][i & 3] = fs_move_luma(s, px, py, color);
        }
        if (s.step0 == 3 || s.step1 == 0)
            continue;
        if (s.shift_y != 0)
            fs_move_chroma<1, 1>(s, x, y, chroma, w);
        else if (s.shift_x != 0)
            fs_move_chroma<1, 0>(s, x, y, chroma, w);
        else
            fs_move_chroma<0, 0>(s, x, y, chroma, w);
    }
}
