namespace FaceSwap.Build.Fresh;

/// <summary>A system that <c>fresh</c> makes.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Suite">The distribution's code name of it.</param>
/// <param name="Runtime">What the .NET SDK's own instructions ask for on it.</param>
public sealed record FreshSystem(string Name, string Title, string Suite, IReadOnlyList<string> Runtime)
{
    /// <summary>All of them; the first is what is made when none is named.</summary>
    public static IReadOnlyList<FreshSystem> All { get; } =
    [
        new("debian12", "Debian 12", "bookworm", ["libicu72", "libssl3"]),
        new("debian13", "Debian 13", "trixie", ["libicu76", "libssl3t64"]),
    ];

    /// <summary>What every machine that people rent or install has beside the smallest base, and what the SDK needs everywhere.</summary>
    public IEnumerable<string> Packages => ["ca-certificates", "tzdata", "libgcc-s1", "libstdc++6", "zlib1g", .. Runtime];
}
