using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>What can be asked about a kernel (<c>CUfunction_attribute</c> of cuda.h).</summary>
public enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedBytes = 1,
    LocalBytes = 3,
    Registers = 4,
}

public static unsafe partial class CudaNative
{
    [LibraryImport(Library)]
    internal static partial CudaResult cuModuleLoadDataEx(nint* module, void* image, uint optionCount, int* options, void** optionValues);

    [LibraryImport(Library)]
    internal static partial CudaResult cuModuleUnload(nint module);

    [LibraryImport(Library)]
    internal static partial CudaResult cuModuleGetFunction(nint* function, SafeCudaModuleHandle module, byte* name);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncGetAttribute(int* value, CudaFunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    public static partial CudaResult cuLaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ,
        uint sharedBytes, SafeCudaStreamHandle stream, void** parameters, void** extra);
}
