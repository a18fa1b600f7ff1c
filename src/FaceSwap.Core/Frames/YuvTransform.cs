namespace FaceSwap.Core.Frames;

/// <summary>
/// The numbers between 8-bit YUV samples and BGR in 0..1, by ITU-R BT.601, BT.709 or BT.2020 and the sample range:
/// luma' = (Y − LumaOffset)·LumaScale, R = luma' + RedV·(V − 128), and so on.
/// </summary>
public readonly struct YuvTransform
{
    /// <summary>The numbers of a frame's matrix and range.</summary>
    public YuvTransform(ColorMatrix matrix, ColorRange range)
    {
        (double kr, double kb) = matrix switch
        {
            ColorMatrix.Bt709 => (0.2126, 0.0722),
            ColorMatrix.Bt2020 => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        double kg = 1 - kr - kb;
        bool limited = range == ColorRange.Limited;
        double lumaSpan = limited ? 219 : 255, chromaSpan = limited ? 224 : 255;
        LumaOffset = limited ? 16 : 0;
        LumaSpan = (float)lumaSpan;
        LumaScale = (float)(1 / lumaSpan);
        RedV = (float)(2 * (1 - kr) / chromaSpan);
        BlueU = (float)(2 * (1 - kb) / chromaSpan);
        GreenU = (float)(-2 * kb * (1 - kb) / kg / chromaSpan);
        GreenV = (float)(-2 * kr * (1 - kr) / kg / chromaSpan);
        (Kr, Kg, Kb) = ((float)kr, (float)kg, (float)kb);
        UPerBlue = (float)(chromaSpan / (2 * (1 - kb)));
        VPerRed = (float)(chromaSpan / (2 * (1 - kr)));
        (LumaLow, LumaHigh) = limited ? (16, 235) : (0, 255);
        (ChromaLow, ChromaHigh) = limited ? (16, 240) : (0, 255);
    }

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

    /// <summary>Least U and V.</summary>
    public float ChromaLow { get; }

    /// <summary>Largest U and V.</summary>
    public float ChromaHigh { get; }
}
