using FaceSwap.Build.Fresh;

namespace FaceSwap.Build;

/// <summary>What continuous integration runs: all tests here, and a fresh system in the short form when what decides about it changed.</summary>
public sealed class ContinuousIntegration(Layout layout)
{
    /// <summary>The last line printed is <c>N passed, N failed, N skipped</c>; the fresh system counts as one.</summary>
    /// <returns>0 when nothing failed.</returns>
    public int Run()
    {
        TestTotals tests = new TestRun(layout).RunAll(all: false, filter: null, projects: []);
        TestTotals total = tests + TryFresh(FreshSystem.All[0]);
        Console.WriteLine(total);
        return total.Failed == 0 ? 0 : 1;
    }

    private TestTotals TryFresh(FreshSystem system)
    {
        FreshRecord record = new(layout);
        try
        {
            if (record.HasPassed(system))
            {
                Console.WriteLine($"fresh: not run: nothing that decides about it changed since it passed ({record.Find(system)})");
                return new(0, 0, 0);
            }
            FreshRun run = new(layout);
            if (run.Obstacle() is { } obstacle)
            {
                Console.WriteLine($"fresh: skipped although eng/, a CMake file or the list of packages changed since {system.Title} passed: {obstacle}");
                return new(0, 0, 1);
            }
            run.Run(system, shortened: true);
            return new(1, 0, 0);
        }
        catch (BuildException e)
        {
            Console.WriteLine($"fresh: failed: {e.Message}");
            return new(0, 1, 0);
        }
    }
}
