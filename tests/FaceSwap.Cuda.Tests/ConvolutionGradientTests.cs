using FaceSwap.Compute;
using FaceSwap.Compute.Conformance;
using FaceSwap.Compute.Cuda;

namespace FaceSwap.Cuda.Tests;

/// <summary>A convolution's two gradients give the same bits one after the other and side by side, enqueued and recorded; what the device can do at
/// best can be measured.</summary>
public class ConvolutionGradientTests : CudaTest
{
    private static readonly Conv2dSpec Spec = new(2, 9, 8, 6, 10, 5, 2, Activation.None, 0, PixelShuffle: false, Precision.Bf16, Training: true,
        InputGradient: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Side_by_side_changes_nothing(bool recorded)
    {
        FakeCuda.RefuseCudnn("wgrad_f32_from_bf16"); // so that there are copies before and after
        FakeCuda.RefuseCudnn("asymmetric_padding");
        using CudaBackend backend = Open(deterministic: true);
        (float[] dx, float[] dw) apart = Run(backend, sideBySide: false, recorded), together = Run(backend, sideBySide: true, recorded);
        Assert.Contains(apart.dx, v => v != 0);
        Assert.Contains(apart.dw, v => v != 0);
        Assert.Equal(apart.dx, together.dx);
        Assert.Equal(apart.dw, together.dw);
    }

    [Fact]
    public void What_the_device_can_do_at_best_is_measured()
    {
        FakeCuda.fake_cuda_set_memory(64 << 20);
        using CudaBackend backend = Open();
        foreach (Precision precision in Enum.GetValues<Precision>())
            Assert.InRange(CudaPeak.MatrixFlopsPerSecond(backend, precision), 1, double.MaxValue);
        Assert.InRange(CudaPeak.CopyBytesPerSecond(backend), 1, double.MaxValue);
    }

    private static (float[] Dx, float[] Dw) Run(CudaBackend backend, bool sideBySide, bool recorded)
    {
        ConvolutionShape shape = ConvolutionShape.Of(Spec);
        ElementType type = Spec.Precision.ActivationType();
        using ConvolutionRoute filter = Route(backend, ConvolutionPass.BackwardFilter), data = Route(backend, ConvolutionPass.BackwardData);
        using var gradients = new ConvolutionGradients(backend.Math, filter, data, sideBySide) { Borrows = true };
        Assert.Equal(sideBySide, gradients.IsSideBySide);
        using Rig rig = new(backend);
        DeviceSpan<byte> x = rig.Activation("x", Noise.Symmetric(shape.Input.Count, 1), type);
        DeviceSpan<byte> w = rig.Activation("w", Noise.Symmetric(shape.Filter.Count, 2), type);
        DeviceSpan<byte> dy = rig.Activation("dy", Noise.Symmetric(shape.Output.Count, 3), type);
        DeviceSpan<byte> dx = rig.Output("dx", shape.Input.Count * type.Bytes()), dw = rig.Output("dw", shape.Filter.Count * sizeof(float));
        DeviceSpan<byte> scratch = rig.Output("scratch", CudaWorkspace.Align(gradients.ScratchBytes) + 256);
        void Enqueue() => gradients.Run(x.Address, w.Address, dy.Address, dx.Address, dw.Address, (nint)CudaWorkspace.Align(scratch.Address));
        if (recorded)
        {
            using IRecording recording = backend.Record(Enqueue);
            recording.Run();
            backend.Synchronize();
        }
        else
        {
            Enqueue();
        }
        Assert.Null(rig.Breach());
        return (rig.Read(dx, type), rig.Read(dw, ElementType.Float32));
    }

    private static ConvolutionRoute Route(CudaBackend backend, ConvolutionPass pass)
    {
        var work = new ConvolutionWork(pass, ConvolutionShape.Of(Spec), Spec.Precision.ActivationType());
        var search = new ConvolutionSearch(backend.Math, work, new EngineRules(Spec.Precision, Deterministic: true), epilogue: null);
        return search.Tiers()[0].Select(p => p.Build()!).First();
    }
}
