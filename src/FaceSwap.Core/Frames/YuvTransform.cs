namespace FaceSwap.Core.Frames;

/// <summary>
/// The numbers between YUV samples and BGR in 0..1, by ITU-R BT.601, BT.709 or BT.2020 and the sample range:
/// luma' = (Y − LumaOffset)·LumaScale, R = luma' + RedV·(V − ChromaMiddle), and so on.
/// </summary>
public readonly struct YuvTransform
{
    /// <summary>The numbers of a frame's matrix and range, of samples of 8 bits.</summary>
    public YuvTransform(ColorMatrix matrix, ColorRange range) : this(matrix, range, 8)
    {
    }

    /// <summary>The numbers of a frame's matrix and range.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="range">The range. Limited values of 8 bits are multiplied by a power of two; full ones reach to the largest sample.</param>
    /// <param name="depth">Bits of a sample.</param>
    public YuvTransform(ColorMatrix matrix, ColorRange range, int depth)
    {
        (double kr, double kb) = matrix switch
        {
            ColorMatrix.Bt709 => (0.2126, 0.0722),
            ColorMatrix.Bt2020 => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        double kg = 1 - kr - kb;
        bool limited = range == ColorRange.Limited;
        int unit = 1 << (depth - 8), most = (1 << depth) - 1;
        double lumaSpan = limited ? 219 * unit : most, chromaSpan = limited ? 224 * unit : most;
        LumaOffset = limited ? 16 * unit : 0;
        LumaSpan = (float)lumaSpan;
        LumaScale = (float)(1 / lumaSpan);
        RedV = (float)(2 * (1 - kr) / chromaSpan);
        BlueU = (float)(2 * (1 - kb) / chromaSpan);
        GreenU = (float)(-2 * kb * (1 - kb) / kg / chromaSpan);
        GreenV = (float)(-2 * kr * (1 - kr) / kg / chromaSpan);
        (Kr, Kg, Kb) = ((float)kr, (float)kg, (float)kb);
        UPerBlue = (float)(chromaSpan / (2 * (1 - kb)));
        VPerRed = (float)(chromaSpan / (2 * (1 - kr)));
        (LumaLow, LumaHigh) = limited ? (16 * unit, 235 * unit) : (0, most);
        (ChromaLow, ChromaHigh) = limited ? (16 * unit, 240 * unit) : (0, most);
    }

    /// <summary>The numbers of a frame. Of one of planes G, B and R, luma is G, and U and V have its range: no matrix applies.</summary>
    public static YuvTransform Of(Frame frame) =>
        frame.Format.IsRgb ? new(default, ColorRange.Full, frame.Format.Depth) : new(frame.Matrix, frame.Range, frame.Format.Depth);

    /// <summary>Y of black.</summary>
    public float LumaOffset { get; }

    /// <summary>Y of white minus Y of black.</summary>
    public float LumaSpan { get; }

    /// <summary>1 / <see cref="LumaSpan"/>.</summary>
    public float LumaScale { get; }

    /// <summary>R for a step of V.</summary>
    public float RedV { get; }

    /// <summary>B for a step of U.</summary>
    public float BlueU { get; }

    /// <summary>G for a step of U.</summary>
    public float GreenU { get; }

    /// <summary>G for a step of V.</summary>
    public float GreenV { get; }

    /// <summary>Part of R in luma.</summary>
    public float Kr { get; }

    /// <summary>Part of G in luma.</summary>
    public float Kg { get; }

    /// <summary>Part of B in luma.</summary>
    public float Kb { get; }

    /// <summary>U for a step of B − luma'.</summary>
    public float UPerBlue { get; }

    /// <summary>V for a step of R − luma'.</summary>
    public float VPerRed { get; }

    /// <summary>Least Y.</summary>
    public float LumaLow { get; }

    /// <summary>Largest Y.</summary>
    public float LumaHigh { get; }

    /// <summary>U and V of grey: 128 of 8 bits, in both ranges.</summary>
    public float ChromaMiddle => MathF.Ceiling((ChromaLow + ChromaHigh) / 2);

    /// <summary>Least U and V.</summary>
    public float ChromaLow { get; }

    /// <summary>Largest U and V.</summary>
    public float ChromaHigh { get; }
}
