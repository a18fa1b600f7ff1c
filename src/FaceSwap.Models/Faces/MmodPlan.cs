using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>The detector network prepared for frames of one size: pyramid, operations, memory. Who uses the backend calls it, one at a time.</summary>
internal sealed class MmodPlan : IDisposable
{
    private readonly IBackend backend;
    private readonly PlanResources resources = new();
    private readonly ConvStep[] steps;
    private readonly DeviceSpan<byte>[] places; // the input, then every step's result
    private readonly DeviceSpan<byte> workspace;
    private readonly (float, float, float) mean;
    private readonly IRecording pass;
    private readonly Stack<MmodInput> idle = new();
    private int busy; // inputs taken

    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public MmodPlan(IBackend backend, MmodWeights weights, int width, int height)
    {
        (this.backend, Width, Height) = (backend, width, height);
        Tiles = new PyramidTiles(width, height, weights.Padding.Between, weights.Padding.Around);
        mean = weights.Mean;
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

    /// <summary>Whether inputs are painted right into the plan's memory: only by who uses the backend.</summary>
    public bool PaintsInPlace => places[0].Buffer.IsHostMemory;

    /// <summary>Whether an input is in somebody's hands.</summary>
    public bool IsBusy => busy > 0;

    /// <summary>Gives a thread an input, to be painted and run as often as it likes, and given back.</summary>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public MmodInput Take()
    {
        if (!idle.TryPop(out MmodInput? input))
        {
            StagingBuffer? staging = PaintsInPlace ? null : backend.CreateStaging(places[0].Length, "the face detector's input");
            staging?.Part(0, (int)places[0].Length).Clear(); // between the levels it stays zero
            input = new MmodInput(new PyramidPainter(Tiles, mean), staging, staging?.Address ?? places[0].Address, ScoreWidth * ScoreHeight);
        }
        busy++;
        return input;
    }

    /// <summary>Takes an input back.</summary>
    public void Return(MmodInput input)
    {
        busy--;
        idle.Push(input);
    }

    /// <summary>Computes the scores of an input's frame.</summary>
    public void Run(MmodInput input)
    {
        input.Staging?.Upload(places[0]);
        pass.Run();
        backend.Download(places[^1].As<float>(), input.Scores);
    }

    public void Dispose()
    {
        while (idle.TryPop(out MmodInput? input))
            input.Dispose();
        resources.Dispose();
    }
}
