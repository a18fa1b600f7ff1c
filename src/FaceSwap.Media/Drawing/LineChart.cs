using System.Globalization;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Media.Drawing;

/// <summary>One curve of a chart.</summary>
/// <param name="Name">Shown in the legend.</param>
/// <param name="Ink">Its color.</param>
/// <param name="Points">x ascending; points that are not finite are left out.</param>
public sealed record ChartSeries(string Name, Ink Ink, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Curves over one axis, for example the losses of a training.</summary>
public static class LineChart
{
    private const int Left = 64, Right = 16, Top = 34, Bottom = 34;

    /// <summary>Draws a chart.</summary>
    /// <param name="title">A line above.</param>
    /// <param name="series">The curves; with no finite point the chart is empty.</param>
    /// <param name="width">Width in pixels, at least 200.</param>
    /// <param name="height">Height in pixels, at least 120.</param>
    /// <returns>A BGR frame, owned by the caller.</returns>
    public static PooledFrame Draw(string title, IReadOnlyList<ChartSeries> series, int width = 900, int height = 420)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 200);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 120);
        Canvas canvas = new(width, height, Ink.White); // not disposed: its frame is the result
        RectI plot = new(Left, Top, width - Left - Right, height - Top - Bottom);
        canvas.Text(title, Left, 20, Ink.Black, 0.5);
        (double X, double Y)[] all = [.. series.SelectMany(static s => s.Points).Where(IsFinite)];
        if (all.Length > 0)
            DrawCurves(canvas, plot, series, all);
        canvas.Border(plot, new Ink(120, 120, 120));
        int x = width - Right;
        foreach (ChartSeries s in series.Reverse())
        {
            x -= Canvas.Measure(s.Name, 0.45).Width;
            canvas.Text(s.Name, x, 20, s.Ink, 0.45);
            x -= 18;
        }
        return canvas.Frame;
    }

    private static void DrawCurves(Canvas canvas, RectI plot, IReadOnlyList<ChartSeries> series, (double X, double Y)[] all)
    {
        (double left, double right) = Widen(all.Min(static p => p.X), all.Max(static p => p.X));
        double least = all.Min(static p => p.Y), most = all.Max(static p => p.Y);
        // A curve of positive values that stays near zero is read from zero.
        (double low, double high) = Widen(least > 0 && least < 0.5 * most ? 0 : least, most);
        foreach (double tick in Ticks(low, high))
        {
            int y = plot.Bottom - 1 - (int)((tick - low) / (high - low) * (plot.Height - 1));
            canvas.Fill(new RectI(plot.X, y, plot.Width, 1), new Ink(225, 225, 225));
            string text = Number(tick);
            canvas.Text(text, plot.X - 6 - Canvas.Measure(text, 0.4).Width, y + 4, Ink.Black, 0.4);
        }
        foreach (double tick in Ticks(left, right))
        {
            int x = plot.X + (int)((tick - left) / (right - left) * (plot.Width - 1));
            canvas.Fill(new RectI(x, plot.Y, 1, plot.Height), new Ink(225, 225, 225));
            string text = Number(tick);
            canvas.Text(text, x - (Canvas.Measure(text, 0.4).Width / 2), plot.Bottom + 16, Ink.Black, 0.4);
        }
        foreach (ChartSeries s in series)
        {
            (int X, int Y)? before = null;
            foreach ((double X, double Y) p in s.Points.Where(IsFinite))
            {
                (int X, int Y) at = (plot.X + (int)((p.X - left) / (right - left) * (plot.Width - 1)),
                    plot.Bottom - 1 - (int)((p.Y - low) / (high - low) * (plot.Height - 1)));
                (int X, int Y) from = before ?? at;
                if (before != at)
                    canvas.Line(from.X, from.Y, at.X, at.Y, s.Ink);
                before = at;
            }
        }
    }

    private static bool IsFinite((double X, double Y) p) => double.IsFinite(p.X) && double.IsFinite(p.Y);

    private static (double Low, double High) Widen(double low, double high) => high > low ? (low, high) : (low - 0.5, low + 0.5);

    // Multiples of 1, 2 or 5 times a power of ten, about six of them.
    private static IEnumerable<double> Ticks(double low, double high)
    {
        double raw = (high - low) / 6, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
        for (double tick = Math.Ceiling(low / step); tick <= high / step; tick++)
            yield return tick * step;
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
