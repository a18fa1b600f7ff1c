// Converts a video frame by frame through FaceSwapConverter, and looks at each frame on the way: here it says when a new face appears.
//
//   dotnet run --project samples/ConvertFrames -c Release -- MODEL_FOLDER INPUT.mp4 OUTPUT.mp4
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Media;
using FaceSwap.Pipeline.Embedding;

if (args is not [string model, string input, string output])
{
    Console.Error.WriteLine("usage: ConvertFrames MODEL_FOLDER INPUT OUTPUT");
    return 2;
}
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
try
{
    // Or: new CudaBackend(new CudaOptions()) on an NVIDIA GPU.
    using IBackend backend = new CpuBackend();
    using FaceSwapConverter converter = FaceSwapConverter.Load(new FaceSwapConverterOptions { ModelDirectory = model }, backend, Console.Error.WriteLine);
    using VideoReader source = VideoReader.Open(input);
    // Keeps times, sound and subtitles of the input, and marks the output as altered.
    using VideoWriter sink = VideoWriter.Create(output, VideoWriterOptions.For(source) with { Metadata = converter.Mark });
    long newest = 0, frames = 0;
    await foreach (SwappedFrame swapped in converter.ConvertAsync(source, stop.Token))
    {
        foreach (SwappedFace face in swapped.Faces.Where(f => f.Identity > newest))
            Console.WriteLine($"frame {frames}: face {newest = face.Identity} at {Center(face)}");
        sink.Write(swapped.Frame); // takes the frame over
        frames++;
    }
    sink.Complete();
    Console.WriteLine($"{frames} frames with the face of {converter.Model} in {output}");
    return 0;
}
catch (UserErrorException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("interrupted");
    return 130;
}

static string Center(SwappedFace face) => $"{face.Landmarks.Average(p => p.X):0}, {face.Landmarks.Average(p => p.Y):0}";
