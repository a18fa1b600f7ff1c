// Copies the touched rectangles of a batch one after another, so that one download fetches them.
//
//   fs_rect_pack_fwd_u8   packed + slot's offset = its rectangle, plane after plane, row after row; rows start at multiples of 4 bytes, with as many bytes before
//                         the first sample as there are in the plane since a multiple of 4
//
// slots: (N). tiles: (N + 1) from face_mask.cu. packed: overwritten (=); the bytes between rows are left alone. Any grid of 256 threads: blocks take tiles in turn, threads
// words of a row; words where the planes' addresses allow it, bytes elsewhere. 2 bytes a byte.
#include "fs_composite.h"

struct fs_pack_args
{
    const fs_slot* slots;
    const int* tiles;
    fs_u8* packed;
    int count, reserved;
};

// Copies a tile's part of one plane; `to` is where the plane's rectangle goes. Returns where the next plane's goes.
FS_DEVICE fs_u8* fs_pack_plane(const fs_slot& s, const fs_u8* plane, int stride, int step, int shift_x, int shift_y, fs_u8* to, int left, int top)
{
    int first = (s.left >> shift_x) * step, end = ((s.right + shift_x) >> shift_x) * step;
    int first_row = s.top >> shift_y, end_row = (s.bottom + shift_y) >> shift_y;
    int pitch = ((first & 3) + end - first + 3) & ~3;
    int from = fs_max((left >> shift_x) * step, first), until = fs_min(((left + FS_TILE_COLUMNS) >> shift_x) * step, end);
    int row = top >> shift_y, rows = fs_min(end_row - row, FS_TILE_ROWS >> shift_y);
    int words = ((until + 3) >> 2) - (from >> 2);
    bool aligned = (((fs_u64)plane | (fs_u32)stride) & 3u) == 0;
    for (int i = (int)threadIdx.x; i < words * rows; i += 256)
    {
        int y = row + i / words, at = ((from >> 2) + i % words) * 4;
        const fs_u8* source = plane + (fs_i64)y * stride + at;
        fs_u8* target = to + (fs_i64)(y - first_row) * pitch + (at - (first & ~3));
        if (aligned && at >= from && at + 4 <= until)
        {
            fs_store((fs_u32*)target, fs_load((const fs_u32*)source));
            continue;
        }
#pragma unroll
        for (int b = 0; b < 4; b++)
        {
            if (at + b >= from && at + b < until)
                target[b] = source[b];
        }
    }
    return to + (fs_i64)pitch * (end_row - first_row);
}

FS_KERNEL(fs_rect_pack_fwd_u8, fs_pack_args, 256)
{
    int total = a.tiles[a.count], slot = 0;
    for (int number = (int)blockIdx.x; number < total; number += (int)gridDim.x)
    {
        while (number >= a.tiles[slot + 1])
            slot++;
        const fs_slot& s = a.slots[slot];
        if (s.packed == 0)
            continue;
        int across = fs_tiles_across(s), within = number - a.tiles[slot];
        int left = (s.left & ~3) + within % across * FS_TILE_COLUMNS, top = s.top + within / across * FS_TILE_ROWS;
        fs_u8* to = fs_pack_plane(s, s.plane0, s.stride0, s.step0, 0, 0, a.packed + s.packed - 1, left, top);
        if (s.step1 != 0)
            to = fs_pack_plane(s, s.plane1, s.stride1, s.step1, s.shift_x, s.shift_y, to, left, top);
        if (s.step1 == 1)
            fs_pack_plane(s, s.plane2, s.stride1, 1, s.shift_x, s.shift_y, to, left, top);
    }
}
