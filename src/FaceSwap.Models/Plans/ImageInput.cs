using System.Runtime.InteropServices;
using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>Brings fp32 images from the host into a network's input, through a conversion where the activations are narrower.</summary>
internal sealed class ImageInput
{
    private readonly IBackend backend;
    private readonly DeviceSpan<byte> input;
    private readonly DeviceSpan<float> staging; // the batch in fp32; empty when the input is fp32 itself

    public ImageInput(IBackend backend, DeviceSpan<byte> input, long count, Precision precision, PlanResources resources)
    {
        (this.backend, this.input, ElementType) = (backend, input, precision.ActivationType());
        if (ElementType != ElementType.Float32)
            staging = resources.Allocate<float>(backend, count, "the input's staging buffer");
    }

    public ElementType ElementType { get; }

    /// <summary>Copies the first images of the batch; the others keep what they had.</summary>
    public void Upload(ReadOnlySpan<float> images)
    {
        if (staging.IsEmpty)
        {
            backend.Upload(MemoryMarshal.AsBytes(images), input.Slice(0, (long)images.Length * sizeof(float)));
            return;
        }
        backend.Upload(images, staging.Slice(0, images.Length));
        backend.Convert(staging.As<byte>(), ElementType.Float32, input, ElementType);
    }
}
