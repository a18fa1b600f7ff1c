using FaceSwap.Core.Random;

namespace FaceSwap.Compute;

/// <summary>
/// The random numbers of training samples: a function of seed, side, step and sample alone, in operations that any device repeats to
/// the bit (<see cref="Philox"/>, <see cref="NormalPair"/>, <see cref="Shuffle"/>, and single roundings), so that training resumes exactly and
/// no stream has a state.
///
/// Philox's key is the seed. Its counter's low half is the step (the epoch for shuffling); the high half is, from the top, 8 bits side,
/// 8 bits purpose, 32 bits sample, 16 bits block. Purpose 0: block 0 holds rotation, scale, shift right, shift down; block 1 mirroring and,
/// with fewer faces than the batch, the face; blocks 2–14 the 50 normals of the grid, x before y. Purpose 1: keys of the shuffle.
/// </summary>
public static class AugmentDraws
{
    private const int FirstNormalBlock = 2;

    /// <summary>The draw of one sample.</summary>
    /// <param name="spec">Ranges, seed, side, faces and batch.</param>
    /// <param name="step">The iteration, from 0.</param>
    /// <param name="sample">0 … spec.Batch − 1.</param>
    /// <param name="draw">Overwritten.</param>
    public static void Draw(in AugmentSpec spec, long step, int sample, out AugmentDraw draw)
    {
        draw = default;
        ulong stream = ((ulong)(byte)spec.Side << 56) | ((ulong)(uint)sample << 16);
        (uint rotation, uint scale, uint shiftX, uint shiftY) = Philox.Block(spec.Seed, (ulong)step, stream);
        (uint mirror, uint face, _, _) = Philox.Block(spec.Seed, (ulong)step, stream | 1);
        draw.Rotation = Symmetric(rotation) * spec.Rotation;
        draw.Scale = MathF.FusedMultiplyAdd(Symmetric(scale), spec.ScaleRange, 1f);
        draw.ShiftX = Symmetric(shiftX) * spec.ShiftRange * spec.FaceSize;
        draw.ShiftY = Symmetric(shiftY) * spec.ShiftRange * spec.FaceSize;
        draw.Mirror = Philox.Uniform(mirror) < spec.MirrorProbability ? 1 : 0;
        draw.Face = Face(spec, step, sample, face);
        for (int block = 0; block < 13; block++)
        {
            (uint x, uint y, uint z, uint w) = Philox.Block(spec.Seed, (ulong)step, stream | (uint)(FirstNormalBlock + block));
            (float first, float second) = NormalPair.From(x, y);
            (float third, float fourth) = NormalPair.From(z, w);
            int index = 4 * block;
            SetNoise(ref draw, index, first * spec.WarpSigma);
            SetNoise(ref draw, index + 1, second * spec.WarpSigma);
            SetNoise(ref draw, index + 2, third * spec.WarpSigma);
            SetNoise(ref draw, index + 3, fourth * spec.WarpSigma);
        }
    }

    private static int Face(in AugmentSpec spec, long step, int sample, uint random)
    {
        if (spec.FaceCount < spec.Batch)
            return (int)(((ulong)random * (uint)spec.FaceCount) >> 32);
        long stepsAnEpoch = spec.FaceCount / spec.Batch;
        long epoch = step / stepsAnEpoch;
        int position = (int)(step - (epoch * stepsAnEpoch)) * spec.Batch + sample;
        return Shuffle.At(position, spec.FaceCount, spec.Seed, (ulong)epoch, ((ulong)(byte)spec.Side << 56) | (1UL << 48));
    }

    // [−1, 1), exact in single precision.
    private static float Symmetric(uint bits) => (2f * Philox.Uniform(bits)) - 1f;

    private static void SetNoise(ref AugmentDraw draw, int index, float value)
    {
        if (index < 25)
            draw.NoiseX[index] = value;
        else if (index < 50)
            draw.NoiseY[index - 25] = value;
    }
}
