namespace FaceSwap.Core.Frames;

/// <summary>
/// One picture with its place in time: planar YUV as decoded, or BGR from an image file. A frame is a reference to samples
/// that others may share (a decoder keeps its frames as references for later ones), so write only into what <see cref="AsWritable"/>
/// returns. Dispose gives the samples back to their owner or pool. Not safe for use by several threads at once, but
/// may be handed from one to another.
/// </summary>
public abstract class Frame : IDisposable
{
    /// <summary>Width in pixels.</summary>
    public abstract int Width { get; }

    /// <summary>Height in pixels.</summary>
    public abstract int Height { get; }

    /// <summary>The layout of the samples.</summary>
    public abstract PixelFormat Format { get; }

    /// <summary>Matrix between YUV and RGB; of no meaning for BGR and RGB.</summary>
    public ColorMatrix Matrix { get; set; } = ColorMatrix.Bt601;

    /// <summary>Range of the YUV samples; of no meaning for BGR and RGB, which are full range.</summary>
    public ColorRange Range { get; set; } = ColorRange.Limited;

    /// <summary>Presentation time in units of the source's time base; frame number for image folders.</summary>
    public long Pts { get; set; }

    /// <summary>Display time in units of the source's time base; 0 when unknown.</summary>
    public long Duration { get; set; }

    /// <summary>Position in the source, from 0, without gaps.</summary>
    public long Index { get; set; }

    /// <summary>The name the frame has in an alignments file: the file's name for an image folder, <c>STEM_000001.png</c> (from 1) for a
    /// video.</summary>
    public string Name { get; set; } = "";

    /// <summary>The image file that the frame was decoded from, for writers that keep what samples cannot hold (profile, EXIF, transparency, 16 bits); empty: none.</summary>
    public ReadOnlyMemory<byte> File { get; set; }

    /// <summary>Number of planes of <see cref="Format"/>.</summary>
    public int PlaneCount => Format.PlaneCount;

    /// <summary>A view of plane <paramref name="index"/>: 0 is luma (or BGR, or G), then U and V (or interleaved UV, or B and R), then alpha.</summary>
    public abstract PlaneView Plane(int index);

    /// <summary>True for YUV and grey frames of 8 bits, whose plane 0 is the grayscale image that detectors read in place.</summary>
    public bool HasLuma => !Format.IsRgb && Format.SampleBytes == 1;

    /// <summary>
    /// A frame with the same samples, time and name that may be written: this one when nobody else holds its samples, otherwise a copy.
    /// This frame must not be used afterwards; the caller disposes the result only.
    /// </summary>
    public abstract Frame AsWritable();

    /// <summary>Copies everything but samples.</summary>
    protected void CopyPropertiesTo(Frame other)
    {
        other.Matrix = Matrix;
        other.Range = Range;
        other.Pts = Pts;
        other.Duration = Duration;
        other.Index = Index;
        other.Name = Name;
        other.File = File;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the samples back.</summary>
    protected abstract void Dispose(bool disposing);
}
