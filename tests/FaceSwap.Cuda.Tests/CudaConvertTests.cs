using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Tests;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Cuda.Tests;

/// <summary>Conversion on the device: against the processor's converter, the golden conversions, and whole conversions of clips.</summary>
public sealed class CudaConvertTests : CudaTest
{
    public static TheoryData<string> Cases => CompositedFaceChecks.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_face_is_converted_as_on_the_processor(string name)
    {
        using CudaBackend backend = Open();
        CompositedFaceChecks.Agrees(backend, name);
    }

    [Fact]
    public void The_golden_conversions_agree()
    {
        using CudaBackend backend = Open();
        CompositedFaceChecks.AgreesWithGoldenConversions(backend);
    }

    [SkippableFact]
    public void All_golden_conversions_agree()
    {
        using CudaBackend backend = Open();
        CompositedFaceChecks.AgreesWithAllGoldenConversions(backend);
    }

    [Theory]
    [InlineData(PixelFormat.Nv12, 4)]
    [InlineData(PixelFormat.Yuv420P, 16)]
    [InlineData(PixelFormat.Bgr24, 5)]
    public void Frames_are_converted_in_order_as_on_the_processor(PixelFormat format, int batch)
    {
        using CudaBackend backend = Open();
        DeviceSwapperChecks.ConvertsAsTheProcessorDoes(backend, format, batch, 2, new MaskedOptions { MatchHistogram = format == PixelFormat.Nv12, Sharpen = format == PixelFormat.Bgr24 ? Sharpening.Gaussian : Sharpening.None });
    }

    [Theory]
    [InlineData(PixelFormat.Yuv420P, MaskType.Rect)]
    [InlineData(PixelFormat.Yuv444P, MaskType.FaceHull)]
    [InlineData(PixelFormat.Nv12, MaskType.FaceHullAndRect)]
    public void Only_the_masks_rectangles_change(PixelFormat format, MaskType mask)
    {
        using CudaBackend backend = Open();
        using DeviceSwapperChecks.Mirror network = new(backend, 3);
        MaskedOptions options = new() { Mask = mask, ErosionSize = 4, BlurSize = 6 };
        BitIdentityChecks.OnlyTheMasksRectanglesChange(info => DeviceSwapper.TryCreate(backend, network, options, info)!, format, options);
    }

    [Fact]
    public void The_blend_can_be_timed()
    {
        using CudaBackend backend = Open();
        using Compute.BlendWork work = Compute.BlendWork.TryCreate(backend, 2)!;
        // Two faces of 512×512 pixels in NV12, read and written, and a little more for the edges.
        Assert.InRange(work.FloorBytes, 2 * 2 * 512 * 512 * 3 / 2, 2 * 2 * 520 * 520 * 3 / 2);
        work.RunFused();
        work.Run();
        backend.Synchronize();
        using CpuBackend cpu = new(1);
        Assert.Null(Compute.BlendWork.TryCreate(cpu, 2));
    }

    [Fact]
    public void A_failure_is_reported()
    {
        using CudaBackend backend = Open();
        DeviceSwapperChecks.FailureIsReported(backend);
    }

    [Fact]
    public void Cancelling_stops_with_batches_under_way()
    {
        using CudaBackend backend = Open();
        DeviceSwapperChecks.CancellingStops(backend);
    }

    [Fact]
    public void A_clip_is_converted_as_on_the_processor()
    {
        using TempFolder folder = new("cuda-convert");
        string input = ConvertClip.Write(folder, 12), model = ConvertClip.Model(folder);
        ConvertOptions options = new() { Input = input, Output = folder["cuda.mkv"], ModelDirectory = model, BatchSize = 5, Precision = Compute.Precision.Fp32, Crf = 0, Preset = "ultrafast", Detect = true };
        ConvertSummary onDevice, onProcessor;
        using (CudaBackend backend = Open())
            onDevice = new ConvertWorkflow(options, backend).Run();
        using (CpuBackend cpu = new())
            onProcessor = new ConvertWorkflow(options with { Output = folder["cpu.mkv"] }, cpu).Run();
        Assert.Equal((12, 12, 0), (onDevice.Frames, onDevice.FacesConverted, onDevice.FramesWithoutFace));
        Assert.Equal(0, onProcessor.UploadedBytes);
        Assert.True(onDevice.DownloadedBytes > 0 && onDevice.DownloadedBytes < onDevice.UploadedBytes);
        using VideoReader before = VideoReader.Open(input), device = VideoReader.Open(folder["cuda.mkv"]), processor = VideoReader.Open(folder["cpu.mkv"]);
        for (int i = 0; i < 12; i++)
        {
            using Frame a = before.Read()!, b = device.Read()!, c = processor.Read()!;
            Assert.True(TestClips.Difference(a.Plane(0), b.Plane(0)) > 0.5, "the face did not change");
            for (int plane = 0; plane < a.PlaneCount; plane++)
            {
                // The encoder keeps every bit at this rate: what differs was computed differently.
                for (int y = 0; y < b.Plane(plane).Height; y++)
                {
                    Span<byte> left = b.Plane(plane).RowSpan(y), right = c.Plane(plane).RowSpan(y);
                    for (int x = 0; x < left.Length; x++)
                        Assert.InRange(left[x] - right[x], -2, 2);
                }
            }
        }
    }
}
