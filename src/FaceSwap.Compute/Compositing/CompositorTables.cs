namespace FaceSwap.Compute;

/// <summary>Numbers that compositors look up.</summary>
internal static class CompositorTables
{
    /// <summary>For each row of the elliptical element of size n (OpenCV's getStructuringElement, anchor n/2): how many columns it reaches to the left of the
    /// anchor, and how many to the right.</summary>
    public static (int Before, int After)[] Ellipse(int n)
    {
        (int, int)[] rows = new (int, int)[n];
        int radius = n / 2;
        double inverse = radius == 0 ? 0 : 1.0 / ((double)radius * radius);
        for (int i = 0; i < n; i++)
        {
            int away = i - radius;
            int half = (int)Math.Round(radius * Math.Sqrt(((radius * radius) - (away * away)) * inverse), MidpointRounding.ToEven);
            rows[i] = (half, Math.Min(half, n - 1 - radius));
        }
        return rows;
    }

    /// <summary>Taps of <see cref="Gauss"/> to each side: OpenCV's choice for σ = 3 on 8 bits.</summary>
    public const int GaussRadius = 9;

    /// <summary>Weights of the Gaussian of σ = 3 that sharpening subtracts.</summary>
    public static float[] Gauss()
    {
        float[] weights = [.. Enumerable.Range(-GaussRadius, (2 * GaussRadius) + 1).Select(static i => (float)Math.Exp(-i * i / 18.0))];
        float sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>Border of OpenCV's BORDER_REFLECT_101.</summary>
    public static int Mirror(int position, int size)
    {
        if (size == 1)
            return 0;
        while ((uint)position >= (uint)size)
            position = position < 0 ? -position : (2 * size) - 2 - position;
        return position;
    }
}
