using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>What a plan owns, freed in reverse order. Also when the plan's constructor fails half way.</summary>
internal sealed class PlanResources : IDisposable
{
    private readonly Stack<IDisposable> owned = new();

    /// <summary>Takes ownership.</summary>
    public T Own<T>(T resource) where T : IDisposable
    {
        owned.Push(resource);
        return resource;
    }

    /// <summary>Zeroed device memory that lives as long as the plan.</summary>
    public DeviceSpan<T> Allocate<T>(IBackend backend, long count, string label) where T : unmanaged =>
        Own(backend.Allocate(count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>(), label)).Span<T>();

    public void Dispose()
    {
        while (owned.TryPop(out IDisposable? resource))
            resource.Dispose();
    }
}
