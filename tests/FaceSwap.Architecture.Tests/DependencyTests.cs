using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using FaceSwap.TestKit;

namespace FaceSwap.Architecture.Tests;

public class DependencyTests
{
    [Fact]
    public void The_table_lists_every_project_of_src()
    {
        IEnumerable<string> found = Directory.GetFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file));
        Assert.Equal(ProjectTable.MayReference.Keys.Order(), found.Order());
    }

    [Theory]
    [MemberData(nameof(ProjectTable.Projects), MemberType = typeof(ProjectTable))]
    public void Assemblies_reference_only_what_the_table_allows(string project)
    {
        IEnumerable<string> referenced = ProjectTable.Load(project).GetReferencedAssemblies()
            .Select(name => name.Name!).Where(name => name.StartsWith("FaceSwap.", StringComparison.Ordinal));
        Assert.Empty(referenced.Except(Allowed(project)));
    }

    [Theory]
    [MemberData(nameof(ProjectTable.Projects), MemberType = typeof(ProjectTable))]
    public void Project_files_reference_only_what_the_table_allows(string project)
    {
        XDocument file = XDocument.Load(Repository.PathOf("src", project, project + ".csproj"));
        IEnumerable<string> referenced = file.Descendants("ProjectReference")
            .Select(element => Path.GetFileNameWithoutExtension((string)element.Attribute("Include")!));
        Assert.Empty(referenced.Except(ProjectTable.MayReference[project]));
    }

    [Theory]
    [MemberData(nameof(ProjectTable.Projects), MemberType = typeof(ProjectTable))]
    public void Only_Interop_declares_platform_invokes(string project)
    {
        List<string> imports = [.. PlatformInvokes(ProjectTable.Load(project))];
        if (project == "FaceSwap.Interop")
            Assert.NotEmpty(imports);
        else
            Assert.Empty(imports);
    }

    [Fact]
    public void Interop_disables_runtime_marshalling() =>
        Assert.NotNull(ProjectTable.Load("FaceSwap.Interop").GetCustomAttribute<DisableRuntimeMarshallingAttribute>());

    // The command is the composition root: it references Pipeline and, through it, whatever Pipeline may reference.
    private static IEnumerable<string> Allowed(string project) => project == "FaceSwap.Cli"
        ? [.. ProjectTable.MayReference["FaceSwap.Pipeline"], "FaceSwap.Pipeline"]
        : ProjectTable.MayReference[project];

    private static IEnumerable<string> PlatformInvokes(Assembly assembly)
    {
        const BindingFlags All = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        return assembly.GetTypes().SelectMany(type => type.GetMethods(All))
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(method => $"{method.DeclaringType}.{method.Name}");
    }
}
