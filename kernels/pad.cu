// Explicit zero padding before a convolution, and the crop of its input's gradient. T is f32 or bf16; only bits are moved.
//
//   fs_pad_fwd_T    wide[n, v + top, u + left, k] = narrow[n, v, u, k], 0 elsewhere    (=)    8 (f32) or 4 (bf16) bytes an element of wide, less the border
//   fs_crop_bwd_T   narrow[n, v, u, k] = wide[n, v + top, u + left, k]                 (=)    8 or 4 bytes an element of narrow
//
// wide: (N, Hw, Ww, C); narrow: (N, Hn, Wn, C), Hn + top ≤ Hw, Wn + left ≤ Ww.
//
// Geometry: blocks of up to 256 threads, grid (⌈row/threads⌉, rows): a thread keeps its place in the row and walks the rows blockIdx.y, + gridDim.y, …, so that
// only the image number costs a (precomputed) division. A row is Ww·C or Wn·C elements of `unit` bytes: 16 where everything is a multiple of it,
// otherwise the element's size.
#include "fs_kernel.h"

struct fs_pad_args
{
    const void* from;
    void* to;
    fs_i64 narrow_row; // units a row of narrow
    fs_i64 wide_row;   // units a row of wide
    fs_i64 left;       // units before narrow in a row of wide
    int rows;          // N·Hw for pad, N·Hn for crop; below 2³¹
    int narrow_height;
    int wide_height;
    int top;
    int vector;        // 1: units of 16 bytes, 0: single elements
    fs_divisor by_height; // of Hw for pad, of Hn for crop
};

template <typename U> FS_DEVICE void fs_pad(const fs_pad_args& a, U zero)
{
    const U* narrow = (const U*)a.from;
    U* wide = (U*)a.to;
    fs_i64 at = fs_thread_index(), inside = at - a.left;
    if (at >= a.wide_row)
        return;
    bool within = inside >= 0 && inside < a.narrow_row;
    for (int row = (int)blockIdx.y; row < a.rows; row += (int)gridDim.y)
    {
        int image = (int)fs_divide((fs_u32)row, a.by_height), v = row - image * a.wide_height - a.top;
        U value = zero;
        if (within && v >= 0 && v < a.narrow_height)
            value = fs_load(narrow + ((fs_i64)image * a.narrow_height + v) * a.narrow_row + inside);
        fs_store(wide + (fs_i64)row * a.wide_row + at, value);
    }
}

template <typename U> FS_DEVICE void fs_crop(const fs_pad_args& a)
{
    const U* wide = (const U*)a.from;
    U* narrow = (U*)a.to;
    fs_i64 at = fs_thread_index();
    if (at >= a.narrow_row)
        return;
    for (int row = (int)blockIdx.y; row < a.rows; row += (int)gridDim.y)
    {
        int image = (int)fs_divide((fs_u32)row, a.by_height), v = row - image * a.narrow_height + a.top;
        fs_store(narrow + (fs_i64)row * a.narrow_row + at, fs_load(wide + ((fs_i64)image * a.wide_height + v) * a.wide_row + a.left + at));
    }
}

template <typename T> FS_DEVICE void fs_pad_either(const fs_pad_args& a)
{
    const uint4 zeros = {0, 0, 0, 0};
    if (a.vector)
        fs_pad<uint4>(a, zeros);
    else
        fs_pad<T>(a, fs_from_float<T>(0.0f));
}

template <typename T> FS_DEVICE void fs_crop_either(const fs_pad_args& a)
{
    if (a.vector)
        fs_crop<uint4>(a);
    else
        fs_crop<T>(a);
}

FS_KERNEL(fs_pad_fwd_f32, fs_pad_args, 256) { fs_pad_either<float>(a); }
FS_KERNEL(fs_pad_fwd_bf16, fs_pad_args, 256) { fs_pad_either<fs_bf16>(a); }
FS_KERNEL(fs_crop_bwd_f32, fs_pad_args, 256) { fs_crop_either<float>(a); }
FS_KERNEL(fs_crop_bwd_bf16, fs_pad_args, 256) { fs_crop_either<fs_bf16>(a); }
