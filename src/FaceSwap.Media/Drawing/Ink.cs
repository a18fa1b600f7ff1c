namespace FaceSwap.Media.Drawing;

/// <summary>A color to draw with, 8 bits a channel.</summary>
public readonly record struct Ink(byte Red, byte Green, byte Blue)
{
    /// <summary>White.</summary>
    public static Ink White { get; } = new(255, 255, 255);

    /// <summary>Black.</summary>
    public static Ink Black { get; } = new(0, 0, 0);

    /// <summary>A dark gray for backgrounds.</summary>
    public static Ink Slate { get; } = new(36, 39, 45);

    /// <summary>A light gray for axes and captions.</summary>
    public static Ink Silver { get; } = new(200, 203, 208);
}
