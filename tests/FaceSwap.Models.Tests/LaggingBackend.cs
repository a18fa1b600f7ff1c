using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend whose copies to the host arrive late, as a GPU's do: a copy can be had without waiting only after
/// <paramref name="lag"/> more were enqueued.</summary>
internal sealed class LaggingBackend(IBackend inner, int lag) : IBackend
{
    public BackendInfo Info => inner.Info;

    public DeviceMemory Memory => inner.Memory;

    /// <summary>How often the caller waited for a copy that had not arrived.</summary>
    public int Waits { get; private set; }

    public bool Supports(Precision precision) => inner.Supports(precision);

    public DeviceBuffer Allocate(long bytes, string label) => inner.Allocate(bytes, label);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged => inner.Download(source, destination);

    public IReadback CreateReadback(long bytes, int depth) => new Ring(this, inner.CreateReadback(bytes, depth));

    public void Clear(DeviceSpan<byte> destination) => inner.Clear(destination);

    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType) =>
        inner.Convert(source, sourceType, destination, destinationType);

    public void Increment(DeviceSpan<long> counter, long amount) => inner.Increment(counter, amount);

    public void Synchronize() => inner.Synchronize();

    public IRecording Record(Action enqueue) => inner.Record(enqueue);

    public IConv2d CreateConv2d(in Conv2dSpec spec) => inner.CreateConv2d(spec);

    public IDense CreateDense(in DenseSpec spec) => inner.CreateDense(spec);

    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => inner.CreateSigmoidL1(spec);

    public IAdam CreateAdam(in AdamSpec spec) => inner.CreateAdam(spec);

    public IAugment CreateAugment(in AugmentSpec spec) => inner.CreateAugment(spec);

    public void Dispose() => inner.Dispose();

    private sealed class Ring(LaggingBackend owner, IReadback inner) : IReadback
    {
        private readonly int lag = owner.Lag;

        public long Bytes => inner.Bytes;

        public int Depth => inner.Depth;

        public int Count => inner.Count;

        public void Enqueue(DeviceSpan<byte> source) => inner.Enqueue(source);

        public bool TryTake(Span<byte> destination) => inner.Count > lag && inner.TryTake(destination);

        public void Take(Span<byte> destination)
        {
            if (inner.Count <= lag)
                owner.Waits++;
            inner.Take(destination);
        }

        public void Dispose() => inner.Dispose();
    }

    private int Lag { get; } = lag;
}
