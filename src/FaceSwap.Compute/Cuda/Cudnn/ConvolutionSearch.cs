using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// The ways to compute a product of a convolution, the likely ones first. What cuDNN supports differs by device, version, type and shape, and
/// is found out by asking: padding that is not the same on both sides, bias and activation in the same graph, an fp32 result from bf16 factors, channel
/// counts that are no multiple of 16 bytes. Each has a form that does without.
/// </summary>
internal sealed class ConvolutionSearch(CudaMath math, ConvolutionWork work, EngineRules rules, Conv2dSpec? epilogue)
{
    // Engines of one graph that are tried: the heuristics' order is good, and each try may compile a kernel. What takes a device microseconds
    // either way is not worth it.
    private const int MostEngines = 6, MostEnginesOfSmallWork = 2;
    private const int MostRefusals = 24; // of one graph by engines that the heuristics named
    private const double SmallWork = 1e9; // operations
    private const int MostReasons = 4; // in an error's sentence

    private readonly List<string> refusals = [];

    /// <summary>What the library said where it had nothing to offer, in one line.</summary>
    public string Refusals => refusals.Count == 0 ? "no reason given" : string.Join("; ", refusals.Distinct().Take(MostReasons)).ReplaceLineEndings(" ");

    /// <summary>Ways in tiers: the next tier is for when no way of those before works.</summary>
    public IReadOnlyList<IEnumerable<Proposal<ConvolutionRoute>>> Tiers()
    {
        ConvolutionShape shape = work.Shape;
        int lanes = 16 / work.Type.Bytes();
        ConvolutionShape[] plain = shape.IsAsymmetric ? [shape, shape.Symmetric()] : [shape];
        ConvolutionShape padded = shape.Symmetric().WithChannelsOf(lanes);
        bool oddChannels = padded.InChannels != shape.InChannels || padded.OutChannels != shape.OutChannels;
        // Channels of zeros may pay even where an engine takes odd counts: engines that take them load element by element, or pad themselves.
        ConvolutionShape[] likely = oddChannels && rules.Precision != Precision.Fp32 ? [.. plain, padded] : plain;
        ConvolutionShape[] all = [.. plain, .. oddChannels || padded != plain[^1] ? [padded] : Array.Empty<ConvolutionShape>()];
        return
        [
            Propose(likely, [CudnnHeuristicsMode.A, CudnnHeuristicsMode.B], work.Flops < SmallWork ? MostEnginesOfSmallWork : MostEngines),
            Propose(all, [CudnnHeuristicsMode.A, CudnnHeuristicsMode.Fallback], MostEngines),
        ];
    }

    private IEnumerable<Proposal<ConvolutionRoute>> Propose(ConvolutionShape[] shapes, CudnnHeuristicsMode[] modes, int most)
    {
        foreach (ConvolutionShape inner in shapes)
        {
            foreach (ConvolutionForm form in Forms(inner))
            {
                foreach (Proposal<ConvolutionRoute> proposal in Propose(form, modes, most))
                    yield return proposal;
            }
        }
    }

    private IEnumerable<ConvolutionForm> Forms(ConvolutionShape inner)
    {
        yield return new ConvolutionForm(inner, Fused: false, ElementType.Float32);
        if (work.Pass == ConvolutionPass.Forward && epilogue is not null && inner.OutChannels == work.Shape.OutChannels)
            yield return new ConvolutionForm(inner, Fused: true, work.Type);
        if (work.Pass == ConvolutionPass.BackwardFilter && work.Type != ElementType.Float32)
            yield return new ConvolutionForm(inner, Fused: false, work.Type);
    }

    private IEnumerable<Proposal<ConvolutionRoute>> Propose(ConvolutionForm form, CudnnHeuristicsMode[] modes, int most)
    {
        using var builder = new CudnnGraph(math.Cudnn);
        SafeCudnnDescriptorHandle graph;
        try
        {
            graph = Describe(builder, form);
        }
        catch (CudnnException e)
        {
            refusals.Add(e.Message);
            yield break;
        }
        int ready = 0, refused = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (CudnnHeuristicsMode mode in modes)
        {
            List<CudnnEngine> engines = CudnnEngine.Propose(math.Cudnn, graph, mode, out string? refusal);
            if (refusal is not null)
                refusals.Add(refusal);
            try
            {
                foreach (CudnnEngine engine in engines)
                {
                    if (ready == most || refused == MostRefusals || !rules.Allow(engine.NumericalNotes, engine.BehaviorNotes) || !seen.Add(engine.Name))
                        continue;
                    string name = $"{Label(form)}/{engine.Name}";
                    yield return new Proposal<ConvolutionRoute>(name, () =>
                    {
                        ConvolutionRoute? route = Build(form, engine, name);
                        if (route is null)
                            refused++;
                        else
                            ready++;
                        return route;
                    });
                }
            }
            finally
            {
                foreach (CudnnEngine engine in engines)
                    engine.Dispose();
            }
        }
    }

    private ConvolutionRoute? Build(ConvolutionForm form, CudnnEngine engine, string name)
    {
        CudnnPlan? plan = engine.TryPlan(math.Cudnn);
        if (plan is null)
        {
            refusals.Add(CudnnException.LastText() is { Length: > 0 } text ? text : $"{name} does not support the graph after all");
            return null;
        }
        if (plan.WorkspaceBytes <= math.WorkspaceLimit)
            return new ConvolutionRoute(math.Device, work, form, plan, name);
        refusals.Add($"{name} needs {plan.WorkspaceBytes} bytes of workspace and {math.WorkspaceLimit} are allowed");
        plan.Dispose();
        return null;
    }

    private SafeCudnnDescriptorHandle Describe(CudnnGraph graph, ConvolutionForm form)
    {
        CudnnDataType type = TypeOf(work.Type);
        ConvolutionShape shape = form.Inner;
        BoxShape input = shape.Input, output = shape.Output, filter = shape.Filter;
        CudnnTensor x = CudnnTensor.Activation(ConvolutionRoute.X, type, input.N, input.H, input.W, input.C);
        CudnnTensor y = CudnnTensor.Activation(ConvolutionRoute.Y, type, output.N, output.H, output.W, output.C);
        CudnnTensor w = CudnnTensor.Filter(ConvolutionRoute.W, work.Pass == ConvolutionPass.BackwardFilter ? TypeOf(form.FilterType) : type,
            filter.N, filter.H, filter.W, filter.C);
        switch (work.Pass)
        {
            case ConvolutionPass.BackwardData:
                graph.BackwardData(shape, x, w, y);
                break;
            case ConvolutionPass.BackwardFilter:
                graph.BackwardFilter(shape, x, w, y);
                break;
            case ConvolutionPass.Forward when form.Fused:
                CudnnTensor Virtual(long id) => CudnnTensor.Activation(id, CudnnDataType.Float, output.N, output.H, output.W, output.C, isVirtual: true);
                CudnnTensor bias = CudnnTensor.Bias(ConvolutionRoute.Bias, CudnnDataType.Float, output.C), convolved = Virtual(ConvolutionRoute.Convolved);
                bool activated = epilogue!.Value.Activation == Activation.LeakyRelu;
                CudnnTensor biased = activated ? Virtual(ConvolutionRoute.Biased) : y;
                graph.Forward(shape, x, w, convolved);
                graph.Add(convolved, bias, biased);
                if (activated)
                    graph.LeakyRelu(biased, y, epilogue.Value.LeakySlope);
                break;
            default:
                graph.Forward(shape, x, w, y);
                break;
        }
        return graph.Complete();
    }

    // n: as it is; s: zeros after, so that the padding is the same on both sides; c: channels of zeros too; f: fused; h: the gradient comes in bf16.
    private string Label(ConvolutionForm form)
    {
        ConvolutionShape inner = form.Inner;
        bool wider = inner.InChannels != work.Shape.InChannels || inner.OutChannels != work.Shape.OutChannels;
        return (wider ? "c" : inner == work.Shape ? "n" : "s") + (form.Fused ? "f" : "")
            + (work.Pass == ConvolutionPass.BackwardFilter && form.FilterType != ElementType.Float32 ? "h" : "");
    }

    private static CudnnDataType TypeOf(ElementType type) => type == ElementType.Float32 ? CudnnDataType.Float : CudnnDataType.BFloat16;
}
