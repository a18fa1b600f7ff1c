namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>
/// Adam in one pass over parameters, gradients and moments: <c>adam.cu</c>. 28 bytes move a parameter, so memory sets the pace.
/// </summary>
internal sealed class CudaAdam : IAdam
{
    /// <summary>Bytes that an update must move for each parameter: parameter and moments read and written, gradient read.</summary>
    public const int BytesPerParameter = 28;

    /// <summary>The same where the bf16 copy is written too.</summary>
    public const int BytesPerParameterWithCopy = 30;

    // Eight 16-byte loads a thread, 256 threads a block: three blocks are more in flight than memory's latency needs, and all of them run at once.
    private const int Threads = 256, BlocksPerMultiprocessor = 3, ElementsAThread = 8;

    private readonly AdamSpec spec;
    private readonly CudaBackend backend;
    private readonly CudaKernel kernel;

    public CudaAdam(CudaBackend backend, in AdamSpec spec)
    {
        (this.backend, this.spec) = (backend, spec);
        kernel = backend.Device.Kernel("fs_adam_f32");
    }

    /// <summary>Where operations take bf16 kernels from the slab, its bf16 copy is written too.</summary>
    public void Update(DeviceSpan<float> parameters, DeviceSpan<float> gradients, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<long> step)
    {
        CudaNarrowSlab? narrow = spec.Count > 0 ? backend.NarrowSlabs.Find(parameters.Buffer) : null;
        Update(parameters, gradients, m, v, step, narrow?.At(parameters.Offset) ?? 0);
        narrow?.Written(parameters);
    }

    /// <summary>The same, and writes the new parameters as bfloat16 too.</summary>
    /// <param name="parameters">As in <see cref="IAdam.Update"/>.</param>
    /// <param name="gradients">As in <see cref="IAdam.Update"/>.</param>
    /// <param name="m">As in <see cref="IAdam.Update"/>.</param>
    /// <param name="v">As in <see cref="IAdam.Update"/>.</param>
    /// <param name="step">As in <see cref="IAdam.Update"/>.</param>
    /// <param name="copy">Device pointer to spec.Count bfloat16 elements, 2-byte aligned (8-byte for speed); 0 for none.</param>
    public void Update(DeviceSpan<float> parameters, DeviceSpan<float> gradients, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<long> step,
        nint copy)
    {
        AdamArguments args = new()
        {
            P = CudaSpan.Pointer(parameters, spec.Count, nameof(parameters)),
            G = CudaSpan.Pointer(gradients, spec.Count, nameof(gradients)),
            M = CudaSpan.Pointer(m, spec.Count, nameof(m)),
            V = CudaSpan.Pointer(v, spec.Count, nameof(v)),
            Copy = copy,
            Step = CudaSpan.Pointer(step, 1, nameof(step)),
            Count = spec.Count,
            Rate = spec.LearningRate,
            Beta1Wide = spec.Beta1,
            Beta2Wide = spec.Beta2,
            Beta1 = spec.Beta1,
            Beta2 = spec.Beta2,
            Rest1 = (float)(1.0 - spec.Beta1),
            Rest2 = (float)(1.0 - spec.Beta2),
            Epsilon = spec.Epsilon,
        };
        if (spec.Count == 0)
            return;
        args.Vector = ((args.P | args.G | args.M | args.V) & 15) == 0 && (copy & 7) == 0 ? 1 : 0;
        long perBlock = Threads * (args.Vector != 0 ? ElementsAThread : 1);
        long blocks = Math.Clamp((spec.Count + perBlock - 1) / perBlock, 1, (long)backend.Device.Multiprocessors * BlocksPerMultiprocessor);
        kernel.Launch(new Grid3((uint)blocks), new Grid3(Threads), args);
    }

    public void Dispose()
    {
        // The device keeps the kernel.
    }
}
