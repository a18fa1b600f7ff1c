using System.Globalization;
using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>The first line of a YUV4MPEG2 stream: <c>YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg</c> (mjpegtools' yuv4mpeg(5), FFmpeg's yuv4mpegpipe).</summary>
/// <param name="Width">W: pixels.</param>
/// <param name="Height">H: pixels.</param>
/// <param name="FrameRate">F: frames a second; 0/0 when unknown.</param>
/// <param name="Format">C: the planes.</param>
public sealed record Y4mHeader(int Width, int Height, Rational FrameRate, PixelFormat Format)
{
    /// <summary>What such a stream begins with.</summary>
    public const string Magic = "YUV4MPEG2";

    private const int LargestSide = 1 << 15;

    /// <summary>The tags that the parameters above do not hold, as they came (interlacing, sample aspect, chroma siting, comments), each with its letter.</summary>
    public IReadOnlyList<string> OtherTags { get; init; } = [];

    /// <summary>The C tag as it came.</summary>
    public string ColorSpace { get; init; } = "";

    /// <summary>Whether samples fill their range (<c>XCOLORRANGE=FULL</c>).</summary>
    public ColorRange Range { get; init; } = ColorRange.Limited;

    /// <summary>Reads the line.</summary>
    /// <exception cref="UserErrorException">It is none, or of a stream that cannot be read.</exception>
    public static Y4mHeader Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0] != Magic)
            throw new UserErrorException("standard input is no yuv4mpeg stream; make one with 'ffmpeg -i VIDEO -f yuv4mpegpipe -pix_fmt yuv420p -'");
        int width = 0, height = 0;
        Rational rate = default;
        string color = "420jpeg";
        ColorRange range = ColorRange.Limited;
        List<string> others = [];
        foreach (string word in words.Skip(1))
        {
            string value = word[1..];
            switch (word[0])
            {
                case 'W':
                    width = Side(value, "width");
                    break;
                case 'H':
                    height = Side(value, "height");
                    break;
                case 'F':
                    rate = Ratio(value);
                    break;
                case 'C':
                    color = value;
                    break;
                default:
                    if (word.Equals("XCOLORRANGE=FULL", StringComparison.OrdinalIgnoreCase))
                        range = ColorRange.Full;
                    others.Add(word);
                    break;
            }
        }
        if (width == 0 || height == 0)
            throw new UserErrorException("the yuv4mpeg stream on standard input does not say its width and height");
        return new Y4mHeader(width, height, rate, FormatOf(color)) { OtherTags = others, ColorSpace = color, Range = range };
    }

    /// <summary>The line, without its end.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Magic} W{Width} H{Height} F{FrameRate.Numerator}:{FrameRate.Denominator} C{(ColorSpace.Length > 0 ? ColorSpace : NameOf(Format))}");
        // FFmpeg refuses a line of 80 letters; these say what holds without them.
        foreach (string tag in OtherTags.Where(t => !t.StartsWith("XYSCSS=", StringComparison.Ordinal) && t != "XCOLORRANGE=LIMITED"))
            text.Append(' ').Append(tag);
        return text.ToString();
    }

    private static string NameOf(PixelFormat format)
    {
        if (format == PixelFormat.Yuv444P.WithAlpha())
            return "444alpha";
        string layout = format.HasAlpha ? "" : format.Layout switch
        {
            PixelFormat.Gray8 => "mono",
            PixelFormat.Yuv420P => format.Depth == 8 ? "420jpeg" : "420",
            PixelFormat.Yuv422P => "422",
            PixelFormat.Yuv444P => "444",
            _ => "",
        };
        if (layout.Length == 0)
            throw new ArgumentException($"yuv4mpeg has no {format.Words}", nameof(format));
        return format.Depth == 8 ? layout : (format.Layout == PixelFormat.Gray8 ? layout : layout + "p") + format.Depth.ToString(CultureInfo.InvariantCulture);
    }

    private static PixelFormat FormatOf(string color) => color switch
    {
        "mono" => PixelFormat.Gray8,
        "420" or "420jpeg" or "420mpeg2" or "420paldv" => PixelFormat.Yuv420P,
        "422" => PixelFormat.Yuv422P,
        "444" => PixelFormat.Yuv444P,
        "444alpha" => PixelFormat.Yuv444P.WithAlpha(),
        _ => Deep(color) ?? throw new UserErrorException($"the yuv4mpeg stream on standard input is of the kind C{color}, which is not read; give ffmpeg '-pix_fmt yuv420p' before the pipe"),
    };

    // FFmpeg's names of more bits, such as 420p10 and mono12: samples of two bytes, the lower one first.
    private static PixelFormat? Deep(string color)
    {
        (PixelFormat layout, int name) = color switch
        {
            _ when color.StartsWith("mono", StringComparison.Ordinal) => (PixelFormat.Gray8, 4),
            _ when color.StartsWith("420p", StringComparison.Ordinal) => (PixelFormat.Yuv420P, 4),
            _ when color.StartsWith("422p", StringComparison.Ordinal) => (PixelFormat.Yuv422P, 4),
            _ when color.StartsWith("444p", StringComparison.Ordinal) => (PixelFormat.Yuv444P, 4),
            _ => (default, 0),
        };
        return name > 0 && color[name..] is "9" or "10" or "12" or "14" or "16" && BitConverter.IsLittleEndian
            ? layout.WithDepth(int.Parse(color.AsSpan(name), CultureInfo.InvariantCulture))
            : null;
    }

    private static int Side(string text, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is > 0 and <= LargestSide
            ? side
            : throw new UserErrorException($"the yuv4mpeg stream on standard input has a {what} of '{text}'");

    private static Rational Ratio(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int d)
            ? n > 0 && d > 0 ? new Rational(n, d) : default
            : throw new UserErrorException($"the yuv4mpeg stream on standard input has a frame rate of '{text}'");
    }
}
