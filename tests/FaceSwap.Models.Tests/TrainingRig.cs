using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A training plan of a model with synthetic faces on a backend.</summary>
internal sealed class TrainingRig : IDisposable
{
    private const int FaceCount = 6;
    private readonly DeviceBuffer[] faces;

    public TrainingRig(IBackend backend, ModelDefinition model, int batch, Precision precision = Precision.Fp32)
    {
        faces = [Faces(backend, 0), Faces(backend, 1)];
        Plan = new TrainingPlan(backend, model, batch, precision, OptimizerSpec.For(model), Training(Side.A), Training(Side.B));
        Plan.Load(ModelWeights.Initialize(model, 3));

        TrainingFaces Training(Side side) => new(faces[(int)side].Span<byte>(), new AugmentSpec(batch, FaceCount, 256, model.InputSize, 160, 5, 10,
            0.05f, 0.05f, 0.4f, 11, (int)side, precision.ActivationType()));
    }

    public TrainingPlan Plan { get; }

    public void Dispose()
    {
        Plan.Dispose();
        foreach (DeviceBuffer buffer in faces)
            buffer.Dispose();
    }

    private static DeviceBuffer Faces(IBackend backend, int person)
    {
        var bytes = new byte[FaceCount * 256 * 256 * 3];
        for (int i = 0; i < bytes.Length; i++)
        {
            int c = i % 3, x = i / 3 % 256, y = i / 3 / 256 % 256, f = i / 3 / 65536;
            bytes[i] = (byte)(128 + (60 * Math.Sin((x * 0.03) + c + f + person)) + (60 * Math.Cos((y * 0.02) + (person * 2))));
        }
        DeviceBuffer buffer = backend.Allocate(bytes.Length, "faces");
        backend.Upload<byte>(bytes, buffer.Span<byte>());
        return buffer;
    }
}
