using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Models;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>What must be the same to the bit: samples outside the masks, and a face's result wherever it stands in a batch.</summary>
[Collection("engine")]
public sealed class BitIdentityTests
{
    [Theory]
    [InlineData(PixelFormat.Yuv420P, MaskType.Rect)]
    [InlineData(PixelFormat.Yuv444P, MaskType.FaceHull)]
    [InlineData(PixelFormat.Nv12, MaskType.FaceHullAndRect)]
    [InlineData(PixelFormat.Bgr24, MaskType.Rect)]
    public void On_the_processor_only_the_masks_rectangles_change(PixelFormat format, MaskType mask)
    {
        using LeakCheck leaks = new();
        using InvertingNetwork network = new(3);
        MaskedOptions options = new() { Mask = mask, ErosionSize = 4, BlurSize = 6 };
        BitIdentityChecks.OnlyTheMasksRectanglesChange(_ => new HostSwapper(network, () => new MaskedConverter(options)), format, options);
    }

    [Theory]
    [InlineData(PixelFormat.Yuv420P, MaskType.Rect)]
    [InlineData(PixelFormat.Yuv444P, MaskType.FaceHullAndRect)]
    [InlineData(PixelFormat.Nv12, MaskType.FaceHull)]
    public void On_a_device_only_the_masks_rectangles_change(PixelFormat format, MaskType mask)
    {
        using LeakCheck leaks = new();
        using ReferenceBackend backend = new();
        using DeviceSwapperChecks.Mirror network = new(backend, 3);
        MaskedOptions options = new() { Mask = mask, ErosionSize = 4, BlurSize = 6 };
        BitIdentityChecks.OnlyTheMasksRectanglesChange(info => DeviceSwapper.TryCreate(backend, network, options, info)!, format, options);
    }

    // Batches of a resumed run, or with other clips, put a face in another place beside other faces.
    [SkippableTheory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void A_face_comes_out_of_the_network_the_same_from_any_place_in_a_batch(Precision precision)
    {
        const int batch = 16;
        using TempFolder folder = new("batch");
        using CpuBackend backend = new(2);
        Skip.IfNot(backend.Supports(precision), $"the processor does not compute in {precision}");
        using (FaceSet a = new(backend, 1, 256, "A"), b = new(backend, 1, 256, "B"))
        using (TrainingSession session = new(backend, ModelZoo.Get("Light"), new TrainingSettings(1, Precision.Fp32, 1e-4f, 1), a, b))
        using (CheckpointFolder checkpoint = CheckpointFolder.Reserve(folder["model"]))
            session.Save(checkpoint);
        ConvertOptions options = new() { Input = "", Output = "", ModelDirectory = folder["model"], Precision = precision, BatchSize = batch };
        using SwapNetwork network = SwapNetwork.Open(options, backend, null);
        int length = network.Size * network.Size * 3;
        Random random = new(1);
        float[] face = Noise(length), alone = new float[length];
        network.Run(face, alone);
        Assert.True(alone.Distinct().Count() > 100);
        for (int place = 0; place < batch; place++)
        {
            float[] input = Noise(batch * length), output = new float[batch * length];
            face.CopyTo(input, place * length);
            network.Run(input, output);
            Assert.True(output.AsSpan(place * length, length).SequenceEqual(alone), $"the face differs at place {place}");
        }

        float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }
}
