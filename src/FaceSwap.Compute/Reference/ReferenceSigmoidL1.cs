namespace FaceSwap.Compute.Reference;

/// <summary>
/// p = 1/(1 + e^−z); loss = (Σ_i |p_i − t_i|)/count in double, in ascending order of i; dz = sign(p − t)·p·(1 − p)/count, sign(0) = 0.
/// The loss and the sign are of p as stored, rounded to single, so that p == target gives a gradient of exactly 0. NaN stays NaN.
/// All results are overwritten (=).
/// </summary>
internal sealed unsafe class ReferenceSigmoidL1(SigmoidL1Spec spec) : ISigmoidL1
{
    public void Sigmoid(DeviceSpan<byte> z, DeviceSpan<float> p)
    {
        float* input = HostSpan.Floats(z, spec.Count, nameof(z)), output = HostSpan.Pointer(p, spec.Count, nameof(p));
        for (long i = 0; i < spec.Count; i++)
            output[i] = (float)(1 / (1 + Math.Exp(-input[i])));
    }

    public void Forward(DeviceSpan<byte> z, DeviceSpan<float> target, DeviceSpan<float> p, DeviceSpan<float> loss, DeviceSpan<byte> dz)
    {
        Sigmoid(z, p);
        float* output = HostSpan.Pointer(p, spec.Count, nameof(p)), wanted = HostSpan.Pointer(target, spec.Count, nameof(target));
        float* gradient = HostSpan.Floats(dz, spec.Count, nameof(dz)), result = HostSpan.Pointer(loss, 1, nameof(loss));
        double sum = 0;
        for (long i = 0; i < spec.Count; i++)
        {
            double difference = (double)output[i] - wanted[i];
            sum += Math.Abs(difference);
            double sign = difference > 0 ? 1 : difference < 0 ? -1 : difference; // 0 and NaN stay what they are
            gradient[i] = (float)(sign * output[i] * (1.0 - output[i]) / spec.Count);
        }
        result[0] = (float)(sum / spec.Count);
    }

    public void Dispose()
    {
        // It owns nothing.
    }
}
