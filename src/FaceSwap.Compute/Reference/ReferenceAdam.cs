namespace FaceSwap.Compute.Reference;

/// <summary>
/// Adam in Keras' form, each element in double and rounded once: m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²;
/// p −= lr·√(1 − β2^t)/(1 − β1^t)·m/(√v + ε). In place (+=). Memory holds single precision, so m and v are rounded between steps.
/// </summary>
internal sealed unsafe class ReferenceAdam(AdamSpec spec, int threads) : IAdam
{
    private const int Chunk = 4096;

    public void Update(DeviceSpan<float> parameters, DeviceSpan<float> gradients, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<long> step)
    {
        long t = *HostSpan.Pointer(step, 1, nameof(step));
        var body = new Body
        {
            Spec = spec,
            Rate = spec.LearningRate * Math.Sqrt(1 - Math.Pow(spec.Beta2, t)) / (1 - Math.Pow(spec.Beta1, t)),
            P = HostSpan.Pointer(parameters, spec.Count, nameof(parameters)),
            G = HostSpan.Pointer(gradients, spec.Count, nameof(gradients)),
            M = HostSpan.Pointer(m, spec.Count, nameof(m)),
            V = HostSpan.Pointer(v, spec.Count, nameof(v)),
        };
        ReferenceLoop.For(threads, (spec.Count + Chunk - 1) / Chunk, body);
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    private struct Body : ILoopBody
    {
        public AdamSpec Spec;
        public double Rate; // lr_t
        public float* P, G, M, V;

        public readonly void Run(long index)
        {
            double beta1 = Spec.Beta1, beta2 = Spec.Beta2, epsilon = Spec.Epsilon;
            long end = Math.Min(Spec.Count, (index + 1) * Chunk);
            for (long i = index * Chunk; i < end; i++)
            {
                double g = G[i];
                double m = (beta1 * M[i]) + ((1 - beta1) * g), v = (beta2 * V[i]) + ((1 - beta2) * g * g);
                M[i] = (float)m;
                V[i] = (float)v;
                P[i] = (float)(P[i] - (Rate * m / (Math.Sqrt(v) + epsilon)));
            }
        }
    }
}
