using System.Diagnostics;
using FaceSwap.Interop;

namespace FaceSwap.Vision.Tests;

/// <summary>The shim must run on processors without AVX: the code for newer ones stands in sections of its own.</summary>
public sealed class BuildIsolationTests
{
    [Fact]
    public void TheBestBuildIsOneOfTheList()
    {
        Assert.Equal("baseline", VisionCode.Name(0));
        string best = VisionCode.Name(VisionCode.Best)!;
        Assert.Contains(best, Enumerable.Range(0, 3).Select(VisionCode.Name));
        Assert.Null(VisionCode.Name(17));
        Assert.Throws<ShimException>(() => new FaceDetector(17));
    }

    // Registers ymm and zmm, and the v-prefixed instructions on xmm: none may stand in .text, where the baseline and all that decides between the
    // builds is, but in the network's kernels (fs::dnn), which are compiled for their instruction set inside that namespace and chosen
    // at run time. Many must stand in the sections of the other builds, or this test would see nothing.
    [SkippableFact]
    public void OnlyTheSectionsOfTheirOwnHoldAvx()
    {
        string library = NativeLibraries.Probe(ShimNative.Library).Path!;
        string sections = Run("-h", library);
        Skip.IfNot(sections.Contains(".fs_avx2_text", StringComparison.Ordinal), "this shim was built without the AVX builds");
        Assert.Equal(0, AvxLines(Run("-d", "-C", "--no-show-raw-insn", "-j", ".text", "-j", ".init", "-j", ".fini", library)));
        Assert.True(AvxLines(Run("-d", "--no-show-raw-insn", "-j", ".fs_avx2_text", library)) > 1000);
        Assert.True(AvxLines(Run("-d", "--no-show-raw-insn", "-j", ".fs_avx512_text", library)) > 1000);
    }

    private static int AvxLines(string listing)
    {
        int count = 0;
        bool ofNetwork = false;
        foreach (string line in listing.Split('\n'))
        {
            if (line.EndsWith(">:", StringComparison.Ordinal))
                ofNetwork = line.Contains("fs::dnn::", StringComparison.Ordinal);
            string[] parts = line.Split('\t', StringSplitOptions.RemoveEmptyEntries);
            string instruction = parts.Length > 1 ? parts[^1] : "";
            bool avx = instruction.Contains("%ymm", StringComparison.Ordinal) || instruction.Contains("%zmm", StringComparison.Ordinal)
                || (instruction.StartsWith('v') && instruction.Contains("%xmm", StringComparison.Ordinal));
            count += avx && !ofNetwork ? 1 : 0;
        }
        return count;
    }

    private static string Run(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("objdump", arguments) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip.If(true, "objdump is not installed");
            return "";
        }
    }
}
