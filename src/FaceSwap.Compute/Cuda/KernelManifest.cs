using System.Text.Json;

namespace FaceSwap.Compute.Cuda;

/// <summary>What the manifest says of one kernel.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="Ptx">Resource name of the PTX that holds it.</param>
/// <param name="ArgumentBytes">Size of its one parameter.</param>
/// <param name="MaxThreads">Most threads a block may have.</param>
internal sealed record KernelDescription(string Name, string Ptx, int ArgumentBytes, int MaxThreads);

/// <summary>The kernels that this assembly carries as PTX, by the manifest that was written when they were compiled.</summary>
internal static class KernelManifest
{
    private static readonly Lazy<Dictionary<string, KernelDescription>> Kernels = new(Read);

    /// <summary>Every kernel, by name.</summary>
    public static IReadOnlyDictionary<string, KernelDescription> All => Kernels.Value;

    /// <summary>Finds a kernel.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static KernelDescription Find(string name) => All.TryGetValue(name, out KernelDescription? kernel)
        ? kernel
        : throw new ArgumentException($"there is no kernel '{name}' in the manifest; './build.sh kernels' writes it", nameof(name));

    /// <summary>The PTX as UTF-8 with a terminating zero, as cuModuleLoadDataEx wants it.</summary>
    /// <param name="ptx">A resource name from <see cref="KernelDescription.Ptx"/>.</param>
    public static byte[] Ptx(string ptx)
    {
        using Stream stream = Open(ptx);
        var text = new byte[stream.Length + 1];
        stream.ReadExactly(text, 0, text.Length - 1);
        return text;
    }

    private static Dictionary<string, KernelDescription> Read()
    {
        using Stream stream = Open("ptx/manifest.json");
        using JsonDocument document = JsonDocument.Parse(stream);
        var kernels = new Dictionary<string, KernelDescription>(StringComparer.Ordinal);
        foreach (JsonElement file in document.RootElement.GetProperty("files").EnumerateArray())
        {
            string ptx = file.GetProperty("ptx").GetString()!;
            foreach (JsonElement kernel in file.GetProperty("kernels").EnumerateArray())
            {
                string name = kernel.GetProperty("name").GetString()!;
                kernels.Add(name, new KernelDescription(name, ptx, kernel.GetProperty("argumentBytes").GetInt32(),
                    kernel.GetProperty("maxThreads").GetInt32()));
            }
        }
        return kernels;
    }

    private static Stream Open(string resource) => typeof(KernelManifest).Assembly.GetManifestResourceStream(resource)
        ?? throw new InvalidOperationException($"the assembly does not carry the resource {resource}");
}
