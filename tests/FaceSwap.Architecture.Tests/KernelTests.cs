using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FaceSwap.Build;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.TestKit;

namespace FaceSwap.Architecture.Tests;

/// <summary>The committed PTX is that of the committed kernels, and C# passes them what they expect.</summary>
public partial class KernelTests
{
    private static readonly KernelBuild Kernels = new(Layout.Find(Repository.PathOf("eng", "Build.cs")));

    [Fact]
    public void The_manifest_is_that_of_the_sources_and_the_PTX() =>
        Assert.True(Kernels.Manifest() == File.ReadAllText(Kernels.ManifestPath).ReplaceLineEndings("\n"),
            "kernels/ptx/manifest.json is not that of the sources: run './build.sh kernels' and commit what it writes");

    [Fact]
    public void Every_declared_kernel_is_in_its_PTX_and_no_other()
    {
        foreach (string source in Kernels.SourceNames())
            Assert.Equal(Kernels.Declared(source).Order(), Kernels.Describe(source).Kernels.Select(k => k.Name).Order());
    }

    [Fact]
    public void The_assembly_carries_what_the_manifest_lists()
    {
        KernelFile[] files = [.. Kernels.SourceNames().Select(Kernels.Describe)];
        Assert.Equal(files.SelectMany(f => f.Kernels.Select(k => new KernelDescription(k.Name, f.Ptx, k.ArgumentBytes, k.MaxThreads)))
            .OrderBy(k => k.Name), KernelManifest.All.Values.OrderBy(k => k.Name));
        foreach (KernelFile file in files)
        {
            byte[] carried = KernelManifest.Ptx(file.Ptx);
            Assert.Equal(0, carried[^1]);
            Assert.Equal(File.ReadAllBytes(Repository.PathOf("kernels", file.Ptx)), carried[..^1]);
        }
    }

    // Otherwise arrays in registers have become memory, a call has stayed, or shared memory lies in a template (a weak symbol).
    [Fact]
    public void PTX_holds_no_slow_memory_no_calls_and_no_weak_symbols()
    {
        foreach (string source in Kernels.SourceNames())
        {
            string ptx = File.ReadAllText(Repository.PathOf("kernels", Kernels.Describe(source).Ptx));
            Assert.DoesNotMatch(Unwanted(), ptx);
        }
    }

    [Fact]
    public void Every_kernel_has_one_argument_struct_in_CSharp_of_its_size()
    {
        Dictionary<string, Type> structs = [];
        foreach (Type type in typeof(KernelManifest).Assembly.GetTypes())
        {
            foreach (string kernel in type.GetCustomAttribute<KernelArgumentsAttribute>()?.Kernels ?? [])
                structs.Add(kernel, type);
        }
        Assert.Equal(KernelManifest.All.Keys.Order(), structs.Keys.Order());
        foreach ((string kernel, Type type) in structs)
            Assert.Equal((kernel, KernelManifest.Find(kernel).ArgumentBytes), (kernel, Marshal.SizeOf(type)));
    }

    [SkippableFact]
    public void Compiling_again_gives_the_same_bytes()
    {
        Skip.IfNot(Shell.Has(KernelBuild.Compiler), $"{KernelBuild.Compiler} is not installed; './build.sh kernels' installs it");
        Parallel.ForEach(Kernels.SourceNames(), source =>
            Assert.True(Kernels.Compile(source) == File.ReadAllText(Repository.PathOf("kernels", Kernels.Describe(source).Ptx)),
                $"the PTX of {source} is not what {KernelBuild.Compiler} makes of it: run './build.sh kernels' and commit what it writes"));
    }

    [GeneratedRegex(@"\.local\b|\bcall\b|\.weak\b|\.func\b|\.extern\b", RegexOptions.CultureInvariant)]
    private static partial Regex Unwanted();
}
