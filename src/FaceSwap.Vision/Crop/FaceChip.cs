using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// The upright square that dlib's networks see of a face (<c>get_face_chip_details</c> and <c>extract_image_chips</c>): a similarity carries the mean face to
/// the landmarks; where the face is large, the frame is first halved by a 5×5 Gaussian as often as it takes, then read bilinearly. What lies outside the frame is black.
/// </summary>
public static unsafe class FaceChip
{
    /// <summary>Room around the face, in parts of its size, that the recognition network was trained with.</summary>
    public const double RecognitionPadding = 0.25;

    private const int LandmarkCount = 68, FirstMeanPoint = 17, LeastSide = 8;

    // The corners of the eyes and the nose of dlib's model of 5 points, in unit coordinates.
    private static readonly Point2[] FivePoints =
    [
        new(0.8595674595992, 0.2134981538014), new(0.6460604764104, 0.2289674387677), new(0.1205750620789, 0.2137274526848),
        new(0.3340850613712, 0.2290642403242), new(0.4901123135679, 0.6277975316475),
    ];

    /// <summary>Cuts a chip.</summary>
    /// <param name="frame">The frame, only read.</param>
    /// <param name="landmarks">68 landmarks, or dlib's 5.</param>
    /// <param name="side">Width and height in pixels.</param>
    /// <param name="padding">Room around the face in parts of its size.</param>
    /// <param name="rgb">(side, side, 3) R, G, B; overwritten.</param>
    /// <exception cref="ArgumentException">Another number of landmarks, or all in one place.</exception>
    public static void Extract(Frame frame, ReadOnlySpan<Point2> landmarks, int side, double padding, Span<byte> rgb)
    {
        if (rgb.Length != side * side * 3)
            throw new ArgumentException($"a chip of {side}×{side} pixels has {side * side * 3} samples, not {rgb.Length}", nameof(rgb));
        Affine place = Place(landmarks, side, padding);
        // dlib keeps a box of the chip's size about its center, and an angle: corner pixels come to lie on corners of a box one pixel smaller than the chip's extent.
        double scale = Math.Sqrt((place.A * place.A) + (place.D * place.D)), half = ((side * scale) - 1) / 2;
        Point2 center = place.Apply(new Point2(side / 2.0, side / 2.0));
        (double cos, double sin) = (place.A / scale, place.D / scale);

        int depth = 0;
        double extent = (2 * half) + 1;
        for (double smaller = Halved(extent); smaller * smaller > (double)side * side; smaller = Halved(smaller))
            depth++;
        // Each halving needs two pixels of border.
        double grow = 2;
        for (int i = 0; i < depth; i++)
            grow = (grow * 2) + 2;
        double reach = (half * (Math.Abs(cos) + Math.Abs(sin))) + grow;
        // Rounded as dlib does: the part's first pixel decides which pixels the halved image lies on.
        int left = Round(Math.Max(0, center.X - reach)), top = Round(Math.Max(0, center.Y - reach));
        int right = Round(Math.Min(frame.Width - 1, center.X + reach)), bottom = Round(Math.Min(frame.Height - 1, center.Y + reach));
        rgb.Clear();
        if (right < left || bottom < top)
            return;
        RgbImage image = RgbImage.Of(frame, new RectI(left, top, right - left + 1, bottom - top + 1));
        center = new Point2(center.X - left, center.Y - top);
        Point2 first = new(center.X - half, center.Y - half), last = new(center.X + half, center.Y + half);
        for (int i = 0; i < depth; i++)
        {
            if (image.Width <= LeastSide || image.Height <= LeastSide)
                return;
            (image, first, last) = (image.Half(), Down(first), Down(last));
        }
        center = new Point2((first.X + last.X) / 2, (first.Y + last.Y) / 2);
        half = (last.X - first.X) / 2;
        double step = 2 * half / (side - 1);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                double u = (x * step) - half, v = (y * step) - half;
                image.Sample(center.X + (cos * u) - (sin * v), center.Y + (sin * u) + (cos * v), rgb.Slice(((y * side) + x) * 3, 3));
            }
        }
    }

    private static Affine Place(ReadOnlySpan<Point2> landmarks, int side, double padding)
    {
        List<Point2> from = [], to = [];
        if (landmarks.Length == FivePoints.Length)
        {
            from.AddRange(FivePoints);
            to.AddRange(landmarks);
        }
        else if (landmarks.Length == LandmarkCount)
        {
            ReadOnlySpan<Point2> mean = MeanFace.Points;
            for (int i = FirstMeanPoint; i < LandmarkCount; i++)
            {
                // Brows and the lower lip move too much.
                if (i is <= 26 or (>= 55 and <= 59) or >= 65)
                    continue;
                from.Add(mean[i - FirstMeanPoint]);
                to.Add(landmarks[i]);
            }
        }
        else
        {
            throw new ArgumentException($"a face has {LandmarkCount} or {FivePoints.Length} landmarks, not {landmarks.Length}", nameof(landmarks));
        }
        double room = (2 * padding) + 1;
        Point2[] chip = [.. from.Select(p => new Point2((padding + p.X) / room * side, (padding + p.Y) / room * side))];
        return Similarity.Fit(chip, [.. to]);
    }

    // A face beside the frame gives any number.
    private static int Round(double value) => (int)Math.Floor(Math.Clamp(value, -1, int.MaxValue / 2) + 0.5);

    private static Point2 Down(Point2 p) => new((p.X / 2) - 1.25, (p.Y / 2) - 0.75);

    // A box of that many pixels, outermost to outermost, one level down.
    private static double Halved(double extent) => ((extent - 1) / 2) + 1;
}
