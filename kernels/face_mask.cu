// The masks of faces, as runs of columns: a convex shape has one run in each row.
//
//   fs_mask_rows_fwd_i32
//     runs[n, y]   = hull filled as OpenCV's fillConvexPoly does it (integer corners, edges included), cut to the pixels that to_square carries into the
//                    square (mask 0: both, 1: hull, 2: square)
//     other[n, y]  = eroded: the runs of the rows around, each narrowed by the ellipse's half width there, intersected; dilated: widened and united
//     bands[n, y]  = first and last column that the blurred mask reaches, first and last where it is 1; of the rows of the touched rectangle
//     tiles[n]     = tiles of the slots before n, for the kernels that share tiles; tiles[N] = all
//
// The blur needs no memory: its weight at a pixel is the number of ones in a box, an overlap of runs for each row of the box (masked_blend.cu).
// slots: (N). runs, other: (N, rows) first and last column, last < first where empty. bands: (N, rows). ellipse: (|erosion|) columns before and after the anchor. All
// outputs are overwritten (=). One block of 256 threads a slot, one row a thread and turn. 32 bytes a row are written: 35 KB for a 1080-row frame.
#include "fs_composite.h"

struct fs_mask_args
{
    const fs_slot* slots;
    int2* runs;
    int2* other;
    int4* bands;
    int* tiles;
    const int2* ellipse;
    int count, side, rows, mask, erosion, box;
};

// The first column whose contribution to a coordinate is at least the limit (rising), or below it (falling).
FS_DEVICE int fs_column_search(double factor, int low, int high, int limit, bool rises)
{
    while (low < high)
    {
        int middle = (low + high) >> 1, value = fs_warp_round(factor * middle * 1024.0);
        if (rises ? value >= limit : value < limit)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// Contributions rise or fall steadily along a row, so the columns with 0 <= column + row < span are one run.
FS_DEVICE int2 fs_clip_run(double factor, int row, int span, int2 run)
{
    if (run.x > run.y)
        return run;
    bool rises = fs_warp_round(factor * run.y * 1024.0) >= fs_warp_round(factor * run.x * 1024.0);
    int2 clipped = {fs_column_search(factor, run.x, run.y + 1, rises ? -row : span - row, rises),
        fs_column_search(factor, run.x, run.y + 1, rises ? span - row : -row, rises) - 1};
    return clipped;
}

FS_DEVICE int2 fs_shape_row(const fs_mask_args& a, const fs_slot& s, int y)
{
    int2 run = {0, s.width - 1};
    if (a.mask != 2)
    {
        run = fs_hull_row(s.hull, s.corners, y);
        run.x = fs_max(run.x, 0);
        run.y = fs_min(run.y, s.width - 1);
    }
    if (a.mask != 1)
    {
        int2 row = fs_warp_row(s.to_square, y);
        run = fs_clip_run(s.to_square.a, row.x, a.side * 1024, run);
        run = fs_clip_run(s.to_square.d, row.y, a.side * 1024, run);
    }
    return run.x > run.y ? fs_no_run() : run;
}

// What lies beyond the frame does not erode.
FS_DEVICE int2 fs_erode_row(const fs_mask_args& a, const fs_slot& s, const int2* runs, int y)
{
    int2 result = {0, s.width - 1};
    for (int i = 0; i < a.erosion; i++)
    {
        int at = y + i - a.erosion / 2;
        if ((fs_u32)at >= (fs_u32)s.height)
            continue;
        int2 run = runs[at], reach = a.ellipse[i];
        if (run.x > run.y)
            return fs_no_run();
        result.x = fs_max(result.x, run.x == 0 ? 0 : run.x + reach.x);
        result.y = fs_min(result.y, run.y == s.width - 1 ? run.y : run.y - reach.y);
    }
    return result.x > result.y ? fs_no_run() : result;
}

FS_DEVICE int2 fs_dilate_row(const fs_mask_args& a, const fs_slot& s, const int2* runs, int y)
{
    int2 result = fs_no_run();
    int size = -a.erosion;
    for (int i = 0; i < size; i++)
    {
        int at = y + i - size / 2;
        if ((fs_u32)at >= (fs_u32)s.height)
            continue;
        int2 run = runs[at], reach = a.ellipse[i];
        if (run.x > run.y)
            continue;
        result.x = fs_min(result.x, run.x - reach.y);
        result.y = fs_max(result.y, run.y + reach.x);
    }
    if (result.x > result.y)
        return result;
    result.x = fs_max(result.x, 0);
    result.y = fs_min(result.y, s.width - 1);
    return result;
}

// Bounds of where the blurred mask of row y is above 0 (generous at the frame's edges, where the border mirrors it) and of where it is 1 (without the columns whose box
// crosses an edge).
FS_DEVICE int4 fs_band(const fs_mask_args& a, const fs_slot& s, const int2* runs, int y)
{
    int anchor = a.box / 2, after = a.box - 1 - anchor;
    int first = 0x7FFFFFFF, last = -1, inner_first = 0, inner_last = s.width - 1;
    bool any = false, all = true;
    for (int i = 0; i < a.box; i++)
    {
        int2 run = runs[fs_mirror(y - anchor + i, s.height)];
        bool here = run.x <= run.y;
        any |= here;
        all &= here;
        if (!here)
            continue;
        first = fs_min(first, run.x);
        last = fs_max(last, run.y);
        inner_first = fs_max(inner_first, run.x);
        inner_last = fs_min(inner_last, run.y);
    }
    int4 band = {1, 0, 1, 0};
    if (!any)
        return band;
    band.x = first <= a.box ? 0 : first - after;
    band.y = last >= s.width - 1 - a.box ? s.width - 1 : last + anchor;
    band.x = fs_max(band.x, s.left);
    band.y = fs_min(band.y, s.right - 1);
    if (all)
    {
        band.z = fs_max(inner_first + anchor, s.left);
        band.w = fs_min(inner_last - after, s.right - 1);
    }
    return band;
}

FS_KERNEL(fs_mask_rows_fwd_i32, fs_mask_args, 256)
{
    int slot = (int)blockIdx.x, thread = (int)threadIdx.x, threads = (int)blockDim.x;
    if (thread < 32)
    {
        int before = 0;
        for (int i = thread; i < slot; i += 32)
            before += fs_tile_count(a.slots[i]);
#pragma unroll
        for (int lanes = 16; lanes > 0; lanes >>= 1)
            before += __shfl_xor_sync(FS_FULL, before, lanes);
        if (thread == 0)
        {
            a.tiles[slot] = before;
            if (slot == a.count - 1)
                a.tiles[a.count] = before + fs_tile_count(a.slots[slot]);
        }
    }
    const fs_slot& s = a.slots[slot];
    int height = s.right > s.left ? s.height : 0; // an empty slot has no rectangle either
    int2* runs = a.runs + (fs_i64)slot * a.rows;
    for (int y = thread; y < height; y += threads)
        runs[y] = fs_shape_row(a, s, y);
    __syncthreads();
    if (a.erosion != 0)
    {
        int2* other = a.other + (fs_i64)slot * a.rows;
        for (int y = thread; y < height; y += threads)
            other[y] = a.erosion > 0 ? fs_erode_row(a, s, runs, y) : fs_dilate_row(a, s, runs, y);
        __syncthreads();
        runs = other;
    }
    int4* bands = a.bands + (fs_i64)slot * a.rows;
    if (height > 0)
    {
        for (int y = s.top + thread; y < s.bottom; y += threads)
            bands[y] = fs_band(a, s, runs, y);
    }
}
