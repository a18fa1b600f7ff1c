using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>
/// The stand-ins for the CUDA libraries, loaded before anything asks for the real ones: a later dlopen of the same name finds
/// them. What is imported here are the stand-in's own controls, of which the product knows nothing.
/// </summary>
internal static unsafe partial class FakeCuda
{
    private const string Library = "libcuda.so.1";

    // Dependencies first.
    private static readonly string[] Files = ["libcuda.so.1", "libcublasLt.so.13", "libcublas.so.13", "libcudnn.so.9", "libnvcuvid.so.1"];

    /// <summary>The folder that ./build.sh build leaves the stand-ins in.</summary>
    public static string Folder => Repository.PathOf("out", "fakecuda");

    /// <summary>Loads them. A missing one fails the tests: the build makes them.</summary>
    [ModuleInitializer]
    internal static void Load()
    {
        foreach (string file in Files)
        {
            string path = Path.Combine(Folder, file);
            if (!NativeLibrary.TryLoad(path, out _))
                throw new FileNotFoundException($"the stand-in '{path}' cannot be loaded; ./build.sh build makes it", path);
        }
    }

    /// <summary>Live objects of a kind; of all kinds for null.</summary>
    public static long Live(string? kind = null) => fake_cuda_live(kind);

    /// <summary>A line for each kind with live objects.</summary>
    public static string LiveReport() => Text(&fake_cuda_live_report);

    /// <summary>Why the last call that failed did.</summary>
    public static string LastError() => Text(&fake_cuda_last_error);

    /// <summary>How often an entry point was called.</summary>
    public static long Calls(string function) => fake_cuda_calls(function);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long fake_cuda_live(string? kind);

    [LibraryImport(Library)]
    private static partial int fake_cuda_live_report(byte* text, int size);

    [LibraryImport(Library)]
    private static partial int fake_cuda_last_error(byte* text, int size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long fake_cuda_calls(string function);

    /// <summary>Most device bytes that were live at once.</summary>
    [LibraryImport(Library)]
    public static partial long fake_cuda_peak_bytes();

    /// <summary>Pretends another amount of device memory.</summary>
    [LibraryImport(Library)]
    public static partial void fake_cuda_set_memory(long totalBytes);

    /// <summary>Has an entry point fail after some good calls, some times (−1: for ever).</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void fake_cuda_refuse(string function, int status, int after, int times);

    /// <summary>Ends every refusal.</summary>
    [LibraryImport(Library)]
    public static partial void fake_cuda_allow_all();

    /// <summary>Misuses found outside of a call's status: overruns, use after free.</summary>
    [LibraryImport(Library)]
    public static partial long fake_cuda_faults();

    private static string Text(delegate*<byte*, int, int> read)
    {
        byte* text = stackalloc byte[4096];
        int length = read(text, 4096);
        return Encoding.UTF8.GetString(text, Math.Clamp(length, 0, 4095));
    }
}
