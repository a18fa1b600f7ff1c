using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>What frames of a video lose in image files.</summary>
public static class ImageLoss
{
    /// <summary>The sentence that says it; null: nothing but what the way from YUV to RGB always costs. PNG files get 16 bits and alpha where frames have more than 8, or alpha.</summary>
    /// <param name="format">The frames'.</param>
    /// <param name="extension">The images', with its dot.</param>
    public static string? Of(PixelFormat format, string extension)
    {
        bool deep = format.Depth > 8, alpha = format.HasAlpha;
        if ((!deep && !alpha) || extension.Equals(".png", StringComparison.OrdinalIgnoreCase))
            return null;
        string has = string.Join(" and ", new[] { deep ? $"{format.Depth} bits a sample" : null, alpha ? "transparency" : null }.OfType<string>());
        string takes = string.Join(" and ", new[] { deep ? "8 bits" : null, alpha ? "no alpha" : null }.OfType<string>());
        return $"The frames have {has} ({format.Words}), and {extension} images are written with {takes}; .png images keep {(deep && alpha ? "both" : "it")}.";
    }
}
