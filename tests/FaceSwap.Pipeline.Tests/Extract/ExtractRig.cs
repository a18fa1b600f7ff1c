using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Extract;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>What one extraction wrote.</summary>
/// <param name="Summary">What it said.</param>
/// <param name="Alignments">The alignments file.</param>
/// <param name="Files">Content by path in the output folder.</param>
internal sealed record Extraction(ExtractSummary Summary, AlignmentsFile Alignments, SortedDictionary<string, byte[]> Files)
{
    /// <summary>The alignments file's text as JSON.</summary>
    public string Text
    {
        get
        {
            using MemoryStream stream = new();
            Alignments.Write(stream, AlignmentsSerializer.Json);
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    public static Extraction Run(ExtractOptions options)
    {
        ExtractSummary summary = new ExtractWorkflow(options).Run();
        SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(options.OutputDirectory, "*", SearchOption.AllDirectories))
            files[Path.GetRelativePath(options.OutputDirectory, file)] = File.ReadAllBytes(file);
        return new Extraction(summary, AlignmentsFile.Load(summary.AlignmentsPath), files);
    }
}

/// <summary>A folder of frames, the two golden ones unless a test says otherwise, and what an extraction without options makes of them.</summary>
internal sealed class ExtractRig : IDisposable
{
    private readonly TempFolder folder = new("extract");
    private int runs;

    public ExtractRig(bool golden = true)
    {
        Input = folder.Folder("frames");
        if (golden)
        {
            foreach (string name in new[] { "frame0.png", "frame1.png" })
                File.Copy(Golden.Path("vision", name), Path.Combine(Input, name));
        }
    }

    public string Input { get; }

    public string this[string name] => folder[name];

    /// <summary>Options with an output folder and an alignments file of their own.</summary>
    public ExtractOptions Options() => new() { Input = Input, OutputDirectory = folder[$"out{++runs}"], AlignmentsPath = folder[$"out{runs}.json"] };

    public Extraction Plain() => Extraction.Run(Options());

    /// <summary>Adds a frame made of pictures side by side.</summary>
    public void AddSideBySide(string name, params PooledFrame[] pictures)
    {
        using Canvas canvas = new(pictures.Sum(p => p.Width), pictures.Max(p => p.Height), new Ink(90, 90, 90));
        int x = 0;
        foreach (PooledFrame picture in pictures)
        {
            canvas.DrawImage(picture, new RectI(x, 0, picture.Width, picture.Height));
            x += picture.Width;
        }
        ImageFile.Write(Path.Combine(Input, name), canvas.Frame);
    }

    public static PooledFrame GoldenFrame(int index) => ImageFile.Read(Golden.Path("vision", $"frame{index}.png"));

    public void Dispose() => folder.Dispose();
}
