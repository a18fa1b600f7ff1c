using System.Text.Json.Nodes;

namespace FaceSwap.Build;

/// <summary>The programs that <c>bench</c> compares, each of which prints JSON.</summary>
internal sealed class Programs(Layout layout)
{
    // The interpreter that the packages python3-torch and python3-opencv are for.
    private const string Interpreter = "/usr/bin/python3";

    /// <summary><c>faceswap bench</c>.</summary>
    /// <exception cref="BuildException">It failed.</exception>
    public JsonNode Bench(params string[] arguments) => TryBench(arguments, out string error) ?? throw new BuildException($"faceswap bench {string.Join(' ', arguments)} failed: {error}");

    /// <summary><c>faceswap bench</c>; null when it failed.</summary>
    /// <param name="arguments">Its options.</param>
    /// <param name="error">What it wrote to standard error.</param>
    public JsonNode? TryBench(string[] arguments, out string error)
    {
        Console.WriteLine("bench: faceswap bench " + string.Join(' ', arguments));
        (int code, string output, error) = Shell.Capture(layout.Command, ["bench", .. arguments, "--json", "-"], layout.Root);
        error = error.Trim();
        return code == 0 ? JsonNode.Parse(output) : null;
    }

    /// <summary>A script in <c>benchmarks</c>.</summary>
    /// <exception cref="BuildException">It failed.</exception>
    public JsonNode Python(string script, params string[] arguments)
    {
        Console.WriteLine($"bench: {script} {string.Join(' ', arguments)}");
        (int code, string output, string error) = Shell.Capture(Interpreter, [layout.At("benchmarks", script), .. arguments], layout.Root);
        return code == 0 ? JsonNode.Parse(output)! : throw new BuildException($"{script} failed: {error.Trim().Split('\n')[^1]}");
    }
}
