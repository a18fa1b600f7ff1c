// Cuts the network's input out of frames.
//
//   fs_crop_fwd_T   input[n, y, x, :] = B, G, R in 0..1 of the frame at to_frame(x, y); 0 where a slot is empty
//
// BGR frames: OpenCV's warpAffine, bilinear in fixed point with a constant border of 0, rounded to 8 bits, over 255. YUV frames: luma and chroma sampled
// bilinearly where they lie (sample c of halved chroma is on column 2c and between rows 2c and 2c + 1), converted, clipped, faded to black over one pixel
// beyond the frame's edge. bytes, if given, takes the same crop in 8 bits for the histograms; floats, if given, unrounded for the moments.
//
// slots: (N). input: (N, s, s, 3) of T, overwritten (=). bytes, floats: (N, s, s, 3) or null, overwritten.
// One thread a pixel, grid (⌈s²/256⌉, N), 256 threads. The reads are scattered (at most 12 bytes a pixel, from lines that neighbours share), the output is 12 or 6
// bytes a pixel: with s = 64 some 100 KB a face, so the launch costs more than the memory.
#include "fs_crop.h"

struct fs_crop_args
{
    const fs_slot* slots;
    void* input;
    fs_u8* bytes;
    float* floats;
    int side, reserved;
};

template <typename T> FS_DEVICE void fs_crop(const fs_crop_args& a)
{
    int pixel = (int)(blockIdx.x * blockDim.x + threadIdx.x), pixels = a.side * a.side;
    if (pixel >= pixels)
        return;
    const fs_slot& s = a.slots[blockIdx.y];
    float bgr[3] = {0.0f, 0.0f, 0.0f};
    if (s.width != 0)
    {
        if (s.step0 == 3)
            fs_crop_bgr(s, pixel % a.side, pixel / a.side, bgr);
        else
            fs_crop_yuv(s, pixel % a.side, pixel / a.side, bgr);
    }
    fs_i64 at = 3 * ((fs_i64)blockIdx.y * pixels + pixel);
#pragma unroll
    for (int c = 0; c < 3; c++)
    {
        ((T*)a.input)[at + c] = fs_from_float<T>(bgr[c]);
        if (a.bytes != nullptr)
            a.bytes[at + c] = (fs_u8)(bgr[c] * 255.0f + 0.5f);
        if (a.floats != nullptr)
            a.floats[at + c] = bgr[c];
    }
}

FS_KERNEL(fs_crop_fwd_f32, fs_crop_args, 256) { fs_crop<float>(a); }
FS_KERNEL(fs_crop_fwd_bf16, fs_crop_args, 256) { fs_crop<fs_bf16>(a); }
