namespace FaceSwap.Build;

/// <summary>Builds the solution in Release and leaves the runnable command in <c>out/faceswap</c>.</summary>
public sealed class ManagedBuild(Layout layout)
{
    /// <summary>Builds and publishes.</summary>
    public void Build()
    {
        Shell.Require("dotnet", ["build", layout.Solution, "-c", "Release", "--nologo", "-v", "minimal", "-clp:Summary;NoItemAndPropertyList"], layout.Root);
        Shell.Require("dotnet", ["publish", layout.At("src", "FaceSwap.Cli"), "-c", "Release", "--no-build", "--nologo", "-v", "quiet", "-o", layout.Bin],
            layout.Root);
        Expose();
        Console.WriteLine($"build: {Path.GetRelativePath(layout.Root, layout.Command)} is ready");
    }

    private void Expose()
    {
        if (OperatingSystem.IsWindows())
        {
            File.WriteAllText(layout.Command, "@\"%~dp0bin\\faceswap.exe\" %*\r\n");
            return;
        }
        File.Delete(layout.Command); // a link would be written through
        File.Copy(layout.At("src", "FaceSwap.Cli", "faceswap.sh"), layout.Command);
        File.SetUnixFileMode(layout.Command, File.GetUnixFileMode(layout.Command) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
