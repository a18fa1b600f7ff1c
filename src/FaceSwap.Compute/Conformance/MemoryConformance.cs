using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Conformance;

/// <summary>Memory, counters, conversions and recordings.</summary>
internal static class MemoryConformance
{
    private static readonly int[] Counts = [1, 3, 16, 17, 1001];

    public static IEnumerable<ConformanceCase> Cases()
    {
        yield return new("allocate gives zeroed, aligned memory", Precision.Fp32, Allocate);
        foreach (int count in Counts)
        {
            yield return new($"upload and download {count}", Precision.Fp32, subject => Copies(subject, count));
            yield return new($"clear {count} bytes", Precision.Fp32, subject => Clear(subject, count));
            yield return new($"convert {count} fp32 to bf16", Precision.Fp32, subject => Narrow(subject, count));
            yield return new($"convert {count} bf16 to fp32", Precision.Fp32, subject => Widen(subject, count));
            yield return new($"convert {count} without change of type", Precision.Fp32, subject => Same(subject, count));
        }
        yield return new("increment", Precision.Fp32, Increment);
        yield return new("record and run", Precision.Fp32, Record);
    }

    private static Finding Allocate(IBackend subject)
    {
        foreach (long bytes in new[] { 1L, 100, 65537 })
        {
            using DeviceBuffer buffer = subject.Allocate(bytes, "conformance");
            var content = new byte[bytes];
            content.AsSpan().Fill(1);
            subject.Download(buffer.Span<byte>(), content);
            if (content.AsSpan().ContainsAnyExcept((byte)0))
                return Finding.Broken($"{bytes} bytes are not zeroed");
            if (buffer.Address % 64 != 0)
                return Finding.Broken($"{bytes} bytes are not aligned to 64");
        }
        return Finding.Kept;
    }

    private static Finding Copies(IBackend subject, int count)
    {
        using var rig = new Rig(subject);
        float[] values = Noise.Symmetric(count, 20), back = new float[count];
        DeviceSpan<float> span = rig.Output("values", (long)count * sizeof(float)).As<float>();
        subject.Upload<float>(values, span);
        subject.Download(span, back);
        return Finding.Unless(Noise.SameBits(values, back) ? rig.Breach() : "what came down is not what went up");
    }

    private static Finding Clear(IBackend subject, int count)
    {
        using var rig = new Rig(subject);
        DeviceSpan<byte> span = rig.Output("bytes", count);
        subject.Clear(span);
        var back = new byte[count];
        subject.Download(span, back);
        return Finding.Unless(back.AsSpan().ContainsAnyExcept((byte)0) ? "not cleared" : rig.Breach());
    }

    // To nearest, ties to even. The first numbers are ties (both ways), the neighbours of ties, the largest single, infinities and NaN.
    private static Finding Narrow(IBackend subject, int count)
    {
        uint[] special = [0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x80000000, 0x00000000];
        float[] values = Noise.Symmetric(count, 21, 1000);
        for (int i = 0; i < Math.Min(count, special.Length); i++)
            values[i] = BitConverter.UInt32BitsToSingle(special[i]);
        using var rig = new Rig(subject);
        DeviceSpan<byte> to = rig.Output("bf16", (long)count * sizeof(ushort));
        subject.Convert(rig.Activation("fp32", values, ElementType.Float32), ElementType.Float32, to, ElementType.BFloat16);
        float[] actual = rig.Read(to, ElementType.BFloat16);
        for (int i = 0; i < count; i++)
        {
            float expected = BFloat16Bits.ToSingle(BFloat16Bits.FromSingle(values[i]));
            bool same = float.IsNaN(expected)
                ? float.IsNaN(actual[i])
                : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(actual[i]);
            if (!same)
                return Finding.Broken($"{values[i]:G9} became {actual[i]:G9}, expected {expected:G9}");
        }
        return Finding.Unless(rig.Breach());
    }

    private static Finding Widen(IBackend subject, int count)
    {
        float[] values = Noise.RoundTo(ElementType.BFloat16, Noise.Symmetric(count, 22, 1000));
        using var rig = new Rig(subject);
        DeviceSpan<byte> to = rig.Output("fp32", (long)count * sizeof(float));
        subject.Convert(rig.Activation("bf16", values, ElementType.BFloat16), ElementType.BFloat16, to, ElementType.Float32);
        return Finding.Unless(Noise.SameBits(values, rig.Read(to, ElementType.Float32)) ? rig.Breach() : "widening is not exact");
    }

    private static Finding Same(IBackend subject, int count)
    {
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.BFloat16 })
        {
            float[] values = Noise.RoundTo(type, Noise.Symmetric(count, 23));
            using var rig = new Rig(subject);
            DeviceSpan<byte> to = rig.Output("to", (long)count * type.Bytes());
            subject.Convert(rig.Activation("from", values, type), type, to, type);
            if (!Noise.SameBits(values, rig.Read(to, type)))
                return Finding.Broken($"the copy of {type} differs");
            if (rig.Breach() is { } breach)
                return Finding.Broken(breach);
        }
        return Finding.Kept;
    }

    private static Finding Increment(IBackend subject)
    {
        using var rig = new Rig(subject);
        DeviceSpan<long> counter = rig.InOut("counter", MemoryMarshal.AsBytes<long>([long.MaxValue / 2])).As<long>();
        subject.Increment(counter, 1);
        subject.Increment(counter, 41);
        long[] value = new long[1];
        subject.Download(counter, value);
        return Finding.Unless(value[0] == (long.MaxValue / 2) + 42 ? rig.Breach() : $"{long.MaxValue / 2} + 1 + 41 is {value[0]}");
    }

    private static Finding Record(IBackend subject)
    {
        using var rig = new Rig(subject);
        DeviceSpan<long> counter = rig.InOut("counter", MemoryMarshal.AsBytes<long>([0L])).As<long>();
        DeviceSpan<byte> copy = rig.Output("copy", sizeof(long));
        using IRecording recording = subject.Record(() =>
        {
            subject.Increment(counter, 2);
            subject.Convert(counter.As<byte>(), ElementType.Float32, copy, ElementType.Float32); // a copy of what it is by then
            subject.Increment(counter, 3);
        });
        long[] value = [-1], copied = [-1];
        subject.Download(counter, value);
        if (value[0] != 0)
            return Finding.Broken("recording ran the work");
        recording.Run();
        recording.Run();
        recording.Run();
        subject.Synchronize();
        subject.Download(counter, value);
        subject.Download(copy.As<long>(), copied);
        return Finding.Unless(value[0] == 15 && copied[0] == 12
            ? rig.Breach()
            : $"after three runs the counter is {value[0]} and its copy {copied[0]}, not 15 and 12");
    }
}
