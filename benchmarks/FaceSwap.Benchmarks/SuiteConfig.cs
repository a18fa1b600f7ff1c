using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace FaceSwap.Benchmarks;

/// <summary>How the suites are run: short measurements in this process (a generated project could not be restored without the package source), Markdown and JSON.
/// Methods that this machine has no device or instruction for are left out.</summary>
public static class SuiteConfig
{
    private const int WarmUps = 2, Iterations = 7, IterationMilliseconds = 100;

    /// <summary>The configuration of a whole run.</summary>
    /// <param name="folder">Where reports go.</param>
    public static IConfig Create(string folder) => Common(folder)
        .AddLogger(ConsoleLogger.Default)
        .AddExporter(MarkdownExporter.GitHub, JsonExporter.Brief)
        .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(WarmUps).WithIterationCount(Iterations)
            .WithIterationTime(TimeInterval.FromMilliseconds(IterationMilliseconds)).WithMinIterationCount(Iterations - 1).WithId("short"));

    /// <summary>Each benchmark once, for a test.</summary>
    /// <param name="folder">Where logs go.</param>
    public static IConfig Dry(string folder) => Common(folder)
        .AddLogger(NullLogger.Instance)
        .AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance).WithStrategy(RunStrategy.ColdStart).WithId("dry"));

    private static ManualConfig Common(string folder) => ManualConfig.CreateEmpty()
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddFilter(new SimpleFilter(benchmark => Devices.Runs(benchmark.Descriptor.WorkloadMethod.Name)))
        .WithArtifactsPath(folder)
        .WithOptions(ConfigOptions.DisableLogFile);
}
