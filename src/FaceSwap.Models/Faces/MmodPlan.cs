using FaceSwap.Compute;
using FaceSwap.Core.Frames;

namespace FaceSwap.Models;

/// <summary>The detector network prepared for frames of one size: pyramid, operations, memory.</summary>
internal sealed class MmodPlan : IDisposable
{
    private readonly IBackend backend;
    private readonly PlanResources resources = new();
    private readonly ConvStep[] steps;
    private readonly DeviceSpan<byte>[] places; // the input, then every step's result
    private readonly DeviceSpan<byte> workspace;
    private readonly StagingBuffer? staging; // where the backend's memory is not the host's
    private readonly PyramidPainter painter;
    private readonly IRecording pass;

    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public MmodPlan(IBackend backend, MmodWeights weights, int width, int height)
    {
        (this.backend, Width, Height) = (backend, width, height);
        Tiles = new PyramidTiles(width, height, weights.Padding.Between, weights.Padding.Around);
        painter = new PyramidPainter(Tiles, weights.Mean);
        try
        {
            (int h, int w) = (Tiles.Height, Tiles.Width);
            steps = new ConvStep[weights.Convs.Count];
            for (int i = 0; i < steps.Length; i++)
            {
                steps[i] = new ConvStep(backend, resources, weights.Convs[i], 1, h, w, relu: i < steps.Length - 1);
                (h, w) = (steps[i].Height, steps[i].Width);
            }
            (ScoreHeight, ScoreWidth) = (h, w);
            long largest = steps.Max(s => s.OutputCount) * sizeof(float);
            DeviceSpan<byte>[] turns = [.. Enumerable.Range(0, 2).Select(_ => resources.Allocate<byte>(backend, largest, "the face detector's activations"))];
            places = new DeviceSpan<byte>[steps.Length + 1];
            places[0] = resources.Allocate<byte>(backend, (long)Tiles.Height * Tiles.Width * 3 * sizeof(float), "the face detector's input");
            for (int i = 0; i < steps.Length; i++)
                places[i + 1] = turns[i % 2].Slice(0, steps[i].OutputCount * sizeof(float));
            workspace = resources.Allocate<byte>(backend, steps.Max(s => s.WorkspaceBytes), "the face detector's workspace");
            if (!places[0].Buffer.IsHostMemory)
            {
                staging = resources.Own(backend.CreateStaging(places[0].Length, "the face detector's input"));
                staging.Part(0, (int)places[0].Length).Clear(); // between the levels it stays zero
            }
            pass = resources.Own(backend.Record(() =>
            {
                for (int i = 0; i < steps.Length; i++)
                    steps[i].Forward(places[i], places[i + 1], workspace);
            }));
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    public int Width { get; }

    public int Height { get; }

    public PyramidTiles Tiles { get; }

    public int ScoreHeight { get; }

    public int ScoreWidth { get; }

    /// <summary>Computes the scores of a frame.</summary>
    /// <param name="frame">Of the plan's size.</param>
    /// <param name="scores">(ScoreHeight, ScoreWidth); overwritten.</param>
    public unsafe void Run(Frame frame, Span<float> scores)
    {
        painter.Paint(frame, (float*)(staging?.Address ?? places[0].Address));
        staging?.Upload(places[0]);
        pass.Run();
        backend.Download(places[^1].As<float>(), scores);
    }

    public void Dispose() => resources.Dispose();
}
