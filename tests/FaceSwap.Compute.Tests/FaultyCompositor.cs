namespace FaceSwap.Compute.Tests;

/// <summary>The reference compositor with one fault.</summary>
internal sealed class FaultyCompositor(Fault fault, IFaceCompositor inner) : IFaceCompositor
{
    public CompositorSpec Spec => inner.Spec;

    public long ScratchBytes => inner.ScratchBytes;

    public static IFaceCompositor Create(Fault fault, IBackend backend, in CompositorSpec spec) => new FaultyCompositor(fault,
        backend.CreateCompositor(fault == Fault.BlendsAnotherMask ? spec with { BlurSize = spec.BlurSize + 1 } : spec)!);

    public void Crop(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> networkInput)
    {
        inner.Crop(slots, networkInput);
        Span<byte> crops = HostSpan.Managed(networkInput);
        if (fault == Fault.CropsAPixelAside)
            crops[12..].CopyTo(crops);
    }

    public void Blend(DeviceSpan<CompositorSlot> slots, DeviceSpan<float> networkOutput)
    {
        Span<CompositorSlot> all = HostSpan.Managed(slots);
        CompositorSlot last = all[^1];
        if (fault == Fault.SkipsAFace)
            all[^1] = default;
        inner.Blend(slots, networkOutput);
        all[^1] = last;
        if (fault == Fault.BlendsBesideTheFace)
            BesideTheFace(all[0]);
    }

    public void Pack(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> packed)
    {
        if (fault != Fault.PacksNothing)
            inner.Pack(slots, packed);
    }

    public void Dispose() => inner.Dispose();

    private static unsafe void BesideTheFace(in CompositorSlot slot) =>
        ((byte*)slot.Plane0)[((slot.Touched.Y - 1) * slot.Stride0) + slot.Touched.X] ^= 1;
}
