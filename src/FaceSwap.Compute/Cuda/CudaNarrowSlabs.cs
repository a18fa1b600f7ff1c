namespace FaceSwap.Compute.Cuda;

/// <summary>
/// The bf16 copies of parameter slabs, one for each buffer that operations take bf16 kernels from, at the same element offsets. One copy of the whole
/// slab, and not one of each kernel, lets Adam write the rounded parameters while it has them in registers: 2 bytes a parameter instead of the 6 of a
/// conversion afterwards, and no launch for each layer.
/// </summary>
internal sealed class CudaNarrowSlabs(CudaBackend backend)
{
    private readonly Dictionary<DeviceBuffer, CudaNarrowSlab> slabs = [];

    /// <summary>The copy of a buffer, made when first asked for; to be given back with <see cref="Release"/>.</summary>
    /// <exception cref="InvalidOperationException">It would have to be allocated while a step is recorded.</exception>
    public CudaNarrowSlab Acquire(DeviceBuffer master)
    {
        if (!slabs.TryGetValue(master, out CudaNarrowSlab? slab))
        {
            slab = new CudaNarrowSlab(master, backend.Allocate(master.ByteLength / 2, "the bf16 copy of the network's weights"));
            slabs.Add(master, slab);
        }
        slab.Users++;
        return slab;
    }

    /// <summary>Ends one use; the last one frees the copy.</summary>
    public void Release(CudaNarrowSlab slab)
    {
        if (--slab.Users > 0)
            return;
        slabs.Remove(slab.Master);
        slab.Copy.Dispose();
    }

    /// <summary>The copy of a buffer, if somebody uses one.</summary>
    public CudaNarrowSlab? Find(DeviceBuffer master) => slabs.GetValueOrDefault(master);

    /// <summary>To be called when a buffer is written to other than by Adam: what Adam wrote of its copy is out of date.</summary>
    public void Overwritten(DeviceBuffer buffer) => Find(buffer)?.Overwritten();
}

/// <summary>A slab and its bf16 copy.</summary>
/// <param name="master">The slab.</param>
/// <param name="copy">Half its size.</param>
internal sealed class CudaNarrowSlab(DeviceBuffer master, DeviceBuffer copy)
{
    // Ranges that Adam has written since the operations were last told of a change, in order of being enqueued. Few: one for each part of a network.
    private readonly List<(long From, long To)> written = [];

    public DeviceBuffer Master { get; } = master;

    public DeviceBuffer Copy { get; } = copy;

    /// <summary>How many hold it.</summary>
    public int Users { get; set; }

    /// <summary>Where the copy of an element of the slab is.</summary>
    public nint At(long element) => Copy.Address + (nint)(element * sizeof(ushort));

    /// <summary>Notes that Adam, as enqueued, leaves the copy of a range up to date.</summary>
    public void Written(DeviceSpan<float> range)
    {
        if (!IsWritten(range))
            written.Add((range.Offset, range.Offset + range.Length));
    }

    /// <summary>Whether what was enqueued last leaves the copy of a range up to date.</summary>
    public bool IsWritten(DeviceSpan<float> range)
    {
        foreach ((long from, long to) in written)
        {
            if (from <= range.Offset && range.Offset + range.Length <= to)
                return true;
        }
        return false;
    }

    /// <summary>Notes that the slab was changed by others.</summary>
    public void Overwritten() => written.Clear();
}

/// <summary>An operation's bf16 kernel: its part of the slab's bf16 copy.</summary>
/// <param name="backend">The backend.</param>
/// <param name="count">Elements of the kernel.</param>
internal sealed class CudaNarrowKernel(CudaBackend backend, long count) : IDisposable
{
    // The products expect 16-byte alignment.
    private const int AlignmentElements = 8;

    private CudaNarrowSlab? slab;

    /// <summary>Enqueues rounding the kernel to bf16, unless Adam has just done so. The first call for a slab allocates: it cannot be recorded.</summary>
    public void Changed(DeviceSpan<float> kernel)
    {
        nint master = CudaSpan.Pointer(kernel, count, nameof(kernel));
        if (kernel.Offset % AlignmentElements != 0)
            throw new ArgumentException($"a bf16 kernel starts at element {kernel.Offset} of its slab, which is no multiple of {AlignmentElements}", nameof(kernel));
        if (slab?.Master != kernel.Buffer)
        {
            CudaNarrowSlab next = backend.NarrowSlabs.Acquire(kernel.Buffer);
            Dispose();
            slab = next;
        }
        if (!slab.IsWritten(kernel))
            Kernels.CudaElementwise.Convert(backend.Device, master, ElementType.Float32, slab.At(kernel.Offset), ElementType.BFloat16, count);
    }

    /// <summary>The bf16 kernel's device pointer.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Changed"/> was never called for this slab.</exception>
    public nint Pointer(DeviceSpan<float> kernel)
    {
        CudaSpan.Pointer(kernel, count, nameof(kernel));
        return slab?.Master == kernel.Buffer
            ? slab.At(kernel.Offset)
            : throw new InvalidOperationException("an operation in bf16 runs before KernelChanged told it where its kernel is");
    }

    public void Dispose()
    {
        if (slab is not null)
            backend.NarrowSlabs.Release(slab);
        slab = null;
    }
}
