using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Models;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// Trains a model on two folders of aligned faces: goes on from the checkpoint in the model's folder if there is one, stops at the first of its
/// limits or when cancelled, and saves at intervals and at the end, whatever ended it short of a failure.
/// </summary>
/// <param name="options">What to train on what, and when to stop.</param>
/// <param name="backend">Where it runs; must outlive the run.</param>
/// <param name="warn">Is told, in a sentence each, of what is unusual but no reason to stop.</param>
/// <param name="note">Is told what was chosen for the user.</param>
public sealed class TrainWorkflow(TrainOptions options, IBackend backend, Action<string>? warn = null, Action<string>? note = null)
{
    private const int MostBatch = CheckpointState.MostBatch;

    private Precision precision;

    /// <summary>Trains.</summary>
    /// <param name="progress">Is told at most four times a second.</param>
    /// <param name="cancellation">Saves and stops; the summary then says <see cref="TrainStop.Cancelled"/>.</param>
    /// <exception cref="UserErrorException">The faces, the checkpoint or the options cannot be used, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the training began.</exception>
    public TrainSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        CheckOptions();
        CheckFolders();
        AlignedFaces a = new(options.InputA, "A", warn), b = new(options.InputB, "B", warn);
        using CheckpointFolder folder = CheckpointFolder.Reserve(options.ModelDirectory, DurableFolder.Flush, warn);
        TrainPictures.Check(options);
        Checkpoint? checkpoint = folder.HasCheckpoint ? folder.Open(options.Trainer, warn) : null;
        ModelDefinition model = checkpoint?.Model ?? ModelZoo.Get(options.Trainer ?? "Original");
        precision = WorkPrecision.Choose(backend, training: true, options.Precision, checkpoint?.State.Precision, options.NewPrecision, warn, note);

        TrainMeter meter = new(progress, options);
        int total = a.FileCount + b.FileCount;
        using FaceSet facesA = a.Load(backend, done => meter.Reading(done, total), cancellation);
        using FaceSet facesB = b.Load(backend, done => meter.Reading(a.FileCount + done, total), cancellation);
        string? complaint = FaceMarks.Compare(a.Marks, b.Marks, checkpoint?.State.Faces, out bool exchanged);
        if (complaint is not null)
            warn?.Invoke(complaint);
        using TrainingSession session = options.BatchSize > 0
            ? Prepare(options.BatchSize)
            : BatchFit.Make(Largest(model, Math.Min(facesA.Count, facesB.Count)), Prepare);
        int batch = session.Plan.Batch;
        // What was learned first counts: whoever stops at the warning finds the model as it was.
        session.Faces = exchanged ? checkpoint!.State.Faces : FaceMarks.Remember(a.Marks, b.Marks);
        if (options.BatchSize == 0)
            note?.Invoke($"batch size: {batch} (the plan takes about {PlanMemory.Training(model, batch, precision) >> 20} MiB)");
        WarnOfFewFaces(facesA, batch, "A", options.InputA);
        WarnOfFewFaces(facesB, batch, "B", options.InputB);
        WarnOfChanges(checkpoint?.State, batch);
        return Train(session, folder, new TrainPictures(options, facesA, facesB, warn), meter, cancellation);

        TrainingSession Prepare(int size)
        {
            TrainingSettings settings = Settings(model, checkpoint?.State, size);
            return checkpoint is null
                ? new TrainingSession(backend, model, settings, facesA, facesB)
                : TrainingSession.Resume(backend, checkpoint, settings, facesA, facesB);
        }
    }

    private int Largest(ModelDefinition model, int faces) => BatchFit.Choose(backend.Memory,
        batch => PlanMemory.Training(model, batch, precision), Math.Min(MostBatch, faces)).Batch;

    private TrainSummary Train(TrainingSession session, CheckpointFolder folder, TrainPictures pictures, TrainMeter meter,
        CancellationToken cancellation)
    {
        long first = session.Iteration;
        SaveSchedule schedule = new(folder, options.SaveInterval);
        schedule.Begin(first);
        meter.Begin();
        TrainStop? stop;
        while ((stop = Stop(session, first, meter.Elapsed, cancellation)) is null)
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
            meter.Elapsed)
        {
            BatchSize = session.Plan.Batch,
        };

        void Save() => schedule.Save(session.Iteration, () =>
        {
            session.BeginSave(folder);
            pictures.Write(session);
        });
    }

    private TrainStop? Stop(TrainingSession session, long first, TimeSpan elapsed, CancellationToken cancellation)
    {
        LossHistory history = session.History; // may lag behind the iterations a little
        if (options.Iterations > 0 && session.Iteration >= options.Iterations)
            return TrainStop.Iterations;
        if (cancellation.IsCancellationRequested)
            return TrainStop.Cancelled;
        // However short the time: something is trained, so that there is a loss.
        if (elapsed >= options.TimeLimit && session.Iteration > first)
            return TrainStop.Time;
        return history.Iterations >= LossHistory.RecentCount && (history.RecentA + history.RecentB) / 2 <= options.TargetLoss ? TrainStop.Loss : null;
    }

    private void CheckOptions()
    {
        if (options.BatchSize is < 0 or > MostBatch)
            throw new UserErrorException($"A batch of {options.BatchSize} is not possible; choose a --batch-size from 1 to 4096, or auto.");
        if (options.SaveInterval < 1)
            throw new UserErrorException($"Saving every {options.SaveInterval} iterations is not possible; choose a --save-interval of at least 1.");
        if (options.LearningRate is { } rate && rate is not (> 0 and <= CheckpointState.MostLearningRate))
        {
            throw new UserErrorException(FormattableString.Invariant(
                $"A learning rate of {rate} is not possible; choose a --learning-rate above 0 and up to {CheckpointState.MostLearningRate}."));
        }
        if (options.TimeLimit is { } time && time <= TimeSpan.Zero)
            throw new UserErrorException("In no time nothing can be trained; choose a --time-limit above 0, or leave it out to train without one.");
        if (options.TargetLoss is { } loss && !(loss > 0 && double.IsFinite(loss)))
            throw new UserErrorException(FormattableString.Invariant($"A loss of {loss} cannot be reached; choose a --target-loss above 0."));
        if (options.Iterations < 0)
            throw new UserErrorException($"{options.Iterations} iterations are not possible; choose --iterations of at least 0, which is no such limit.");
        if (options.Precision is { } wanted)
            WorkPrecision.Require(backend, wanted);
    }

    // A picture among the faces would be taken for one, and might replace one.
    private void CheckFolders()
    {
        foreach (string picture in new[] { options.PreviewPath, options.LossCurvePath }.OfType<string>())
            OutputFile.RequireFile(picture, "a picture of the training", "file");
        foreach (string faces in new[] { options.InputA, options.InputB })
        {
            if (FilePlace.Same(faces, options.ModelDirectory))
                throw new UserErrorException($"The model's folder '{options.ModelDirectory}' is the folder of faces '{faces}'; choose another --model-dir.");
            if (new[] { options.PreviewPath, options.LossCurvePath }.OfType<string>().FirstOrDefault(p => FilePlace.IsIn(p, faces)) is { } picture)
                throw new UserErrorException($"'{picture}' would lie among the faces of '{faces}' and be taken for one; choose another folder for it.");
        }
    }

    private TrainingSettings Settings(ModelDefinition model, CheckpointState? state, int batch) =>
        new(batch, precision, options.LearningRate ?? state?.LearningRate ?? model.LearningRate, state?.Seed ?? options.Seed);

    private void WarnOfChanges(CheckpointState? state, int batch)
    {
        if (state is not null && state.BatchSize != batch)
            warn?.Invoke($"The model was trained with batches of {state.BatchSize} and goes on with {batch}.");
        if (state is not null && state.Precision != precision)
            warn?.Invoke($"The model was trained in {WorkPrecision.Name(state.Precision)} and goes on in {WorkPrecision.Name(precision)}.");
    }

    private void WarnOfFewFaces(FaceSet faces, int batch, string identity, string folder)
    {
        if (faces.Count < batch)
        {
            warn?.Invoke($"There are only {faces.Count} faces of {identity} in '{folder}' for batches of {batch}, so some are drawn "
                + "more than once; a few hundred different ones give a better model.");
        }
    }
}
