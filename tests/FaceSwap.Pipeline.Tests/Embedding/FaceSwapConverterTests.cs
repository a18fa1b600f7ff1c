using System.Runtime.CompilerServices;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Embedding;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Embedding;

/// <summary>The API for other programs: frames in, frames out.</summary>
[Collection("engine")]
public sealed class FaceSwapConverterTests : IDisposable
{
    private readonly TempFolder folder = new("embed");
    private readonly CpuBackend backend = new(1);
    private readonly FaceSwapConverterOptions options;

    public FaceSwapConverterTests()
    {
        _ = TinyModel.Definition; // registers it
        options = new FaceSwapConverterOptions { ModelDirectory = ConvertClip.Model(folder), BatchSize = 3, DetectEvery = 4 };
    }

    public void Dispose()
    {
        backend.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Frames_come_out_in_order_and_only_faces_change()
    {
        using LeakCheck leaks = new();
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        using PooledFrame original = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
        List<Frame> given = [];
        int index = 0;
        await foreach (SwappedFrame swapped in converter.ConvertAsync(Frames(10, given), Stream(original)))
        {
            using Frame frame = swapped.Frame;
            Assert.Equal($"{index}", frame.Name);
            bool empty = index % 5 == 4;
            if (empty)
            {
                Assert.Empty(swapped.Faces);
                Assert.Same(given[index], frame);
            }
            else
            {
                SwappedFace face = Assert.Single(swapped.Faces);
                Assert.True(face.Identity >= 1);
                Assert.Equal(68, face.Landmarks.Count);
                AssertChangedOnlyAround(original, frame, face.Landmarks);
            }
            index++;
        }
        Assert.Equal(10, index);
    }

    [Fact]
    public async Task The_model_serves_one_stream_after_another_and_a_loop_may_be_left()
    {
        using LeakCheck leaks = new();
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        using PooledFrame original = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
        for (int run = 0; run < 3; run++)
        {
            int seen = 0;
            await foreach (SwappedFrame swapped in converter.ConvertAsync(Frames(1000), Stream(original)))
            {
                swapped.Frame.Dispose();
                if (++seen == 5)
                    break;
            }
            Assert.Equal(5, seen);
        }
    }

    [Fact]
    public async Task A_source_that_pauses_gets_its_frames_back_meanwhile()
    {
        using FaceSwapConverter converter = FaceSwapConverter.Load(options.LowLatency(), backend);
        using PooledFrame original = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
        using SemaphoreSlim taken = new(0);
        async IAsyncEnumerable<Frame> OneByOne([EnumeratorCancellation] CancellationToken cancellation = default)
        {
            await foreach (Frame frame in Frames(4).WithCancellation(cancellation))
            {
                yield return frame;
                Assert.True(await taken.WaitAsync(TimeSpan.FromSeconds(60), cancellation), "the frame did not come out");
            }
        }
        int seen = 0;
        await foreach (SwappedFrame swapped in converter.ConvertAsync(OneByOne(), Stream(original)))
        {
            swapped.Frame.Dispose();
            seen++;
            taken.Release();
        }
        Assert.Equal(4, seen);
    }

    [Fact]
    public async Task What_the_source_throws_comes_out()
    {
        using LeakCheck leaks = new();
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        using PooledFrame original = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
        async IAsyncEnumerable<Frame> Broken()
        {
            await foreach (Frame frame in Frames(3))
                yield return frame;
            throw new InvalidDataException("broken here");
        }
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(() => Drain(converter.ConvertAsync(Broken(), Stream(original))));
        Assert.Equal("broken here", e.Message);
        await Drain(converter.ConvertAsync(Frames(2), Stream(original)));
    }

    [Fact]
    public async Task A_frame_of_another_size_is_refused()
    {
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        await Assert.ThrowsAsync<ArgumentException>(() => Drain(converter.ConvertAsync(Frames(3), new FrameStream(64, 64, new Rational(25, 1)))));
    }

    [Fact]
    public async Task Two_streams_at_once_are_refused()
    {
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        using PooledFrame original = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
        await foreach (SwappedFrame swapped in converter.ConvertAsync(Frames(20), Stream(original)))
        {
            swapped.Frame.Dispose();
            await Assert.ThrowsAsync<InvalidOperationException>(() => Drain(converter.ConvertAsync(Frames(1), Stream(original))));
            break;
        }
    }

    [Fact]
    public async Task A_cancelled_stream_ends_at_once()
    {
        using LeakCheck leaks = new();
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        using PooledFrame original = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
        using CancellationTokenSource stop = new();
        async Task Run()
        {
            await foreach (SwappedFrame swapped in converter.ConvertAsync(Frames(1000), Stream(original), stop.Token))
            {
                swapped.Frame.Dispose();
                stop.Cancel();
            }
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(Run);
    }

    [Fact]
    public void A_missing_model_is_said_in_a_sentence() =>
        Assert.Throws<UserErrorException>(() => FaceSwapConverter.Load(options with { ModelDirectory = folder["nowhere"] }, backend));

    [Fact]
    public void The_mark_says_that_material_was_altered()
    {
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend);
        Assert.Contains("Altered", converter.Mark["comment"]);
    }

    private static FrameStream Stream(Frame frame) => new(frame.Width, frame.Height, new Rational(25, 1));

    // Golden frames with a face; every fifth is grey.
    private static async IAsyncEnumerable<Frame> Frames(int count, List<Frame>? given = null)
    {
        for (int i = 0; i < count; i++)
        {
            PooledFrame frame = MemorySource.GoldenFrame(PixelFormat.Yuv420P);
            if (i % 5 == 4)
            {
                for (int y = 0; y < frame.Height; y++)
                    frame.Plane(0).RowSpan(y).Fill(128);
            }
            frame.Name = $"{i}";
            given?.Add(frame);
            yield return frame;
            await Task.Yield();
        }
    }

    private static async Task Drain(IAsyncEnumerable<SwappedFrame> frames)
    {
        await foreach (SwappedFrame swapped in frames)
            swapped.Frame.Dispose();
    }

    private static void AssertChangedOnlyAround(Frame before, Frame after, IReadOnlyList<Point2> landmarks)
    {
        double left = landmarks.Min(p => p.X) - 4, right = landmarks.Max(p => p.X) + 4, top = landmarks.Min(p => p.Y) - 4, bottom = landmarks.Max(p => p.Y) + 4;
        bool changed = false;
        for (int y = 0; y < before.Height; y++)
        {
            Span<byte> a = before.Plane(0).RowSpan(y), b = after.Plane(0).RowSpan(y);
            for (int x = 0; x < a.Length; x++)
            {
                if (a[x] == b[x])
                    continue;
                changed = true;
                Assert.True(x >= left && x <= right && y >= top && y <= bottom, $"sample {x}, {y} changed outside the face");
            }
        }
        Assert.True(changed);
    }
}
