using System.Buffers.Binary;
using System.Text;
using FaceSwap.Core.Tensors;
using FaceSwap.TestKit;

namespace FaceSwap.Core.Tests;

public class SafeTensorsTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        using TempFolder folder = new();
        float[] weights = [.. Enumerable.Range(0, 24).Select(i => i / 3f)];
        SafeTensorsHeader header = SafeTensorsHeader.Layout(
            [new("conv2d_1/kernel", SafeTensorType.F32, [2, 3, 4]), new("nothing", SafeTensorType.F32, [0, 5]), new("step", SafeTensorType.I64, [])],
            new Dictionary<string, string> { ["model"] = "Tiny \"x\"" });
        using (FileStream stream = File.Create(folder["a.safetensors"]))
        {
            SafeTensorsWriter writer = new(stream, header);
            writer.Write<float>(weights.AsSpan(0, 10));
            writer.Write<float>(weights.AsSpan(10));
            Assert.Throws<InvalidOperationException>(writer.Complete);
            Assert.Throws<InvalidOperationException>(() => writer.Write<float>([1f]));
            writer.Write<long>([-5]);
            writer.Complete();
        }
        using SafeTensorsReader reader = SafeTensorsReader.Open(folder["a.safetensors"]);
        Assert.Equal("Tiny \"x\"", reader.Header.Metadata["model"]);
        Assert.Equal([2, 3, 4], reader.Header["conv2d_1/kernel"].Shape);
        float[] read = new float[24];
        reader.Read<float>("conv2d_1/kernel", read);
        Assert.Equal(weights, read);
        long[] step = new long[1];
        reader.Read<long>("step", step);
        Assert.Equal(-5, step[0]);
        Assert.Throws<InvalidDataException>(() => reader.Read<float>("step", new float[1]));
        Assert.Throws<InvalidDataException>(() => reader.Read<float>("conv2d_1/kernel", new float[23]));
        Assert.Contains("no tensor 'x'", Assert.Throws<InvalidDataException>(() => reader.Read<float>("x", new float[1])).Message);
        Assert.Throws<InvalidDataException>(() => reader.Header["y"]);
        Assert.Equal(0, File.ReadAllBytes(folder["a.safetensors"]).LongLength - reader.Header.DataLength & 63);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "gap or overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "gap or overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "holds 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "holds 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "needs 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}""", "neither F32 nor I64")]
    [InlineData("""{"a":{"dtype":"0","shape":[2],"data_offsets":[0,8]}}""", "neither F32 nor I64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "malformed")]
    [InlineData("""{"a":7}""", "malformed")]
    [InlineData("""[1]""", "malformed")]
    [InlineData("""{"a":""", "malformed")]
    public void Headers_are_checked(string json, string? complaint)
    {
        using TempFolder folder = new();
        byte[] header = Encoding.UTF8.GetBytes(json), file = new byte[8 + header.Length + 8];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        string path = folder["a.safetensors"];
        File.WriteAllBytes(path, file);
        if (complaint is null)
        {
            using SafeTensorsReader reader = SafeTensorsReader.Open(path);
            Assert.Equal(2, reader.Header.Tensors.Count);
            return;
        }
        string message = Assert.Throws<InvalidDataException>(() => SafeTensorsReader.Open(path)).Message;
        Assert.Contains(complaint, message);
        Assert.Contains(path, message);
    }

    [Fact]
    public void A_file_cut_or_changed_anywhere_in_its_header_is_refused_or_read_but_never_crashes()
    {
        using TempFolder folder = new();
        string path = folder["a.safetensors"];
        using (FileStream stream = File.Create(path))
        {
            SafeTensorsWriter writer = new(stream, SafeTensorsHeader.Layout([new("kernel", SafeTensorType.F32, [2, 2])]));
            writer.Write<float>([1, 2, 3, 4]);
        }
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            Assert.Throws<InvalidDataException>(() => SafeTensorsReader.Open(path));
        }
        System.Random random = new(3);
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(whole.Length - 16)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                SafeTensorsReader.Open(path).Dispose();
            }
            catch (InvalidDataException)
            {
                // Refused in words: as it should be.
            }
        }
    }
}
