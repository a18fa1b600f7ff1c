using FaceSwap.Build;
using FaceSwap.Build.Fresh;
using FaceSwap.TestKit;

namespace FaceSwap.Architecture.Tests;

public class FreshTests
{
    private const string OneLine = """
        # deb http://no.example/debian bookworm main
        deb [signed-by=/usr/share/keyrings/x.gpg arch=amd64] http://mirror.example/debian bookworm main contrib
        deb-src http://mirror.example/debian bookworm main
        deb http://mirror.example/debian-security bookworm-security main # comment
        deb http://else.example/ stable main
        """;

    private const string Deb822 = """
        Types: deb deb-src
        # a comment between
        URIs: http://mirror.example/debian
        Suites: bookworm
         bookworm-updates
        Components: main
        Signed-By: /usr/share/keyrings/x.gpg

        Enabled: no
        Types: deb
        URIs: http://off.example/
        Suites: bookworm
        Components: main

        Types: deb-src
        URIs: http://sources.example/
        Suites: bookworm
        Components: main
        """;

    [Fact]
    public void Sources_are_read_in_both_forms()
    {
        Assert.Equal([new("http://mirror.example/debian", "bookworm", "main contrib"), new("http://mirror.example/debian-security", "bookworm-security", "main"),
            new("http://else.example/", "stable", "main")], AptSources.OneLine(OneLine));
        Assert.Equal([new("http://mirror.example/debian", "bookworm", "main"), new AptSource("http://mirror.example/debian", "bookworm-updates", "main")],
            AptSources.Deb822(Deb822));
    }

    [Fact]
    public void Another_release_comes_from_the_same_places()
    {
        Assert.Equal([new("http://mirror.example/debian", "trixie", "main"), new AptSource("http://mirror.example/debian-security", "trixie-security", "main")],
            AptSources.For(AptSources.OneLine(OneLine), "bookworm", "trixie"));
        Assert.Empty(AptSources.For(AptSources.OneLine(OneLine), "noble", "trixie"));
    }

    [Fact]
    public void Neither_backports_nor_other_vendors_packages_come_along()
    {
        AptSource main = new("http://mirror.example/debian", "bookworm", "main"), vendor = new("http://vendor.example/debian/12/prod", "bookworm", "main");
        AptSource[] all = [vendor, main, main with { Suite = "bookworm-backports" }, main with { Suite = "bookworm-proposed-updates" }, main with { Suite = "bookworm-updates" }];
        string origins = "http://mirror.example/debian/ Debian\nhttp://vendor.example/debian/12/prod/ Vendor repository\nhttp://unknown.example/ \n";
        Assert.Equal([main with { Suite = "trixie" }, main with { Suite = "trixie-updates" }], AptSources.For(AptSources.Without(all, origins, "Debian"), "bookworm", "trixie"));
        Assert.Equal(all, AptSources.Without(all, "", "Debian"));
    }

    [Fact]
    public void Only_options_about_the_network_are_passed_on() => Assert.Equal(["Acquire::http::Proxy \"http://proxy.example:3128\";", "Acquire::Check-Valid-Until \"false\";"],
        HostNetwork.NetworkOptions("APT::Install-Recommends \"1\";\nAcquire::http::Proxy \"http://proxy.example:3128\";\nAcquire::Check-Valid-Until \"false\";\nDPkg::Post-Invoke:: \"rm\";\n"));

    [Fact]
    public void Certificates_are_taken_apart()
    {
        const string one = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n", two = "-----BEGIN CERTIFICATE-----\nBB\n-----END CERTIFICATE-----\n";
        Assert.Equal([one, two], HostNetwork.Certificates("# words\n" + one + "more\r\n" + two.ReplaceLineEndings("\r\n") + "-----BEGIN CERTIFICATE-----\ncut"));
    }

    [Theory]
    [InlineData("eng/FaceSwap.Build/SystemPackage.cs", true)]
    [InlineData("src/FaceSwap.Shim/video/CMakeLists.txt", true)]
    [InlineData("src/FaceSwap.Shim/cmake/OpenCvModules.cmake", true)]
    [InlineData("Directory.Packages.props", true)]
    [InlineData("eng/fresh.txt", false)]
    [InlineData("src/FaceSwap.Shim/video/video_reader.cpp", false)]
    public void What_decides_about_a_fresh_system_is_watched(string file, bool watched) => Assert.Equal(watched, FreshRecord.IsWatched(file));

    [Theory]
    [InlineData("fresh", "debian11")]
    [InlineData("fresh", "debian12", "debian13")]
    [InlineData("fresh", "--nonsense")]
    [InlineData("ci", "--nonsense")]
    [InlineData("demo", "--nonsense")]
    [InlineData("test", "--project")]
    public void Wrong_arguments_are_refused_before_anything_is_built(params string[] arguments) =>
        Assert.Equal(2, BuildProgram.Run(arguments, Repository.PathOf("eng", "Build.cs")));
}
