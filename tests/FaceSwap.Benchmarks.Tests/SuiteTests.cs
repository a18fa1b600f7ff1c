using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using FaceSwap.Benchmarks.Compute;
using FaceSwap.Benchmarks.Vision;
using FaceSwap.TestKit;

namespace FaceSwap.Benchmarks.Tests;

/// <summary>Every benchmark of every suite runs: once, with the first value of each parameter.</summary>
public class SuiteTests
{
    public static TheoryData<string, string> Methods()
    {
        TheoryData<string, string> methods = [];
        foreach (Type suite in Suites())
        {
            foreach (MethodInfo method in suite.GetMethods().Where(m => m.GetCustomAttribute<BenchmarkAttribute>() is not null && Devices.Runs(m.Name)))
                methods.Add(suite.FullName!, method.Name);
        }
        return methods;
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void It_runs_and_leaves_nothing_behind(string suite, string method)
    {
        using LeakCheck leaks = new();
        Type type = typeof(SuiteConfig).Assembly.GetType(suite)!;
        object instance = Activator.CreateInstance(type)!;
        foreach (PropertyInfo parameter in type.GetProperties())
        {
            if (FirstValue(type, parameter) is { } value)
                parameter.SetValue(instance, value);
        }
        MethodInfo[] setups = [.. type.GetMethods().Where(m => m.GetCustomAttribute<GlobalSetupAttribute>() is { } setup && IsFor(setup, method))];
        Assert.True(setups.Length <= 1, $"{suite}.{method} has several setups");
        setups.SingleOrDefault()?.Invoke(instance, []);
        try
        {
            type.GetMethod(method)!.Invoke(instance, []);
        }
        finally
        {
            type.GetMethods().SingleOrDefault(m => m.GetCustomAttribute<GlobalCleanupAttribute>() is not null)?.Invoke(instance, []);
        }
    }

    [Fact]
    public void Every_layer_runs()
    {
        using LeakCheck leaks = new();
        foreach (ConvLayer layer in ConvLayer.All)
        {
            foreach (Pass pass in Enum.GetValues<Pass>())
            {
                Conv2dBenchmarks suite = new() { Layer = layer, Pass = pass };
                suite.OpenCpu();
                suite.Cpu();
                suite.Close();
            }
        }
    }

    [Fact]
    public void Every_suite_has_one_baseline()
    {
        foreach (Type suite in Suites())
            Assert.True(suite.GetMethods().Count(m => m.GetCustomAttribute<BenchmarkAttribute>() is { Baseline: true }) == 1, $"{suite.Name} has no baseline, or several");
    }

    [Fact]
    public void BenchmarkDotNet_takes_the_configuration()
    {
        string folder = Directory.CreateTempSubdirectory("faceswap-suites-").FullName;
        try
        {
            Summary summary = BenchmarkRunner.Run<ColorMatchBenchmarks>(SuiteConfig.Dry(folder));
            Assert.False(summary.HasCriticalValidationErrors, string.Join("; ", summary.ValidationErrors.Select(e => e.Message)));
            Assert.Equal(3, summary.Reports.Length);
            Assert.All(summary.Reports, report => Assert.True(report.Success && report.ResultStatistics is { Mean: > 0 }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<Type> Suites() => typeof(SuiteConfig).Assembly.GetTypes()
        .Where(t => !t.IsAbstract && t.GetMethods().Any(m => m.GetCustomAttribute<BenchmarkAttribute>() is not null));

    private static bool IsFor(GlobalSetupAttribute setup, string method) => setup.Targets is not { Length: > 0 } targets || targets.Contains(method);

    private static object? FirstValue(Type suite, PropertyInfo parameter)
    {
        if (parameter.GetCustomAttribute<ParamsAttribute>() is { } values)
            return values.Values[0];
        if (parameter.GetCustomAttribute<ParamsSourceAttribute>() is { } source)
            return ((System.Collections.IEnumerable)suite.GetProperty(source.Name)!.GetValue(null)!).Cast<object>().First();
        return null;
    }
}
