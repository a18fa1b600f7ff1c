// The parts of the video decoder's structs that the stand-in reads and writes, at the offsets of NVIDIA's ABI on 64-bit Linux.
#pragma once

#include <cstddef>

enum : int { CodecJpeg = 5, Chroma420 = 1, SurfaceNv12 = 0 };

struct DecoderCaps // CUVIDDECODECAPS
{
    int codec, chroma;
    unsigned depth_minus_8, reserved[3];
    unsigned char supported, decoders;
    unsigned short output_formats;
    unsigned max_width, max_height, max_macroblocks;
    unsigned short min_width, min_height;
    unsigned char histogram, counter_bits;
    unsigned short bins;
    unsigned reserved_too[10];
};
static_assert(offsetof(DecoderCaps, supported) == 24 && sizeof(DecoderCaps) == 88, "CUVIDDECODECAPS");

struct DecoderInfo // CUVIDDECODECREATEINFO
{
    unsigned long width, height, decode_surfaces;
    int codec, chroma;
    unsigned long flags, depth_minus_8, intra_only, max_width, max_height, reserved;
    short display_area[4];
    int output_format, deinterlace;
    unsigned long target_width, target_height, output_surfaces;
    void* lock;
    short target_rect[4];
    unsigned long histogram, reserved_too[4];
};
static_assert(offsetof(DecoderInfo, output_format) == 88 && offsetof(DecoderInfo, target_width) == 96, "CUVIDDECODECREATEINFO");

struct PictureParameters // CUVIDPICPARAMS, up to what belongs to a codec
{
    int width_in_macroblocks, height_in_macroblocks, index, field, bottom, second_field;
    unsigned bitstream_bytes;
    const unsigned char* bitstream;
    unsigned slices;
    const unsigned* slice_offsets;
    int is_reference, is_intra;
};
static_assert(offsetof(PictureParameters, bitstream) == 32, "CUVIDPICPARAMS");

struct MapParameters // CUVIDPROCPARAMS
{
    int progressive, second_field, top_field_first, unpaired;
    unsigned flags, zero;
    unsigned long long raw_input;
    unsigned raw_input_pitch, raw_input_format;
    unsigned long long raw_output;
    unsigned raw_output_pitch, reserved;
    void* output_stream;
};
static_assert(offsetof(MapParameters, output_stream) == 56, "CUVIDPROCPARAMS");
