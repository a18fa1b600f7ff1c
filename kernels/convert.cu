// Conversions between fp32 and bfloat16, and copies.
//
//   fs_convert_f32_bf16   to[i] = bf16(from[i])    to nearest, ties to even; NaN stays a quiet NaN       6 bytes an element
//   fs_convert_bf16_f32   to[i] = from[i]          exact                                                 6 bytes an element
//   fs_convert_copy       to[i] = from[i]          bytes                                                 2 bytes a byte
//
// from and to: (count), not overlapping; to is overwritten (=). Grid-stride: any grid of any number of threads does all the work. Where both
// addresses are multiples of 16, a thread moves 8 elements (or 16 bytes) at a time in 16-byte accesses, otherwise one; what is left over at the end
// goes one by one.
#include "fs_kernel.h"

struct fs_convert_args
{
    const void* from;
    void* to;
    fs_i64 count; // elements; bytes for the copy
};

FS_KERNEL(fs_convert_f32_bf16, fs_convert_args, 256)
{
    const float* from = (const float*)a.from;
    fs_bf16* to = (fs_bf16*)a.to;
    fs_i64 thread = fs_thread_index(), threads = fs_thread_count();
    fs_i64 groups = fs_aligned16(from) && fs_aligned16(to) ? a.count / 8 : 0;
    for (fs_i64 i = thread; i < groups; i += threads)
    {
        uint4 low = fs_load_const((const uint4*)(from + 8 * i)), high = fs_load_const((const uint4*)(from + 8 * i + 4));
        const float v[8] = {fs_from_bits(low.x), fs_from_bits(low.y), fs_from_bits(low.z), fs_from_bits(low.w),
            fs_from_bits(high.x), fs_from_bits(high.y), fs_from_bits(high.z), fs_from_bits(high.w)};
        fs_store16(to + 8 * i, v);
    }
    for (fs_i64 i = 8 * groups + thread; i < a.count; i += threads)
        fs_store(to + i, fs_to_bf16(fs_load_const(from + i)));
}

FS_KERNEL(fs_convert_bf16_f32, fs_convert_args, 256)
{
    const fs_bf16* from = (const fs_bf16*)a.from;
    float* to = (float*)a.to;
    fs_i64 thread = fs_thread_index(), threads = fs_thread_count();
    fs_i64 groups = fs_aligned16(from) && fs_aligned16(to) ? a.count / 8 : 0;
    for (fs_i64 i = thread; i < groups; i += threads)
    {
        float v[8];
        fs_load16_const(from + 8 * i, v);
        const float low[4] = {v[0], v[1], v[2], v[3]}, high[4] = {v[4], v[5], v[6], v[7]};
        fs_store16(to + 8 * i, low);
        fs_store16(to + 8 * i + 4, high);
    }
    for (fs_i64 i = 8 * groups + thread; i < a.count; i += threads)
        fs_store(to + i, fs_to_float(fs_load_const(from + i)));
}

FS_KERNEL(fs_convert_copy, fs_convert_args, 256)
{
    const fs_u8* from = (const fs_u8*)a.from;
    fs_u8* to = (fs_u8*)a.to;
    fs_i64 thread = fs_thread_index(), threads = fs_thread_count();
    fs_i64 groups = fs_aligned16(from) && fs_aligned16(to) ? a.count / 16 : 0;
    for (fs_i64 i = thread; i < groups; i += threads)
        fs_store((uint4*)to + i, fs_load_const((const uint4*)from + i));
    for (fs_i64 i = 16 * groups + thread; i < a.count; i += threads)
        fs_store(to + i, fs_load_const(from + i));
}
