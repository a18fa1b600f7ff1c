using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>
/// Takes those faces out of an alignments file whose crops a person has deleted from the folder they were extracted to. The faces after them move up in their
/// frame's list, so their crops are renamed: the names stay true, and a second run removes nothing.
/// </summary>
public sealed class FaceRemoval
{
    private readonly List<(string From, string To)> renames = [];

    private FaceRemoval(AlignmentsFile result) => Result = result;

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
        FaceRemoval plan = new(new AlignmentsFile());
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

    /// <summary>Renames the crops.</summary>
    /// <exception cref="UserErrorException">One cannot be renamed.</exception>
    public void RenameCrops()
    {
        foreach ((string from, string to) in renames)
        {
            try
            {
                File.Move(from, to);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"the face '{from}' cannot be renamed to '{Path.GetFileName(to)}' ({e.Message.ReplaceLineEndings(" ")}); rename it and those after it by hand", e);
            }
        }
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
