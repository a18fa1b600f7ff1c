using System.Buffers.Binary;

namespace FaceSwap.Media.Tests;

/// <summary>Sets the clocks of MPEG transport streams.</summary>
internal static class TransportStreams
{
    private const int PacketSize = 188;
    private const long Wrap = 1L << 33;

    /// <summary>Moves all times of a stream (PCR, PTS and DTS, of 33 bits) so that its clock begins at a moment.</summary>
    public static byte[] At(byte[] stream, double seconds)
    {
        byte[] moved = [.. stream];
        long delta = (long)(seconds * 90000) - FirstClock(moved);
        for (int at = 0; at + PacketSize <= moved.Length; at += PacketSize)
        {
            Span<byte> packet = moved.AsSpan(at, PacketSize);
            Assert.Equal(0x47, packet[0]);
            if (Clock(packet) is { } clock)
                SetClock(packet, clock + delta);
            bool begins = (packet[1] & 0x40) != 0, adapts = (packet[3] & 0x20) != 0;
            int payload = 4 + (adapts ? packet[4] + 1 : 0);
            if (!begins || payload + 14 > PacketSize || packet[payload] != 0 || packet[payload + 1] != 0 || packet[payload + 2] != 1)
                continue;
            int flags = packet[payload + 7] >> 6;
            if ((flags & 2) != 0)
                Move(packet[(payload + 9)..], delta);
            if ((flags & 1) != 0)
                Move(packet[(payload + 14)..], delta);
        }
        return moved;
    }

    private static long FirstClock(byte[] stream)
    {
        for (int at = 0; at + PacketSize <= stream.Length; at += PacketSize)
        {
            if (Clock(stream.AsSpan(at, PacketSize)) is { } clock)
                return clock;
        }
        throw new InvalidDataException("the stream has no clock");
    }

    private static long? Clock(Span<byte> packet) => (packet[3] & 0x20) == 0 || packet[4] == 0 || (packet[5] & 0x10) == 0
        ? null
        : ((long)BinaryPrimitives.ReadUInt32BigEndian(packet[6..]) << 1) | (uint)(packet[10] >> 7);

    private static void SetClock(Span<byte> packet, long clock)
    {
        clock = ((clock % Wrap) + Wrap) % Wrap;
        BinaryPrimitives.WriteUInt32BigEndian(packet[6..], (uint)(clock >> 1));
        packet[10] = (byte)((packet[10] & 0x7F) | (int)((clock & 1) << 7));
    }

    private static void Move(Span<byte> field, long delta)
    {
        long time = ((long)(field[0] >> 1 & 7) << 30) | ((long)field[1] << 22) | ((long)(field[2] >> 1) << 15) | ((long)field[3] << 7) | (uint)(field[4] >> 1);
        time = (((time + delta) % Wrap) + Wrap) % Wrap;
        field[0] = (byte)((field[0] & 0xF1) | (int)(time >> 30 << 1));
        field[1] = (byte)(time >> 22);
        field[2] = (byte)((time >> 15 << 1) | 1);
        field[3] = (byte)(time >> 7);
        field[4] = (byte)((time << 1) | 1);
    }
}
