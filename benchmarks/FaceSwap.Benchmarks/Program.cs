using BenchmarkDotNet.Running;
using FaceSwap.Benchmarks;

// faceswap-benchmarks [FILTER ...] [--out FOLDER]: runs the suites whose full names match (as BenchmarkDotNet's --filter, * as a wildcard), all without a filter.
List<string> filters = [];
string folder = Path.Combine("out", "bench", "suites");
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--out" && i + 1 < args.Length)
        folder = args[++i];
    else if (args[i].StartsWith('-'))
    {
        Console.Error.WriteLine($"benchmarks: '{args[i]}' is not an option; there are filters such as '*Conv2d*', and --out FOLDER");
        return 2;
    }
    else
        filters.Add(args[i].Contains('*') ? args[i] : $"*{args[i]}*");
}
if (filters.Count == 0)
    filters.Add("*");
BenchmarkDotNet.Reports.Summary[] done = [.. BenchmarkSwitcher.FromAssembly(typeof(SuiteConfig).Assembly).Run(["--filter", .. filters], SuiteConfig.Create(folder))];
return done.Length > 0 && done.All(s => !s.HasCriticalValidationErrors && s.Reports.All(r => r.Success)) ? 0 : 1;
