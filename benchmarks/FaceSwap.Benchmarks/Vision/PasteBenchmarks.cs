using BenchmarkDotNet.Attributes;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Putting one face back in every way that <c>convert</c> has, on one thread, beside the classic full-frame blend with OpenCV.</summary>
public class PasteBenchmarks
{
    private Scene? scene;
    private IFaceConverter? converter;
    private OpenCvScene? opencv;
    private float[] face = [];

    /// <summary>The option that is set.</summary>
    public enum Way
    {
        /// <summary>None.</summary>
        Plain,

        /// <summary>The crop's histogram.</summary>
        Histogram,

        /// <summary>Reinhard's moments.</summary>
        Reinhard,

        /// <summary>The crop's mean.</summary>
        Average,

        /// <summary>Sharpened by a box.</summary>
        BoxSharpen,

        /// <summary>Sharpened by a Gaussian.</summary>
        GaussianSharpen,

        /// <summary>Mask eroded by 10.</summary>
        Eroded,

        /// <summary>Poisson clone.</summary>
        Seamless,

        /// <summary>The Adjust converter.</summary>
        Adjust,
    }

    /// <summary>The option that is set.</summary>
    [ParamsAllValues]
    public Way Option { get; set; }

    /// <summary>Layout of the frame.</summary>
    [Params(PixelFormat.Yuv420P, PixelFormat.Bgr24)]
    public PixelFormat Format { get; set; }

    /// <summary>Prepares ours.</summary>
    [GlobalSetup(Target = nameof(Ours))]
    public void OpenOurs()
    {
        scene = new Scene(Format);
        converter = Create();
        face = new float[Scene.Side * Scene.Side * 3];
        converter.Crop(scene.Frame, scene.Landmarks, Scene.Box, face);
    }

    /// <summary>Prepares OpenCV.</summary>
    [GlobalSetup(Target = nameof(OpenCv))]
    public void OpenOpenCv() => opencv = new OpenCvScene();

    /// <summary>OpenCV on the whole frame: the classic blend (without colors), or its seamlessClone.</summary>
    [Benchmark(Baseline = true)]
    public void OpenCv()
    {
        if (Option == Way.Seamless)
            opencv!.Seamless();
        else
            opencv!.ClassicBlend();
    }

    /// <summary>This project.</summary>
    [Benchmark]
    public RectI Ours() => converter!.Paste(scene!.Frame, scene.Landmarks, Scene.Box, face);

    /// <summary>Frees the frame.</summary>
    [GlobalCleanup]
    public void Close() => scene?.Dispose();

    private IFaceConverter Create()
    {
        MaskedOptions plain = new() { Side = Scene.Side };
        return Option switch
        {
            Way.Plain => new MaskedConverter(plain),
            Way.Histogram => new MaskedConverter(plain with { Color = ColorAdjust.Histogram }),
            Way.Reinhard => new MaskedConverter(plain with { Color = ColorAdjust.Reinhard }),
            Way.Average => new MaskedConverter(plain with { Color = ColorAdjust.Average }),
            Way.BoxSharpen => new MaskedConverter(plain with { Sharpen = Sharpening.Box }),
            Way.GaussianSharpen => new MaskedConverter(plain with { Sharpen = Sharpening.Gaussian }),
            Way.Eroded => new MaskedConverter(plain with { ErosionSize = 10 }),
            Way.Seamless => new MaskedConverter(plain with { SeamlessClone = true }),
            _ => new AdjustConverter(new AdjustOptions { Side = Scene.Side }),
        };
    }
}
