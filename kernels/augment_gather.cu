// Training samples from aligned faces: random affine with replicated border, mirror, then a random 5×5 warp (the network's input) and the least-squares
// similarity of the same grid (its target), in one launch.
//
//   transformed_n(x, y)  = bilinear(face[draws[n].face], to_face_n(x, y)), positions clamped to the face
//   warped[n, y, x, c]   = bilinear(transformed_n, grid_n(x, y))/255, 0 outside          (=)   T is f32 or bf16
//   target[n, y, x, c]   = bilinear(transformed_n, to_transformed_n(x, y))/255, 0 outside (=)   fp32
//
// faces: (F, S, S, 3) bytes; warped, target: (N, s, s, 3). The transformed image, defined at whole pixels, is not stored: each output pixel interpolates
// the four that it needs, 16 pixels of the face. grid_n: the 25 knots (regular places + noise) interpolated bilinearly. A face number
// outside the set is clamped to it, and a position that is not a number lies outside: nothing is read beyond the faces.
//
// Bytes: 12 (target) + 12 or 6 (warped) a pixel, and the faces' covered part once: about 25 KiB a sample of 64 × 64. The 96 byte loads a pixel come
// from the first-level cache, for neighbouring pixels read neighbouring places.
//
// Geometry: block 256, grid (⌈s²/512⌉, N); a block makes 512 neighbouring pixels of one sample, 256 at a time, and writes them through shared memory in
// 16-byte accesses (`vector`: both outputs are multiples of 16 and 3·s² of 8). First its first warp derives the two maps, in double.
#include "fs_kernel.h"
#include "fs_augment.h"
#include "fs_math.h"

#define FS_PIXELS 256        // pixels at a time
#define FS_BLOCK_PIXELS 512  // pixels a block

struct fs_augment_gather_args
{
    const fs_u8* faces;
    const fs_augment_draw* draws;
    void* warped;
    float* target;
    int face_count;
    int face_size;    // at least 2
    int output_size;
    int vector;
    float first_knot; // where knot 0 lies without noise
    float knot_step;
    float grid_first; // place of pixel i between the knots: (i + grid_first)·grid_scale − ½
    float grid_scale;
    fs_divisor by_output_size;
};

// x' = a·x + b·y + c, y' = d·x + e·y + f.
struct fs_map
{
    float a, b, c, d, e, f;

    FS_DEVICE float2 at(float x, float y) const
    {
        float2 result = {fs_fma(a, x, fs_fma(b, y, c)), fs_fma(d, x, fs_fma(e, y, f))};
        return result;
    }
};

struct fs_augment_maps
{
    fs_map to_face;        // transformed → face
    fs_map to_transformed; // target → transformed
    float grid_x[25], grid_y[25];
    int face;
};

// From a pixel of the transformed image to the face's: mirrored, then the inverse of OpenCV's getRotationMatrix2D about the centre with a shift.
FS_DEVICE fs_map fs_augment_to_face(const fs_augment_gather_args& a, const fs_augment_draw& draw)
{
    double sine, cosine, centre = (double)(a.face_size / 2), last = (double)(a.face_size - 1);
    fs_sin_cos((double)draw.rotation * 0.017453292519943295, sine, cosine);
    double c = cosine / (double)draw.scale, s = sine / (double)draw.scale;
    double x = centre + (double)draw.shift_x, y = centre + (double)draw.shift_y;
    double fx = centre - c * x + s * y, fy = centre - s * x - c * y;
    bool mirror = draw.mirror != 0;
    fs_map map = {(float)(mirror ? -c : c), (float)-s, (float)(mirror ? fx + c * last : fx), (float)(mirror ? -s : s), (float)c,
        (float)(mirror ? fy + s * last : fy)};
    return map;
}

// The inverse of the least-squares similarity (Umeyama, PAMI 1991; closed form in the plane) from the noisy knots to the regular {0, s/4, …, s}². Lanes
// 0–24 hold a knot each.
FS_DEVICE fs_map fs_augment_to_transformed(const fs_augment_gather_args& a, double x, double y, int lane)
{
    bool knot = lane < 25;
    double centre = 0.5 * a.output_size, spacing = 0.25 * a.output_size;
    double mean_x = fs_warp_sum(knot ? x : 0.0) / 25.0, mean_y = fs_warp_sum(knot ? y : 0.0) / 25.0;
    double dx = knot ? x - mean_x : 0.0, dy = knot ? y - mean_y : 0.0;
    double to_x = (lane % 5) * spacing - centre, to_y = (lane / 5) * spacing - centre;
    double variance = fs_warp_sum(dx * dx + dy * dy), cosine = fs_warp_sum(dx * to_x + dy * to_y), sine = fs_warp_sum(dx * to_y - dy * to_x);
    double inverse = variance / (cosine * cosine + sine * sine);
    double c = cosine * inverse, s = sine * inverse;
    fs_map map = {(float)c, (float)s, (float)(mean_x - (c + s) * centre), (float)-s, (float)c, (float)(mean_y + (s - c) * centre)};
    return map;
}

// Called by the first warp.
FS_DEVICE void fs_augment_prepare(const fs_augment_gather_args& a, fs_augment_maps& maps)
{
    const fs_augment_draw& draw = a.draws[blockIdx.y];
    int lane = (int)threadIdx.x, knot = lane < 25 ? lane : 0;
    double x = (double)a.first_knot + (knot % 5) * (double)a.knot_step + (double)draw.noise_x[knot];
    double y = (double)a.first_knot + (knot / 5) * (double)a.knot_step + (double)draw.noise_y[knot];
    fs_map to_transformed = fs_augment_to_transformed(a, x, y, lane);
    if (lane < 25)
    {
        maps.grid_x[lane] = (float)x;
        maps.grid_y[lane] = (float)y;
    }
    if (lane == 0)
    {
        maps.to_transformed = to_transformed;
        maps.to_face = fs_augment_to_face(a, draw);
        maps.face = fs_clamp(draw.face, 0, a.face_count - 1);
    }
}

// One pixel of the transformed image, times weight, added to the sums.
FS_DEVICE void fs_augment_add(const fs_u8* face, int size, const fs_map& to_face, int x, int y, float weight, float (&sum)[3])
{
    float2 at = to_face.at((float)x, (float)y);
    float last = (float)(size - 1);
    float fx = fs_clamp(at.x, 0.0f, last), fy = fs_clamp(at.y, 0.0f, last);
    // The last column is the one before it with all the weight on its right neighbour: six bytes in a row, always.
    int x0 = fs_min((int)fx, size - 2), y0 = fs_min((int)fy, size - 2);
    float right = fx - (float)x0, bottom = fy - (float)y0;
    const fs_u8* upper = face + (y0 * size + x0) * 3;
    const fs_u8* lower = upper + size * 3;
    float w01 = right * (1.0f - bottom), w00 = (1.0f - bottom) - w01, w11 = right * bottom, w10 = bottom - w11;
#pragma unroll
    for (int c = 0; c < 3; c++)
    {
        float value = w00 * (float)fs_load_const(upper + c);
        value = fs_fma(w01, (float)fs_load_const(upper + 3 + c), value);
        value = fs_fma(w10, (float)fs_load_const(lower + c), value);
        value = fs_fma(w11, (float)fs_load_const(lower + 3 + c), value);
        sum[c] = fs_fma(weight, value, sum[c]);
    }
}

// The transformed image between its pixels, 0 outside, in 0..1.
FS_DEVICE void fs_augment_sample(const fs_u8* face, int size, const fs_map& to_face, float2 at, float (&sum)[3])
{
    // Two pixels outside there is nothing but 0 either way; NaN goes there too.
    float x = fs_clamp(at.x, -2.0f, (float)(size + 1)), y = fs_clamp(at.y, -2.0f, (float)(size + 1));
    float left = fs_floor(x), top = fs_floor(y), right = x - left, bottom = y - top;
    int x0 = (int)left, y0 = (int)top;
    sum[0] = sum[1] = sum[2] = 0.0f;
#pragma unroll
    for (int corner = 0; corner < 4; corner++)
    {
        int px = x0 + (corner & 1), py = y0 + (corner >> 1);
        float weight = ((corner & 1) ? right : 1.0f - right) * ((corner >> 1) ? bottom : 1.0f - bottom);
        bool inside = px >= 0 && py >= 0 && px < size && py < size;
        // Outside pixels count nothing but are read all the same, at a place inside: no thread of the warp waits for another's branch.
        fs_augment_add(face, size, to_face, fs_clamp(px, 0, size - 1), fs_clamp(py, 0, size - 1), inside ? weight : 0.0f, sum);
    }
#pragma unroll
    for (int c = 0; c < 3; c++)
        sum[c] *= 1.0f / 255.0f;
}

// Left knot and weight of the right one for column or row `pixel` of the warped input.
FS_DEVICE int fs_augment_knot(const fs_augment_gather_args& a, int pixel, float& weight)
{
    float place = fs_fma((float)pixel + a.grid_first, a.grid_scale, -0.5f);
    int knot = fs_clamp((int)fs_floor(place), 0, 3);
    weight = fs_clamp(place - (float)knot, 0.0f, 1.0f);
    return knot;
}

FS_DEVICE float2 fs_augment_warp(const fs_augment_gather_args& a, const fs_augment_maps& maps, int x, int y)
{
    float right, bottom;
    int column = fs_augment_knot(a, x, right), knot = fs_augment_knot(a, y, bottom) * 5 + column;
    const float* gx = maps.grid_x + knot;
    const float* gy = maps.grid_y + knot;
    float upper_x = fs_fma(right, gx[1] - gx[0], gx[0]), lower_x = fs_fma(right, gx[6] - gx[5], gx[5]);
    float upper_y = fs_fma(right, gy[1] - gy[0], gy[0]), lower_y = fs_fma(right, gy[6] - gy[5], gy[5]);
    float2 result = {fs_fma(bottom, lower_x - upper_x, upper_x), fs_fma(bottom, lower_y - upper_y, upper_y)};
    return result;
}

// Writes `count` values of a tile.
template <typename T> FS_DEVICE void fs_augment_store(const float* tile, T* to, int count, bool vector)
{
    constexpr int lanes = fs_element<T>::lanes;
    int groups = vector ? count / lanes : 0;
    for (int i = (int)threadIdx.x; i < groups; i += FS_PIXELS)
    {
        float v[lanes];
#pragma unroll
        for (int l = 0; l < lanes; l++)
            v[l] = tile[lanes * i + l];
        fs_store16(to + lanes * i, v);
    }
    for (int i = lanes * groups + (int)threadIdx.x; i < count; i += FS_PIXELS)
        fs_store(to + i, fs_from_float<T>(tile[i]));
}

struct alignas(16) fs_augment_shared
{
    float warped[3 * FS_PIXELS];
    float target[3 * FS_PIXELS];
    fs_augment_maps maps;
};

template <typename T> FS_DEVICE void fs_augment_gather(const fs_augment_gather_args& a, fs_augment_shared& shared)
{
    fs_augment_maps& maps = shared.maps;
    if (threadIdx.x < 32)
        fs_augment_prepare(a, maps);
    __syncthreads();
    const int side = a.output_size, pixels = side * side, size = a.face_size, thread = (int)threadIdx.x;
    const fs_u8* face = a.faces + (fs_i64)maps.face * size * size * 3;
    const fs_map to_face = maps.to_face;
    const int end = fs_min(pixels, (int)(blockIdx.x + 1) * FS_BLOCK_PIXELS);
    for (int first = (int)blockIdx.x * FS_BLOCK_PIXELS; first < end; first += FS_PIXELS)
    {
        int pixel = first + thread;
        if (pixel < end)
        {
            int y = (int)fs_divide((fs_u32)pixel, a.by_output_size), x = pixel - y * side;
            float value[3];
            fs_augment_sample(face, size, to_face, fs_augment_warp(a, maps, x, y), value);
#pragma unroll
            for (int c = 0; c < 3; c++)
                shared.warped[3 * thread + c] = value[c];
            fs_augment_sample(face, size, to_face, maps.to_transformed.at((float)x, (float)y), value);
#pragma unroll
            for (int c = 0; c < 3; c++)
                shared.target[3 * thread + c] = value[c];
        }
        __syncthreads();
        fs_i64 at = ((fs_i64)blockIdx.y * pixels + first) * 3;
        int count = 3 * fs_min(FS_PIXELS, end - first);
        fs_augment_store(shared.warped, (T*)a.warped + at, count, a.vector != 0);
        fs_augment_store(shared.target, a.target + at, count, a.vector != 0);
        __syncthreads();
    }
}

FS_KERNEL(fs_augment_gather_fwd_f32, fs_augment_gather_args, 256)
{
    FS_SHARED fs_augment_shared shared;
    fs_augment_gather<float>(a, shared);
}
FS_KERNEL(fs_augment_gather_fwd_bf16, fs_augment_gather_args, 256)
{
    FS_SHARED fs_augment_shared shared;
    fs_augment_gather<fs_bf16>(a, shared);
}
