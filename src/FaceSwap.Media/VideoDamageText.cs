using System.Globalization;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Says in sentences what a reader found damaged.</summary>
internal static class VideoDamageText
{
    public static unsafe IReadOnlyList<string> Describe(string path, SafeVideoReaderHandle handle)
    {
        ShimNative.fs_video_reader_damage(handle, out VideoDamage damage);
        List<string> result = [];
        if (damage.Packets + damage.Frames + damage.ReadErrors > 0)
        {
            List<string> parts = [];
            if (damage.Packets > 0)
                parts.Add(Count(damage.Packets, "packet") + " could not be decoded");
            if (damage.Frames > 0)
                parts.Add(Count(damage.Frames, "frame") + " show errors");
            if (damage.ReadErrors > 0)
                parts.Add(Count(damage.ReadErrors, "fault") + " in the container");
            string where = damage.FirstMicroseconds < 0 ? "at the start" : $"after {Seconds(damage.FirstMicroseconds)}";
            result.Add($"'{path}' is damaged: {string.Join(", ", parts)}, the first {where} ({MediaErrors.Text(damage.Words)}).");
        }
        if (damage.Truncated != 0)
        {
            result.Add($"'{path}' ends at {Seconds(damage.EndedMicroseconds)}, although it should go on to {Seconds(damage.ExpectedMicroseconds)}: "
                + "it was probably cut off.");
        }
        if (damage.OddRotation != 0)
            result.Add($"'{path}' asks to be turned by an angle that is no multiple of 90 degrees; it is shown as stored.");
        return result;
    }

    private static string Count(long n, string what) => n == 1 ? $"1 {what}" : string.Create(CultureInfo.InvariantCulture, $"{n:N0} {what}s");

    private static string Seconds(long microseconds) => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1e6:0.00} s");
}
