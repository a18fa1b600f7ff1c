using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>What training writes for people at every save: the preview if asked for, the loss curve, and the losses as <c>loss.csv</c> beside the
/// checkpoint.</summary>
internal sealed class TrainPictures(TrainOptions options, FaceSet facesA, FaceSet facesB)
{
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
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"The folder of '{path}' cannot be made: {e.Message}", e);
            }
        }
    }

    /// <summary>Writes them, each in one step.</summary>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
    public void Write(TrainingSession session)
    {
        if (options.PreviewPath is { } path)
        {
            using Canvas grid = preview.Draw(session.Plan);
            ImageFile.Write(path, grid.Frame);
        }
        using PooledFrame curve = LossCurve.Draw(session.History, session.Plan.Model.Name);
        ImageFile.Write(curvePath, curve);
        AtomicFile.Write(Path.Combine(options.ModelDirectory, "loss.csv"), "losses", stream =>
        {
            using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true);
            session.History.WriteCsv(writer);
        });
    }

    private static string CurvePath(TrainOptions options) => options.LossCurvePath ?? Path.Combine(options.ModelDirectory, "loss.png");
}
