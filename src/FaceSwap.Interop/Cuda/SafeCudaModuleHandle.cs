using System.Text;

namespace FaceSwap.Interop;

/// <summary>Kernels, compiled by the driver from PTX for its device.</summary>
public sealed unsafe class SafeCudaModuleHandle : SafeCudaHandle
{
    private const int LogBytes = 8192;

    // CUjit_option of cuda.h.
    private const int InfoLogBuffer = 3, InfoLogBytes = 4, ErrorLogBuffer = 5, ErrorLogBytes = 6;

    private SafeCudaModuleHandle()
    {
    }

    /// <summary>Compiles and loads a module.</summary>
    /// <param name="context">Where.</param>
    /// <param name="ptx">PTX as text that ends in a zero byte.</param>
    /// <param name="name">What it is, for the exception.</param>
    /// <exception cref="CudaException">The driver cannot compile it: with both of its logs.</exception>
    public static SafeCudaModuleHandle Load(SafeCudaContextHandle context, ReadOnlySpan<byte> ptx, string name)
    {
        if (ptx.IsEmpty || ptx[^1] != 0)
            throw new ArgumentException("the driver takes text up to a zero byte, and there is none", nameof(ptx));
        context.MakeCurrent();
        var owner = new SafeCudaModuleHandle();
        byte[] info = new byte[LogBytes], error = new byte[LogBytes];
        nint module;
        CudaResult result;
        fixed (byte* image = ptx, infoLog = info, errorLog = error)
        {
            // Numbers travel in the pointers themselves, each in the option's own type (here unsigned int).
            int* options = stackalloc int[] { InfoLogBuffer, InfoLogBytes, ErrorLogBuffer, ErrorLogBytes };
            void** values = stackalloc void*[] { infoLog, (void*)LogBytes, errorLog, (void*)LogBytes };
            result = CudaNative.cuModuleLoadDataEx(&module, image, 4, options, values);
        }
        if (result != CudaResult.Success)
            throw new CudaException(result, $"loading {name}", context.Description, $"{Text(error)}\n{Text(info)}".Trim());
        owner.Own(module, context);
        return owner;
    }

    /// <summary>A kernel of this module; valid as long as the module is.</summary>
    /// <exception cref="CudaException">There is none of that name.</exception>
    public nint Function(string name)
    {
        Context.MakeCurrent();
        nint function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
            CudaException.ThrowIfFailed(CudaNative.cuModuleGetFunction(&function, this, text), Device, $"finding the kernel {name}");
        return function;
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuModuleUnload(pointer);

    private static string Text(byte[] log)
    {
        int end = Array.IndexOf(log, (byte)0);
        return Encoding.UTF8.GetString(log, 0, end < 0 ? log.Length : end).Trim();
    }
}
