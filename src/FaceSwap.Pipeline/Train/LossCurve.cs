using System.Globalization;
using FaceSwap.Core.Frames;
using FaceSwap.Media.Drawing;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>The losses of both identities over the iterations as a picture: each point pale, a moving mean dark.</summary>
internal static class LossCurve
{
    private const int Width = 960, Height = 540;

    private static readonly Ink DarkA = new(20, 100, 190), PaleA = new(175, 210, 240), DarkB = new(215, 95, 20), PaleB = new(250, 215, 185);

    /// <summary>Draws the curve.</summary>
    /// <returns>A BGR frame, owned by the caller.</returns>
    public static PooledFrame Draw(LossHistory history, string model)
    {
        double[] a = [.. Enumerable.Range(0, history.Count).Select(i => (double)history[i].A)];
        double[] b = [.. Enumerable.Range(0, history.Count).Select(i => (double)history[i].B)];
        return LineChart.Draw($"{model}: mean absolute error over {history.Iterations} iterations",
        [
            // The pale curves have no name of their own in the legend.
            new ChartSeries("", PaleA, Points(a, history.Stride)), new ChartSeries("", PaleB, Points(b, history.Stride)),
            new ChartSeries(Name("A", history.RecentA), DarkA, Points(Smooth(a), history.Stride)),
            new ChartSeries(Name("B", history.RecentB), DarkB, Points(Smooth(b), history.Stride)),
        ], Width, Height);
    }

    private static string Name(string identity, double recent) => string.Create(CultureInfo.InvariantCulture, $"{identity} {recent:F4}");

    // A point stands in the middle of the iterations that it covers.
    private static (double X, double Y)[] Points(double[] values, long stride) => [.. values.Select((value, i) => ((i + 0.5) * stride, value))];

    // The mean of the twenty-fifth part of the points about each.
    private static double[] Smooth(double[] values)
    {
        int half = Math.Max(3, values.Length / 50), from = 0, to = 0;
        double[] smooth = new double[values.Length];
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            for (; to < Math.Min(values.Length, i + half + 1); to++)
                sum += values[to];
            for (; from < i - half; from++)
                sum -= values[from];
            smooth[i] = sum / (to - from);
        }
        return smooth;
    }
}
