// How a new face gets the colors of the crop that it replaces, by moments under the mask.
//
//   fs_face_moments_fwd_f32   moments[n] = gain and shift of each channel, and how many channels change. L*a*b* (Reinhard et al., 2001): gain = the crop's deviation
//                             over the face's, at most 4, 1 where the face has none; shift = the crop's mean less gain times the face's. Or B, G, R: gain 1. No
//                             channel changes where the mask is empty; a mean that is no number ends the channels that change. Measured in the middle of the mask
//                             (drawn in by a quarter, FaceSwap.Core's InnerRuns; a mask without a middle: wholly); the face's deviation is the greater of the middle's and the whole mask's.
//
// slots: (N). output, crops: (N, s, s, 3), B, G, R in 0..1. tables: fs_lab.h. moments: (N, 8), overwritten (=); those of empty slots are left alone.
// The mask is the landmarks' hull as the square shows it (mask 2: the square); side is at most 1024. One block of 256 threads a slot. Sums in double: a thread's pixels in order, then
// the lanes of a warp, then the warps: the same bits every time. 24 bytes a pixel, from the second-level cache: crop and network have just written them.
#include "fs_composite.h"
#include "fs_lab.h"

struct fs_moments_args
{
    const fs_slot* slots;
    const float* output;
    const float* crops;
    const float* tables;
    float* moments;
    int side, mask, lab, reserved;
};

struct fs_color_sums { double sums[24]; int count, whole; };

FS_DEVICE void fs_add_color(const fs_moments_args& a, const float* from, double* sums)
{
    float color[3] = {from[0], from[1], from[2]}, lab[3];
    fs_lab_tables tables = {a.tables};
    if (a.lab != 0)
    {
        fs_lab_from_bgr(tables, color, lab);
#pragma unroll
        for (int c = 0; c < 3; c++)
            color[c] = lab[c];
    }
#pragma unroll
    for (int c = 0; c < 3; c++)
    {
        double value = (double)color[c];
        sums[2 * c] += value;
        sums[2 * c + 1] += value * value;
    }
}

FS_DEVICE double fs_deviation(double mean, double squares, double count)
{
    double variance = squares / count - mean * mean;
    return fs_sqrt(variance > 0.0 ? variance : 0.0);
}

FS_DEVICE bool fs_in_run(int2 run, int x) { return x >= run.x && x <= run.y; }

FS_KERNEL(fs_face_moments_fwd_f32, fs_moments_args, 256)
{
    FS_SHARED int2 runs[1024];
    FS_SHARED int2 inner[1024];
    FS_SHARED int box[4]; // left, right, top, bottom
    FS_SHARED fs_color_sums of_warps[8];
    int slot = (int)blockIdx.x, thread = (int)threadIdx.x, pixels = a.side * a.side;
    const fs_slot& s = a.slots[slot];
    if (s.width == 0)
        return;
    for (int y = thread; y < a.side; y += 256)
    {
        int2 whole = {0, a.side - 1};
        int2 run = a.mask == 2 ? whole : fs_hull_row(s.square_hull, s.square_corners, y);
        run.x = run.x > 0 ? run.x : 0;
        run.y = run.y < a.side - 1 ? run.y : a.side - 1;
        runs[y] = run;
    }
    __syncthreads();
    if (thread == 0)
    {
        int left = 2147483647, right = -1, top = -1, bottom = -1;
        for (int y = 0; y < a.side; y++)
        {
            int2 run = runs[y];
            if (run.x > run.y)
                continue;
            left = run.x < left ? run.x : left;
            right = run.y > right ? run.y : right;
            top = top < 0 ? y : top;
            bottom = y;
        }
        box[0] = left;
        box[1] = right;
        box[2] = top;
        box[3] = bottom;
    }
    __syncthreads();
    for (int y = thread; y < a.side; y += 256)
    {
        int from = 8 * y - box[2] - box[3] + 3;
        int2 run = {1, 0};
        if (box[3] >= 0 && from >= 0 && from / 6 < a.side && runs[from / 6].x <= runs[from / 6].y)
        {
            run = runs[from / 6];
            run.x = (6 * run.x + box[0] + box[1] + 4) / 8;
            run.y = (6 * run.y + box[0] + box[1] + 2) / 8;
        }
        inner[y] = run;
    }
    __syncthreads();
    // Of the middle: crop and face; of the whole mask: crop and face.
    double sums[24];
    int count = 0, whole = 0;
#pragma unroll
    for (int i = 0; i < 24; i++)
        sums[i] = 0.0;
    const float* face = a.output + 3 * (fs_i64)slot * pixels;
    const float* crop = a.crops + 3 * (fs_i64)slot * pixels;
    for (int i = thread; i < pixels; i += 256)
    {
        int y = i / a.side, x = i - y * a.side;
        bool in_middle = fs_in_run(inner[y], x), in_mask = fs_in_run(runs[y], x);
        if (!in_middle && !in_mask)
            continue;
        double colors[12];
#pragma unroll
        for (int c = 0; c < 12; c++)
            colors[c] = 0.0;
        fs_add_color(a, crop + 3 * i, colors);
        fs_add_color(a, face + 3 * i, colors + 6);
        count += in_middle ? 1 : 0;
        whole += in_mask ? 1 : 0;
#pragma unroll
        for (int c = 0; c < 12; c++)
        {
            sums[c] += in_middle ? colors[c] : 0.0;
            sums[12 + c] += in_mask ? colors[c] : 0.0;
        }
    }
#pragma unroll
    for (int i = 0; i < 24; i++)
        sums[i] = fs_warp_sum(sums[i]);
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes >>= 1)
    {
        count += __shfl_xor_sync(FS_FULL, count, lanes);
        whole += __shfl_xor_sync(FS_FULL, whole, lanes);
    }
    if ((thread & 31) == 0)
    {
#pragma unroll
        for (int i = 0; i < 24; i++)
            of_warps[thread >> 5].sums[i] = sums[i];
        of_warps[thread >> 5].count = count;
        of_warps[thread >> 5].whole = whole;
    }
    __syncthreads();
    if (thread != 0)
        return;
    for (int warp = 1; warp < 8; warp++)
    {
#pragma unroll
        for (int i = 0; i < 24; i++)
            sums[i] += of_warps[warp].sums[i];
        count += of_warps[warp].count;
        whole += of_warps[warp].whole;
    }
    bool hollow = count == 0;
    double of_middle = (double)(hollow ? whole : count), of_mask = (double)whole;
    float* to = a.moments + 8 * (fs_i64)slot;
    int channels = 0;
    bool more = whole > 0;
#pragma unroll
    for (int c = 0; c < 3; c++)
    {
        double wanted = (hollow ? sums[12 + 2 * c] : sums[2 * c]) / of_middle, mean = (hollow ? sums[18 + 2 * c] : sums[6 + 2 * c]) / of_middle, factor = 1.0;
        if (a.lab != 0)
        {
            double spread = fs_deviation(mean, hollow ? sums[19 + 2 * c] : sums[7 + 2 * c], of_middle);
            double mask_spread = fs_deviation(sums[18 + 2 * c] / of_mask, sums[19 + 2 * c], of_mask);
            spread = mask_spread > spread ? mask_spread : spread;
            factor = spread > 1e-3 ? fs_deviation(wanted, hollow ? sums[13 + 2 * c] : sums[2 * c + 1], of_middle) / spread : 1.0;
            factor = factor < 4.0 ? factor : 4.0;
        }
        more = more && wanted - mean == wanted - mean;
        channels += more ? 1 : 0;
        to[c] = (float)factor;
        to[3 + c] = (float)(wanted - factor * mean);
    }
    to[6] = (float)channels;
    to[7] = 0.0f;
}
