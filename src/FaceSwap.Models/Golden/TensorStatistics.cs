using System.Text.Json;

namespace FaceSwap.Models.Golden;

/// <summary>A tensor in a golden file: its length, its L2 norm and some of its values.</summary>
internal sealed class TensorStatistics
{
    private readonly int count;
    private readonly double norm;
    private readonly int[] index;
    private readonly double[] value;

    public TensorStatistics(JsonElement json)
    {
        count = json.GetProperty("count").GetInt32();
        norm = json.GetProperty("l2").GetDouble();
        index = [.. json.GetProperty("index").EnumerateArray().Select(e => e.GetInt32())];
        value = [.. json.GetProperty("value").EnumerateArray().Select(e => e.GetDouble())];
    }

    /// <summary>|‖actual‖ − ‖golden‖| / ‖golden‖.</summary>
    public double NormError(ReadOnlySpan<float> actual)
    {
        CheckCount(actual.Length);
        double sum = 0;
        foreach (float v in actual)
            sum += (double)v * v;
        return Math.Abs(Math.Sqrt(sum) - norm) / norm;
    }

    /// <summary>Largest difference of a listed value. NaN if any is NaN.</summary>
    public double ValueError(ReadOnlySpan<float> actual)
    {
        CheckCount(actual.Length);
        double largest = 0;
        for (int i = 0; i < index.Length; i++)
            largest = Math.Max(largest, Math.Abs(actual[index[i]] - value[i]));
        return largest;
    }

    /// <summary>Largest magnitude listed.</summary>
    public double LargestValue => value.Max(Math.Abs);

    private void CheckCount(int actual)
    {
        if (actual != count)
            throw new InvalidDataException($"the tensor has {actual} elements and {count} in the golden file");
    }
}
