using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A finished segment, as <c>fs_video_segment_info</c> of <c>video_segment.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VideoSegmentData
{
    public long Frames;
    public long FirstPts;
    public long LastPts;
    public int Delay;
    public int Reserved;
    public VideoPicture Picture;
}

/// <summary>What the first frame of a video decides for all, as <c>fs_video_picture</c> of <c>video_frame_encoder.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VideoPicture
{
    public int Width;
    public int Height;
    public int Format;
    public VideoColor Color;
    public int RgbMatrix;
    public int Full;
    public int Fields;
}

// Segments of a video: src/FaceSwap.Shim/video/video_segment_writer.cpp documents each export.
public static unsafe partial class ShimNative
{
    [LibraryImport(Library)]
    internal static partial ShimStatus fs_video_segment_open(VideoWriterData* options, VideoPicture* like, VideoHardware* where, nint* result);

    [LibraryImport(Library)]
    public static partial void fs_video_segment_picture(SafeVideoSegmentHandle segment, out VideoPicture picture);

    [LibraryImport(Library)]
    internal static partial void fs_video_segment_free(nint segment);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_segment_write(SafeVideoSegmentHandle segment, SafeAvFrameHandle frame, long pts, long duration);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_segment_finish(SafeVideoSegmentHandle segment, out VideoSegmentData info);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_video_segment_warning(SafeVideoSegmentHandle segment, int index, out byte* text);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_video_segment_describe(string path, out VideoSegmentData info);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_video_writer_append(SafeVideoWriterHandle writer, string segment, int delay);
}
