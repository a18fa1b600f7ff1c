using FaceSwap.Compute;
using FaceSwap.Core;

namespace FaceSwap.Pipeline;

/// <summary>
/// The one place that decides in which precision a job computes: as asked for; else as it was begun, because a choice by measurement might fall otherwise another time and what
/// is resumed must give the same bits; else what the device prefers.
/// </summary>
internal static class WorkPrecision
{
    /// <summary>Decides.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="training">Whether weights are trained.</param>
    /// <param name="wanted">Asked for; null: nothing was.</param>
    /// <param name="begun">That of earlier work that is to be gone on with; null: there is none. It is not held against a device whose preference is fixed.</param>
    /// <param name="standard">What new work takes where nothing is asked for; null: what the device prefers.</param>
    /// <param name="warn">Told of a precision that was asked for and is slow.</param>
    /// <param name="note">Told what was chosen by measuring.</param>
    /// <exception cref="UserErrorException">The device does not compute in it.</exception>
    public static Precision Choose(IBackend backend, bool training, Precision? wanted, Precision? begun, Precision? standard, Action<string>? warn, Action<string>? note)
    {
        if (wanted is { } exact)
        {
            Require(backend, exact);
            if (exact == Precision.Bf16 && backend.ChoosePrecision(training).Measured is { } measured && measured.IsSlow(exact))
                warn?.Invoke($"{Name(exact)} is slower than fp32 on this processor ({measured}); --precision auto takes the faster one");
            return exact;
        }
        PrecisionChoice choice = standard is { } known ? new PrecisionChoice(known, null) : backend.ChoosePrecision(training);
        Require(backend, choice.Precision);
        if (begun is { } own && own != choice.Precision && backend.Supports(own) && (standard is not null || choice.Measured is not null))
        {
            note?.Invoke($"precision: {Name(own)}, in which this was begun");
            return own;
        }
        if (choice.Measured is { } rates)
            note?.Invoke($"precision: {Name(choice.Precision)} ({rates})");
        return choice.Precision;
    }

    /// <summary>Refuses a precision that the device does not have.</summary>
    /// <exception cref="UserErrorException">It does not.</exception>
    public static void Require(IBackend backend, Precision precision)
    {
        if (!backend.Supports(precision))
            throw new UserErrorException($"The {backend.Info.Name} backend on {backend.Info.Device} does not compute in {Name(precision)}; choose --precision fp32.");
    }

    /// <summary>As on the command line.</summary>
    public static string Name(Precision precision) => precision.ToString().ToLowerInvariant();
}
