using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;

namespace FaceSwap.Vision;

/// <summary>
/// A cascade of regression trees that places landmarks in a face (Kazemi and Sullivan, CVPR 2014), read from a file of dlib's
/// <c>shape_predictor</c>. Immutable: one model serves all threads. It takes some 70 MB of native memory.
/// </summary>
public sealed unsafe class LandmarkModel : IDisposable
{
    /// <summary>Environment variable that names the model file.</summary>
    public const string PathVariable = "FACESWAP_LANDMARKS";

    /// <summary>The usual file's name.</summary>
    public const string FileName = "shape_predictor_68_face_landmarks.dat";

    /// <summary>Points that this project's alignment needs.</summary>
    public const int PointCount = 68;

    private readonly SafeLandmarksHandle handle;

    private LandmarkModel(SafeLandmarksHandle handle, string path)
    {
        this.handle = handle;
        FilePath = path;
    }

    /// <summary>The file that was read.</summary>
    public string FilePath { get; }

    /// <summary>Where the model is looked for, in order: the variable, the user's data folder, beside the program, the system's data folders.</summary>
    public static IReadOnlyList<string> SearchPaths()
    {
        List<string> paths = [];
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen)
            paths.Add(chosen);
        string user = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        if (user.Length > 0)
            paths.Add(Path.Combine(user, "faceswap", FileName));
        paths.Add(Path.Combine(AppContext.BaseDirectory, FileName));
        paths.Add(Path.Combine("/usr/share/dlib", FileName));
        paths.Add(Path.Combine("/usr/local/share/dlib", FileName));
        return paths;
    }

    /// <summary>The file that <see cref="Load"/> would read, or null when there is none. One that the variable names is not replaced by another: its licence may be why it was named.</summary>
    public static string? Find() => Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen
        ? File.Exists(chosen) ? chosen : null
        : SearchPaths().FirstOrDefault(File.Exists);

    /// <summary>The file that <see cref="Load"/> would read.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static string RequireFile() => Find() ?? throw new UserErrorException(Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen
        ? $"There is no file '{chosen}', which {PathVariable} names as the landmark model; correct the variable or unset it."
        : $"The landmark model {FileName} was not found: install the package libdlib-data, or name the file in {PathVariable} "
        + $"(looked in {string.Join(", ", SearchPaths())}).");

    /// <summary>Reads a model of 68 points.</summary>
    /// <param name="path">The file; null: the first of <see cref="SearchPaths"/> that exists.</param>
    /// <param name="build">A build of <see cref="VisionCode"/>, for comparisons.</param>
    /// <exception cref="UserErrorException">There is no such file, or it is no model of 68 points.</exception>
    public static LandmarkModel Load(string? path = null, int build = VisionCode.Best)
    {
        string file = path ?? RequireFile();
        SafeLandmarksHandle handle = Open(file, build);
        if (handle.Parts != PointCount)
        {
            int parts = handle.Parts;
            handle.Dispose();
            throw new UserErrorException($"The landmark model '{file}' places {parts} points, but {PointCount} are needed.");
        }
        return new LandmarkModel(handle, file);
    }

    private static SafeLandmarksHandle Open(string file, int build)
    {
        try
        {
            using FileStream stream = RegularFile.Open(file);
            return SafeLandmarksHandle.Create(stream, build);
        }
        catch (ShimException e) when (e.Status == ShimStatus.InvalidData)
        {
            throw new UserErrorException($"The landmark model '{file}' cannot be used: {e.Message}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException($"The landmark model '{file}' cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Places the landmarks of a face.</summary>
    /// <param name="gray">Eight-bit luma, one byte a pixel, any stride; read in place.</param>
    /// <param name="face">The detector's box (see <see cref="FaceDetection.Rect"/>); it may reach beyond the frame.</param>
    /// <param name="points">Takes 68 points in whole pixels, some possibly outside the frame.</param>
    public void Predict(PlaneView gray, RectI face, Span<Point2> points)
    {
        if (gray.PixelStride != 1)
            throw new ArgumentException("the landmark model reads one byte a pixel", nameof(gray));
        if (points.Length < PointCount)
            throw new ArgumentException($"{PointCount} points are needed", nameof(points));
        if (face.IsEmpty)
            throw new ArgumentException("the face's box is empty", nameof(face));
        fixed (Point2* target = points)
            handle.Predict(gray.Row(0), gray.Width, gray.Height, gray.Stride, face.X, face.Y, face.Right, face.Bottom, (double*)target);
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
