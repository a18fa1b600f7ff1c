namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>
/// How the kernels of <c>bias_act.cu</c> lie over (pixels, channels): a thread keeps one group of channels, so that its bias or sums stay in registers
/// and no index is divided; a block is as many groups wide as it can be, so that a warp's accesses are contiguous.
/// </summary>
/// <param name="Grid">(tiles of groups, chunks of pixels).</param>
/// <param name="Block">(groups, pixels), at most 256 threads.</param>
/// <param name="Vector">Groups are 16 bytes; otherwise single elements.</param>
internal readonly record struct BiasActGeometry(Grid3 Grid, Grid3 Block, bool Vector)
{
    private const int Threads = 256, Unroll = 4;

    /// <summary>Chooses.</summary>
    /// <param name="pixels">Rows of the matrix.</param>
    /// <param name="channels">Columns.</param>
    /// <param name="shuffle">With pixel shuffle the two halves of the channels go to different rows.</param>
    /// <param name="lanes">Elements of 16 bytes.</param>
    /// <param name="aligned">All addresses are multiples of 16.</param>
    /// <param name="blocks">Blocks that keep the device busy at once.</param>
    public static BiasActGeometry For(long pixels, int channels, bool shuffle, int lanes, bool aligned, int blocks)
    {
        bool vector = aligned && (shuffle ? channels / 2 : channels) % lanes == 0;
        int groups = vector ? channels / lanes : channels;
        int tiles = (groups + Threads - 1) / Threads;
        int wide = (groups + tiles - 1) / tiles, high = Threads / wide;
        long needed = (pixels + ((long)high * Unroll) - 1) / ((long)high * Unroll);
        long chunks = Math.Clamp(blocks / tiles, 1, Math.Clamp(needed, 1, 65535));
        return new BiasActGeometry(new Grid3((uint)tiles, (uint)chunks), new Grid3((uint)wide, (uint)high), vector);
    }
}
