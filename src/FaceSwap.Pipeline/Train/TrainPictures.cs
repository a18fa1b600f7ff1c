using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>What training writes for people at every save: the preview if asked for, the loss curve, and the losses as <c>loss.csv</c> beside the
/// checkpoint.</summary>
/// <param name="options">Where they go.</param>
/// <param name="facesA">The faces of A.</param>
/// <param name="facesB">Those of B.</param>
/// <param name="warn">Is told of what could not be written: once, until it could again.</param>
internal sealed class TrainPictures(TrainOptions options, FaceSet facesA, FaceSet facesB, Action<string>? warn)
{
    private const int ReadOnlyOnLinux = 30; // EROFS

    private readonly HashSet<string> failing = [];
    private readonly PreviewGrid preview = new(facesA, facesB);
    private readonly string curvePath = CurvePath(options);

    /// <summary>Finds out before the training, not an hour into it, that a picture's name or folder will not do.</summary>
    /// <exception cref="UserErrorException">It will not.</exception>
    public static void Check(TrainOptions options)
    {
        foreach (string path in new[] { options.PreviewPath, CurvePath(options) }.OfType<string>())
        {
            if (!ImageFile.HasImageExtension(path))
                throw new UserErrorException($"'{path}' is not the name of an image file; end it in {string.Join(", ", ImageFile.Extensions)}.");
            if (Directory.Exists(path))
                throw new UserErrorException($"'{path}' is a folder, and a picture cannot take its place; choose another name.");
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"The folder of '{path}' cannot be made: {e.Message}", e);
            }
            try
            {
                TemporaryFile.Create(path).Dispose();
            }
            catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && (e.HResult & 0xFFFF) == ReadOnlyOnLinux))
            {
                throw new UserErrorException($"'{path}' cannot be written ({e.Message.TrimEnd('.')}); choose another folder for it.", e);
            }
        }
    }

    /// <summary>Writes them, each in one step. A picture that cannot be written is no reason to lose a training.</summary>
    public void Write(TrainingSession session)
    {
        if (options.PreviewPath is { } path)
        {
            Try(path, () =>
            {
                using Canvas grid = preview.Draw(session.Plan);
                ImageFile.Write(path, grid.Frame);
            });
        }
        Try(curvePath, () =>
        {
            using PooledFrame curve = LossCurve.Draw(session.History, session.Plan.Model.Name);
            ImageFile.Write(curvePath, curve);
        });
        string losses = Path.Combine(options.ModelDirectory, "loss.csv");
        Try(losses, () => AtomicFile.Write(losses, "losses", stream =>
        {
            using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true);
            session.History.WriteCsv(writer);
        }));
    }

    private void Try(string path, Action write)
    {
        try
        {
            write();
            failing.Remove(path);
        }
        catch (Exception e) when (e is UserErrorException or IOException or UnauthorizedAccessException)
        {
            if (failing.Add(path))
                warn?.Invoke($"{e.Message.TrimEnd('.')}; the training goes on, and each save tries again");
        }
    }

    private static string CurvePath(TrainOptions options) => options.LossCurvePath ?? Path.Combine(options.ModelDirectory, "loss.png");
}
