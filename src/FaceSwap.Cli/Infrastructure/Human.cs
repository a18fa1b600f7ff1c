using System.Globalization;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Numbers and times as people read them.</summary>
internal static class Human
{
    /// <summary>1:02:03, 2:03 or 0:07.</summary>
    public static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    /// <summary>Three significant figures or so.</summary>
    public static string Rate(double rate) =>
        rate.ToString(rate >= 100 ? "0" : rate >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>Bytes in GiB or MiB.</summary>
    public static string Size(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB");

    /// <summary>Seconds with a digit, for summaries.</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
        : Duration(time);
}
