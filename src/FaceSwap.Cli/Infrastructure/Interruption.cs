using System.Runtime.InteropServices;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Turns the first Ctrl+C or SIGTERM into a cancellation, so that work is saved, and the second into an immediate end.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    public Interruption()
    {
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
            Environment.Exit(ExitCode.Interrupted);
        context.Cancel = true;
        Console.Error.WriteLine("faceswap: stopping and saving; press Ctrl+C again to end at once");
        source.Cancel();
    }
}
