using System.Runtime.InteropServices;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>
/// Turns the first Ctrl+C, SIGTERM, SIGQUIT or loss of the terminal (SIGHUP) into a cancellation, so that work is saved, and a second one into an immediate end. A terminal that
/// closes sends SIGHUP more than once, and a system that goes down SIGTERM after it: none of that may cut the saving short. Signals that were ignored when the process started
/// stay ignored, which is what <c>nohup</c> is for.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP];

    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private int asked; // signals of those that a second time end at once

    public Interruption()
    {
        foreach (PosixSignal signal in Signals)
            registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
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
        context.Cancel = true;
        if (context.Signal != PosixSignal.SIGHUP && Interlocked.Increment(ref asked) > 1)
            Environment.Exit(ExitCode.Interrupted);
        if (source.IsCancellationRequested)
            return;
        Console.Error.WriteLine("faceswap: stopping and saving; press Ctrl+C again to end at once");
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The work was over already.
        }
    }
}
