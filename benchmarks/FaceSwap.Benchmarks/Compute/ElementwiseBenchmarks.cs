using BenchmarkDotNet.Attributes;
using FaceSwap.Compute;

namespace FaceSwap.Benchmarks.Compute;

/// <summary>The end of a decoder: sigmoid, mean absolute error and its gradient, over a batch of 16 pictures of 64 pixels.</summary>
public class SigmoidL1Benchmarks : BackendSuite
{
    private protected override KernelWork Prepare(IBackend backend) => new Work(backend);

    private sealed class Work : KernelWork
    {
        private const long Count = 16L * 64 * 64 * 3;
        private readonly ISigmoidL1 operation;
        private readonly DeviceSpan<byte> z, dz;
        private readonly DeviceSpan<float> target, p, loss;

        public Work(IBackend backend) : base(backend)
        {
            operation = Own(backend.CreateSigmoidL1(new SigmoidL1Spec(Count, Precision.Fp32)));
            z = Numbers(Count, ElementType.Float32, "z", 4);
            dz = Numbers(Count, ElementType.Float32, "dz");
            target = Numbers(Count, "target");
            p = Numbers(Count, "p");
            loss = Numbers(16, "loss").Slice(0, 1);
        }

        public override void Run() => operation.Forward(z, target, p, loss, dz);
    }
}

/// <summary>Adam over a slab of a small layer's length and of a large one's.</summary>
public class AdamBenchmarks : BackendSuite
{
    /// <summary>Parameters.</summary>
    [Params(1 << 16, 8 << 20)]
    public int Count { get; set; }

    private protected override KernelWork Prepare(IBackend backend) => new Work(backend, Count);

    private sealed class Work : KernelWork
    {
        private readonly IAdam adam;
        private readonly DeviceSpan<float> parameters, gradients, m, v;
        private readonly DeviceSpan<long> step;

        public Work(IBackend backend, int count) : base(backend)
        {
            adam = Own(backend.CreateAdam(new AdamSpec(count, 5e-5f, 0.5f, 0.999f, 1e-7f)));
            parameters = Numbers(count, "parameters");
            gradients = Numbers(count, "gradients");
            m = Numbers(count, "m");
            // The second moment is never negative.
            v = Bytes(count * sizeof(float), "v").As<float>();
            step = Bytes(sizeof(long), "step").As<long>().Slice(0, 1);
            backend.Upload([1L], step);
        }

        public override void Run() => adam.Update(parameters, gradients, m, v, step);
    }
}

/// <summary>Training samples: 16 of 64 pixels from aligned faces of 256, draws included.</summary>
public class AugmentBenchmarks : BackendSuite
{
    private protected override KernelWork Prepare(IBackend backend) => new Work(backend);

    private sealed class Work : KernelWork
    {
        private const int Batch = 16, Faces = 64, FaceSide = 256, Side = 64;
        private readonly IAugment augment;
        private readonly DeviceSpan<byte> faces, warped;
        private readonly DeviceSpan<AugmentDraw> draws;
        private readonly DeviceSpan<float> target;
        private readonly DeviceSpan<long> step;

        public Work(IBackend backend) : base(backend)
        {
            augment = Own(backend.CreateAugment(new AugmentSpec(Batch, Faces, FaceSide, Side, 160, 5, 10, 0.05f, 0.05f, 0.4f, 1, 0, ElementType.Float32)));
            const long bytes = (long)Faces * FaceSide * FaceSide * 3;
            faces = Bytes(bytes, "faces");
            byte[] pixels = new byte[bytes];
            new Random(3).NextBytes(pixels);
            backend.Upload<byte>(pixels, faces);
            draws = Own(backend.Allocate((long)Batch * System.Runtime.CompilerServices.Unsafe.SizeOf<AugmentDraw>(), "draws")).Span<AugmentDraw>();
            warped = Bytes((long)Batch * Side * Side * 3 * sizeof(float), "warped");
            target = Bytes((long)Batch * Side * Side * 3 * sizeof(float), "target").As<float>();
            step = Bytes(sizeof(long), "step").As<long>().Slice(0, 1);
        }

        public override void Run()
        {
            augment.Draw(step, draws);
            augment.Gather(faces, draws, warped, target);
        }
    }
}

/// <summary>What the face detector's and the identity's networks have on top: pooling and the end of a residual block.</summary>
public class PoolBenchmarks : BackendSuite
{
    private protected override KernelWork Prepare(IBackend backend) => new Work(backend);

    private sealed class Work : KernelWork
    {
        private readonly IPool2d pool;
        private readonly IAddRelu end;
        private readonly DeviceSpan<float> x, y, sum;

        public Work(IBackend backend) : base(backend)
        {
            var spec = new Pool2dSpec(1, 73, 73, 32, 3, 2, Pooling.Max);
            pool = Own(backend.CreatePool2d(spec) ?? throw new NotSupportedException($"{backend.Info.Name} has no pooling"));
            end = Own(backend.CreateAddRelu(new AddReluSpec(1, (73, 73, 32), (spec.OutHeight, spec.OutWidth, 32)))
                ?? throw new NotSupportedException($"{backend.Info.Name} has no end of a residual block"));
            x = Numbers(spec.InputCount, "x");
            y = Numbers(spec.OutputCount, "y");
            sum = Numbers(spec.InputCount, "sum");
        }

        public override void Run()
        {
            pool.Forward(x, y);
            end.Forward(x, y, sum);
        }
    }
}
