namespace FaceSwap.Build;

/// <summary>The BenchmarkDotNet suites (benchmarks/FaceSwap.Benchmarks) and the library of OpenCV and dlib that they compare with (benchmarks/native).</summary>
public sealed class BenchSuites(Layout layout)
{
    /// <summary>Builds the library into <c>out/native</c>; does nothing when it is up to date.</summary>
    public void BuildLibrary()
    {
        string objects = layout.At("out", "obj", "bench");
        if (!File.Exists(Path.Combine(objects, "build.ninja")))
            Shell.Require("cmake", ["-S", layout.At("benchmarks", "native"), "-B", objects, "-G", "Ninja", .. new NativeShim(layout).Toolchain()], layout.Root);
        Shell.Require("cmake", ["--build", objects, "-j", Environment.ProcessorCount.ToString()], layout.Root);
    }

    /// <summary>Runs the suites whose names match and leaves their Markdown in <c>out/bench/suites</c>.</summary>
    /// <param name="filters">Parts of names, or patterns with *; none: all suites.</param>
    public int Run(IReadOnlyList<string> filters)
    {
        string program = layout.At("benchmarks", "FaceSwap.Benchmarks", "bin", "Release", "net10.0", "FaceSwap.Benchmarks.dll");
        return Shell.Run("dotnet", [program, .. filters, "--out", layout.At("out", "bench", "suites")], layout.Root);
    }
}
