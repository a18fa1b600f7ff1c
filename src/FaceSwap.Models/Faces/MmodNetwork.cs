using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Models;

/// <summary>A face that the network found; the box's outermost pixels, which may lie outside the frame.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Last column.</param>
/// <param name="Bottom">Last row.</param>
/// <param name="Confidence">The score: above 0, mostly about 1.</param>
public readonly record struct MmodDetection(int Left, int Top, int Right, int Bottom, double Confidence)
{
    internal double Area => Right < Left || Bottom < Top ? 0 : ((double)Right - Left + 1) * ((double)Bottom - Top + 1);
}

/// <summary>
/// dlib's max-margin face detector on a backend: frame → tiled pyramid → scores → boxes → non-maximum suppression (<c>loss_mmod_::to_label</c>). Plans are kept
/// for the last few sizes of frames. May be used from several threads: where the backend's memory is not the host's, each lays its frame out beside the
/// others, and they take turns at the backend only.
/// </summary>
public sealed class MmodNetwork : IDisposable
{
    private const int MostPlans = 3;

    // A score's place in the tiled image: three convolutions of stride 2 whose kernels start 2 before their center.
    private const int ScoreStep = 8, ScoreStart = 14;

    // The least side of a tiled image that gives a score.
    private const int LeastSide = 29;

    private readonly IBackend backend;
    private readonly MmodWeights weights;
    private readonly List<MmodPlan> plans = []; // the last used first
    private readonly Lock turn;

    /// <summary>Makes a network without memory: that comes with the first frame.</summary>
    /// <param name="backend">Where it runs; must outlive the network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="turn">Held while the backend is used; null: nobody else uses it.</param>
    public MmodNetwork(IBackend backend, MmodWeights weights, Lock? turn = null)
    {
        (this.backend, this.weights, this.turn) = (backend, weights, turn ?? new Lock());
    }

    /// <summary>Finds faces of about 80 pixels and more.</summary>
    /// <param name="frame">The frame, only read.</param>
    /// <param name="threshold">Scores above it count.</param>
    /// <returns>The faces, best first.</returns>
    /// <exception cref="UserErrorException">Not enough memory for a frame of this size.</exception>
    public MmodDetection[] Detect(Frame frame, double threshold = 0)
    {
        if (Math.Min(frame.Width, frame.Height) + (2 * weights.Padding.Around) < LeastSide)
            return [];
        MmodPlan plan;
        MmodInput input;
        lock (turn)
        {
            plan = Plan(frame.Width, frame.Height);
            input = plan.Take();
        }
        try
        {
            return Detect(frame, plan, input, threshold);
        }
        finally
        {
            lock (turn)
                plan.Return(input);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MmodPlan plan in plans)
            plan.Dispose();
        plans.Clear();
    }

    private MmodDetection[] Detect(Frame frame, MmodPlan plan, MmodInput input, double threshold)
    {
        if (plan.PaintsInPlace)
        {
            lock (turn)
            {
                input.Paint(frame);
                plan.Run(input);
            }
        }
        else
        {
            input.Paint(frame);
            lock (turn)
                plan.Run(input);
        }
        ReadOnlySpan<float> scores = input.Scores;
        List<MmodDetection> candidates = [];
        for (int i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] > threshold))
                continue;
            (int left, int top, int right, int bottom) = plan.Tiles.ToImage((i % plan.ScoreWidth * ScoreStep) + ScoreStart,
                (i / plan.ScoreWidth * ScoreStep) + ScoreStart, weights.Window.Width, weights.Window.Height);
            candidates.Add(new MmodDetection(left, top, right, bottom, scores[i]));
        }
        candidates.Sort(static (a, b) => b.Confidence.CompareTo(a.Confidence));
        List<MmodDetection> faces = [];
        foreach (MmodDetection candidate in candidates)
        {
            if (!faces.Exists(face => Same(face, candidate)))
                faces.Add(candidate);
        }
        return [.. faces];
    }

    // The union is that of dlib: the smallest box around both.
    private bool Same(MmodDetection a, MmodDetection b)
    {
        double inner = new MmodDetection(Math.Max(a.Left, b.Left), Math.Max(a.Top, b.Top), Math.Min(a.Right, b.Right), Math.Min(a.Bottom, b.Bottom), 0).Area;
        double outer = new MmodDetection(Math.Min(a.Left, b.Left), Math.Min(a.Top, b.Top), Math.Max(a.Right, b.Right), Math.Max(a.Bottom, b.Bottom), 0).Area;
        return inner > 0 && (inner / outer > weights.OverlapLimit || inner / a.Area > weights.CoverLimit || inner / b.Area > weights.CoverLimit);
    }

    private MmodPlan Plan(int width, int height)
    {
        int index = plans.FindIndex(p => p.Width == width && p.Height == height);
        if (index < 0)
        {
            // Room first: a plan for a large frame takes hundreds of megabytes. What other threads are at stays.
            int idle = plans.Count < MostPlans ? -1 : plans.FindLastIndex(static p => !p.IsBusy);
            if (idle >= 0)
            {
                plans[idle].Dispose();
                plans.RemoveAt(idle);
            }
            plans.Insert(0, new MmodPlan(backend, weights, width, height));
            return plans[0];
        }
        MmodPlan plan = plans[index];
        plans.RemoveAt(index);
        plans.Insert(0, plan);
        return plan;
    }
}
