namespace FaceSwap.Media;

/// <summary>The images that lay in an output folder before a piece of work and do not belong to it: those of a longer run, which whoever reads the folder would mix in.
/// Serves several threads.</summary>
public sealed class LeftoverImages
{
    private readonly string folder;
    private readonly HashSet<string> names;

    private LeftoverImages(string folder, HashSet<string> names) => (this.folder, this.names) = (folder, names);

    /// <summary>Lists them; none when the folder cannot be listed or is not there.</summary>
    public static LeftoverImages List(string folder)
    {
        try
        {
            return new LeftoverImages(folder, Directory.Exists(folder) ? [.. ImageFolder.List(folder).Files.Select(f => Path.GetFileName(f))] : []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new LeftoverImages(folder, []);
        }
    }

    /// <summary>Tells that an image of the folder belongs to this work.</summary>
    /// <param name="path">It, or its name.</param>
    public void Own(string path)
    {
        // Most folders are new: no lock for those.
        if (names.Count == 0)
            return;
        lock (names)
            Replaced += names.Remove(Path.GetFileName(path)) ? 1 : 0;
    }

    /// <summary>Images that this work has in the place of what was there.</summary>
    public int Replaced { get; private set; }

    /// <summary>The sentence; none when all are this work's.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            lock (names)
            {
                return names.Count == 0
                    ? []
                    : [$"'{folder}' holds {(names.Count == 1 ? "1 image that is" : $"{names.Count} images that are")} not of this run (such as '{names.Order(NaturalNameComparer.Instance).First()}') and would be "
                        + "taken for more of it; delete what is left of an earlier one, or choose an empty folder"];
            }
        }
    }
}
