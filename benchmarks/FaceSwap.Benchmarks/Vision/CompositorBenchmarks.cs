using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Cutting one face out of a frame, or putting it back, on the backends that composite, and by the processor's own code on one thread.</summary>
public class CompositorBenchmarks
{
    private readonly float[] face = new float[Scene.Side * Scene.Side * 3];
    private Scene? scene;
    private IBackend? backend;
    private CompositorWork? work;
    private MaskedConverter? converter;

    /// <summary>What is done.</summary>
    public enum Way
    {
        /// <summary>The network's input.</summary>
        Crop,

        /// <summary>The classic mask and blend.</summary>
        Blend,

        /// <summary>The same with the crop's colors.</summary>
        BlendHistogram,

        /// <summary>The same with the mask made smaller.</summary>
        BlendEroded,
    }

    /// <summary>What is done.</summary>
    [ParamsAllValues]
    public Way Work { get; set; }

    /// <summary>Opens the scalar backend.</summary>
    [GlobalSetup(Target = nameof(Reference))]
    public void OpenReference() => Open("reference");

    /// <summary>Opens the GPU's.</summary>
    [GlobalSetup(Target = nameof(Cuda))]
    public void OpenCuda() => Open("cuda");

    /// <summary>Makes the processor's converter.</summary>
    [GlobalSetup(Target = nameof(Cpu))]
    public void OpenCpu()
    {
        scene = new Scene();
        converter = new MaskedConverter(Options());
        converter.Crop(scene.Frame, scene.Landmarks, face);
    }

    /// <summary>Scalar C#.</summary>
    [Benchmark(Baseline = true)]
    public void Reference() => work!.Run(Work == Way.Crop);

    /// <summary>The processor's own code.</summary>
    [Benchmark]
    public void Cpu()
    {
        if (Work == Way.Crop)
            converter!.Crop(scene!.Frame, scene.Landmarks, face);
        else
            converter!.Paste(scene!.Frame, scene.Landmarks, face);
    }

    /// <summary>The GPU's kernels.</summary>
    [Benchmark]
    public void Cuda() => work!.Run(Work == Way.Crop);

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Close()
    {
        work?.Dispose();
        backend?.Dispose();
        scene?.Dispose();
        (work, backend, scene) = (null, null, null);
    }

    private MaskedOptions Options() => new()
    {
        Side = Scene.Side,
        Color = Work == Way.BlendHistogram ? ColorAdjust.Histogram : ColorAdjust.None,
        ErosionSize = Work == Way.BlendEroded ? 10 : 0,
    };

    private void Open(string name)
    {
        scene = new Scene();
        backend = Devices.Open(name);
        MaskedOptions options = Options();
        work = new CompositorWork(backend, scene, new CompositorSpec(1, options.Side, options.Mask, options.ErosionSize, options.BlurSize, options.Color,
            ElementType.Float32, Scene.Width, Scene.Height));
    }
}

/// <summary>A backend's compositor with one face.</summary>
internal sealed class CompositorWork : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private readonly IBackend backend;
    private readonly IFaceCompositor compositor;
    private readonly DeviceSpan<CompositorSlot> slots;
    private readonly DeviceSpan<byte> face;

    public CompositorWork(IBackend backend, Scene scene, in CompositorSpec spec)
    {
        this.backend = backend;
        compositor = backend.CreateCompositor(spec) ?? throw new NotSupportedException($"{backend.Info.Name} has no compositor");
        owned.Add(compositor);
        var planes = new DeviceSpan<byte>[3];
        for (int i = 0; i < planes.Length; i++)
            planes[i] = Upload(Scene.Packed(scene.Frame.Plane(i)));
        const int halfWidth = Scene.Width / 2;
        var frame = new FramePlanes(PixelFormat.Yuv420P, Scene.Width, Scene.Height, scene.Frame.Matrix, scene.Frame.Range, planes[0].Address, Scene.Width,
            planes[1].Address, planes[2].Address, halfWidth);
        slots = Allocate(Unsafe.SizeOf<CompositorSlot>()).As<CompositorSlot>();
        backend.Upload([CompositorSlot.Create(spec, frame, scene.Map, scene.Landmarks)], slots);
        face = Allocate(spec.ImageCount * sizeof(float));
        Run(crop: true);
    }

    public void Run(bool crop)
    {
        if (crop)
            compositor.Crop(slots, face);
        else
            compositor.Blend(slots, face.As<float>());
        backend.Synchronize();
    }

    public void Dispose()
    {
        for (int i = owned.Count - 1; i >= 0; i--)
            owned[i].Dispose();
    }

    private DeviceSpan<byte> Allocate(long bytes)
    {
        DeviceBuffer buffer = backend.Allocate(bytes, "a scene");
        owned.Add(buffer);
        return buffer.Span<byte>();
    }

    private DeviceSpan<byte> Upload(byte[] samples)
    {
        DeviceSpan<byte> span = Allocate(samples.Length);
        backend.Upload<byte>(samples, span);
        return span;
    }
}
