// How a new face gets the colors of the crop that it replaces, by moments in the face's interior.
//
//   fs_face_moments_fwd_f32   moments[n] = gain and shift of each channel, how many channels change, the least a* and b*, the greatest a* and b*, 0. L*a*b* (Reinhard
//                             et al., 2001): gain = the crop's deviation over the face's, at most 4, 1 where the face has none; shift = the crop's mean less gain
//                             times the face's; a* and b* end 2.5 deviations of the crop from its mean. Or B, G, R: gain 1, no limits. No channel changes where the
//                             interior is empty; a mean that is no number ends the channels that change.
//
// slots: (N). output, crops: (N, s, s, 3), B, G, R in 0..1. tables: fs_lab.h. moments: (N, 12), overwritten (=; limits only in L*a*b*); those of
// empty slots are left alone.
// The interior is the slot's square_hull (mask 2: the square). One block of 256 threads a slot. Sums in double: a thread's pixels in order, then
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

struct fs_color_sums { double sums[12]; int count; };

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

FS_KERNEL(fs_face_moments_fwd_f32, fs_moments_args, 256)
{
    FS_SHARED int2 runs[1024];
    FS_SHARED fs_color_sums of_warps[8];
    int slot = (int)blockIdx.x, thread = (int)threadIdx.x, pixels = a.side * a.side;
    const fs_slot& s = a.slots[slot];
    if (s.width == 0)
        return;
    for (int y = thread; y < a.side; y += 256)
    {
        int2 whole = {0, a.side - 1};
        runs[y] = a.mask == 2 ? whole : fs_hull_row(s.square_hull, s.square_corners, y);
    }
    __syncthreads();
    double sums[12];
    int count = 0;
#pragma unroll
    for (int i = 0; i < 12; i++)
        sums[i] = 0.0;
    const float* face = a.output + 3 * (fs_i64)slot * pixels;
    const float* crop = a.crops + 3 * (fs_i64)slot * pixels;
    for (int i = thread; i < pixels; i += 256)
    {
        int y = i / a.side, x = i - y * a.side;
        int2 run = runs[y];
        if (x < run.x || x > run.y)
            continue;
        count++;
        fs_add_color(a, crop + 3 * i, sums);
        fs_add_color(a, face + 3 * i, sums + 6);
    }
#pragma unroll
    for (int i = 0; i < 12; i++)
        sums[i] = fs_warp_sum(sums[i]);
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes >>= 1)
        count += __shfl_xor_sync(FS_FULL, count, lanes);
    if ((thread & 31) == 0)
    {
#pragma unroll
        for (int i = 0; i < 12; i++)
            of_warps[thread >> 5].sums[i] = sums[i];
        of_warps[thread >> 5].count = count;
    }
    __syncthreads();
    if (thread != 0)
        return;
    for (int warp = 1; warp < 8; warp++)
    {
#pragma unroll
        for (int i = 0; i < 12; i++)
            sums[i] += of_warps[warp].sums[i];
        count += of_warps[warp].count;
    }
    float* to = a.moments + 12 * (fs_i64)slot;
    int channels = 0;
    bool more = count > 0;
#pragma unroll
    for (int c = 0; c < 3; c++)
    {
        double all = (double)count, wanted = sums[2 * c] / all, mean = sums[6 + 2 * c] / all, factor = 1.0;
        if (a.lab != 0)
        {
            double spread = fs_deviation(mean, sums[7 + 2 * c], all), goal = fs_deviation(wanted, sums[2 * c + 1], all);
            factor = spread > 1e-3 ? goal / spread : 1.0;
            factor = factor < 4.0 ? factor : 4.0;
            if (c > 0)
            {
                to[6 + c] = (float)(wanted - 2.5 * goal);
                to[8 + c] = (float)(wanted + 2.5 * goal);
            }
        }
        more = more && wanted - mean == wanted - mean;
        channels += more ? 1 : 0;
        to[c] = (float)factor;
        to[3 + c] = (float)(wanted - factor * mean);
    }
    to[6] = (float)channels;
    to[11] = 0.0f;
}
