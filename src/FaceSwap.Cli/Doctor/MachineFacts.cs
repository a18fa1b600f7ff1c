using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FaceSwap.Cli.Infrastructure;

namespace FaceSwap.Cli.Doctor;

/// <summary>The processor, its features that the program uses, and memory.</summary>
internal static class MachineFacts
{
    public static IEnumerable<(string Name, string Value)> All()
    {
        yield return ("system", $"{RuntimeInformation.OSDescription}, .NET {Environment.Version}");
        yield return ("processor", Processor());
        yield return ("cores", Environment.ProcessorCount.ToString());
        yield return ("features", Features() is { Length: > 0 } list ? list : "none beyond the baseline: expect a quarter of the speed");
        yield return ("memory", Human.Size(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
    }

    private static string Processor()
    {
        const string Field = "model name";
        string? line = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Features()
    {
        List<string> found = [];
        if (Avx2.IsSupported)
            found.Add("AVX2");
        if (Fma.IsSupported)
            found.Add("FMA");
        if (Avx512F.IsSupported)
            found.Add("AVX-512");
        if (X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7)
        {
            // Leaf 7: sub-leaf 1, EAX bit 5 is AVX512_BF16; sub-leaf 0, EDX bit 22 is AMX-BF16.
            if (Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & 1 << 5) != 0)
                found.Add("AVX-512 bf16");
            if ((X86Base.CpuId(7, 0).Edx & 1 << 22) != 0)
                found.Add("AMX bf16");
        }
        return string.Join(", ", found);
    }
}
