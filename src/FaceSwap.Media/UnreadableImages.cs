using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>Counts the images of a folder that cannot be read, for one sentence about all. Serves several threads.</summary>
/// <param name="folder">The folder.</param>
/// <param name="total">Images in it.</param>
public sealed class UnreadableImages(string folder, int total)
{
    private readonly Lock gate = new();
    private int count;
    private string? first, reason;

    /// <summary>Counts one.</summary>
    /// <param name="path">The image; the first by name is told of.</param>
    /// <param name="failure">Why it cannot be read.</param>
    public void Add(string path, UserErrorException failure)
    {
        lock (gate)
        {
            count++;
            if (first is null || NaturalNameComparer.Instance.Compare(path, first) < 0)
                (first, reason) = (path, failure.Message);
        }
    }

    /// <summary>The sentence; none when all could be read.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            lock (gate)
                return count == 0 ? [] : [$"{count} of {total} images in '{folder}' cannot be read and {(count == 1 ? "was" : "were")} passed over; {(count == 1 ? "it" : "the first")}: {reason}"];
        }
    }

    /// <summary>Fails when no image is left.</summary>
    /// <exception cref="UserErrorException">None could be read.</exception>
    public void ThrowIfAll()
    {
        lock (gate)
        {
            if (count > 0)
                throw new UserErrorException($"none of the {total} images in '{folder}' can be read; the first: {reason}");
        }
    }
}
