using System.Runtime.InteropServices;
using FaceSwap.Compute.Reference;

namespace FaceSwap.Compute.Tests;

/// <summary>What a <see cref="FaultyBackend"/> gets wrong.</summary>
public enum Fault
{
    None,
    WritesPastTheOutput,
    WritesToTheInput,
    LeavesAnElementOut,
    IgnoresTheBias,
    AddsToTheKernelGradient,
    ForgetsTheSlope,
    SwallowsNaN,
    ExportsAnotherKernel,
    DoesNotRepeat,
    RunsWhenRecording,
    CountsTwice,
    AdamWithEpsilonInside,
    BlendsBesideTheFace,
    BlendsAnotherMask,
    SkipsAFace,
    CropsAPixelAside,
    PacksNothing,
    ReadsBackLate,
    ReadsBackNewestFirst,
}

/// <summary>The reference backend with one fault: proof that the conformance suite sees it.</summary>
internal sealed class FaultyBackend(Fault fault) : IBackend
{
    private readonly ReferenceBackend inner = new(threads: 1);
    private int forwardPasses;

    public BackendInfo Info => inner.Info;

    public bool Supports(Precision precision) => inner.Supports(precision);

    public DeviceMemory Memory => inner.Memory;

    public DeviceBuffer Allocate(long bytes, string label) => inner.Allocate(bytes, label);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged => inner.Download(source, destination);

    public IReadback CreateReadback(long bytes, int depth) => fault is Fault.ReadsBackLate or Fault.ReadsBackNewestFirst
        ? new Readback(fault, bytes, depth)
        : inner.CreateReadback(bytes, depth);

    public void Clear(DeviceSpan<byte> destination) => inner.Clear(destination);

    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType) =>
        inner.Convert(source, sourceType, destination, destinationType);

    public void Increment(DeviceSpan<long> counter, long amount) => inner.Increment(counter, fault == Fault.CountsTwice ? 2 * amount : amount);

    public void Synchronize() => inner.Synchronize();

    public IRecording Record(Action enqueue)
    {
        if (fault == Fault.RunsWhenRecording)
            enqueue();
        return inner.Record(enqueue);
    }

    public IConv2d CreateConv2d(in Conv2dSpec spec) => new Convolution(fault, inner.CreateConv2d(
        fault == Fault.ForgetsTheSlope ? spec with { LeakySlope = 0.11f } : spec), spec.OutChannels, () => forwardPasses++);

    public IDense CreateDense(in DenseSpec spec) => inner.CreateDense(spec);

    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => inner.CreateSigmoidL1(spec);

    public IAdam CreateAdam(in AdamSpec spec) => inner.CreateAdam(fault == Fault.AdamWithEpsilonInside ? spec with { Epsilon = 1e-4f } : spec);

    public IAugment CreateAugment(in AugmentSpec spec) => inner.CreateAugment(spec);

    public IFaceCompositor? CreateCompositor(in CompositorSpec spec) => FaultyCompositor.Create(fault, inner, spec);

    public void Dispose() => inner.Dispose();

    private sealed class Readback(Fault fault, long bytes, int depth) : IReadback
    {
        private readonly List<(DeviceSpan<byte> Source, byte[] Then)> waiting = [];

        public long Bytes => bytes;

        public int Depth => depth;

        public int Count => waiting.Count;

        public void Enqueue(DeviceSpan<byte> source)
        {
            if (Count == depth)
                throw new InvalidOperationException("full");
            waiting.Add((source, HostSpan.Managed(source).ToArray()));
        }

        public bool TryTake(Span<byte> destination)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, bytes);
            if (Count == 0)
                return false;
            int index = fault == Fault.ReadsBackNewestFirst ? Count - 1 : 0;
            (fault == Fault.ReadsBackLate ? HostSpan.Managed(waiting[index].Source) : waiting[index].Then).CopyTo(destination);
            waiting.RemoveAt(index);
            return true;
        }

        public void Take(Span<byte> destination)
        {
            if (!TryTake(destination))
                throw new InvalidOperationException("empty");
        }

        public void Dispose() => waiting.Clear();
    }

    private sealed class Convolution(Fault fault, IConv2d inner, int channels, Func<int> passesBefore) : IConv2d
    {
        public long KernelStorage => inner.KernelStorage;

        public long WorkspaceBytes => inner.WorkspaceBytes;

        public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => inner.ImportKernel(keras, storage);

        public void ExportKernel(DeviceSpan<float> storage, Span<float> keras)
        {
            inner.ExportKernel(storage, keras);
            if (fault == Fault.ExportsAnotherKernel)
                keras[^1] += keras[^1] * 1e-6f;
        }

        public void KernelChanged(DeviceSpan<float> kernel) => inner.KernelChanged(kernel);

        public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace)
        {
            Span<float> result = MemoryMarshal.Cast<byte, float>(HostSpan.Managed(y));
            if (fault == Fault.LeavesAnElementOut)
            {
                float kept = result[^1];
                inner.Forward(x, kernel, bias, y, workspace);
                result[^1] = kept;
                return;
            }
            if (fault == Fault.IgnoresTheBias)
            {
                using DeviceBuffer zero = HostBuffer.Allocate(channels * sizeof(float), "zero");
                inner.Forward(x, kernel, zero.Span<float>(), y, workspace);
                return;
            }
            inner.Forward(x, kernel, bias, y, workspace);
            if (fault == Fault.WritesPastTheOutput)
                HostSpan.Managed(new DeviceSpan<byte>(y.Buffer, y.Offset + y.Length, 1))[0] = 0;
            if (fault == Fault.WritesToTheInput)
                HostSpan.Managed(x)[0] ^= 1;
            if (fault == Fault.DoesNotRepeat)
                result[0] *= 1 + (passesBefore() * 1e-6f);
            for (int i = 0; fault == Fault.SwallowsNaN && i < result.Length; i++)
                result[i] = float.IsNaN(result[i]) ? 0 : result[i];
        }

        public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
            DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
        {
            float before = HostSpan.Managed(dKernel)[0];
            inner.Backward(x, y, dy, kernel, dx, dKernel, dBias, workspace);
            if (fault == Fault.AddsToTheKernelGradient)
                HostSpan.Managed(dKernel)[0] += before;
        }

        public void Dispose() => inner.Dispose();
    }
}
