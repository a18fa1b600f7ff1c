using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace FaceSwap.Compute.Cpu;

/// <summary>Which processor this is.</summary>
internal static class ProcessorIdentity
{
    private const int FirstLines = 64; // of /proc/cpuinfo: those of the first processor

    /// <summary>As its vendor names it.</summary>
    public static string Name { get; } = ReadName();

    /// <summary>What can tell its speed from that of another with the same name: family, model and stepping, features, microcode.</summary>
    public static string Signature { get; } = ReadSignature();

    private static string ReadName()
    {
        const uint firstLeaf = 0x80000002, lastLeaf = 0x80000004;
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < lastLeaf)
            return RuntimeInformation.ProcessArchitecture.ToString();
        Span<int> text = stackalloc int[12];
        for (uint leaf = firstLeaf; leaf <= lastLeaf; leaf++)
        {
            int at = (int)(leaf - firstLeaf) * 4;
            (text[at], text[at + 1], text[at + 2], text[at + 3]) = X86Base.CpuId((int)leaf, 0);
        }
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(text)).TrimEnd('\0').Trim();
    }

    private static string ReadSignature()
    {
        if (!X86Base.IsSupported)
            return "";
        int most = X86Base.CpuId(0, 0).Eax;
        (int signature, _, _, _) = X86Base.CpuId(1, 0);
        (int _, int b, int c, int d) = most >= 7 ? X86Base.CpuId(7, 0) : default;
        int more = most >= 7 ? X86Base.CpuId(7, 1).Eax : 0;
        return string.Create(CultureInfo.InvariantCulture, $"signature {signature:x}, features {b:x} {c:x} {d:x} {more:x}, microcode {Microcode()}");
    }

    private static string Microcode()
    {
        const string Path = "/proc/cpuinfo";
        try
        {
            string? line = File.Exists(Path)
                ? File.ReadLines(Path).Take(FirstLines).FirstOrDefault(static l => l.StartsWith("microcode", StringComparison.Ordinal))
                : null;
            return line?[(line.IndexOf(':') + 1)..].Trim() ?? "unknown";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
