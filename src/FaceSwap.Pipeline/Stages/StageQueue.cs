using System.Collections.Concurrent;

namespace FaceSwap.Pipeline.Stages;

/// <summary>A bounded queue between two stages that knows how full it was when its stage came for more.</summary>
/// <typeparam name="T">What waits in it.</typeparam>
/// <param name="capacity">Items.</param>
internal sealed class StageQueue<T>(int capacity) : IQueueDepth, IDisposable
{
    private readonly BlockingCollection<T> items = new(capacity);
    private long looks, waited;

    public int Capacity => items.BoundedCapacity;

    public double MeanDepth => looks == 0 ? 0 : (double)Interlocked.Read(ref waited) / Interlocked.Read(ref looks);

    /// <summary>Waits for room.</summary>
    public void Add(T item, CancellationToken stop) => items.Add(item, stop);

    /// <summary>Says that nothing follows.</summary>
    public void CompleteAdding() => items.CompleteAdding();

    /// <summary>The next item within a time (<see cref="Timeout.Infinite"/>: however long it takes). False when none came or none will come.</summary>
    public bool TryTake(out T? item, int milliseconds, CancellationToken stop)
    {
        Look();
        return items.TryTake(out item, milliseconds, stop);
    }

    /// <summary>Whether all items were taken and none follows.</summary>
    public bool IsCompleted => items.IsCompleted;

    /// <summary>All items, as they come.</summary>
    public IEnumerable<T> Items(CancellationToken stop)
    {
        while (TryTake(out T? item, Timeout.Infinite, stop))
            yield return item!;
    }

    public void Dispose() => items.Dispose();

    private void Look()
    {
        Interlocked.Increment(ref looks);
        Interlocked.Add(ref waited, items.Count);
    }
}

/// <summary>How full a queue was.</summary>
internal interface IQueueDepth
{
    /// <summary>Items that it holds at most.</summary>
    int Capacity { get; }

    /// <summary>Items that were waiting, on average, when the stage came for one.</summary>
    double MeanDepth { get; }
}
