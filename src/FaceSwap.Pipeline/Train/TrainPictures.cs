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

    /// <summary>Writes them, each in one step.</summary>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
    public void Write(TrainingSession session)
    {
        if (options.PreviewPath is { } path)
        {
            using Canvas grid = preview.Draw(session.Plan);
            MakeFolderOf(path);
            ImageFile.Write(path, grid.Frame);
        }
        string curvePath = options.LossCurvePath ?? Path.Combine(options.ModelDirectory, "loss.png");
        using PooledFrame curve = LossCurve.Draw(session.History, session.Plan.Model.Name);
        MakeFolderOf(curvePath);
        ImageFile.Write(curvePath, curve);
        AtomicFile.Write(Path.Combine(options.ModelDirectory, "loss.csv"), "losses", stream =>
        {
            using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true);
            session.History.WriteCsv(writer);
        });
    }

    private static void MakeFolderOf(string path)
    {
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
