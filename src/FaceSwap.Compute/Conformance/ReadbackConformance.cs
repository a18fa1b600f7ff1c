namespace FaceSwap.Compute.Conformance;

/// <summary>Copies that come back without holding up the queue.</summary>
internal static class ReadbackConformance
{
    private const int Depth = 3;

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (int bytes in new[] { 1, 8, 1001, 100_003 })
            yield return new($"readback of {bytes} bytes in order, untouched by later writes", Precision.Fp32, subject => Order(subject, bytes));
        yield return new("readback follows a recording", Precision.Fp32, AfterRecording);
        yield return new("readback refuses more than its ring holds", Precision.Fp32, Full);
        yield return new("readback takes nothing from an empty ring", Precision.Fp32, Empty);
    }

    // Twice round the ring and one more; the source is overwritten as soon as each copy is enqueued.
    private static Finding Order(IBackend subject, int bytes)
    {
        using var rig = new Rig(subject);
        using IReadback ring = subject.CreateReadback(bytes, Depth);
        DeviceSpan<byte> source = rig.Output("source", bytes);
        byte[] content = new byte[bytes], back = new byte[bytes];
        for (int first = 0; first < (2 * Depth) + 1; first += Depth)
        {
            for (int i = 0; i < Depth; i++)
            {
                Fill(content, first + i);
                subject.Upload<byte>(content, source);
                ring.Enqueue(source);
            }
            subject.Clear(source);
            for (int i = 0; i < Depth; i++)
            {
                if (i % 2 == 0)
                    ring.Take(back);
                else if (!TakeSoon(ring, back))
                    return Finding.Broken("a copy has not arrived after ten seconds");
                Fill(content, first + i);
                if (!content.AsSpan().SequenceEqual(back))
                    return Finding.Broken($"copy {first + i} is not what the source held when it was enqueued");
            }
        }
        return Finding.Unless(ring.Count == 0 ? rig.Breach() : $"{ring.Count} copies are left when all were taken");
    }

    private static Finding AfterRecording(IBackend subject)
    {
        using var rig = new Rig(subject);
        using IReadback ring = subject.CreateReadback(sizeof(long), Depth);
        DeviceSpan<byte> counter = rig.InOut("counter", new byte[sizeof(long)]);
        using IRecording recording = subject.Record(() => subject.Increment(counter.As<long>(), 5));
        Span<byte> back = stackalloc byte[sizeof(long)];
        for (int run = 0; run < Depth; run++)
        {
            recording.Run();
            ring.Enqueue(counter);
        }
        for (int run = 1; run <= Depth; run++)
        {
            ring.Take(back);
            if (BitConverter.ToInt64(back) != 5 * run)
                return Finding.Broken($"the copy after run {run} holds {BitConverter.ToInt64(back)}, not {5 * run}");
        }
        return Finding.Unless(rig.Breach());
    }

    private static Finding Full(IBackend subject)
    {
        using var rig = new Rig(subject);
        using IReadback ring = subject.CreateReadback(4, Depth);
        DeviceSpan<byte> source = rig.InOut("source", [1, 2, 3, 4]);
        for (int i = 0; i < Depth; i++)
            ring.Enqueue(source);
        if (ring.Count != Depth || ring.Depth != Depth || ring.Bytes != 4)
            return Finding.Broken($"a full ring says it holds {ring.Count} of {ring.Depth} copies of {ring.Bytes} bytes");
        if (!Throws<InvalidOperationException>(() => ring.Enqueue(source)))
            return Finding.Broken("a full ring took another copy");
        var back = new byte[4];
        ring.Take(back);
        ring.Enqueue(source);
        if (!Throws<ArgumentException>(() => ring.Take(new byte[5])))
            return Finding.Broken("a destination of another size was taken");
        for (int i = 0; i < Depth; i++)
            ring.Take(back);
        return Finding.Unless(back is [1, 2, 3, 4] ? rig.Breach() : "the last copy is wrong");
    }

    private static Finding Empty(IBackend subject)
    {
        using IReadback ring = subject.CreateReadback(4, Depth);
        byte[] back = [9, 9, 9, 9];
        if (ring.TryTake(back) || back is not [9, 9, 9, 9])
            return Finding.Broken("something was taken from an empty ring");
        return Finding.Unless(Throws<InvalidOperationException>(() => ring.Take(back)) ? null : "taking from an empty ring did not fail");
    }

    private static bool TakeSoon(IReadback ring, Span<byte> back)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!ring.TryTake(back))
        {
            // A minute, for machines that are busy with other work: what does not arrive then never will.
            if (clock.Elapsed.TotalSeconds > 60)
                return false;
            Thread.Yield();
        }
        return true;
    }

    private static void Fill(Span<byte> content, int number)
    {
        for (int i = 0; i < content.Length; i++)
            content[i] = (byte)((number * 37) + (i * 11) + (i >> 8) + 1);
    }

    private static bool Throws<TException>(Action action) where TException : Exception
    {
        try
        {
            action();
            return false;
        }
        catch (TException)
        {
            return true;
        }
    }
}
