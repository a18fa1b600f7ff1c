using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>Host memory on huge pages where the system grants them.</summary>
internal sealed class CpuBuffer : DeviceBuffer
{
    private readonly SafeDnnMemoryHandle memory;

    private CpuBuffer(SafeDnnMemoryHandle memory, long bytes, string label) : base(bytes, label) => this.memory = memory;

    public override nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory.IsClosed, this);
            return memory.Address;
        }
    }

    public static CpuBuffer Allocate(CpuThreads threads, long bytes, string label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        // Linux promises more memory than there is and kills the process that believes it: ask first.
        long free = AvailableBytes();
        if (bytes > free)
            throw new UserErrorException(TooMuch(bytes, label, free));
        try
        {
            return new CpuBuffer(SafeDnnMemoryHandle.Create(threads.Pool, bytes), bytes, label);
        }
        catch (OutOfMemoryException e)
        {
            throw new UserErrorException(TooMuch(bytes, label, free), e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            memory.Dispose();
    }

    private static string TooMuch(long bytes, string label, long free) =>
        $"Not enough memory for {label}: {bytes >> 20} MiB needed, {free >> 20} MiB free; choose a smaller --batch-size or a smaller --trainer.";

    // What can be had without swapping: Linux' own estimate, else what the runtime believes this process may use.
    private static long AvailableBytes()
    {
        const string key = "MemAvailable:";
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/meminfo"))
            return limit;
        foreach (string line in File.ReadLines("/proc/meminfo"))
        {
            if (line.StartsWith(key, StringComparison.Ordinal)
                && long.TryParse(line.AsSpan(key.Length).Trim(" kB"), NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
                return kilobytes << 10;
        }
        return limit;
    }
}
