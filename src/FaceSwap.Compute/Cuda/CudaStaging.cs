using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Pinned memory through which copies go, so that the caller's memory is free when the call returns and the device's copy engine never
/// waits for pageable memory. Uploads fill one slot after another and come back to a slot only when its last copy has been done;
/// downloads use two slots in turn, the host emptying one while the device fills the other.
/// </summary>
internal sealed unsafe class CudaStaging : IDisposable
{
    private const int SlotBytes = 4 << 20;
    private const int Alignment = 256; // of each copy in a slot: whole lines of memory
    private const int UploadSlots = 4, DownloadSlots = 2;

    private readonly CudaDevice device;
    private readonly List<Slot> slots = []; // uploads', then downloads'
    private int current; // slot that uploads fill
    private long filled; // bytes of it

    private sealed record Slot(SafeCudaPinnedMemoryHandle Memory, SafeCudaEventHandle Done)
    {
        public bool InUse { get; set; } // whether Done has ever been recorded
    }

    public CudaStaging(CudaDevice device)
    {
        this.device = device;
        try
        {
            for (int i = 0; i < UploadSlots + DownloadSlots; i++)
            {
                SafeCudaEventHandle done = SafeCudaEventHandle.Create(device.Context, timing: false);
                try
                {
                    slots.Add(new Slot(SafeCudaPinnedMemoryHandle.Allocate(device.Context, SlotBytes), done));
                }
                catch
                {
                    done.Dispose();
                    throw;
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Enqueues a copy to the device; the source may be reused when the call returns.</summary>
    public void Upload(byte* source, nint destination, long bytes)
    {
        device.RefuseWhileRecording("upload");
        device.MakeCurrent();
        while (bytes > 0)
        {
            if (filled == SlotBytes)
                (current, filled) = ((current + 1) % UploadSlots, 0);
            Slot slot = slots[current];
            if (filled == 0)
                Wait(slot);
            long part = Math.Min(bytes, SlotBytes - filled);
            byte* pinned = (byte*)slot.Memory.Address + filled;
            Buffer.MemoryCopy(source, pinned, part, part);
            CudaException.ThrowIfFailed(CudaNative.cuMemcpyHtoDAsync_v2(destination, pinned, (nuint)part, device.Stream), device.Description);
            Mark(slot);
            filled = Math.Min(SlotBytes, (filled + part + Alignment - 1) / Alignment * Alignment);
            source += part;
            destination += (nint)part;
            bytes -= part;
        }
    }

    /// <summary>Copies from the device after all enqueued work.</summary>
    public void Download(nint source, byte* destination, long bytes)
    {
        device.RefuseWhileRecording("download");
        device.MakeCurrent();
        long enqueued = 0, taken = 0;
        for (int turn = 0; taken < bytes; turn++)
        {
            while (enqueued < bytes && enqueued - taken < DownloadSlots * (long)SlotBytes)
            {
                Slot next = slots[UploadSlots + (int)(enqueued / SlotBytes % DownloadSlots)];
                long part = Math.Min(bytes - enqueued, SlotBytes);
                CudaException.ThrowIfFailed(CudaNative.cuMemcpyDtoHAsync_v2((void*)next.Memory.Address, source + (nint)enqueued, (nuint)part, device.Stream),
                    device.Description);
                Mark(next);
                enqueued += part;
            }
            Slot slot = slots[UploadSlots + (turn % DownloadSlots)];
            Wait(slot);
            long length = Math.Min(bytes - taken, SlotBytes);
            Buffer.MemoryCopy((void*)slot.Memory.Address, destination + taken, length, length);
            taken += length;
        }
    }

    public void Dispose()
    {
        // The device may still be reading.
        device.TryWait();
        foreach (Slot slot in slots)
        {
            slot.Done.Dispose();
            slot.Memory.Dispose();
        }
    }

    private void Mark(Slot slot)
    {
        CudaException.ThrowIfFailed(CudaNative.cuEventRecord(slot.Done, device.Stream), device.Description);
        slot.InUse = true;
    }

    private void Wait(Slot slot)
    {
        if (slot.InUse)
            CudaException.ThrowIfFailed(CudaNative.cuEventSynchronize(slot.Done), device.Description);
    }
}
