using System.Diagnostics.CodeAnalysis;

namespace FaceSwap.Pipeline.Stages;

/// <summary>Lets several workers do one part of their work in order without waiting for each other: whoever finds the next item there does it.</summary>
/// <typeparam name="T">What is done.</typeparam>
internal sealed class TurnOrder<T>
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, T> offered = [];
    private long next;
    private bool taken;

    /// <summary>Says that an item is ready for its turn; every turn from 0 on must be offered.</summary>
    public void Offer(long turn, T item)
    {
        lock (gate)
            offered.Add(turn, item);
    }

    /// <summary>Begins the next turn, if its item is there and nobody is at one. False is no loss: whoever is at one looks again after <see cref="End"/>.</summary>
    public bool TryBegin([MaybeNullWhen(false)] out T item)
    {
        lock (gate)
        {
            if (taken)
            {
                item = default;
                return false;
            }
            return taken = offered.Remove(next, out item);
        }
    }

    /// <summary>Ends the turn that was begun; look for the next one afterwards.</summary>
    public void End()
    {
        lock (gate)
        {
            next++;
            taken = false;
        }
    }
}
