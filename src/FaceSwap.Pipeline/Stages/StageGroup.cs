using System.Runtime.ExceptionServices;

namespace FaceSwap.Pipeline.Stages;

/// <summary>The threads of one pipeline. The first failure, or the caller's cancellation, stops all of them.</summary>
internal sealed class StageGroup : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly CancellationToken caller;
    private readonly List<Thread> threads = [];
    private ExceptionDispatchInfo? failure;

    public StageGroup(CancellationToken cancellation)
    {
        caller = cancellation;
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>Cancelled as soon as any stage fails.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>Starts a stage on a thread of its own.</summary>
    public void Start(string name, Action body)
    {
        Thread thread = new(() => Run(body)) { IsBackground = true, Name = name };
        threads.Add(thread);
        thread.Start();
    }

    /// <summary>Waits for all stages, then throws what stopped them first, if anything did.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public void Join()
    {
        foreach (Thread thread in threads)
            thread.Join();
        failure?.Throw();
        caller.ThrowIfCancellationRequested();
    }

    /// <summary>Stops all stages and waits for them; afterwards nobody touches what they shared.</summary>
    public void Stop()
    {
        stop.Cancel();
        foreach (Thread thread in threads)
            thread.Join();
    }

    public void Dispose()
    {
        Stop();
        stop.Dispose();
    }

    private void Run(Action body)
    {
        try
        {
            body();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Either the caller cancelled, or the stage that failed has already left its reason.
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            stop.Cancel();
        }
    }
}
