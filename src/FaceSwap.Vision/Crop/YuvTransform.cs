using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>
/// The numbers between 8-bit YUV samples and BGR in 0..1, by ITU-R BT.601, BT.709 or BT.2020 and the sample range:
/// luma' = (Y − LumaOffset)·LumaScale, R = luma' + RedV·(V − 128), and so on.
/// </summary>
internal readonly struct YuvTransform
{
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

    public float LumaOffset { get; }
    public float LumaSpan { get; }
    public float LumaScale { get; }
    public float RedV { get; }
    public float BlueU { get; }
    public float GreenU { get; }
    public float GreenV { get; }
    public float Kr { get; }
    public float Kg { get; }
    public float Kb { get; }
    public float UPerBlue { get; }
    public float VPerRed { get; }
    public float LumaLow { get; }
    public float LumaHigh { get; }
    public float ChromaLow { get; }
    public float ChromaHigh { get; }
}
