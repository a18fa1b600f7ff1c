namespace FaceSwap.Build;

/// <summary>Builds the C++ shim with CMake and Ninja into <c>out/native</c>; does nothing when it is up to date.</summary>
public sealed class NativeShim(Layout layout)
{
    /// <summary>Configures once and builds.</summary>
    public void Build()
    {
        string source = layout.At("src", "FaceSwap.Shim");
        string objects = layout.At("out", "obj", "shim");
        if (!File.Exists(Path.Combine(objects, "build.ninja")))
            Shell.Require("cmake", ["-S", source, "-B", objects, "-G", "Ninja", .. Toolchain()], layout.Root);
        Shell.Require("cmake", ["--build", objects, "-j", Environment.ProcessorCount.ToString()], layout.Root);
    }

    /// <summary>What CMake is told of where libraries come from.</summary>
    internal string[] Toolchain()
    {
        if (!OperatingSystem.IsWindows())
            return [];
        // On Windows the libraries come from the manifest src/FaceSwap.Shim/vcpkg.json.
        string root = Environment.GetEnvironmentVariable("VCPKG_ROOT")
            ?? throw new BuildException("on Windows the native libraries come from vcpkg: install vcpkg and set VCPKG_ROOT", 2);
        return ["-DCMAKE_TOOLCHAIN_FILE=" + Path.Combine(root, "scripts", "buildsystems", "vcpkg.cmake"),
            "-DVCPKG_MANIFEST_DIR=" + layout.At("src", "FaceSwap.Shim"), "-DVCPKG_TARGET_TRIPLET=x64-windows"];
    }
}
