using System.Diagnostics;
using System.Globalization;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Networks;

/// <summary>dlib's own networks, run by the program that the shim's build makes for tests.</summary>
internal static class ReferenceNetworks
{
    /// <summary>Runs it; the test is skipped where it was not built.</summary>
    public static string Run(params string[] arguments)
    {
        string program = Repository.PathOf("out", "native", "fs_networks_reference");
        Skip.IfNot(File.Exists(program), $"{program} is not built; it comes with the shim");
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }

    /// <summary>A recognition network of random weights in dlib's format.</summary>
    public static string RandomRecognition(TempFolder folder)
    {
        string path = folder["random.dat"];
        Run("make", path, "7");
        return path;
    }

    /// <summary>dlib's 128 numbers for a chip.</summary>
    public static float[] Embed(string weights, string chip) =>
        [.. Run("embed", weights, chip).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => float.Parse(line, CultureInfo.InvariantCulture))];
}
