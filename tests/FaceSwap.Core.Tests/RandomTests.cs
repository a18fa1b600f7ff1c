using FaceSwap.Core.Random;

namespace FaceSwap.Core.Tests;

public class RandomTests
{
    [Theory] // Known answers of Random123's distribution for philox4x32-10.
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x299f31d0_a4093822UL, 0x85a308d3_243f6a88UL, 0x03707344_13198a2eUL, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_its_published_numbers(ulong key, ulong low, ulong high, uint x, uint y, uint z, uint w) =>
        Assert.Equal((x, y, z, w), Philox.Block(key, low, high));

    [Fact]
    public void Normals_follow_Box_and_Muller()
    {
        System.Random random = new(1);
        for (int i = 0; i < 20000; i++)
        {
            uint a = i switch { 0 => 0, 1 => uint.MaxValue, _ => (uint)random.NextInt64(1L << 32) };
            uint b = i < 17 ? (uint)i << 28 : (uint)random.NextInt64(1L << 32);
            double radius = Math.Sqrt(-2 * Math.Log(((a >> 8) + 1.0) / 16777216)), angle = (b >> 8) / 16777216.0 * 2 * Math.PI;
            (float cosine, float sine) = NormalPair.From(a, b);
            // ln near 1 is small but exact to 2^-23 of itself; its root halves the relative error.
            Assert.InRange(cosine, (radius * Math.Cos(angle)) - 2e-6, (radius * Math.Cos(angle)) + 2e-6);
            Assert.InRange(sine, (radius * Math.Sin(angle)) - 2e-6, (radius * Math.Sin(angle)) + 2e-6);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4097)]
    public void A_shuffle_is_a_permutation(int count)
    {
        for (ulong which = 0; which < 4; which++)
            Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(i => Shuffle.At(i, count, 9, which, 0)).Order());
    }

    [Fact]
    public void Every_element_goes_everywhere_about_equally_often()
    {
        const int Count = 6, Trials = 6000;
        int[,] seen = new int[Count, Count];
        for (int trial = 0; trial < Trials; trial++)
        {
            for (int i = 0; i < Count; i++)
                seen[i, Shuffle.At(i, Count, 42, (ulong)trial, 0)]++;
        }
        // 1000 expected, standard deviation 29: six of them.
        foreach (int n in seen)
            Assert.InRange(n, 826, 1174);
    }
}
