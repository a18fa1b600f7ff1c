using FaceSwap.Compute;
using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>How a model is trained.</summary>
/// <param name="BatchSize">Samples an update.</param>
/// <param name="Precision">Arithmetic.</param>
/// <param name="LearningRate">Adam's learning rate.</param>
/// <param name="Seed">Seed of initial weights and training samples.</param>
public readonly record struct TrainingSettings(int BatchSize, Precision Precision, float LearningRate, ulong Seed);

/// <summary>
/// A model in training: plan, faces of both identities and loss history. What it does depends on its settings, faces and state alone, so that
/// saved and restored it goes on to the bit where the backend's arithmetic repeats. An instance is used from one thread at a time.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly TrainingSettings settings;
    private bool diverged;

    /// <summary>Prepares a session with fresh weights of the seed.</summary>
    /// <param name="backend">Where it runs; must outlive the session.</param>
    /// <param name="model">The model.</param>
    /// <param name="settings">Batch, precision, learning rate and seed.</param>
    /// <param name="facesA">A's faces; must outlive the session.</param>
    /// <param name="facesB">B's faces.</param>
    /// <exception cref="UserErrorException">Not enough memory.</exception>
    public TrainingSession(IBackend backend, ModelDefinition model, TrainingSettings settings, FaceSet facesA, FaceSet facesB)
        : this(backend, model, settings, facesA, facesB, new LossHistory())
    {
        Plan.Load(ModelWeights.Initialize(model, settings.Seed));
    }

    private TrainingSession(IBackend backend, ModelDefinition model, TrainingSettings settings, FaceSet facesA, FaceSet facesB, LossHistory history)
    {
        (this.settings, History, Iteration) = (settings, history, history.Iterations);
        OptimizerSpec optimizer = OptimizerSpec.For(model) with { LearningRate = settings.LearningRate };
        Plan = new TrainingPlan(backend, model, settings.BatchSize, settings.Precision, optimizer,
            Samples(model, settings, facesA, Side.A), Samples(model, settings, facesB, Side.B));
    }

    /// <summary>The network, its optimiser and its counters.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Losses of the iterations whose losses have come back: all of them after <see cref="AwaitLosses"/>, and always on the processor.</summary>
    public LossHistory History { get; }

    /// <summary>Iterations begun, or done where the device has caught up; the loaded checkpoint's included.</summary>
    public long Iteration { get; private set; }

    /// <summary>The newest losses in <see cref="History"/>; NaN before the first.</summary>
    public TrainingLosses Losses { get; private set; } = new(float.NaN, float.NaN);

    /// <summary>Which faces it trains on, for the checkpoints that it saves; null: not known.</summary>
    public TrainedFaces? Faces { get; set; }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="backend">Where it runs; must outlive the session.</param>
    /// <param name="checkpoint">Opened with everything verified.</param>
    /// <param name="settings">The seed must be the checkpoint's for the samples to go on as they would have; the others may change.</param>
    /// <param name="facesA">A's faces; must outlive the session.</param>
    /// <param name="facesB">B's faces.</param>
    /// <exception cref="UserErrorException">Not enough memory, or the checkpoint does not hold what it should.</exception>
    public static TrainingSession Resume(IBackend backend, Checkpoint checkpoint, TrainingSettings settings, FaceSet facesA, FaceSet facesB)
    {
        LossHistory history;
        try
        {
            history = LossHistory.Restore(checkpoint.State.Losses);
            if (history.Iterations != checkpoint.State.Iteration)
                throw new InvalidDataException($"it records {history.Iterations} iterations of {checkpoint.State.Iteration}");
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException($"The checkpoint's loss history is not sound ({e.Message}); restore the checkpoint from a copy.", e);
        }
        TrainingSession session = new(backend, checkpoint.Model, settings, facesA, facesB, history);
        try
        {
            checkpoint.Restore(session.Plan);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains both autoencoders once more. Allocates nothing, and waits for the device only when that lags
    /// <see cref="TrainingPlan.IterationsAhead"/> iterations behind.
    /// </summary>
    /// <exception cref="UserErrorException">The loss of this iteration or of one before it is no longer a number: the weights are lost and
    /// must not be saved.</exception>
    public void RunIteration()
    {
        if (Plan.LossesUnderWay == TrainingPlan.IterationsAhead)
            Record(Plan.TakeLosses());
        Plan.RunIteration();
        Plan.EnqueueLosses();
        Iteration++;
        while (Plan.TryTakeLosses(out TrainingLosses losses))
            Record(losses);
    }

    /// <summary>Waits for the losses of all iterations begun.</summary>
    /// <exception cref="UserErrorException">One is no longer a number.</exception>
    public void AwaitLosses()
    {
        while (Plan.LossesUnderWay > 0)
            Record(Plan.TakeLosses());
        if (diverged)
            throw Diverged();
    }

    /// <summary>Saves a new generation.</summary>
    /// <exception cref="UserErrorException">The disk is full or not writable, or the training has diverged; the checkpoint is as it was.</exception>
    public void Save(CheckpointFolder folder) => folder.Save(State(), Plan);

    /// <summary>Begins to save a new generation; the session may go on at once (<see cref="CheckpointFolder.BeginSave"/>).</summary>
    /// <exception cref="UserErrorException">This save or the one before failed, or the training has diverged; the checkpoint is as it was.</exception>
    public void BeginSave(CheckpointFolder folder) => folder.BeginSave(State(), Plan);

    /// <inheritdoc/>
    public void Dispose() => Plan.Dispose();

    private CheckpointState State()
    {
        // The weights are those after all iterations begun, and none of those may have made them worthless.
        AwaitLosses();
        return new(CheckpointState.CurrentVersion, Plan.Model.Name, Plan.Iteration, Plan.Step, settings.Seed, settings.LearningRate, settings.BatchSize,
            settings.Precision, History.Save(), Faces);
    }

    private void Record(TrainingLosses losses)
    {
        if (!float.IsFinite(losses.A) || !float.IsFinite(losses.B))
        {
            diverged = true;
            throw Diverged();
        }
        // What follows a loss that is no number means nothing, even if it is one.
        if (diverged)
            throw Diverged();
        History.Add(losses.A, losses.B);
        Losses = losses;
    }

    private UserErrorException Diverged() => new($"Training diverged at iteration {History.Iterations + 1} (the loss is not a number); go on from the "
        + "last save with a lower --learning-rate.");

    // The classic augmentation, for faces aligned at 256 pixels.
    private static TrainingFaces Samples(ModelDefinition model, in TrainingSettings settings, FaceSet faces, Side side) =>
        new(faces.Faces, new AugmentSpec(settings.BatchSize, faces.Count, faces.Size, model.InputSize, Coverage: 160 * faces.Size / 256f,
            WarpSigma: 5 * faces.Size / 256f, Rotation: 10, ScaleRange: 0.05f, ShiftRange: 0.05f, MirrorProbability: 0.4f, settings.Seed, (int)side,
            settings.Precision.ActivationType()));
}
