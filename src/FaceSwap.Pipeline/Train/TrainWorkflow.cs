using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// Trains a model on two folders of aligned faces: goes on from the checkpoint in the model's folder if there is one, stops at the first of its
/// limits or when cancelled, and saves at intervals and at the end, whatever ended it short of a failure.
/// </summary>
/// <param name="options">What to train on what, and when to stop.</param>
/// <param name="backend">Where it runs; must outlive the run.</param>
/// <param name="warn">Is told, in a sentence each, of what is unusual but no reason to stop.</param>
public sealed class TrainWorkflow(TrainOptions options, IBackend backend, Action<string>? warn = null)
{
    /// <summary>Trains.</summary>
    /// <param name="progress">Is told at most four times a second.</param>
    /// <param name="cancellation">Saves and stops; the summary then says <see cref="TrainStop.Cancelled"/>.</param>
    /// <exception cref="UserErrorException">The faces, the checkpoint or the options cannot be used, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the training began.</exception>
    public TrainSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        CheckOptions();
        AlignedFaces a = new(options.InputA, "A", warn), b = new(options.InputB, "B", warn);
        using CheckpointFolder folder = CheckpointFolder.Reserve(options.ModelDirectory, DurableFolder.Flush);
        TrainPictures.Check(options);
        Checkpoint? checkpoint = folder.HasCheckpoint ? folder.Open(options.Trainer, warn) : null;
        ModelDefinition model = checkpoint?.Model ?? ModelZoo.Get(options.Trainer ?? "Original");
        TrainingSettings settings = Settings(model, checkpoint?.State);

        TrainMeter meter = new(progress, options);
        int total = a.FileCount + b.FileCount;
        using FaceSet facesA = a.Load(backend, done => meter.Reading(done, total), cancellation);
        using FaceSet facesB = b.Load(backend, done => meter.Reading(a.FileCount + done, total), cancellation);
        WarnOfFewFaces(facesA, "A", options.InputA);
        WarnOfFewFaces(facesB, "B", options.InputB);
        using TrainingSession session = checkpoint is null
            ? new TrainingSession(backend, model, settings, facesA, facesB)
            : TrainingSession.Resume(backend, checkpoint, settings, facesA, facesB);
        return Train(session, folder, new TrainPictures(options, facesA, facesB), meter, cancellation);
    }

    private TrainSummary Train(TrainingSession session, CheckpointFolder folder, TrainPictures pictures, TrainMeter meter,
        CancellationToken cancellation)
    {
        long first = session.Iteration;
        SaveSchedule schedule = new(folder, options.SaveInterval);
        schedule.Begin(first);
        meter.Begin();
        TrainStop? stop;
        while ((stop = Stop(session, meter.Elapsed, cancellation)) is null)
        {
            session.RunIteration();
            meter.Iterated(session.History);
            if (schedule.IsDue(session.Iteration))
                Save();
        }
        session.AwaitLosses();
        if (schedule.IsUnsaved(session.Iteration))
            Save();
        folder.CompleteSave();
        meter.Iterated(session.History, final: true);
        return new TrainSummary(session.Plan.Model.Name, first, session.Iteration, session.History.RecentA, session.History.RecentB, stop.Value,
            meter.Elapsed);

        void Save() => schedule.Save(session.Iteration, () =>
        {
            session.BeginSave(folder);
            pictures.Write(session);
        });
    }

    private TrainStop? Stop(TrainingSession session, TimeSpan elapsed, CancellationToken cancellation)
    {
        LossHistory history = session.History; // may lag behind the iterations a little
        if (options.Iterations > 0 && session.Iteration >= options.Iterations)
            return TrainStop.Iterations;
        if (cancellation.IsCancellationRequested)
            return TrainStop.Cancelled;
        if (elapsed >= options.TimeLimit)
            return TrainStop.Time;
        return history.Iterations >= LossHistory.RecentCount && (history.RecentA + history.RecentB) / 2 <= options.TargetLoss ? TrainStop.Loss : null;
    }

    private void CheckOptions()
    {
        if (options.BatchSize is < 1 or > 4096)
            throw new UserErrorException($"A batch of {options.BatchSize} is not possible; choose a --batch-size from 1 to 4096.");
        if (options.SaveInterval < 1)
            throw new UserErrorException($"Saving every {options.SaveInterval} iterations is not possible; choose a --save-interval of at least 1.");
        if (options.LearningRate is { } rate && !(rate > 0 && float.IsFinite(rate)))
            throw new UserErrorException($"A learning rate of {rate} is not possible; choose a --learning-rate above 0.");
        if (!backend.Supports(options.Precision))
        {
            throw new UserErrorException($"The {backend.Info.Name} backend on {backend.Info.Device} does not compute in "
                + $"{Name(options.Precision)}; choose --precision fp32.");
        }
    }

    private TrainingSettings Settings(ModelDefinition model, CheckpointState? state)
    {
        if (state is not null && state.BatchSize != options.BatchSize)
            warn?.Invoke($"The model was trained with batches of {state.BatchSize} and goes on with {options.BatchSize}.");
        if (state is not null && state.Precision != options.Precision)
            warn?.Invoke($"The model was trained in {Name(state.Precision)} and goes on in {Name(options.Precision)}.");
        return new TrainingSettings(options.BatchSize, options.Precision, options.LearningRate ?? state?.LearningRate ?? model.LearningRate,
            state?.Seed ?? options.Seed);
    }

    private static string Name(Precision precision) => precision.ToString().ToLowerInvariant();

    private void WarnOfFewFaces(FaceSet faces, string identity, string folder)
    {
        if (faces.Count < options.BatchSize)
        {
            warn?.Invoke($"There are only {faces.Count} faces of {identity} in '{folder}' for batches of {options.BatchSize}, so some are drawn "
                + "more than once; a few hundred different ones give a better model.");
        }
    }
}
