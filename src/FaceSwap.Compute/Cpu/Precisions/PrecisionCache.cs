using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// The rates of one <em>setting</em> (processor, kernels, threads, version of the engine) in a file of its own, kept from run to run. A file that is damaged, has
/// been altered or is of another setting is as none at all; one that cannot be written costs only that the next run measures again.
/// </summary>
internal sealed class PrecisionCache
{
    private const string Form = "faceswap-precision-1", Sum = "sum";
    private const int MostBytes = 4096;
    private const double MostFlops = 1e18; // no processor comes near

    private static readonly string[] Names = ["inference_fp32", "inference_bf16", "training_fp32", "training_bf16"];

    private readonly string setting;
    private readonly bool bf16;

    /// <param name="folder">Where files are; made when something is stored.</param>
    /// <param name="setting">Says in words what the rates hold for.</param>
    /// <param name="bf16">Whether the processor has bf16: a file that says otherwise is wrong.</param>
    public PrecisionCache(string folder, string setting, bool bf16)
    {
        (this.setting, this.bf16) = (setting, bf16);
        FilePath = Path.Combine(folder, $"precision-{Hash(setting)}.json");
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>What was measured; null when nothing is known.</summary>
    public CpuPrecisionRates? Read()
    {
        if (UserCache.TryRead(FilePath, MostBytes) is not { } content)
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            JsonElement root = document.RootElement;
            if (root.GetProperty("form").GetString() != Form || root.GetProperty("setting").GetString() != setting)
                return null;
            double[] rates = [.. Names.Select(n => root.GetProperty(n).GetDouble())];
            if (root.GetProperty(Sum).GetString() != SumOf(rates) || !IsPossible(rates[0], rates[1]) || !IsPossible(rates[2], rates[3]))
                return null;
            return new CpuPrecisionRates(new PrecisionRates(rates[0], rates[1]), new PrecisionRates(rates[2], rates[3]));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Stores what was measured, if that is possible.</summary>
    public void Write(CpuPrecisionRates rates)
    {
        double[] values = [rates.Inference.Fp32FlopsPerSecond, rates.Inference.Bf16FlopsPerSecond, rates.Training.Fp32FlopsPerSecond, rates.Training.Bf16FlopsPerSecond];
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("form", Form);
            writer.WriteString("setting", setting);
            foreach ((string name, double value) in Names.Zip(values))
                writer.WriteNumber(name, value);
            writer.WriteString(Sum, SumOf(values));
            writer.WriteEndObject();
        }
        try
        {
            AtomicFile.Write(FilePath, "measurement", stream => stream.Write(text.WrittenSpan));
        }
        catch (UserErrorException)
        {
            // A cache that cannot be written: see the class.
        }
    }

    private bool IsPossible(double fp32, double rate16) =>
        fp32 is > 0 and < MostFlops && (bf16 ? rate16 is > 0 and < MostFlops : rate16 == 0);

    private string SumOf(double[] rates) =>
        Hash(string.Join('\n', rates.Select(r => r.ToString("R", CultureInfo.InvariantCulture)).Prepend(setting)));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
