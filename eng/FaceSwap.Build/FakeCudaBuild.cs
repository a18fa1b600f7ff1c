using System.Runtime.InteropServices;

namespace FaceSwap.Build;

/// <summary>Builds the stand-ins for the CUDA libraries (tests/FakeCuda) into <c>out/fakecuda</c>; Linux on x86-64 only, as their stack switch is.</summary>
public sealed class FakeCudaBuild(Layout layout)
{
    /// <summary>Configures once and builds; does nothing when it is up to date.</summary>
    public void Build()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        string objects = layout.At("out", "obj", "fakecuda");
        if (!File.Exists(Path.Combine(objects, "build.ninja")))
            Shell.Require("cmake", ["-S", layout.At("tests", "FakeCuda"), "-B", objects, "-G", "Ninja"], layout.Root);
        Shell.Require("cmake", ["--build", objects, "-j", Environment.ProcessorCount.ToString()], layout.Root);
    }
}
