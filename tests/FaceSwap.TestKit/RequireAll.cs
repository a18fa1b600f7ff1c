namespace FaceSwap.TestKit;

/// <summary>Keeps slow tests out of the quick run: they run under <c>./build.sh test --all</c>, which sets FACESWAP_TEST_ALL=1.</summary>
public static class RequireAll
{
    /// <summary>True under <c>--all</c>.</summary>
    public static bool IsOn => Environment.GetEnvironmentVariable("FACESWAP_TEST_ALL") == "1";

    /// <summary>Skips the running test, which must be a <c>[SkippableFact]</c> or <c>[SkippableTheory]</c>, unless all tests were asked for.</summary>
    /// <param name="why">What makes it slow: part of the reason that the report shows.</param>
    public static void Skip(string why) => Xunit.Skip.IfNot(IsOn, $"slow ({why}): runs with ./build.sh test --all");
}
