using System.Globalization;
using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Extract;

/// <summary>A face that the identity filter refused.</summary>
/// <param name="Rect">Its box, in pixels of the frame in which it was found.</param>
/// <param name="Verdict">Why.</param>
internal readonly record struct RefusedFace(RectI Rect, IdentityVerdict Verdict);

/// <summary>The list of faces that the identity filter refused: a line each with the frame, the box, the mean distance and the reason, separated by tabs.</summary>
internal sealed class RefusedFaces(string path)
{
    public const string FileName = "refused.txt";

    private const int MostBytes = 256 << 20;

    private readonly List<string> lines = [];

    /// <summary>The file.</summary>
    public string FilePath => path;

    /// <summary>Faces refused by this run.</summary>
    public long Count { get; private set; }

    /// <summary>Takes over what an earlier run, which is now continued, listed.</summary>
    /// <exception cref="UserErrorException">It is no list.</exception>
    public void Continue()
    {
        if (!OwnFile.IsTaken(path))
            return;
        try
        {
            string text = Encoding.UTF8.GetString(OwnFile.Read(path, MostBytes));
            lines.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.TrimEnd('\r')));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserErrorException($"the list '{path}' of an earlier run cannot be continued ({e.Message.ReplaceLineEndings(" ")}); move it away", e);
        }
    }

    public void Add(string frame, IEnumerable<RefusedFace> faces)
    {
        foreach ((RectI box, IdentityVerdict verdict) in faces)
        {
            Count++;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{frame}\t{box.X},{box.Y},{box.Width},{box.Height}\t{verdict.Distance:0.000}\t{verdict.Reason}"));
        }
    }

    public void Save() => AtomicFile.Write(path, "refused faces", stream =>
    {
        using StreamWriter text = new(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        foreach (string line in lines)
            text.WriteLine(line);
    });
}
