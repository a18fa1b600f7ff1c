using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>
/// Takes those faces out of an alignments file whose crops a person has deleted from the folder they were extracted to. The faces after them move up in their
/// frame's list, so their crops are renamed: the names stay true, and a second run removes nothing.
/// </summary>
public sealed class FaceRemoval
{
    private readonly List<(string From, string To)> renames = [];

    private readonly string folder;

    private FaceRemoval(AlignmentsFile result, string folder) => (Result, this.folder) = (result, folder);

    /// <summary>The file without them; frames that have lost all their faces keep an empty list.</summary>
    public AlignmentsFile Result { get; }

    /// <summary>Faces taken out: the frame, and the face's place in its list.</summary>
    public List<(string Frame, int Index)> Removed { get; } = [];

    /// <summary>Crops that get another number.</summary>
    public IReadOnlyList<(string From, string To)> Renames => renames;

    /// <summary>Finds out what is to be done, and does nothing yet.</summary>
    /// <exception cref="UserErrorException">The folder cannot be read or has no face of the file.</exception>
    public static FaceRemoval Plan(AlignmentsFile file, string folder)
    {
        AlignedFolder aligned = AlignedFolder.Open(folder, file);
        ILookup<string, string> byStem = Directory.EnumerateFiles(folder).ToLookup(f => Path.GetFileNameWithoutExtension(f));
        CropNames names = new(file.FrameNames);
        FaceRemoval plan = new(new AlignmentsFile(), folder);
        foreach (string frame in file.FrameNames)
        {
            IReadOnlyList<FaceRecord> faces = file.Find(frame)!;
            List<FaceRecord> kept = [];
            for (int i = 0; i < faces.Count; i++)
            {
                if (!aligned.Has(frame, i))
                {
                    plan.Removed.Add((frame, i));
                    continue;
                }
                if (kept.Count < i)
                    plan.Renumber(byStem, names.Stem(frame), i, kept.Count);
                kept.Add(faces[i]);
            }
            plan.Result.Set(frame, kept);
        }
        return plan;
    }

    /// <summary>Whether an earlier removal was interrupted, so that the numbers of crops and faces disagree until <see cref="Recover"/>.</summary>
    public static bool IsPending(string? alignments, string? folder) => RemovalIntent.IsPending(alignments, folder);

    /// <summary>Finishes a removal that a kill interrupted, or forgets it where nothing was changed yet.</summary>
    /// <param name="alignments">An alignments file; null: only the folder counts.</param>
    /// <param name="folder">A folder of crops; null: only the file counts.</param>
    /// <returns>What was done, in a sentence; null when nothing was left to do.</returns>
    /// <exception cref="UserErrorException">It cannot be finished.</exception>
    public static string? Recover(string? alignments, string? folder) => RemovalIntent.Recover(alignments, folder);

    /// <summary>Replaces the alignments, which stay as <c>FILE.bak</c>, and renames the crops. After a kill at any moment <see cref="Recover"/> finishes it.</summary>
    /// <param name="alignments">The file that the plan was made of.</param>
    /// <exception cref="UserErrorException">Another process works in the folder, or something cannot be written.</exception>
    public void Apply(string alignments)
    {
        using OutputLock held = OutputLock.OnFolder(folder, "works in", "--input-aligned-dir");
        RemovalIntent.Run(alignments, folder, Result, renames.Select(r => (Path.GetFileName(r.From), Path.GetFileName(r.To))));
    }

    // Numbers only fall and rise along the list, so the name that a crop gets is free when its turn comes.
    private void Renumber(ILookup<string, string> byStem, string stem, int from, int to)
    {
        foreach (string separator in (ReadOnlySpan<string>)["_", ""])
        {
            foreach (string path in byStem[stem + separator + from.ToString(CultureInfo.InvariantCulture)])
                renames.Add((path, Path.Combine(Path.GetDirectoryName(path)!, stem + separator + to.ToString(CultureInfo.InvariantCulture) + Path.GetExtension(path))));
        }
    }
}
