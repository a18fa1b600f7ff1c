using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend whose copies to the host arrive late, as a GPU's do: a copy can be had without waiting only after
/// <paramref name="lag"/> more were enqueued.</summary>
internal sealed class LaggingBackend(IBackend inner, int lag) : WrappedBackend(inner)
{
    /// <summary>How often the caller waited for a copy that had not arrived.</summary>
    public int Waits { get; private set; }

    public override IReadback CreateReadback(long bytes, int depth) => new Ring(this, base.CreateReadback(bytes, depth));

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
