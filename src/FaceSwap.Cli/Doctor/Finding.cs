namespace FaceSwap.Cli.Doctor;

/// <summary>Whether a part is there.</summary>
internal enum FindingState
{
    Present,

    /// <summary>Absent, and something is slower or unavailable without it.</summary>
    Optional,

    /// <summary>Absent, and a main job cannot run without it.</summary>
    Missing,
}

/// <summary>A native part: what it is for, and what its absence costs.</summary>
internal sealed record Finding(string Name, string Version, string Purpose, string Cost, FindingState State);
