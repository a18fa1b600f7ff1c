using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>A batch that should fit.</summary>
/// <param name="Batch">Images.</param>
/// <param name="Needed">Bytes that the plan is estimated to take.</param>
/// <param name="Free">Bytes that were free.</param>
public readonly record struct BatchChoice(int Batch, long Needed, long Free);

/// <summary>Picks the largest batch that fits into a device's memory.</summary>
public static class BatchFit
{
    private const int Step = 8; // tensor cores work on groups of 8; larger batches are multiples of it
    private const long MostForAlgorithms = 1L << 30;
    private const int Part = 16; // of the memory for algorithms, and of the free memory as a margin

    /// <summary>The largest batch whose estimate leaves a sixteenth of the free memory, and what algorithms may want (a sixteenth of all memory, at
    /// most 1 GiB), unused; a multiple of 8 from there on. 1 when nothing fits: the allocation then says what is missing.</summary>
    /// <param name="memory">The device's.</param>
    /// <param name="needs">Bytes of a plan by its batch; grows with it.</param>
    /// <param name="most">Largest batch of use, at least 1.</param>
    public static BatchChoice Choose(DeviceMemory memory, Func<int, long> needs, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        long room = memory.Free - (memory.Free / Part) - Math.Min(MostForAlgorithms, memory.Total / Part);
        int low = 1, high = most; // low fits, or is the least there is
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            if (needs(middle) <= room)
                low = middle;
            else
                high = middle - 1;
        }
        int batch = Rounded(low);
        return new BatchChoice(batch, needs(batch), memory.Free);
    }

    /// <summary>The batch to try after one that did not fit: an eighth less, or half below 16; 0 after 1.</summary>
    public static int Smaller(int batch) => batch > 2 * Step ? Rounded(batch - Math.Max(1, batch / Step)) : batch / 2;

    /// <summary>
    /// Makes a plan at a batch, and where its memory cannot be had at the next smaller one, down to 1.
    /// </summary>
    /// <param name="batch">First to try.</param>
    /// <param name="make">Makes the plan; frees what it took when it fails.</param>
    /// <exception cref="NotEnoughMemoryException">Not even 1 fits.</exception>
    public static T Make<T>(int batch, Func<int, T> make)
    {
        while (true)
        {
            try
            {
                return make(batch);
            }
            catch (NotEnoughMemoryException) when (batch > 1)
            {
                batch = Smaller(batch);
            }
        }
    }

    private static int Rounded(int batch) => batch > Step ? batch / Step * Step : batch;
}
