using FaceSwap.Models;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The models that <c>--trainer</c> takes.</summary>
internal static class Trainers
{
    public static string[] Names { get; } = [.. ModelZoo.All.Select(model => model.Name)];
}
