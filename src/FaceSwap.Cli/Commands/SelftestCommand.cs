using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Cli.Selftest;
using FaceSwap.Compute;
using FaceSwap.Compute.Conformance;
using FaceSwap.Core;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap selftest</c>: the conformance cases, and golden values of other implementations, on this machine.</summary>
internal sealed class SelftestCommand : FaceSwapCommand
{
    private readonly Option<string?> golden = Opt.Optional("--golden", [], "DIR", "Also check every vision/vision.json, detect/detect.json and engine/*.json under this folder");
    private readonly Option<string?> filter = Opt.Optional("--filter", [], "TEXT", "Run only the operations' cases whose names contain this");
    private readonly Option<string?> models = ModelsChoice.Option();
    private readonly DeviceChoices device = new("fp32");

    public SelftestCommand() : base("selftest", "Checks this installation: every operation against the reference and, with --golden, against other implementations.",
        "faceswap selftest",
        "faceswap selftest --golden tests/golden --device cpu")
    {
        AddAll(golden, filter, models);
        AddAll(device.All);
    }

    public override bool PrintsItsResult(ParseResult parsed) => true;

    public override int Execute(ParseResult parsed, Job job)
    {
        GoldenFolder? folder = parsed.GetValue(golden) is string path ? new GoldenFolder(path) : null;
        using IBackend backend = device.Open(parsed, job);
        Precision arithmetic = device.Choose(parsed, backend, training: true).Precision;
        Job.Say($"device {backend.Info.Name}: {backend.Info.Device}, {backend.Info.Threads} thread(s), {arithmetic.ToString().ToLowerInvariant()}");
        CheckPrinter printer = new();
        string text = parsed.GetValue(filter) ?? "";
        if (!ConformanceSuite.Cases.Any(c => c.Name.Contains(text, StringComparison.OrdinalIgnoreCase)))
            throw new UserErrorException($"no case's name contains '{text}'; faceswap selftest without --filter prints all names");
        foreach (ConformanceCase check in ConformanceSuite.Cases.Where(c => c.Name.Contains(text, StringComparison.OrdinalIgnoreCase) && c.AppliesTo(backend)))
        {
            job.Cancellation.ThrowIfCancellationRequested();
            printer.Print([check.Run(backend)]);
        }
        if (folder is not null)
            printer.Print(folder.Run(backend, arithmetic, () => device.Open(parsed, null), parsed.GetValue(models), job.Cancellation));
        Job.Say($"{printer.Passed} passed, {printer.Failed} failed, {printer.Skipped} skipped" + (printer.Unimplemented > 0 ? $" ({printer.Unimplemented} of the failed are not implemented)" : ""));
        return printer.Failed == 0 ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
