// The fused masked blend: inverse warp (bicubic) of the new faces, mask, blend and rounding, in the frames' own planes, in place.
//
//   fs_masked_blend_fwd_u8
//     sample += w·(new − sample), rounded, where w is the blurred mask at the pixel (0 where to_square carries it outside the square: it stays) and new is the patch sampled
//     at to_square(x, y), bicubic with OpenCV's weights at 1/32 pixel. Luma (or BGR) by the pixel's weight; chroma by the mean weight of the pixels it
//     covers, sampled at its own place, in the same pass. B, G, R are rounded to 8 bits before the blend, as the classic converter does.
//
// slots: (N). patches: (N, 4·(s + 3)²) from face_patch.cu. runs (eroded or dilated), bands: (N, rows), tiles: (N + 1) from face_mask.cu. cubic: (32, 4). The planes that the
// slots point to are updated (+=) inside the touched rectangles only; a sample of weight 0 is not written, one of weight 1 not read, so that slots that share a
// frame need only rectangles that do not meet.
//
// Floor: every byte of the touched rectangle read once and written once: 2·1.5 bytes a pixel for NV12 and YUV420P, 0.8 MB for 512×512. Patch (16 bytes for some 60 pixels at
// 512 from 64) and bands (16 bytes a row) come from the caches.
//
// Any grid of 256 threads: blocks take tiles of 128×16 pixels in turn. A thread has 4×2 pixels: one word of luma in each row, a warp one line of 128 bytes; NV12's two
// chroma samples are one word as well. Words are used where the planes' addresses and the rectangle allow it and all four pixels change, bytes elsewhere. Contributions
// of columns and rows to the warp's coordinates are computed once a tile, into shared memory.
#include "fs_mask.h"

struct fs_blend_args
{
    const fs_slot* slots;
    const float* patches;
    const int2* runs;
    const int4* bands;
    const int* tiles;
    const float4* cubic;
    int count, side, rows, box;
};

struct alignas(16) fs_place { double x, y; };

struct fs_tile
{
    float4 cubic[32];
    int4 columns[FS_TILE_COLUMNS / 2]; // x and y of two columns each
    int2 rows[FS_TILE_ROWS];
    fs_place chroma_columns[FS_TILE_COLUMNS];
    fs_place chroma_rows[FS_TILE_ROWS];
};

FS_DEVICE float fs_cubic_column(const float* taps, int pitch, float4 down)
{
    float sum = fs_load_const(taps) * down.x;
    sum = fs_fma(fs_load_const(taps + pitch), down.y, sum);
    sum = fs_fma(fs_load_const(taps + 2 * pitch), down.z, sum);
    return fs_fma(fs_load_const(taps + 3 * pitch), down.w, sum);
}

// Four columns down, then across.
FS_DEVICE float fs_cubic_luma(const float* taps, int pitch, float4 across, float4 down)
{
    float sum = fs_cubic_column(taps, pitch, down) * across.x;
    sum = fs_fma(fs_cubic_column(taps + 1, pitch, down), across.y, sum);
    sum = fs_fma(fs_cubic_column(taps + 2, pitch, down), across.z, sum);
    return fs_fma(fs_cubic_column(taps + 3, pitch, down), across.w, sum);
}

FS_DEVICE float2 fs_cubic_chroma(const float2* taps, int pitch, float4 across, float4 down)
{
    const float by[4] = {across.x, across.y, across.z, across.w};
    float2 sum = {0.0f, 0.0f};
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float2 t0 = fs_load(taps + i), t1 = fs_load(taps + pitch + i), t2 = fs_load(taps + 2 * pitch + i), t3 = fs_load(taps + 3 * pitch + i);
        float u = fs_fma(t3.x, down.w, fs_fma(t2.x, down.z, fs_fma(t1.x, down.y, t0.x * down.x)));
        float v = fs_fma(t3.y, down.w, fs_fma(t2.y, down.z, fs_fma(t1.y, down.y, t0.y * down.x)));
        sum.x = i == 0 ? u * by[i] : fs_fma(u, by[i], sum.x);
        sum.y = i == 0 ? v * by[i] : fs_fma(v, by[i], sum.y);
    }
    return sum;
}

FS_DEVICE fs_u32 fs_mix(fs_u32 old, float value, float low, float high, float weight)
{
    value = fs_clamp(value, low, high);
    return (fs_u32)(int)(weight == 1.0f ? value + 0.5f : (float)old + weight * (value - (float)old) + 0.5f);
}

// Places of a thread's four pixels of a row in 1/32 pixel of the square.
FS_DEVICE void fs_places(const fs_tile& tile, int column, int row, int (&fx)[4], int (&fy)[4])
{
    int4 low = tile.columns[column / 2], high = tile.columns[column / 2 + 1];
    int2 at = tile.rows[row];
    fx[0] = (low.x + at.x) >> 5;
    fy[0] = (low.y + at.y) >> 5;
    fx[1] = (low.z + at.x) >> 5;
    fy[1] = (low.w + at.y) >> 5;
    fx[2] = (high.x + at.x) >> 5;
    fy[2] = (high.y + at.y) >> 5;
    fx[3] = (high.z + at.x) >> 5;
    fy[3] = (high.w + at.y) >> 5;
}

FS_DEVICE void fs_blend_luma(const fs_target& s, const fs_tile& tile, const float* patch, int side, int x, int y, int column, int row, float (&w)[4])
{
    int fx[4], fy[4];
    fs_places(tile, column, row, fx, fy);
#pragma unroll
    for (int i = 0; i < 4; i++)
        w[i] = (fs_u32)fx[i] < (fs_u32)(side << 5) && (fs_u32)fy[i] < (fs_u32)(side << 5) ? w[i] : 0.0f;
    fs_u8* at = s.plane0 + (fs_i64)y * s.stride0 + x;
    bool word = x >= s.left && x + 4 <= s.right && ((fs_u64)at & 3u) == 0;
    bool ones = w[0] == 1.0f && w[1] == 1.0f && w[2] == 1.0f && w[3] == 1.0f;
    bool changed = w[0] > 0.0f && w[1] > 0.0f && w[2] > 0.0f && w[3] > 0.0f;
    fs_u32 old = word && !ones ? fs_load((const fs_u32*)at) : 0, result = 0;
    int pitch = side + 3;
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        if (w[i] == 0.0f)
            continue;
        fs_u32 before = word ? old >> (8 * i) & 255u : w[i] == 1.0f ? 0u : at[i];
        float value = fs_cubic_luma(patch + (fy[i] >> 5) * pitch + (fx[i] >> 5), pitch, tile.cubic[fx[i] & 31], tile.cubic[fy[i] & 31]);
        fs_u32 sample = fs_mix(before, value, s.luma_low, s.luma_high, w[i]);
        result |= sample << (8 * i);
        if (!word || !changed)
            at[i] = (fs_u8)sample;
    }
    if (word && changed)
        fs_store((fs_u32*)at, result);
}

// Two rows of weights to chroma halved by SX and SY: a thread has (4 >> SX)·(2 >> SY) samples.
template <int SX, int SY>
FS_DEVICE void fs_blend_chroma(const fs_target& s, const fs_tile& tile, const float2* patch, int side, int x, int y, int column, int row, const float (&w)[2][4])
{
    int pitch = side + 3;
    double limit = (double)((side << 5) - 1);
#pragma unroll
    for (int cy = 0; cy < (2 >> SY); cy++)
    {
        fs_i64 at = (fs_i64)((y >> SY) + cy) * s.stride1 + (fs_i64)(x >> SX) * s.step1;
        fs_u8 *u = s.plane1 + at, *v = s.plane2 + at;
        float weight[4 >> SX];
        bool changed = true;
#pragma unroll
        for (int cx = 0; cx < (4 >> SX); cx++)
        {
            int left = cx << SX, top = cy << SY;
            float sum = w[top][left], part = 1.0f;
            if (SY != 0)
            {
                sum += w[top + SY][left];
                part = y + 1 < s.height ? 0.5f : part;
            }
            if (SX != 0)
            {
                sum += w[top][left + SX];
                if (SY != 0)
                    sum += w[top + SY][left + SX];
                part = x + left + 1 < s.width ? 0.5f * part : part;
            }
            weight[cx] = sum * part;
            changed &= sum > 0.0f;
        }
        // Interleaved and halved, a thread's samples of a row are four bytes.
        bool word = SX != 0 && s.step1 == 2 && changed && x >= s.left && ((fs_u64)u & 3u) == 0;
        fs_u32 old = word ? fs_load((const fs_u32*)u) : 0, result = 0;
#pragma unroll
        for (int cx = 0; cx < (4 >> SX); cx++)
        {
            if (weight[cx] == 0.0f)
                continue;
            fs_place of_column = tile.chroma_columns[(column >> SX) + cx], of_row = tile.chroma_rows[(row >> SY) + cy];
            double px = of_column.x + of_row.x + 0.5, py = of_column.y + of_row.y + 0.5;
            int fx = (int)(px > 0.0 ? px < limit ? px : limit : 0.0), fy = (int)(py > 0.0 ? py < limit ? py : limit : 0.0);
            float2 value = fs_cubic_chroma(patch + (fy >> 5) * pitch + (fx >> 5), pitch, tile.cubic[fx & 31], tile.cubic[fy & 31]);
            int step = cx * s.step1;
            fs_u32 before_u = word ? old >> (16 * cx) & 255u : u[step], before_v = word ? old >> (16 * cx + 8) & 255u : v[step];
            fs_u32 new_u = fs_mix(before_u, value.x, s.chroma_low, s.chroma_high, weight[cx]);
            fs_u32 new_v = fs_mix(before_v, value.y, s.chroma_low, s.chroma_high, weight[cx]);
            result |= (new_u | new_v << 8) << (16 * cx & 31);
            if (!word)
            {
                u[step] = (fs_u8)new_u;
                v[step] = (fs_u8)new_v;
            }
        }
        if (word)
            fs_store((fs_u32*)u, result);
    }
}

FS_DEVICE void fs_blend_bgr(const fs_target& s, const fs_tile& tile, const float4* patch, int side, int x, int y, int column, int row, const float (&w)[4])
{
    int fx[4], fy[4], pitch = side + 3;
    fs_places(tile, column, row, fx, fy);
    fs_u8* at = s.plane0 + (fs_i64)y * s.stride0 + 3 * (fs_i64)x;
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        if (w[i] == 0.0f || (fs_u32)fx[i] >= (fs_u32)(side << 5) || (fs_u32)fy[i] >= (fs_u32)(side << 5))
            continue;
        float4 value = fs_cubic_bgr(patch + (fy[i] >> 5) * pitch + (fx[i] >> 5), pitch, tile.cubic[fx[i] & 31], tile.cubic[fy[i] & 31]);
        const float fresh[3] = {fs_whole(value.x), fs_whole(value.y), fs_whole(value.z)};
#pragma unroll
        for (int c = 0; c < 3; c++)
        {
            float old = w[i] == 1.0f ? 0.0f : (float)at[3 * i + c];
            at[3 * i + c] = (fs_u8)(w[i] == 1.0f ? fresh[c] : fs_whole(old + (fresh[c] - old) * w[i]));
        }
    }
}

// What a tile's pixels share.
FS_DEVICE void fs_fill_tile(fs_tile& tile, const fs_slot& s, int left, int top, int thread)
{
    const fs_affine& m = s.to_square;
    for (int i = thread; i < FS_TILE_COLUMNS; i += 256)
        ((int2*)tile.columns)[i] = fs_warp_column(m, left + i);
    for (int i = thread; i < FS_TILE_ROWS; i += 256)
        tile.rows[i] = fs_warp_row(m, top + i);
    // In 1/32 pixel: a power of two does not change how a sum rounds.
    double step = s.shift_x != 0 ? 2.0 : 1.0;
    for (int i = thread; i < FS_TILE_COLUMNS >> s.shift_x; i += 256)
    {
        int x = (left >> s.shift_x) + i;
        fs_place place = {m.a * step * x * 32.0, m.d * step * x * 32.0};
        tile.chroma_columns[i] = place;
    }
    for (int i = thread; i < FS_TILE_ROWS >> s.shift_y; i += 256)
    {
        int y = (top >> s.shift_y) + i;
        double row = s.shift_y != 0 ? 2.0 * y + 0.5 : (double)y;
        fs_place place = {(m.b * row + m.c) * 32.0, (m.e * row + m.f) * 32.0};
        tile.chroma_rows[i] = place;
    }
}

FS_KERNEL(fs_masked_blend_fwd_u8, fs_blend_args, 256)
{
    FS_SHARED fs_tile tile;
    int thread = (int)threadIdx.x, total = a.tiles[a.count], slot = 0, pitch = a.side + 3;
    if (thread < 32)
        tile.cubic[thread] = fs_load_const(a.cubic + thread);
    for (int number = (int)blockIdx.x; number < total; number += (int)gridDim.x)
    {
        while (number >= a.tiles[slot + 1])
            slot++;
        const fs_slot& s = a.slots[slot];
        int across = fs_tiles_across(s), within = number - a.tiles[slot];
        int left = (s.left & ~3) + within % across * FS_TILE_COLUMNS, top = s.top + within / across * FS_TILE_ROWS;
        __syncthreads(); // the tile before has been read
        fs_fill_tile(tile, s, left, top, thread);
        __syncthreads();
        int column = (thread & 31) * 4, row = (thread >> 5) * 2, x = left + column, y = top + row;
        const fs_target t = fs_target_of(s);
        int step0 = s.step0, shift_x = s.shift_x, shift_y = s.shift_y;
        const int2* runs = a.runs + (fs_i64)slot * a.rows;
        const int4* bands = a.bands + (fs_i64)slot * a.rows;
        const float* patch = a.patches + 4 * (fs_i64)slot * pitch * pitch;
        float w[2][4];
        bool upper = fs_weights(t, runs, bands, a.box, x, y, w[0]), lower = fs_weights(t, runs, bands, a.box, x, y + 1, w[1]);
        if (step0 == 3)
        {
            if (upper)
                fs_blend_bgr(t, tile, (const float4*)patch, a.side, x, y, column, row, w[0]);
            if (lower)
                fs_blend_bgr(t, tile, (const float4*)patch, a.side, x, y + 1, column, row + 1, w[1]);
            continue;
        }
        if (upper)
            fs_blend_luma(t, tile, patch, a.side, x, y, column, row, w[0]);
        if (lower)
            fs_blend_luma(t, tile, patch, a.side, x, y + 1, column, row + 1, w[1]);
        if (t.step1 == 0 || !(upper || lower))
            continue;
        const float2* chroma = (const float2*)(patch + fs_patch_chroma(pitch));
        if (shift_y != 0)
            fs_blend_chroma<1, 1>(t, tile, chroma, a.side, x, y, column, row, w);
        else if (shift_x != 0)
            fs_blend_chroma<1, 0>(t, tile, chroma, a.side, x, y, column, row, w);
        else
            fs_blend_chroma<0, 0>(t, tile, chroma, a.side, x, y, column, row, w);
    }
}
