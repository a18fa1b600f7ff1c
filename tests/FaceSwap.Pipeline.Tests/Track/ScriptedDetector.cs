using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests.Track;

/// <summary>Says what is in a frame by its number, as a detector that searches positions and sizes would.</summary>
internal class ScriptedDetector(Func<long, IEnumerable<FaceDetection>> script) : IFaceDetector
{
    public const int Side = 80;

    public string Name => "scripted";

    /// <summary>Numbers of the frames that were searched wholly.</summary>
    public List<long> Whole { get; } = [];

    /// <summary>A face of the usual size.</summary>
    public static FaceDetection Face(int x, int y, double confidence = 1) => new(new RectI(x, y, Side, Side), confidence);

    public FaceDetection[] Detect(Frame frame)
    {
        Whole.Add(frame.Index);
        return Found(frame, static f => f.Confidence >= 0);
    }

    public void Dispose()
    {
    }

    protected FaceDetection[] Found(Frame frame, Func<FaceDetection, bool> which) => [.. script(frame.Index).Where(which).OrderByDescending(static f => f.Confidence)];
}

/// <summary>The same, and it can search near a place.</summary>
internal sealed class ScriptedWindowDetector(Func<long, IEnumerable<FaceDetection>> script) : ScriptedDetector(script), IWindowDetector
{
    /// <summary>Windows searched.</summary>
    public int Windows { get; private set; }

    public FaceDetection[] DetectNear(Frame frame, PlaneView gray, in FaceWindow window)
    {
        Windows++;
        FaceWindow w = window;
        int reach = (int)(2 * w.Reach * w.Box.Width);
        return Found(frame, f => f.Confidence >= w.Threshold && Math.Abs((2 * f.Rect.X) + f.Rect.Width - (2 * w.Box.X) - w.Box.Width) <= reach
            && Math.Abs((2 * f.Rect.Y) + f.Rect.Height - (2 * w.Box.Y) - w.Box.Height) <= reach);
    }
}
