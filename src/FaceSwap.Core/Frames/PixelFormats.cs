namespace FaceSwap.Core.Frames;

/// <summary>What a <see cref="PixelFormat"/> is made of: a layout, the bits of a sample, and alpha.</summary>
public static class PixelFormats
{
    private const int LayoutMask = 0xFF, DepthShift = 8, AlphaBit = 1 << 16, StandardDepth = 8, MostDepth = 16;

    extension(PixelFormat format)
    {
        /// <summary>The named value with the same planes.</summary>
        public PixelFormat Layout => (PixelFormat)((int)format & LayoutMask);

        /// <summary>Bits of a sample, 8 to 16.</summary>
        public int Depth => ((int)format >> DepthShift & LayoutMask) is > 0 and int depth ? depth : StandardDepth;

        /// <summary>Bytes of a sample: 1 or 2.</summary>
        public int SampleBytes => format.Depth > StandardDepth ? 2 : 1;

        /// <summary>Whether a plane of alpha, full range and as large as luma, follows the others.</summary>
        public bool HasAlpha => ((int)format & AlphaBit) != 0;

        /// <summary>Whether the samples are R, G and B.</summary>
        public bool IsRgb => format.Layout is PixelFormat.Bgr24 or PixelFormat.Gbrp;

        /// <summary>Whether it is one of the named layouts of 8 bits that devices convert.</summary>
        public bool SuitsDevices => format is >= PixelFormat.Gray8 and <= PixelFormat.Nv12;

        /// <summary>Number of planes.</summary>
        public int PlaneCount => format.Layout switch
        {
            PixelFormat.Gray8 or PixelFormat.Bgr24 => 1,
            PixelFormat.Nv12 => 2,
            _ => format.HasAlpha ? 4 : 3,
        };

        /// <summary>How often chroma is halved across and down.</summary>
        public (int Across, int Down) ChromaShift => format.Layout switch
        {
            PixelFormat.Yuv420P or PixelFormat.Nv12 => (1, 1),
            PixelFormat.Yuv422P => (1, 0),
            _ => (0, 0),
        };

        /// <summary>The same planes with samples of another depth.</summary>
        /// <param name="depth">8 to 16.</param>
        /// <exception cref="ArgumentException">BGR and NV12 have 8 bits.</exception>
        public PixelFormat WithDepth(int depth)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(depth, StandardDepth);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MostDepth);
            if (depth > StandardDepth && format.Layout is PixelFormat.Bgr24 or PixelFormat.Nv12)
                throw new ArgumentException($"{format.Layout} has {StandardDepth} bits a sample", nameof(depth));
            return (PixelFormat)(((int)format & ~(LayoutMask << DepthShift)) | (depth > StandardDepth ? depth << DepthShift : 0));
        }

        /// <summary>The same with a plane of alpha.</summary>
        /// <exception cref="ArgumentException">Grey, BGR and NV12 have none.</exception>
        public PixelFormat WithAlpha() => format.Layout is PixelFormat.Gray8 or PixelFormat.Bgr24 or PixelFormat.Nv12
            ? throw new ArgumentException($"{format.Layout} has no alpha", nameof(format))
            : (PixelFormat)((int)format | AlphaBit);

        /// <summary>The format in words, as FFmpeg's names begin: <c>yuv420p10</c>, <c>gbrap</c>.</summary>
        public string Words
        {
            get
            {
                string name = format.Layout switch
                {
                    PixelFormat.Gray8 => "gray",
                    PixelFormat.Gbrp => format.HasAlpha ? "gbrap" : "gbrp",
                    PixelFormat layout => (format.HasAlpha ? layout.ToString().Replace("Yuv", "Yuva", StringComparison.Ordinal) : layout.ToString()).ToLowerInvariant(),
                };
                return format.Depth > StandardDepth ? name + format.Depth : name;
            }
        }
    }
}
