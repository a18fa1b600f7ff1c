using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A frame's view as <c>fs_video_frame_info</c> of <c>video_common.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VideoFrameInfo
{
    public long Pts;
    public long Duration;
    public Planes4 Data;
    public Strides4 Stride;
    public int Width;
    public int Height;
    public int Format;
    public int Matrix;
    public int Range;

    [InlineArray(4)]
    public struct Planes4
    {
        private nint first;
    }

    [InlineArray(4)]
    public struct Strides4
    {
        private int first;
    }
}

/// <summary>A device to decode or encode on, as <c>fs_video_hardware</c> of <c>video_hardware.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VideoHardware
{
    /// <summary><c>FS_VIDEO_NV12_DEVICE</c>: the format of frames whose planes are device pointers.</summary>
    public const int DeviceFormat = 6;

    public nint Context;
    public nint Stream;
    public int Surfaces;
    public int Reserved;
}

/// <summary>Code points of ITU-T H.273, as <c>fs_video_color</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VideoColor
{
    public int Matrix;
    public int Primaries;
    public int Transfer;
    public int Range;
}

/// <summary>A decoded stream, as <c>fs_video_stream_info</c> of <c>video_reader.cpp</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct VideoStreamData
{
    public int Width;
    public int Height;
    public int Format;
    public int Rotation;
    public int TimeBaseNumerator;
    public int TimeBaseDenominator;
    public int FrameRateNumerator;
    public int FrameRateDenominator;
    public int AspectNumerator;
    public int AspectDenominator;
    public int HasAudio;
    public int Converted;
    public long FrameCount;
    public long DurationMicroseconds;
    public VideoColor Color;
    public fixed byte Codec[32];
    public fixed byte Container[64];
    public fixed byte SourceFormat[32];
}

/// <summary>What was found damaged, as <c>fs_video_damage</c> of <c>video_reader.cpp</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct VideoDamage
{
    public long Packets;
    public long Frames;
    public long ReadErrors;
    public long FirstMicroseconds;
    public long EndedMicroseconds;
    public long ExpectedMicroseconds;
    public int Truncated;
    public int OddRotation;
    public fixed byte Words[256];
}

/// <summary>How to write a video, as <c>fs_video_writer_options</c> of <c>video_writer.cpp</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct VideoWriterData
{
    public byte* Path;
    public byte* ContainerOf;
    public byte* Codec;
    public byte* Preset;
    public byte* PixelFormat;
    public byte* CopyFrom;
    public long StartMicroseconds;
    public long DurationMicroseconds;
    public double Crf;
    public int Threads;
    public int TimeBaseNumerator;
    public int TimeBaseDenominator;
    public int FrameRateNumerator;
    public int FrameRateDenominator;
    public int AspectNumerator;
    public int AspectDenominator;
    public int Shortest;
    public int FastStart;
    public VideoColor Color;
    public int TagColorFromFrame;
    public byte* Signal;
    public int SignalSize;
    public int Reserved;
}

/// <summary>A stream of a container, as <c>fs_video_packet_stream</c> of <c>video_packets.cpp</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct VideoPacketStream
{
    public int Type;
    public int Disposition;
    public int TimeBaseNumerator;
    public int TimeBaseDenominator;
    public long Start;
    public long Duration;
    public fixed byte Codec[32];
    public fixed byte Language[16];
}

/// <summary>A stored packet, as <c>fs_video_packet</c> of <c>video_packets.cpp</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct VideoPacket
{
    public long Pts;
    public long Dts;
    public long Duration;
    public byte* Data;
    public int Size;
    public int Stream;
    public int Key;
    public int Reserved;
}

// The module `video`: src/FaceSwap.Shim/video documents each export.
public static unsafe partial class ShimNative
{
    [LibraryImport(Library)]
    public static partial byte* fs_video_versions();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int fs_video_has_encoder(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_video_try_encoder(in VideoHardware where, string codec, byte* reason, int size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_video_try_decoder(in VideoHardware where, string codec, byte* reason, int size);

    [LibraryImport(Library)]
    internal static partial void fs_video_frame_free(nint frame);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_frame_make_writable(SafeAvFrameHandle frame, ref VideoFrameInfo info);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_frame_to_bgr(SafeAvFrameHandle frame, nint data, int stride);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_video_frame_scale(SafeAvFrameHandle frame, int width, int height, nint* result, VideoFrameInfo* info);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_video_frame_wrap(VideoFrameInfo* info, delegate* unmanaged<nint, void> release, nint owner, nint* result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ShimStatus fs_video_reader_open(string path, long startMicroseconds, long durationMicroseconds, long from, int threads,
        VideoHardware* where, nint* result, VideoStreamData* info);

    [LibraryImport(Library)]
    public static partial byte* fs_video_reader_note(SafeVideoReaderHandle reader);

    [LibraryImport(Library)]
    public static partial void fs_video_reader_signal(SafeVideoReaderHandle reader, out byte* data, out int size, out int fields);

    [LibraryImport(Library)]
    internal static partial void fs_video_reader_free(nint reader);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_video_reader_next(SafeVideoReaderHandle reader, nint* frame, VideoFrameInfo* info);

    [LibraryImport(Library)]
    public static partial void fs_video_reader_damage(SafeVideoReaderHandle reader, out VideoDamage damage);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_video_writer_open(VideoWriterData* options, nint* result);

    [LibraryImport(Library)]
    internal static partial void fs_video_writer_free(nint writer);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_video_writer_metadata(SafeVideoWriterHandle writer, string key, string value);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_encode_on(SafeVideoWriterHandle writer, in VideoHardware where);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_write(SafeVideoWriterHandle writer, SafeAvFrameHandle frame, long pts, long duration);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_copy_from(SafeVideoWriterHandle writer, long momentMicroseconds);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_expect_gaps(SafeVideoWriterHandle writer);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_leave_out(SafeVideoWriterHandle writer, long startMicroseconds, long endMicroseconds);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_finish(SafeVideoWriterHandle writer);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_writer_warning(SafeVideoWriterHandle writer, int index, out byte* text);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ShimStatus fs_video_packets_open(string path, nint* result, out int streams, out int chapters);

    [LibraryImport(Library)]
    internal static partial void fs_video_packets_free(nint packets);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_packets_stream(SafeVideoPacketsHandle packets, int index, out VideoPacketStream info);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_packets_metadata(SafeVideoPacketsHandle packets, int stream, int index, out byte* key, out byte* value);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_packets_chapter(SafeVideoPacketsHandle packets, int index, out long startMicroseconds, out long endMicroseconds);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_packets_next(SafeVideoPacketsHandle packets, out VideoPacket packet);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_video_still_new(int png, double quality, nint* result);

    [LibraryImport(Library)]
    internal static partial void fs_video_still_free(nint still);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_still_encode(SafeVideoStillHandle still, SafeAvFrameHandle frame, out byte* data, out int size);
}
