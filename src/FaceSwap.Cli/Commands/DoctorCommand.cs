using System.CommandLine;
using FaceSwap.Cli.Doctor;
using FaceSwap.Cli.Infrastructure;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap doctor</c>: every native library, its version, its use and what its absence costs; the machine.</summary>
internal sealed class DoctorCommand() : FaceSwapCommand("doctor", "Lists every native library, its version, what it is for and what its absence costs.",
    "faceswap doctor")
{
    public override bool PrintsItsResult(ParseResult parsed) => true;

    public override int Execute(ParseResult parsed, Job job)
    {
        List<Finding> findings = [.. NativeFindings.All(), .. CudaFindings.Libraries()];
        int width = findings.Max(f => f.Name.Length), versionWidth = findings.Max(f => f.Version.Length);
        foreach (Finding finding in findings)
        {
            string mark = finding.State switch { FindingState.Present => "ok     ", FindingState.Optional => "absent ", _ => "MISSING" };
            Job.Say($"{mark} {finding.Name.PadRight(width)}  {finding.Version.PadRight(versionWidth)} {finding.Purpose}");
            if (finding.State != FindingState.Present)
                Job.Say($"{new string(' ', 8 + width)}  without it: {finding.Cost}");
        }
        Job.Say("");
        foreach ((string name, string value) in MachineFacts.All().Concat(PrecisionFacts.All()).Concat(CudaFindings.Devices()).Concat(CudaFindings.Video()))
            Job.Say($"{name,-12} {value}");
        int missing = findings.Count(f => f.State == FindingState.Missing);
        Job.Say("");
        Job.Say(missing == 0 ? "everything that is needed is here"
            : $"{missing} needed part(s) missing; ./build.sh build installs and builds them on Debian 12 and Ubuntu 24.04");
        return missing == 0 ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
