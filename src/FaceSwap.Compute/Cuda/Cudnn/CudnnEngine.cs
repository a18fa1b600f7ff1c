using System.Globalization;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>Which engines a computation allows.</summary>
/// <param name="Precision">fp32 must not have its factors rounded.</param>
/// <param name="Deterministic">The same bits every time.</param>
internal readonly record struct EngineRules(Precision Precision, bool Deterministic)
{
    /// <summary>
    /// Whether an engine with these notes may be used. Transforms (FFT, Winograd) never are: they spread one NaN or infinity over
    /// results that do not depend on it, and round more than a sum of products does.
    /// </summary>
    public bool Allow(IReadOnlySet<CudnnNumericalNote> numerical, IReadOnlySet<CudnnBehaviorNote> behavior)
    {
        if (numerical.Contains(CudnnNumericalNote.Fft) || numerical.Contains(CudnnNumericalNote.Winograd)
            || numerical.Contains(CudnnNumericalNote.WinogradTile4x4) || numerical.Contains(CudnnNumericalNote.WinogradTile6x6)
            || numerical.Contains(CudnnNumericalNote.WinogradTile13x13))
        {
            return false;
        }
        if (Precision == Precision.Fp32
            && (numerical.Contains(CudnnNumericalNote.TensorCore) || numerical.Contains(CudnnNumericalNote.DownConvertInputs)))
        {
            return false;
        }
        if (numerical.Contains(CudnnNumericalNote.ReducedPrecisionReduction) || (Deterministic && numerical.Contains(CudnnNumericalNote.Nondeterministic)))
            return false;
        return !behavior.Contains(CudnnBehaviorNote.RequiresFilterInt8x32Reorder) && !behavior.Contains(CudnnBehaviorNote.RequiresBiasInt8x32Reorder);
    }
}

/// <summary>An engine with its settings, as cuDNN's heuristics proposed it for a graph.</summary>
internal sealed class CudnnEngine : IDisposable
{
    private const int MostNotes = 32, MostKnobs = 64;

    private readonly SafeCudnnDescriptorHandle config;
    private bool isPlanned; // the plan owns the configuration

    private CudnnEngine(SafeCudnnDescriptorHandle config, string name, IReadOnlySet<CudnnNumericalNote> numerical, IReadOnlySet<CudnnBehaviorNote> behavior) =>
        (this.config, Name, NumericalNotes, BehaviorNotes) = (config, name, numerical, behavior);

    /// <summary>Engine index and settings, the same for the same version of the library: <c>e28:2=4,12=1</c>.</summary>
    public string Name { get; }

    /// <summary>What its results are like.</summary>
    public IReadOnlySet<CudnnNumericalNote> NumericalNotes { get; }

    /// <summary>What it asks for.</summary>
    public IReadOnlySet<CudnnBehaviorNote> BehaviorNotes { get; }

    /// <summary>Asks the heuristics, the best first; each engine and setting once.</summary>
    /// <param name="cudnn">The library's handle.</param>
    /// <param name="graph">A complete operation graph.</param>
    /// <param name="mode">How the heuristics work.</param>
    /// <param name="refusal">Why there is none, in the library's words; null when there are some.</param>
    public static List<CudnnEngine> Propose(SafeCudnnHandle cudnn, SafeCudnnDescriptorHandle graph, CudnnHeuristicsMode mode, out string? refusal)
    {
        using SafeCudnnDescriptorHandle heuristics = SafeCudnnDescriptorHandle.Create(cudnn, CudnnDescriptorType.EngineHeuristics)
            .Set(CudnnAttribute.HeuristicsOperationGraph, graph)
            .Set(CudnnAttribute.HeuristicsMode, CudnnAttributeType.HeuristicsMode, mode);
        CudnnStatus status = heuristics.TryComplete();
        long count = 0;
        if (status == CudnnStatus.Success)
            status = heuristics.TryCount(CudnnAttribute.HeuristicsResults, CudnnAttributeType.BackendDescriptor, out count);
        if (status != CudnnStatus.Success || count == 0)
        {
            refusal = status == CudnnStatus.Success ? "the heuristics name no engine" : $"{CudnnException.NameOf(status)} {CudnnException.LastText()}".TrimEnd();
            return [];
        }
        refusal = null;
        var configs = new SafeCudnnDescriptorHandle[count];
        for (int i = 0; i < configs.Length; i++)
            configs[i] = SafeCudnnDescriptorHandle.Create(cudnn, CudnnDescriptorType.EngineConfig);
        int found = heuristics.Get(CudnnAttribute.HeuristicsResults, configs);
        var engines = new List<CudnnEngine>(found);
        for (int i = 0; i < configs.Length; i++)
        {
            if (i < found)
                engines.Add(Describe(cudnn, configs[i]));
            else
                configs[i].Dispose();
        }
        return engines;
    }

    /// <summary>Makes the engine ready for execution: chooses and, where it has to, compiles its kernels.</summary>
    /// <returns>Null when the engine does not support the graph after all.</returns>
    /// <exception cref="CudnnException">Any other failure.</exception>
    public CudnnPlan? TryPlan(SafeCudnnHandle cudnn)
    {
        SafeCudnnDescriptorHandle plan = SafeCudnnDescriptorHandle.Create(cudnn, CudnnDescriptorType.ExecutionPlan)
            .Set(CudnnAttribute.PlanHandle, cudnn)
            .Set(CudnnAttribute.PlanEngineConfig, config);
        if (plan.TryComplete() == CudnnStatus.Success)
        {
            isPlanned = true;
            return new CudnnPlan(cudnn, plan, config);
        }
        // Whatever the reason is: this engine is not for this graph on this device.
        plan.Dispose();
        return null;
    }

    public void Dispose()
    {
        if (!isPlanned)
            config.Dispose();
    }

    private static CudnnEngine Describe(SafeCudnnHandle cudnn, SafeCudnnDescriptorHandle config)
    {
        using SafeCudnnDescriptorHandle engine = SafeCudnnDescriptorHandle.Create(cudnn, CudnnDescriptorType.Engine);
        config.Get(CudnnAttribute.ConfigEngine, [engine]);
        long index = engine.Get<long>(CudnnAttribute.EngineGlobalIndex, CudnnAttributeType.Int64);
        var numerical = new CudnnNumericalNote[MostNotes];
        int numericalCount = engine.Get<CudnnNumericalNote>(CudnnAttribute.EngineNumericalNote, CudnnAttributeType.NumericalNote, numerical);
        var behavior = new CudnnBehaviorNote[MostNotes];
        int behaviorCount = engine.Get<CudnnBehaviorNote>(CudnnAttribute.EngineBehaviorNote, CudnnAttributeType.BehaviorNote, behavior);
        return new CudnnEngine(config, string.Create(CultureInfo.InvariantCulture, $"e{index}:{Knobs(cudnn, config)}"),
            numerical.Take(numericalCount).ToHashSet(), behavior.Take(behaviorCount).ToHashSet());
    }

    // Settings in the order of their kinds, which is the same however the library lists them.
    private static string Knobs(SafeCudnnHandle cudnn, SafeCudnnDescriptorHandle config)
    {
        var choices = new SafeCudnnDescriptorHandle[
            config.TryCount(CudnnAttribute.ConfigKnobChoices, CudnnAttributeType.BackendDescriptor, out long knobs) == CudnnStatus.Success
                ? knobs : MostKnobs];
        try
        {
            for (int i = 0; i < choices.Length; i++)
                choices[i] = SafeCudnnDescriptorHandle.Create(cudnn, CudnnDescriptorType.KnobChoice);
            int count = config.Get(CudnnAttribute.ConfigKnobChoices, choices);
            return string.Join(',', choices.Take(count)
                .Select(c => (Kind: c.Get<int>(CudnnAttribute.KnobChoiceType, CudnnAttributeType.KnobType),
                    Value: c.Get<long>(CudnnAttribute.KnobChoiceValue, CudnnAttributeType.Int64)))
                .OrderBy(k => k.Kind).Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Kind}={k.Value}")));
        }
        finally
        {
            foreach (SafeCudnnDescriptorHandle? choice in choices)
                choice?.Dispose();
        }
    }
}

/// <summary>An engine ready for execution. A recorded step goes on using its compiled kernels, so it must outlive the recordings made with it.</summary>
internal sealed class CudnnPlan : IDisposable
{
    private readonly SafeCudnnHandle cudnn;
    private readonly SafeCudnnDescriptorHandle plan;
    private readonly SafeCudnnDescriptorHandle config; // nothing says that a plan can do without it

    public CudnnPlan(SafeCudnnHandle cudnn, SafeCudnnDescriptorHandle plan, SafeCudnnDescriptorHandle config)
    {
        (this.cudnn, this.plan, this.config) = (cudnn, plan, config);
        WorkspaceBytes = plan.Get<long>(CudnnAttribute.PlanWorkspaceSize, CudnnAttributeType.Int64);
    }

    /// <summary>Bytes of scratch that an execution needs.</summary>
    public long WorkspaceBytes { get; }

    /// <summary>Enqueues the computation.</summary>
    /// <param name="ids">The tensors' ids.</param>
    /// <param name="pointers">Their device pointers, in the same order.</param>
    /// <param name="workspace">Device memory of <see cref="WorkspaceBytes"/>.</param>
    public void Execute(ReadOnlySpan<long> ids, ReadOnlySpan<nint> pointers, nint workspace) => plan.Execute(cudnn, ids, pointers, workspace);

    public void Dispose()
    {
        plan.Dispose();
        config.Dispose();
    }
}
