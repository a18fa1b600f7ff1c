// The random numbers of a batch of training samples: a function of seed, side, step and sample alone, equal to FaceSwap.Compute's AugmentDraws to the bit.
//
//   draws[n] = AugmentDraws.Draw(spec, step[0], n)     (=)     224 bytes a sample
//
// Streams: Philox's key is the seed; its counter's low half is the step (the epoch for shuffling); the high half is, from the top, 8 bits side, 8 bits
// purpose, 32 bits sample, 16 bits block. Block 0: rotation, scale, shifts; block 1: mirroring and face; blocks 2–14: the 50 normals, x before y.
//
// Geometry: 16 threads a sample, one for each block of numbers (the sixteenth rests); any number of threads a block that is a multiple of 16.
#include "fs_kernel.h"
#include "fs_augment.h"
#include "fs_philox.h"

struct fs_augment_draw_args
{
    const fs_i64* step;
    fs_augment_draw* draws; // (batch)
    fs_u64 seed;
    int batch;
    int face_count;
    int face_size;
    int side;
    float warp_sigma;
    float rotation;
    float scale_range;
    float shift_range;
    float mirror_probability;
    int unused;
};

FS_DEVICE int fs_augment_face(const fs_augment_draw_args& a, fs_i64 step, int sample, fs_u32 random)
{
    if (a.face_count < a.batch)
        return (int)(((fs_u64)random * (fs_u32)a.face_count) >> 32);
    fs_i64 steps = a.face_count / a.batch, epoch = step / steps;
    int position = (int)(step - epoch * steps) * a.batch + sample;
    return fs_shuffle_at(position, a.face_count, a.seed, (fs_u64)epoch, ((fs_u64)(fs_u8)a.side << 56) | (1ull << 48));
}

FS_KERNEL(fs_augment_draw_fwd, fs_augment_draw_args, 256)
{
    int thread = (int)(blockIdx.x * blockDim.x + threadIdx.x), sample = thread / 16, block = thread % 16;
    if (sample >= a.batch || block == 15)
        return;
    fs_i64 step = fs_load(a.step);
    fs_u64 stream = ((fs_u64)(fs_u8)a.side << 56) | ((fs_u64)(fs_u32)sample << 16);
    uint4 random = fs_philox(a.seed, (fs_u64)step, stream | (fs_u32)block);
    fs_augment_draw* draw = a.draws + sample;
    if (block == 0)
    {
        draw->rotation = fs_symmetric(random.x) * a.rotation;
        draw->scale = fs_fma(fs_symmetric(random.y), a.scale_range, 1.0f);
        draw->shift_x = fs_symmetric(random.z) * a.shift_range * (float)a.face_size;
        draw->shift_y = fs_symmetric(random.w) * a.shift_range * (float)a.face_size;
    }
    else if (block == 1)
    {
        draw->mirror = fs_uniform(random.x) < a.mirror_probability ? 1 : 0;
        draw->face = fs_augment_face(a, step, sample, random.y);
    }
    else
    {
        float2 first = fs_normal_pair(random.x, random.y), second = fs_normal_pair(random.z, random.w);
        const float noise[4] = {first.x, first.y, second.x, second.y};
        for (int i = 0; i < 4; i++)
        {
            int index = 4 * (block - 2) + i;
            if (index < 25)
                draw->noise_x[index] = noise[i] * a.warp_sigma;
            else if (index < 50)
                draw->noise_y[index - 25] = noise[i] * a.warp_sigma;
        }
    }
}
