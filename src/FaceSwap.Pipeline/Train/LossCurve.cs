using System.Globalization;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>The losses of both identities over the iterations as a picture: each point thin, a moving mean thick.</summary>
internal static class LossCurve
{
    private const int Width = 960, Height = 540, Left = 80, Right = 30, Top = 40, Bottom = 60;

    private static readonly (int, int, int) Ink = (60, 60, 60), Grid = (225, 225, 225);
    private static readonly (int, int, int) DarkA = (180, 110, 20), PaleA = (235, 210, 175), DarkB = (30, 100, 220), PaleB = (180, 210, 245);

    /// <summary>Draws the curve.</summary>
    /// <param name="history">The losses.</param>
    /// <param name="title">Model and the like; ASCII.</param>
    public static Picture Draw(LossHistory history, string title)
    {
        Picture picture = new(Width, Height, 255);
        float[] a = [.. Enumerable.Range(0, history.Count).Select(i => history[i].A)], b = [.. Enumerable.Range(0, history.Count).Select(i => history[i].B)];
        float[] smoothA = Smooth(a), smoothB = Smooth(b);
        double top = NiceCeiling(smoothA.Concat(smoothB).DefaultIfEmpty(0.1f).Max()), last = Math.Max(1, history.Count * history.Stride);
        Axes(picture, last, top);
        Curve(picture, a, history.Stride, last, top, PaleA, 1);
        Curve(picture, b, history.Stride, last, top, PaleB, 1);
        Curve(picture, smoothA, history.Stride, last, top, DarkA, 2);
        Curve(picture, smoothB, history.Stride, last, top, DarkB, 2);
        picture.Text(title, Left, Top - 14, 0.55, Ink);
        Legend(picture, "A", history.RecentA, DarkA, 0);
        Legend(picture, "B", history.RecentB, DarkB, 1);
        return picture;
    }

    // The mean of a fiftieth of the points about each.
    private static float[] Smooth(float[] values)
    {
        int half = values.Length / 100;
        float[] smooth = new float[values.Length];
        double sum = 0;
        int from = 0, to = 0;
        for (int i = 0; i < values.Length; i++)
        {
            for (; to < Math.Min(values.Length, i + half + 1); to++)
                sum += values[to];
            for (; from < i - half; from++)
                sum -= values[from];
            smooth[i] = (float)(sum / (to - from));
        }
        return smooth;
    }

    private static void Curve(Picture picture, float[] values, long stride, double last, double top, (int, int, int) color, int thickness)
    {
        for (int i = 1; i < values.Length; i++)
        {
            picture.Line(X((i - 0.5) * stride, last), Y(Math.Min(values[i - 1], top), top), X((i + 0.5) * stride, last), Y(Math.Min(values[i], top), top),
                color, thickness);
        }
    }

    private static void Axes(Picture picture, double last, double top)
    {
        double stepX = NiceStep(last / 8), stepY = NiceStep(top / 6);
        for (double x = 0; x <= last * 1.0001; x += stepX)
        {
            picture.Line(X(x, last), Y(0, top), X(x, last), Y(top, top), Grid);
            picture.Text(x.ToString("0", CultureInfo.InvariantCulture), X(x, last), Height - Bottom + 20, 0.42, Ink, 0.5);
        }
        for (double y = 0; y <= top * 1.0001; y += stepY)
        {
            picture.Line(X(0, last), Y(y, top), X(last, last), Y(y, top), Grid);
            picture.Text(y.ToString("0.0###", CultureInfo.InvariantCulture), Left - 8, Y(y, top) + 5, 0.42, Ink, 1);
        }
        picture.Line(X(0, last), Y(0, top), X(last, last), Y(0, top), Ink);
        picture.Line(X(0, last), Y(0, top), X(0, last), Y(top, top), Ink);
        picture.Text("iteration", (Left + Width - Right) / 2, Height - 14, 0.45, Ink, 0.5);
        picture.Text("loss", 12, Top - 14, 0.45, Ink);
    }

    private static void Legend(Picture picture, string identity, double recent, (int, int, int) color, int place)
    {
        int x = Width - Right - 330 + (place * 170);
        picture.Line(x, Top - 18, x + 24, Top - 18, color, 2);
        picture.Text(string.Create(CultureInfo.InvariantCulture, $"{identity}  {recent:F4}"), x + 32, Top - 14, 0.5, Ink);
    }

    private static double X(double iteration, double last) => Left + (iteration / last * (Width - Left - Right));

    private static double Y(double loss, double top) => Height - Bottom - (loss / top * (Height - Top - Bottom));

    private static double NiceStep(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough))), part = rough / power;
        return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    }

    private static double NiceCeiling(double value)
    {
        double step = NiceStep(Math.Max(value, 1e-6) / 6);
        return Math.Ceiling(value / step) * step;
    }
}
