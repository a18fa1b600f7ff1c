using System.Text.RegularExpressions;

namespace FaceSwap.Build;

/// <summary>What apt-get would install, out of its own words.</summary>
/// <param name="Packages">New packages, those that others need included.</param>
/// <param name="Download">What comes over the network, with its unit.</param>
/// <param name="Disk">What they take on the disk, with its unit.</param>
public sealed partial record AptPlan(int Packages, string Download, string Disk)
{
    /// <summary>Reads what <c>apt-get install --assume-no</c> prints in the C locale; null when it holds no plan.</summary>
    public static AptPlan? Parse(string output)
    {
        Match packages = NewPackages().Match(output), download = ToGet().Match(output), disk = ToUse().Match(output);
        return packages.Success && download.Success && disk.Success
            ? new AptPlan(int.Parse(packages.Groups[1].Value), download.Groups[1].Value, disk.Groups[1].Value)
            : null;
    }

    /// <summary>One sentence for the user.</summary>
    public override string ToString() => $"{Packages} packages are coming, these included: {Download} to download, {Disk} on the disk";

    [GeneratedRegex(@"(\d+) newly installed")]
    private static partial Regex NewPackages();

    // "Need to get 12.3 MB of archives" or, with some of them there already, "Need to get 1 MB/12 MB of archives".
    [GeneratedRegex(@"Need to get ([\d.,]+ ?[kMG]?B)")]
    private static partial Regex ToGet();

    [GeneratedRegex(@"After this operation, ([\d.,]+ ?[kMG]?B) of additional disk space")]
    private static partial Regex ToUse();
}
