using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The filter on faces whose true movement is known.</summary>
public sealed class SteadyFacesTests
{
    private const double Rate = 25, Size = 160;

    private readonly SteadyFaces steady = new(1);
    private readonly byte[] picture = new byte[FrameSketch.Length];
    private long frame;

    private static Point2[] Face(double x, double y, double size = Size, double angle = 0, Random? noise = null)
    {
        double cos = Math.Cos(angle) * size, sin = Math.Sin(angle) * size, shake = noise is null ? 0 : 1.5;
        double Shake() => shake * ((noise?.NextDouble() ?? 0) + (noise?.NextDouble() ?? 0) - 1);
        Point2[] points = new Point2[FaceRecord.LandmarkCount];
        for (int i = 0; i < points.Length; i++)
        {
            // The jaw, which has no part in the alignment, on an arc below.
            Point2 p = i < MeanFace.FirstLandmark ? new Point2(0.5 - (0.6 * Math.Cos(Math.PI * i / 16)), 0.2 + Math.Sin(Math.PI * i / 16)) : MeanFace.Points[i - MeanFace.FirstLandmark];
            (double u, double v) = (p.X - 0.5, p.Y - 0.5);
            points[i] = new Point2(x + (cos * u) - (sin * v) + Shake(), y + (sin * u) + (cos * v) + Shake());
        }
        return points;
    }

    private static (Point2 Center, double Size, double Angle) Pose(ReadOnlySpan<Point2> landmarks)
    {
        Affine back = FaceAlignment.Align(landmarks).Invert();
        return (back.Apply(new Point2(0.5, 0.5)), Math.Sqrt((back.A * back.A) + (back.D * back.D)), Math.Atan2(back.D, back.A));
    }

    private static double Distance(Point2 a, Point2 b) => Math.Sqrt(((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)));

    private Point2[] Next(params Point2[][] faces)
    {
        Point2[] all = [.. faces.SelectMany(f => f)];
        RectI[] rects = [.. faces.Select(f => new RectI((int)f[30].X - 80, (int)f[30].Y - 80, 160, 160))];
        steady.Apply(frame, frame / Rate, all, rects, picture);
        frame++;
        return all;
    }

    [Fact]
    public void A_face_at_rest_shakes_less_and_stays_where_it_is()
    {
        Random noise = new(1);
        double farthest = 0;
        for (int i = 0; i < 250; i++)
            farthest = Math.Max(farthest, Distance(Pose(Next(Face(400, 300, noise: noise))).Center, new Point2(400, 300)));
        Assert.Equal(248, steady.Samples);
        Assert.InRange(steady.JitterBefore, 0.2, 2);
        Assert.InRange(steady.JitterAfter, 0, steady.JitterBefore / 2);
        Assert.InRange(farthest, 0, 0.5);
    }

    // The bounds of the filter's documentation: 2.2 % of the size while the speed is learnt, then 0.64 % and a tenth of it until it is known wholly.
    [Theory]
    [InlineData(40)]
    [InlineData(250)]
    [InlineData(1000)]
    public void A_moving_face_is_followed(double pixelsASecond)
    {
        for (int i = 0; i < 10; i++)
            Next(Face(100, 300));
        double step = pixelsASecond / Rate;
        for (int i = 1; i <= 20; i++)
        {
            double lag = Distance(Pose(Next(Face(100 + (i * step), 300))).Center, new Point2(100 + (i * step), 300));
            Assert.InRange(lag, 0, (i < 12 ? 0.022 : 0.0072) * Size);
        }
    }

    [Fact]
    public void A_fast_turn_of_the_head_is_followed_in_angle_and_size()
    {
        for (int i = 0; i < 10; i++)
            Next(Face(400, 300));
        for (int i = 1; i <= 15; i++)
        {
            // To and fro by 30° in 0.6 s, nearer by a fifth.
            double angle = Math.PI / 6 * Math.Sin(Math.PI * i / 15), size = Size * (1 + (0.2 * i / 15));
            (_, double s, double a) = Pose(Next(Face(400, 300, size, angle)));
            Assert.InRange(Math.Abs(a - angle), 0, 0.035);
            Assert.InRange(Math.Abs(s - size) / size, 0, 0.02);
        }
    }

    [Fact]
    public void An_angle_across_half_a_turn_is_no_jump()
    {
        for (int i = 0; i < 20; i++)
        {
            double angle = Math.PI - 0.1 + (i * 0.01);
            (_, _, double a) = Pose(Next(Face(400, 300, Size, angle)));
            Assert.InRange(Math.Abs(Math.IEEERemainder(a - angle, Math.Tau)), 0, 0.02);
        }
    }

    [Fact]
    public void Landmarks_move_rigidly()
    {
        Random noise = new(2);
        Next(Face(400, 300));
        for (int i = 0; i < 5; i++)
        {
            Point2[] found = Face(402, 300, noise: noise), held = Next(found);
            double scale = Distance(held[36], held[45]) / Distance(found[36], found[45]);
            Assert.NotEqual(found[0], held[0]);
            Assert.Equal(scale, Distance(held[0], held[8]) / Distance(found[0], found[8]), 9);
            Assert.InRange(scale, 0.98, 1.02);
        }
    }

    [Fact]
    public void Each_of_several_faces_is_followed_whatever_their_order()
    {
        Random noise = new(3);
        for (int i = 0; i < 60; i++)
        {
            Point2[] left = Face(200, 300, noise: noise), right = Face(600, 300, noise: noise);
            Point2[] held = i % 2 == 0 ? Next(left, right) : Next(right, left);
            Assert.InRange(Pose(held.AsSpan(0, 68)).Center.X, i % 2 == 0 ? 199 : 599, i % 2 == 0 ? 201 : 601);
        }
        Assert.Equal((2, 116), (steady.Tracks, steady.Samples));
        Assert.True(steady.JitterAfter < steady.JitterBefore / 2);
    }

    [Theory]
    [InlineData("jump")]
    [InlineData("cut")]
    [InlineData("gap")]
    [InlineData("growth")]
    public void A_face_begins_anew(string why)
    {
        for (int i = 0; i < 10; i++)
            Next(Face(400, 300));
        if (why == "cut")
            Array.Fill(picture, (byte)90);
        if (why == "gap")
            frame += 10;
        Point2[] found = why switch
        {
            "jump" => Face(520, 300),
            "growth" => Face(400, 300, 1.6 * Size),
            _ => Face(410, 300),
        };
        Assert.Equal(found, Next(found));
    }

    [Fact]
    public void A_short_gap_is_no_beginning()
    {
        for (int i = 0; i < 10; i++)
            Next(Face(400, 300));
        frame += 2;
        Point2[] found = Face(402, 300);
        Assert.NotEqual(found, Next(found));
        Assert.Equal(8, steady.Samples);
    }

    [Fact]
    public void More_strength_holds_more()
    {
        double After(double strength)
        {
            SteadyFaces filter = new(strength);
            Random noise = new(4);
            for (int i = 0; i < 100; i++)
                filter.Apply(i, i / Rate, Face(400, 300, noise: noise), [new RectI(300, 200, 160, 160)], picture);
            return filter.JitterAfter;
        }
        Assert.True(After(4) < 0.7 * After(1));
        Assert.True(After(0.25) > 1.3 * After(1));
    }
}
