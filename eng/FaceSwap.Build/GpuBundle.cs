using System.Security.Cryptography;

namespace FaceSwap.Build;

/// <summary>
/// Packs what a bare x86-64 Linux machine with an NVIDIA GPU, CUDA, cuDNN and PyTorch, but neither .NET nor this project's packages, needs to
/// prove and measure the engine: a self-contained program, the shim with its libraries, PTX (inside the program), golden files and the scripts,
/// in <c>out/gpu-bundle</c>, as archives that unpack on their own and stay under <see cref="PartLimit"/> each.
/// </summary>
public sealed class GpuBundle(Layout layout)
{
    private const long PartLimit = 60_000_000;
    private const long PlainLimit = 170_000_000; // xz makes a third of program code, hardly less

    private static readonly string[] CompilerRuntime = ["libstdc++.so.6", "libgcc_s.so.1", "libgomp.so.1"];

    private readonly string folder = layout.At("out", "gpu-bundle");
    private readonly string stage = layout.At("out", "obj", "gpu-bundle");

    /// <summary>Builds the archives and <c>run.sh</c>.</summary>
    public void Run()
    {
        if (OperatingSystem.IsWindows())
            throw new BuildException("gpu-bundle packs this machine's Linux libraries; run it on Linux", 2);
        foreach (string old in new[] { folder, stage })
        {
            if (Directory.Exists(old))
                Directory.Delete(old, recursive: true);
            Directory.CreateDirectory(old);
        }
        List<string> parts = [Pack("faceswap-1-program", StageProgram())];
        int number = 2;
        foreach (string libraries in StageLibraries())
            parts.Add(Pack($"faceswap-{number++}-libraries", libraries));
        File.WriteAllLines(Path.Combine(folder, "SHA256SUMS"), parts.Select(p => $"{Checksum(p)}  {Path.GetFileName(p)}"));
        string script = Path.Combine(folder, "run.sh");
        File.Copy(layout.At("benchmarks", "gpu_proof.sh"), script);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        foreach (string part in parts)
            Console.WriteLine($"gpu-bundle: {Path.GetRelativePath(layout.Root, part)}, {new FileInfo(part).Length / 1e6:0.0} MB");
        Console.WriteLine($"gpu-bundle: on the machine with the GPU run {Path.GetRelativePath(layout.Root, script)}");
    }

    private string StageProgram()
    {
        string root = Path.Combine(stage, "program");
        // Artifacts of its own, so that the ordinary build's restore stays as it is.
        Shell.Require("dotnet", ["publish", layout.At("src", "FaceSwap.Cli"), "-c", "Release", "-r", "linux-x64", "--self-contained", "true", "--nologo", "-v", "quiet",
            "--artifacts-path", Path.Combine(stage, "artifacts"), "-o", Path.Combine(root, "app")], layout.Root);
        foreach (string symbols in Directory.GetFiles(Path.Combine(root, "app"), "*.pdb"))
            File.Delete(symbols);
        CopyFolder(layout.At("tests", "golden"), Path.Combine(root, "golden"));
        foreach (string script in new[] { "gpu_proof.py", "reference_torch.py" })
            File.Copy(layout.At("benchmarks", script), Path.Combine(root, script));
        return root;
    }

    // As many folders as needed, the largest libraries first.
    private List<string> StageLibraries()
    {
        string[] ours = ["libfaceswap_shim.so", "libfaceswap_images.so"];
        IEnumerable<(string Name, string Path)> needed = ours.SelectMany(o => SharedLibraries.Closure(layout.At("out", "native", o), layout.Root))
            .Where(l => !ours.Contains(l.Name)).DistinctBy(l => l.Name);
        List<(string Root, long Size)> roots = [];
        foreach ((string name, string path) in needed.OrderByDescending(l => new FileInfo(l.Path).Length))
        {
            string real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            long size = new FileInfo(real).Length;
            int at = roots.FindIndex(r => r.Size + size <= PlainLimit);
            if (at < 0)
            {
                at = roots.Count;
                roots.Add((Path.Combine(stage, $"libraries-{at}"), 0));
            }
            roots[at] = (roots[at].Root, roots[at].Size + size);
            string target = Path.Combine(roots[at].Root, CompilerRuntime.Contains(name) ? "lib-base" : "lib");
            Directory.CreateDirectory(target);
            File.Copy(real, Path.Combine(target, name));
        }
        return [.. roots.Select(r => r.Root)];
    }

    private string Pack(string name, string root)
    {
        string part = Path.Combine(folder, name + ".tar.xz");
        Console.WriteLine($"gpu-bundle: packing {Path.GetFileName(part)}");
        Shell.Require("tar", ["--sort=name", "--owner=0", "--group=0", "--use-compress-program=xz -6 -T2", "-cf", part, "-C", root, "."], layout.Root);
        long size = new FileInfo(part).Length;
        return size <= PartLimit ? part : throw new BuildException($"{Path.GetFileName(part)} has {size} bytes, more than the {PartLimit} allowed for a part");
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string Checksum(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
