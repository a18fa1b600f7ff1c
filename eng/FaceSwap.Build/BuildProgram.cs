using FaceSwap.Build.Fresh;

namespace FaceSwap.Build;

/// <summary>The targets of <c>build.sh</c> and <c>build.ps1</c>. Each does the set-up it needs.</summary>
public static class BuildProgram
{
    private sealed record Target(string Name, string Help, Func<Layout, string[], int> Run);

    private static readonly Target[] Targets =
    [
        new("setup", "installs missing system packages and builds the native shim", static (layout, _) => Setup(layout)),
        new("build", "setup, then the solution in Release; leaves the command in out/faceswap", static (layout, _) => Build(layout)),
        new("test", "build, then all tests; --all adds the slow ones, --filter EXPRESSION and --project NAME pick some", Test),
        new("demo", "build, then swaps a face between two sample clips into out/demo; --short trains for seconds only", RunDemo),
        new("bench", "build, then measures this machine against references into out/bench; --convert: the conversion alone, --suites [FILTER]: every kernel and stage", RunBench),
        new("kernels", "compiles kernels/*.cu to PTX with clang-19 and writes the manifest; both are committed", static (layout, _) => BuildKernels(layout)),
        new("gpu-bundle", "build, then packs what a bare machine with a GPU needs to prove and measure this, into out/gpu-bundle", static (layout, _) => PackGpuBundle(layout)),
        new("fresh", "proves that the README's commands work on a new machine: fresh [debian12|debian13] [--short]; as root", RunFresh),
        new("ci", "what continuous integration runs: test, and fresh --short when what decides about it changed", RunCi),
        new("format", "formats the sources; --check only verifies", Format),
    ];

    /// <summary>Runs a target and returns the exit code: 0 done, 1 failed, 2 wrong arguments or a system to set up by hand.</summary>
    public static int Run(string[] arguments, string? entryFile)
    {
        try
        {
            if (arguments.Length == 0 || Targets.FirstOrDefault(t => t.Name == arguments[0]) is not Target target)
            {
                (TextWriter writer, int code) = arguments is [] or ["help" or "--help" or "-h"] ? (Console.Out, 0) : (Console.Error, 2);
                if (code != 0)
                    writer.WriteLine($"build: there is no target '{arguments[0]}'; the targets are:");
                else
                    writer.WriteLine("usage: build.sh TARGET [OPTIONS]");
                foreach (Target t in Targets)
                    writer.WriteLine($"  {t.Name,-10} {t.Help}");
                return arguments.Length == 0 ? 2 : code;
            }
            return target.Run(Layout.Find(entryFile), arguments[1..]);
        }
        catch (BuildException e)
        {
            Console.Out.Flush();
            Console.Error.WriteLine($"build: {e.Message}");
            return e.ExitCode;
        }
    }

    private static int Setup(Layout layout, IReadOnlyList<SystemPackage>? more = null)
    {
        if (OperatingSystem.IsLinux())
            new SystemSetup(layout).Ensure([.. SystemPackage.Base, .. more ?? []]);
        new NativeShim(layout).Build();
        return 0;
    }

    private static int Build(Layout layout, IReadOnlyList<SystemPackage>? more = null)
    {
        Setup(layout, more);
        new FakeCudaBuild(layout).Build();
        new BenchSuites(layout).BuildLibrary();
        new ManagedBuild(layout).Build();
        return 0;
    }

    private static int BuildKernels(Layout layout)
    {
        if (OperatingSystem.IsLinux())
            new SystemSetup(layout).Ensure(SystemPackage.Kernels);
        new KernelBuild(layout).Build();
        return 0;
    }

    private static int RunDemo(Layout layout, string[] arguments)
    {
        bool shortened = arguments is ["--short"];
        if (!shortened && arguments.Length > 0)
            throw new BuildException($"demo: '{arguments[0]}' is not an option; there is --short", 2);
        Build(layout, SystemPackage.Demo);
        new Demo(layout).Run(shortened);
        return 0;
    }

    private static int RunFresh(Layout layout, string[] arguments)
    {
        string[] names = [.. arguments.Where(a => a != "--short")];
        FreshSystem? system = names.Length == 0 ? FreshSystem.All[0]
            : names.Length == 1 ? FreshSystem.All.FirstOrDefault(s => s.Name == names[0]) : null;
        if (system is null)
        {
            throw new BuildException($"fresh: '{string.Join(' ', names)}' is no system that it makes; there are "
                + $"{string.Join(" and ", FreshSystem.All.Select(s => s.Name))}, and the option --short", 2);
        }
        new FreshRun(layout).Run(system, shortened: arguments.Contains("--short"));
        return 0;
    }

    private static int RunCi(Layout layout, string[] arguments)
    {
        if (arguments.Length > 0)
            throw new BuildException($"ci: '{arguments[0]}' is not an option; it has none", 2);
        Build(layout);
        return new ContinuousIntegration(layout).Run();
    }

    private static int RunBench(Layout layout, string[] arguments)
    {
        switch (arguments)
        {
            case ["--suites", .. string[] filters] when !filters.Any(f => f.StartsWith('-')):
                Build(layout);
                return new BenchSuites(layout).Run(filters);
            case ["--convert"]:
                Build(layout, SystemPackage.Bench);
                new ConvertBench(layout).Run();
                return 0;
            case []:
                Build(layout, SystemPackage.Bench);
                new Bench(layout).Run();
                return 0;
            default:
                throw new BuildException($"bench: '{string.Join(' ', arguments)}' are no options of it; there are --convert and --suites [FILTER]", 2);
        }
    }

    private static int PackGpuBundle(Layout layout)
    {
        Build(layout, SystemPackage.Bundle);
        new GpuBundle(layout).Run();
        return 0;
    }

    private static int Test(Layout layout, string[] arguments)
    {
        bool all = false;
        string? filter = null;
        List<string> projects = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--all":
                    all = true;
                    break;
                case "--filter" when i + 1 < arguments.Length:
                    filter = arguments[++i];
                    break;
                case "--project" when i + 1 < arguments.Length:
                    projects.Add(arguments[++i]);
                    break;
                default:
                    throw new BuildException($"test: '{arguments[i]}' is not an option; there are --all, --filter EXPRESSION and --project NAME", 2);
            }
        }
        Build(layout);
        return new TestRun(layout).Run(all, filter, projects);
    }

    private static int Format(Layout layout, string[] arguments)
    {
        string[] check = arguments is ["--check"] ? ["--verify-no-changes"]
            : arguments is [] ? [] : throw new BuildException($"format: '{arguments[0]}' is not an option; there is --check", 2);
        int code = 0;
        foreach (string part in new[] { "whitespace", "style" })
        {
            if (Shell.Run("dotnet", ["format", part, layout.Solution, "--no-restore", .. check], layout.Root) != 0)
                code = 1;
        }
        return code;
    }
}
