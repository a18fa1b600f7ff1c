using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cpu;

/// <summary>Conversions between fp32 and bfloat16 (to nearest, ties to even; NaN stays a quiet NaN), and clearing, over all threads.</summary>
internal static unsafe class CpuConvert
{
    private const int Chunk = 1 << 16;

    public static void Run(CpuThreads threads, byte* from, ElementType fromType, byte* to, ElementType toType, long count)
    {
        var work = new Work { From = from, To = to, Count = count, FromType = fromType, ToType = toType };
        threads.Run(&Task, &work, (count + Chunk - 1) / Chunk);
    }

    public static void Clear(CpuThreads threads, byte* to, long bytes)
    {
        var work = new Work { To = to, Count = bytes };
        threads.Run(&ClearTask, &work, (bytes + ClearChunk - 1) / ClearChunk);
    }

    private const int ClearChunk = 1 << 20;

    [UnmanagedCallersOnly]
    private static void ClearTask(void* context, int task, int thread)
    {
        ref readonly Work work = ref *(Work*)context;
        long first = (long)task * ClearChunk;
        NativeMemory.Clear(work.To + first, (nuint)Math.Min(ClearChunk, work.Count - first));
    }

    [UnmanagedCallersOnly]
    private static void Task(void* context, int task, int thread)
    {
        ref readonly Work work = ref *(Work*)context;
        long first = (long)task * Chunk;
        int count = (int)Math.Min(Chunk, work.Count - first);
        if (work.FromType == work.ToType)
        {
            long bytes = (long)count * work.FromType.Bytes(), at = first * work.FromType.Bytes();
            Buffer.MemoryCopy(work.From + at, work.To + at, bytes, bytes);
        }
        else if (work.ToType == ElementType.BFloat16)
            Narrow((float*)work.From + first, (ushort*)work.To + first, count);
        else
            Widen((ushort*)work.From + first, (float*)work.To + first, count);
    }

    /// <summary>bfloat16 to fp32, exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ushort* from, float* to, int count)
    {
        int i = 0;
        for (; i <= count - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.Load(from + i), out Vector<uint> low, out Vector<uint> high);
            Vector.Store(Vector.ShiftLeft(low, 16), (uint*)to + i);
            Vector.Store(Vector.ShiftLeft(high, 16), (uint*)to + i + Vector<uint>.Count);
        }
        for (; i < count; i++)
            to[i] = BFloat16Bits.ToSingle(from[i]);
    }

    /// <summary>fp32 to bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Narrow(float* from, ushort* to, int count)
    {
        int i = 0;
        for (; i <= count - Vector<ushort>.Count; i += Vector<ushort>.Count)
            Vector.Store(Vector.Narrow(Round(Vector.Load((uint*)from + i)), Round(Vector.Load((uint*)from + i + Vector<uint>.Count))), to + i);
        for (; i < count; i++)
            to[i] = BFloat16Bits.FromSingle(from[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<uint> bits)
    {
        Vector<uint> upper = Vector.ShiftRightLogical(bits, 16);
        Vector<uint> rounded = Vector.ShiftRightLogical(bits + new Vector<uint>(0x7FFF) + (upper & Vector<uint>.One), 16);
        Vector<uint> isNaN = Vector.GreaterThan(bits & new Vector<uint>(0x7FFFFFFF), new Vector<uint>(0x7F800000));
        return Vector.ConditionalSelect(isNaN, upper | new Vector<uint>(0x40), rounded);
    }

    private struct Work
    {
        public byte* From, To;
        public long Count;
        public ElementType FromType, ToType;
    }
}
