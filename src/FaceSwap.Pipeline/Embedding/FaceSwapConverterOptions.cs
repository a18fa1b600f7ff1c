using FaceSwap.Compute;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Pipeline.Embedding;

/// <summary>What a <see cref="FaceSwapConverter"/> puts in, and how.</summary>
public sealed record FaceSwapConverterOptions
{
    /// <summary>The standard <see cref="DetectEvery"/>.</summary>
    public const int StandardDetectEvery = TrackedFinder.DefaultStretch;

    /// <summary>Folder of the trained model.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>Model expected there; null: whichever it is.</summary>
    public string? Trainer { get; init; }

    /// <summary>Put A's face in instead of B's.</summary>
    public bool SwapModel { get; init; }

    /// <summary>Arithmetic; null: what the device prefers (<see cref="IBackend.ChoosePrecision"/>), on the processor the faster one, measured once.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Faces a network batch; 0: as many as the device gains from.</summary>
    public int BatchSize { get; init; }

    /// <summary>How the new faces are put back.</summary>
    public BlendOptions Blend { get; init; } = new();

    /// <summary>Finds faces: <c>hog</c>, <c>cnn</c> or <c>all</c>; see <see cref="Faces.FaceDetectors"/>.</summary>
    public string Detector { get; init; } = "hog";

    /// <summary>Folder of weight files, searched before the user's data folder; null: that alone.</summary>
    public string? ModelsDirectory { get; init; }

    /// <summary>Every how many frames a frame is searched wholly for faces; between, they are followed. As many frames wait for each other, so 1 answers soonest.</summary>
    public int DetectEvery { get; init; } = StandardDetectEvery;

    /// <summary>Hold faces still where their landmarks shake.</summary>
    public bool Steady { get; init; } = true;

    /// <summary>How strong, 0.1..10.</summary>
    public double SteadyStrength { get; init; } = 1;

    /// <summary>How long frames wait for a batch to fill, once no more come. Infinite: batches do not depend on time, so the same frames give the same result to the
    /// bit, but a source that pauses keeps up to a batch of frames waiting.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Frames that answer soonest, for live sources: every frame is searched, and no frame waits for another.</summary>
    public FaceSwapConverterOptions LowLatency() => this with { DetectEvery = 1, BatchSize = 1, Patience = TimeSpan.FromMilliseconds(1) };
}
