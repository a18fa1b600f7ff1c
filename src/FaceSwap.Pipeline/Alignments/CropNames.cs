using System.Globalization;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>
/// The names of extracted faces: <c>STEM_INDEX.png</c> after the frame, or <c>STEM.EXT_INDEX.png</c> where another frame of the same input has its stem
/// (<c>a.jpg</c> and <c>a.png</c> in one folder). Immutable.
/// </summary>
internal sealed class CropNames
{
    private readonly HashSet<string> shared;

    /// <param name="frames">Names of all frames.</param>
    public CropNames(IEnumerable<string> frames) => shared = SiblingNames.SharedStems(frames);

    /// <summary>For frames whose stems differ, such as a video's.</summary>
    public static CropNames Distinct { get; } = new([]);

    /// <summary>A face's name without the extension.</summary>
    public string Of(string frame, int index) => $"{Stem(frame)}_{index.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What the names of a frame's faces begin with.</summary>
    public string Stem(string frame)
    {
        string stem = Path.GetFileNameWithoutExtension(frame);
        return shared.Contains(stem) ? frame : stem;
    }
}
