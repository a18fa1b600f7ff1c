using System.Globalization;

namespace FaceSwap.Compute;

/// <summary>The processor's memory.</summary>
internal static class HostMemory
{
    /// <summary>What can be had without swapping (Linux' own estimate, else what the runtime believes this process may use), and the total.</summary>
    public static DeviceMemory Available()
    {
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/meminfo"))
            return new DeviceMemory(limit, limit);
        long free = limit, total = limit;
        foreach (string line in File.ReadLines("/proc/meminfo"))
        {
            if (Kilobytes(line, "MemTotal:") is { } all)
                total = all << 10;
            if (Kilobytes(line, "MemAvailable:") is { } available)
            {
                free = available << 10;
                break;
            }
        }
        return new DeviceMemory(free, total);
    }

    private static long? Kilobytes(string line, string key) => line.StartsWith(key, StringComparison.Ordinal)
        && long.TryParse(line.AsSpan(key.Length).Trim(" kB"), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
}
