namespace FaceSwap.Core.Frames;

/// <summary>Between B, G, R in 0..1 (sRGB) and CIE L*a*b* with the white of D65, by IEC 61966-2-1 and CIE 15; L in 0..100.</summary>
public static class LabColor
{
    private const float WhiteX = 0.950456f, WhiteZ = 1.088754f;
    private const float Linear = 0.008856f, Slope = 7.787f, Offset = 16f / 116f;

    // The curves as tables that are interpolated. Where a curve is steep near black it is a straight line, which is computed; beyond, the tables' steps are so
    // small that they are exact to 1e-5.
    private const int Steps = 8192;
    private const float Dark = 0.0031308f, DarkSlope = 12.92f;
    private const float Brightest = 1.25f; // X, Y and Z relative to white hardly pass 1
    private static readonly float[] ToLinear = Table(static v => v <= 0.04045 ? v / DarkSlope : Math.Pow((v + 0.055) / 1.055, 2.4));
    private static readonly float[] FromLinear = Table(static v => (1.055 * Math.Pow(v, 1 / 2.4)) - 0.055);
    private static readonly float[] Roots = Table(static v => Math.Cbrt(v * Brightest));

    /// <summary>Numbers of one curve in <see cref="Tables"/>.</summary>
    public const int TableLength = Steps + 2;

    /// <summary>The curves that <see cref="FromBgr"/> and <see cref="ToBgr"/> interpolate, for those who do the same elsewhere: sRGB to linear, linear to sRGB, and the
    /// cube root of 1.25 times the place; values at i/8192.</summary>
    public static float[] Tables() => [.. ToLinear, .. FromLinear, .. Roots];

    /// <summary>L*, a*, b* of a color.</summary>
    public static (float L, float A, float B) FromBgr(float blue, float green, float red)
    {
        float b = Curve(ToLinear, blue), g = Curve(ToLinear, green), r = Curve(ToLinear, red);
        float x = ((0.412453f * r) + (0.357580f * g) + (0.180423f * b)) / WhiteX;
        float y = (0.212671f * r) + (0.715160f * g) + (0.072169f * b);
        float z = ((0.019334f * r) + (0.119193f * g) + (0.950227f * b)) / WhiteZ;
        float fx = Root(x), fy = Root(y), fz = Root(z);
        return ((116 * fy) - 16, 500 * (fx - fy), 200 * (fy - fz));
    }

    /// <summary>The color of L*, a*, b*, clipped to what sRGB has.</summary>
    public static (float Blue, float Green, float Red) ToBgr(float l, float a, float bb)
    {
        float fy = (l + 16) / 116, fx = fy + (a / 500), fz = fy - (bb / 200);
        float x = Cube(fx) * WhiteX, y = Cube(fy), z = Cube(fz) * WhiteZ;
        float r = (3.240479f * x) - (1.537150f * y) - (0.498535f * z);
        float g = (-0.969256f * x) + (1.875991f * y) + (0.041556f * z);
        float b = (0.055648f * x) - (0.204043f * y) + (1.057311f * z);
        return (Encode(b), Encode(g), Encode(r));
    }

    private static float Encode(float linear) => linear > Dark ? Curve(FromLinear, linear) : linear > 0 ? linear * DarkSlope : 0;

    private static float Root(float t) => t > Linear ? Curve(Roots, t * (1 / Brightest)) : (Slope * t) + Offset;

    private static float Cube(float f) => f > 0.206893f ? f * f * f : (f - Offset) / Slope;

    private static float Curve(float[] table, float value)
    {
        // Written so that a NaN counts as 0.
        float at = (value > 0 ? Math.Min(value, 1) : 0) * Steps;
        int i = (int)at;
        return table[i] + ((at - i) * (table[i + 1] - table[i]));
    }

    private static float[] Table(Func<double, double> curve)
    {
        float[] table = new float[TableLength];
        for (int i = 0; i < table.Length; i++)
            table[i] = (float)curve(Math.Min(i, Steps) / (double)Steps);
        return table;
    }
}
