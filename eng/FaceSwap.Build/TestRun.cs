using System.Diagnostics;
using System.Xml.Linq;

namespace FaceSwap.Build;

/// <summary>Runs every test project and adds up the results.</summary>
public sealed class TestRun(Layout layout)
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    private sealed record Result(string Project, int Passed, int Failed, int Skipped, TimeSpan Elapsed);

    /// <summary>Runs the tests that <c>build</c> has built; the last line printed is <c>N passed, N failed, N skipped</c>.</summary>
    /// <param name="all">Slow tests too.</param>
    /// <param name="filter">A <c>dotnet test --filter</c> expression, or null.</param>
    /// <param name="projects">Parts of the projects' names, as <c>Media</c>; none: all projects.</param>
    /// <returns>0 when none failed.</returns>
    public int Run(bool all, string? filter, IReadOnlyList<string> projects)
    {
        TestTotals total = RunAll(all, filter, projects);
        Console.WriteLine(total);
        return total.Failed == 0 ? 0 : 1;
    }

    /// <summary>As <see cref="Run"/>, without the last line.</summary>
    public TestTotals RunAll(bool all, string? filter, IReadOnlyList<string> projects)
    {
        List<string> folders = [.. Directory.GetDirectories(layout.At("tests"), "*.Tests").Order(StringComparer.Ordinal)];
        if (projects.FirstOrDefault(p => !folders.Exists(f => IsNamed(f, p))) is { } unknown)
            throw new BuildException($"test: no project of tests is named '{unknown}'; there are {string.Join(", ", folders.Select(Path.GetFileName))}", 2);
        string results = layout.At("out", "test-results");
        if (Directory.Exists(results))
            Directory.Delete(results, recursive: true);
        Dictionary<string, string> environment = new() { ["FACESWAP_TEST_ALL"] = all ? "1" : "0" };
        List<Result> done = [];
        List<(string Test, string Reason)> skipped = [];
        foreach (string folder in folders.Where(f => projects.Count == 0 || projects.Any(p => IsNamed(f, p))))
        {
            string project = Path.GetFileName(folder);
            Console.WriteLine($"test: {project}");
            done.Add(RunProject(project, folder, results, filter, environment, skipped));
        }
        Summarize(done, skipped);
        return new TestTotals(done.Sum(r => r.Passed), done.Sum(r => r.Failed), done.Sum(r => r.Skipped));
    }

    private static bool IsNamed(string folder, string project) => Path.GetFileName(folder) == $"FaceSwap.{project}.Tests";

    private Result RunProject(string project, string folder, string results, string? filter, Dictionary<string, string> environment,
        List<(string Test, string Reason)> skipped)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string assembly = Path.Combine(folder, "bin", "Release", "net10.0", project + ".dll");
        string report = Path.Combine(results, project + ".trx");
        string[] arguments = ["test", assembly, "--nologo", "--logger", "console;verbosity=minimal", "--logger", "trx;LogFileName=" + report,
            .. filter is null ? Array.Empty<string>() : ["--filter", filter]];
        int code = Shell.Run("dotnet", arguments, layout.Root, environment);
        if (!File.Exists(report))
        {
            // With a filter a project may hold no test that matches; otherwise the test host died before it could report.
            return new Result(project, 0, code == 0 && filter is not null ? 0 : 1, 0, clock.Elapsed);
        }
        XElement run = XDocument.Load(report).Root!;
        List<XElement> tests = [.. run.Descendants(Trx + "UnitTestResult")];
        int passed = tests.Count(t => (string?)t.Attribute("outcome") == "Passed");
        List<XElement> skips = [.. tests.Where(t => (string?)t.Attribute("outcome") == "NotExecuted")];
        skipped.AddRange(skips.Select(t => ((string?)t.Attribute("testName") ?? "", t.Descendants(Trx + "Message").FirstOrDefault()?.Value
            ?? t.Descendants(Trx + "StdOut").FirstOrDefault()?.Value ?? "")));
        int failed = tests.Count - passed - skips.Count;
        // A host that crashes half-way reports what ran before it, and a project that lost its tests reports none: both count as a failure.
        bool broken = failed == 0 && (code != 0 || (tests.Count == 0 && filter is null));
        return new Result(project, passed, broken ? 1 : failed, skips.Count, clock.Elapsed);
    }

    private static void Summarize(List<Result> done, List<(string Test, string Reason)> skipped)
    {
        Console.WriteLine();
        Console.WriteLine($"{"project",-34} {"passed",7} {"failed",7} {"skipped",8} {"seconds",8}");
        foreach (Result r in done)
            Console.WriteLine($"{r.Project,-34} {r.Passed,7} {r.Failed,7} {r.Skipped,8} {r.Elapsed.TotalSeconds,8:0.0}");
        if (skipped.Count > 0)
            Console.WriteLine();
        foreach (IGrouping<string, (string Test, string Reason)> reason in skipped.GroupBy(s => s.Reason.Trim()))
            Console.WriteLine($"skipped {reason.Count()}: {reason.Key} ({reason.First().Test}{(reason.Count() > 1 ? ", ..." : "")})");
        Console.WriteLine();
    }
}
