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
