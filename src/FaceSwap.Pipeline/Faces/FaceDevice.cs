using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// Where the networks that find and describe faces run, for all workers of a run together. On a GPU they share one backend, opened when first needed, with one copy
/// of each network: a worker prepares its frame beside the others, and only what is on the device goes one after the other. Without one each worker has a
/// backend of its own, one thread of the processor: frames fill the cores, and nothing waits at barriers.
///
/// May be used from several threads. It outlives all detectors and embedders made by it.
/// </summary>
public sealed class FaceDevice : IDisposable
{
    private readonly Func<IBackend?> openShared;
    private readonly Func<IBackend> openOwn;
    private readonly Lock turn = new(); // whoever uses the shared backend
    private readonly List<(object Weights, IDisposable Network)> networks = [];
    private IBackend? shared;
    private bool asked; // whether there is a shared one is known

    /// <summary>Names the ways to open backends; opens none.</summary>
    /// <param name="openShared">Opens the backend that all share, owned from then on; null from it: each has its own.</param>
    /// <param name="openOwn">Opens a backend for one worker; null: one thread of the processor.</param>
    public FaceDevice(Func<IBackend?> openShared, Func<IBackend>? openOwn = null)
    {
        (this.openShared, this.openOwn) = (openShared, openOwn ?? (static () => new CpuBackend(threads: 1)));
    }

    /// <summary>The processor, a thread for each worker. It holds nothing, so that it need not be disposed of.</summary>
    public static FaceDevice Processor { get; } = new(static () => null);

    /// <summary>A detector for one worker, owned by the caller.</summary>
    /// <exception cref="UserErrorException">The device cannot be opened.</exception>
    public CnnFaceDetector CreateDetector(MmodWeights weights)
    {
        lock (turn)
        {
            return Shared() is { } backend
                ? new CnnFaceDetector(Network(weights, () => new MmodNetwork(backend, weights, turn)))
                : new CnnFaceDetector(openOwn(), weights);
        }
    }

    /// <summary>An embedder for one worker, owned by the caller.</summary>
    /// <exception cref="UserErrorException">The device cannot be opened, or has too little memory.</exception>
    public FaceEmbedder CreateEmbedder(EmbeddingWeights weights)
    {
        lock (turn)
        {
            return Shared() is { } backend && EmbeddingNetwork.Runs(backend)
                ? new FaceEmbedder(Network(weights, () => new EmbeddingNetwork(backend, weights, batch: 1, turn)))
                : new FaceEmbedder(weights, openOwn());
        }
    }

    /// <summary>Gives the device's memory back, for other work; it is taken again when needed. No detector or embedder may be left.</summary>
    public void Release()
    {
        lock (turn)
        {
            foreach ((_, IDisposable network) in networks)
                network.Dispose();
            networks.Clear();
            shared?.Dispose();
            (shared, asked) = (null, false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private IBackend? Shared()
    {
        if (!asked)
        {
            shared = openShared();
            asked = true;
        }
        return shared;
    }

    private T Network<T>(object weights, Func<T> make) where T : IDisposable
    {
        if (networks.Find(n => ReferenceEquals(n.Weights, weights)).Network is T known)
            return known;
        T network = make();
        networks.Add((weights, network));
        return network;
    }
}
