using FaceSwap.Compute.Reference;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The base of tests that convert: a folder of their own, the scalar backend, and the warnings of all runs.</summary>
public abstract class ConvertTest : IDisposable
{
    private protected readonly TempFolder folder = new("convert");
    private protected readonly List<string> warnings = [];
    private readonly ReferenceBackend backend = new();

    /// <summary>Converts.</summary>
    private protected ConvertSummary Run(ConvertOptions options) => new ConvertWorkflow(options, backend, warnings.Add).Run();

    /// <inheritdoc/>
    public void Dispose()
    {
        backend.Dispose();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
