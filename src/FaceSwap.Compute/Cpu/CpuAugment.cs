using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// Training samples on the processor. Per sample: the part of the transformed image that the warp and the target read is computed
/// once, as four floats a pixel (so that a pixel is one 16-byte load), then both outputs are gathered from it.
/// </summary>
internal sealed unsafe class CpuAugment : IAugment
{
    private const int Knots = AugmentMaps.Knots;

    private readonly CpuThreads threads;
    private readonly AugmentSpec spec;
    private readonly AugmentMaps[] maps; // (N)
    private readonly int[] knots;    // (s) left knot of each output column and row
    private readonly float[] weights; // (s) weight of the knot to its right
    private readonly float[] knotAt; // (5) where the knots lie without noise
    private readonly CpuAugmentScratch[] scratch; // one for each thread
    private GCHandle self; // how a task finds its way back from native code

    public CpuAugment(CpuThreads threads, AugmentSpec spec)
    {
        if (spec.FaceSize < 2)
            throw new ArgumentException("faces of at least 2×2 pixels are needed");
        this.threads = threads;
        this.spec = spec;
        maps = new AugmentMaps[spec.Batch];
        knots = new int[spec.OutputSize];
        weights = new float[spec.OutputSize];
        for (int i = 0; i < spec.OutputSize; i++)
        {
            (knots[i], double weight) = AugmentMaps.KnotWeight(spec, i);
            weights[i] = (float)weight;
        }
        knotAt = new float[Knots];
        for (int i = 0; i < Knots; i++)
            knotAt[i] = (float)AugmentMaps.Knot(spec, i);
        scratch = new CpuAugmentScratch[threads.Count];
        for (int i = 0; i < scratch.Length; i++)
            scratch[i] = new CpuAugmentScratch(spec);
        self = GCHandle.Alloc(this);
    }

    public void Draw(DeviceSpan<long> step, DeviceSpan<AugmentDraw> draws)
    {
        long at = *HostSpan.Pointer(step, 1, nameof(step));
        AugmentDraw* output = HostSpan.Pointer(draws, spec.Batch, nameof(draws));
        for (int sample = 0; sample < spec.Batch; sample++)
            AugmentDraws.Draw(spec, at, sample, out output[sample]);
    }

    public void Gather(DeviceSpan<byte> faces, DeviceSpan<AugmentDraw> draws, DeviceSpan<byte> warped, DeviceSpan<float> target)
    {
        long count = (long)spec.Batch * spec.OutputSize * spec.OutputSize * 3;
        Job job = new()
        {
            Self = GCHandle.ToIntPtr(self),
            Faces = HostSpan.Pointer(faces, (long)spec.FaceCount * spec.FaceSize * spec.FaceSize * 3, nameof(faces)),
            Draws = HostSpan.Pointer(draws, spec.Batch, nameof(draws)),
            Warped = HostSpan.Pointer(warped, count * spec.InputType.Bytes(), nameof(warped)),
            Target = HostSpan.Pointer(target, count, nameof(target)),
        };
        // What a draw can have wrong shows here: nothing may be thrown across native frames.
        for (int sample = 0; sample < spec.Batch; sample++)
            maps[sample] = AugmentMaps.From(spec, job.Draws[sample]);
        threads.Run(&Task, &job, spec.Batch);
    }

    public void Dispose()
    {
        if (self.IsAllocated)
            self.Free();
        foreach (CpuAugmentScratch one in scratch)
            one.Dispose();
    }

    [UnmanagedCallersOnly]
    private static void Task(void* context, int task, int thread)
    {
        ref readonly Job job = ref *(Job*)context;
        CpuAugment operation = (CpuAugment)GCHandle.FromIntPtr(job.Self).Target!;
        operation.Make(job, task, operation.scratch[thread]);
    }

    private void Make(in Job job, int sample, CpuAugmentScratch work)
    {
        ref readonly AugmentDraw draw = ref job.Draws[sample];
        ref readonly AugmentMaps maps = ref this.maps[sample];
        long faceBytes = (long)spec.FaceSize * spec.FaceSize * 3;
        work.Transform(job.Faces + (draw.Face * faceBytes), maps.ToFace, Region(draw, maps));

        int side = spec.OutputSize;
        long rowValues = (long)side * 3, first = sample * side * rowValues;
        float* gridX = stackalloc float[Knots], gridY = stackalloc float[Knots];
        for (int y = 0; y < side; y++)
        {
            int row = knots[y];
            float bottom = weights[y];
            for (int i = 0; i < Knots; i++)
            {
                int upper = (row * Knots) + i, lower = upper + Knots;
                gridX[i] = knotAt[i] + draw.NoiseX[upper] + (bottom * (draw.NoiseX[lower] - draw.NoiseX[upper]));
                float upperY = knotAt[row] + draw.NoiseY[upper];
                gridY[i] = upperY + (bottom * (knotAt[row + 1] + draw.NoiseY[lower] - upperY));
            }
            for (int x = 0; x < side; x++)
            {
                int column = knots[x];
                float right = weights[x];
                work.Sample(gridX[column] + (right * (gridX[column + 1] - gridX[column])),
                    gridY[column] + (right * (gridY[column + 1] - gridY[column])), x);
            }
            Store(work.Row, job.Warped, first + (y * rowValues), rowValues);

            float fromX = (float)((maps.TargetToTransformed.B * y) + maps.TargetToTransformed.C);
            float fromY = (float)((maps.TargetToTransformed.E * y) + maps.TargetToTransformed.F);
            float stepX = (float)maps.TargetToTransformed.A, stepY = (float)maps.TargetToTransformed.D;
            for (int x = 0; x < side; x++)
                work.Sample(fromX + (x * stepX), fromY + (x * stepY), x);
            new ReadOnlySpan<float>(work.Row, (int)rowValues).CopyTo(new Span<float>(job.Target + first + (y * rowValues), (int)rowValues));
        }
    }

    // The columns and rows of the transformed image that any output pixel reads: the warp stays within its knots' bounds, the
    // target within its corners'.
    private (int Left, int Top, int Right, int Bottom) Region(in AugmentDraw draw, in AugmentMaps maps)
    {
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        for (int i = 0; i < Knots * Knots; i++)
            Include(knotAt[i % Knots] + draw.NoiseX[i], knotAt[i / Knots] + draw.NoiseY[i]);
        for (int corner = 0; corner < 4; corner++)
        {
            var at = maps.TargetToTransformed.Apply(new((corner & 1) * (spec.OutputSize - 1), (corner >> 1) * (spec.OutputSize - 1)));
            Include(at.X, at.Y);
        }
        int size = spec.FaceSize;
        return ((int)Math.Clamp(left - 1, 0, size), (int)Math.Clamp(top - 1, 0, size),
            (int)Math.Clamp(right + 3, 0, size), (int)Math.Clamp(bottom + 3, 0, size));

        void Include(double x, double y)
        {
            left = Math.Min(left, x);
            right = Math.Max(right, x);
            top = Math.Min(top, y);
            bottom = Math.Max(bottom, y);
        }
    }

    private void Store(float* row, byte* output, long at, long count)
    {
        if (spec.InputType == ElementType.Float32)
        {
            new ReadOnlySpan<float>(row, (int)count).CopyTo(new Span<float>((float*)output + at, (int)count));
            return;
        }
        // bfloat16, to nearest, ties to even. The count is a multiple of 8: the output's side is.
        ushort* to = (ushort*)output + at;
        for (long i = 0; i < count; i += 8)
        {
            Vector256<uint> bits = Vector256.Load((uint*)row + i);
            Vector256<uint> even = Vector256.ShiftRightLogical(bits, 16) & Vector256<uint>.One;
            Vector256<uint> rounded = Vector256.ShiftRightLogical(bits + Vector256.Create(0x7FFFu) + even, 16);
            Vector128.Narrow(rounded.GetLower(), rounded.GetUpper()).Store(to + i);
        }
    }

    private struct Job
    {
        public nint Self;
        public byte* Faces, Warped;
        public AugmentDraw* Draws;
        public float* Target;
    }
}
