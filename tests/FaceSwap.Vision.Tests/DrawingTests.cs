using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media.Drawing;

namespace FaceSwap.Vision.Tests;

public sealed class DrawingTests
{
    private static (byte B, byte G, byte R) At(Frame frame, int x, int y)
    {
        Span<byte> p = frame.Plane(0).RowSpan(y)[(3 * x)..];
        return (p[0], p[1], p[2]);
    }

    [Fact]
    public void FillsLinesAndTextLandWhereTheyShould()
    {
        using Canvas canvas = new(101, 51, Ink.White);
        canvas.Fill(new RectI(-5, 10, 10, 10), new Ink(10, 20, 30));
        Assert.Equal((30, 20, 10), At(canvas.Frame, 4, 15));
        Assert.Equal((255, 255, 255), At(canvas.Frame, 5, 15));
        canvas.Line(0, 40, 500, 40, Ink.Black);
        Assert.True(At(canvas.Frame, 100, 40).G < 64 && At(canvas.Frame, 100, 44).G == 255);
        (int width, int ascent, _) = Canvas.Measure("loss 0.02");
        Assert.InRange(width, 40, 120);
        canvas.Text("loss 0.02 äß", 10, 30, Ink.Black);
        bool ink = false;
        for (int y = 30 - ascent; y <= 30; y++)
        {
            for (int x = 10; x < 100; x++)
                ink |= At(canvas.Frame, x, y).G < 100;
        }
        Assert.True(ink);
    }

    [Fact]
    public void ImagesAreScaledAndClipped()
    {
        using Canvas canvas = new(60, 40, Ink.Black);
        using Canvas small = new(7, 5, new Ink(200, 100, 50));
        canvas.DrawImage(small.Frame, new RectI(40, 30, 50, 30));
        Assert.Equal((0, 0, 0), At(canvas.Frame, 39, 35));
        Assert.Equal((50, 100, 200), At(canvas.Frame, 59, 39));
        using PooledFrame gray = FramePool.Shared.Rent(7, 5, PixelFormat.Gray8);
        Assert.Throws<ArgumentException>(() => canvas.DrawImage(gray, new RectI(0, 0, 5, 5)));
        canvas.DrawImage(canvas.Frame, new RectI(500, 500, 5, 5));
        using Canvas wide = new(100, 10, Ink.White);
        canvas.DrawImageFitted(wide.Frame, new RectI(0, 0, 20, 20));
        Assert.Equal((255, 255, 255), At(canvas.Frame, 10, 10));
        Assert.Equal((0, 0, 0), At(canvas.Frame, 10, 5));
    }

    [Fact]
    public void SheetsAndChartsHaveTheirParts()
    {
        using PooledFrame white = new Canvas(20, 20, Ink.White).Frame;
        SheetCell[] cells = [.. Enumerable.Range(0, 5).Select(i => new SheetCell(white, $"frame {i}"))];
        using PooledFrame sheet = ContactSheet.Compose(cells, 3, 40, 30, "A to B");
        Assert.Equal((4 + (3 * 44), 24 + 4 + (2 * 50)), (sheet.Width, sheet.Height));
        Assert.Equal((255, 255, 255), At(sheet, 4 + 20, 28 + 15));
        Assert.NotEqual((255, 255, 255), At(sheet, 4 + 88 + 20, 28 + 50 + 15));
        Ink blue = new(0, 0, 255);
        using PooledFrame chart = LineChart.Draw("loss", [new ChartSeries("A", blue, [(0, 0.1), (100, 0.05), (200, double.NaN), (300, 0.02)])], 300, 150);
        int drawn = 0;
        for (int y = 34; y < 116; y++)
        {
            for (int x = 64; x < 284; x++)
                drawn += At(chart, x, y) is { B: > 200, R: < 120 } ? 1 : 0;
        }
        Assert.InRange(drawn, 100, 2000);
        LineChart.Draw("empty", [], 300, 150).Dispose();
    }
}
