using System.Security.Cryptography;
using System.Text;

namespace FaceSwap.Core.Tests;

public class Bzip2Tests
{
    // 300 times the 36 bytes a × 23, bcabcabcabc, 0, 255; compressed by bzip2 1.0.8.
    private const string Sample = "QlpoOTFBWSZTWYBP+tMAA4PhAMAACAA4AAAAAoABQYAFKhkwpHgpGlI6QV0grCkaFI0pHxdyRThQkIBP+tMA=";
    private const string SampleHash = "4fd9c6cdee3c60e83f13dc0aedb8b13cb178fc42767d70a8f342fa6ef2a58bd2";
    private const int SampleLength = 10_800;

    [Fact]
    public void What_bzip2_compressed_comes_back()
    {
        byte[] data = Bzip2.Decompress(Compressed(), 1 << 20);
        Assert.Equal(SampleLength, data.Length);
        Assert.Equal(SampleHash, Convert.ToHexStringLower(SHA256.HashData(data)));
    }

    [Fact]
    public void Two_streams_are_one_after_the_other() =>
        Assert.Equal(2 * SampleLength, Bzip2.Decompress([.. Compressed(), .. Compressed()], 1 << 20).Length);

    [Fact]
    public void More_than_the_limit_is_refused() => Assert.Throws<InvalidDataException>(() => Bzip2.Decompress(Compressed(), SampleLength - 1));

    [Fact]
    public void Another_kind_of_file_is_refused() => Assert.Throws<InvalidDataException>(() => Bzip2.Decompress(Encoding.ASCII.GetBytes("no archive"), 1 << 20));

    [Fact]
    public void Every_cut_is_noticed()
    {
        byte[] whole = Compressed();
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            Assert.Throws<InvalidDataException>(() => Bzip2.Decompress(cut, 1 << 20));
        }
    }

    [Fact]
    public void Damage_is_noticed_or_changes_nothing()
    {
        byte[] whole = Compressed(), right = Bzip2.Decompress(whole, 1 << 20);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(right, Bzip2.Decompress(damaged, 1 << 20));
            }
            catch (InvalidDataException)
            {
                // Noticed.
            }
        }
    }

    private static byte[] Compressed() => Convert.FromBase64String(Sample);
}
