namespace FaceSwap.Vision;

/// <summary>How the Adjust converter puts faces back; the defaults are the classic ones.</summary>
public sealed record AdjustOptions
{
    /// <summary>Fades the new face into the old one along the square's edge.</summary>
    public bool SmoothMask { get; init; } = true;

    /// <summary>Shifts the mean of each channel to the old face's.</summary>
    public bool AverageColor { get; init; } = true;

    /// <summary>Side of the network's input and output.</summary>
    public int Side { get; init; } = 64;
}
