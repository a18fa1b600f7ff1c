using System.Reflection;

namespace FaceSwap.Architecture.Tests;

/// <summary>The table of projects and the direction of dependencies, as <c>docs/architecture.md</c> gives it.</summary>
internal static class ProjectTable
{
    /// <summary>Project → the projects of this repository that it may reference.</summary>
    public static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["FaceSwap.Core"] = [],
        ["FaceSwap.Interop"] = [],
        ["FaceSwap.Compute"] = ["FaceSwap.Core", "FaceSwap.Interop"],
        ["FaceSwap.Models"] = ["FaceSwap.Core", "FaceSwap.Compute"],
        ["FaceSwap.Media"] = ["FaceSwap.Core", "FaceSwap.Interop"],
        ["FaceSwap.Vision"] = ["FaceSwap.Core", "FaceSwap.Interop"],
        ["FaceSwap.Pipeline"] =
            ["FaceSwap.Core", "FaceSwap.Interop", "FaceSwap.Compute", "FaceSwap.Models", "FaceSwap.Media", "FaceSwap.Vision"],
        ["FaceSwap.Cli"] = ["FaceSwap.Pipeline"],
    };

    /// <summary>All managed projects of <c>src</c>.</summary>
    public static TheoryData<string> Projects => new(MayReference.Keys);

    /// <summary>The assembly a project builds.</summary>
    public static Assembly Load(string project) => Assembly.Load(project == "FaceSwap.Cli" ? "faceswap" : project);
}
