using System.Security.Cryptography;
using System.Text;

namespace FaceSwap.Core.Tests;

public class Bzip2Tests
{
    // 20 times: 200 a, bcabcabcabc, 0, 255, all bytes in order; compressed by libbz2 1.0.8.
    private const string Sample = "QlpoMTFBWSZTWSZ136YAA93/////////////////////////////////////////////0AN+AAAAEmAAmAAJgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAkwAEwABMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEmAAmAAJgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAkwAEwABMAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAApVVTQAAAAAAEwAAAAAABMGmgAAAAjABMAATAAAAAAGgmAAAACYAAAH9E2YmAJhJMKJhZMMJhpMOJh5MQJiJMSJiZMUJipMWJi5MYJ"
        + "jJMaJjZMcJjpMeJj5MgJkJMiJkZMkJkpMmJk5MoJlJMqJlZMsJlpMuJl5MwJmJMyJ/gmZkzQmakzYmbkzgmckzomdkzwmekz4mfk0Amgk0Imhk0Qmik0Ymjk"
        + "0gmkk0omlk0wmmk04mnk1Amok1Impk1Qmqk1Ymrk1gmsk1omtk1wmuk14mvk/yTYCbCTYibGTZCYEmBJghNlKsETABMGTCCbORYUTaCbSTaibWTbCbaTbibe"
        + "TcCbiTcibmTdCbqTdibuTeCbyTeib2TfCb6Tfib+TgCcCT/RP9k4InBk4QnCk4YnDk4gnEk4onFk4wn/CcaTjiceTkCciTkicmTlCcqTlicuTmCcyTmic2T/"
        + "pOcJzpOeJz5OgJ0JOiJ0ZOkJ0pOmJ05OoJ1JOqJ1ZOsJ1pOuJ15OwJ2JOyJ2ZO0J2pO2J25O4J3JO6J3ZO8J3pO+J35PAJ4JPCJgSYMmCJ4ZPEJ4pPGJ/4nj"
        + "k8gnkk8onlk8wnmk84nnk9Anok9Inpk9Qnqk9Ynrk9gnsk9ontk9wnuk94nvk+Anwk+Inxk/+T5CfKT5ifOT6CfST6ifWT7CfaT7ifeT8CfiT8ifmT9CfqT9"
        + "ifuT+CfyT+Sf0T+xdyRThQkCZ136YA==";
    private const string SampleHash = "c8b264317fbe62107de32c7a46ed97339427f296056c40cd903cf3d98be1e524";
    private const int SampleLength = 9380;

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
