namespace FaceSwap.Build.Fresh;

/// <summary>An entry of apt's list of sources.</summary>
public sealed record AptSource(string Uri, string Suite, string Components);

/// <summary>Where this machine's own packages come from: the sources of a fresh system are these, for another release.</summary>
public static class AptSources
{
    /// <summary>The entries for binary packages below an apt folder, in the one-line and in the deb822 form.</summary>
    public static List<AptSource> Read(string folder = "/etc/apt")
    {
        List<AptSource> all = [];
        string parts = Path.Combine(folder, "sources.list.d");
        string[] files = [Path.Combine(folder, "sources.list"), .. Directory.Exists(parts) ? Directory.GetFiles(parts).Order(StringComparer.Ordinal).ToArray() : []];
        foreach (string file in files.Where(File.Exists))
        {
            if (file.EndsWith(".list", StringComparison.Ordinal))
                all.AddRange(OneLine(File.ReadAllText(file)));
            else if (file.EndsWith(".sources", StringComparison.Ordinal))
                all.AddRange(Deb822(File.ReadAllText(file)));
        }
        return all;
    }

    /// <summary>Entries of the form <c>deb [options] URI SUITE COMPONENT...</c>.</summary>
    public static IEnumerable<AptSource> OneLine(string text)
    {
        foreach (string line in text.Split('\n').Select(l => l.Split('#')[0].Trim()).Where(l => l.StartsWith("deb ", StringComparison.Ordinal)))
        {
            string rest = line[4..].Trim();
            if (rest.StartsWith('['))
                rest = rest[(rest.IndexOf(']') + 1)..];
            string[] words = rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 3)
                yield return new AptSource(words[0], words[1], string.Join(' ', words[2..]));
        }
    }

    /// <summary>Entries as paragraphs of fields.</summary>
    public static IEnumerable<AptSource> Deb822(string text)
    {
        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        string last = "";
        foreach (string line in text.Split('\n').Append("").Where(l => !l.StartsWith('#')))
        {
            if (line.Trim().Length == 0)
            {
                foreach (AptSource source in OfFields(fields))
                    yield return source;
                fields.Clear();
            }
            else if (char.IsWhiteSpace(line[0]))
            {
                fields[last] = fields.GetValueOrDefault(last) + " " + line.Trim();
            }
            else if (line.Split(':', 2) is [string name, string value])
            {
                fields[last = name.Trim()] = value.Trim();
            }
        }
    }

    /// <summary>The sources for another release of the same distribution; the first is its main one. Backports and what is not yet released are left out.</summary>
    /// <param name="sources">This machine's.</param>
    /// <param name="own">This machine's release, as <c>bookworm</c>.</param>
    /// <param name="wanted">The other one.</param>
    public static List<AptSource> For(IEnumerable<AptSource> sources, string own, string wanted) =>
    [
        .. sources.Where(s => s.Suite == own || s.Suite == own + "-updates" || s.Suite == own + "-security")
            .Where(s => s.Components.Split(' ').Contains("main"))
            .Select(s => s with { Suite = wanted + s.Suite[own.Length..], Components = "main" }).Distinct().OrderBy(s => s.Suite.Length),
    ];

    /// <summary>The sources without those that apt knows to be somebody else's packages for the release, as vendors offer them.</summary>
    /// <param name="sources">This machine's.</param>
    /// <param name="origins">Lines of an address and the origin that its signed index names, from <c>apt-get indextargets</c>; one without an origin was never fetched.</param>
    /// <param name="distribution">The origin of the distribution itself.</param>
    public static IEnumerable<AptSource> Without(IEnumerable<AptSource> sources, string origins, string distribution)
    {
        HashSet<string> foreign = [.. from line in origins.Split('\n', StringSplitOptions.TrimEntries)
                                      let words = line.Split(' ', 2, StringSplitOptions.TrimEntries)
                                      where words.Length == 2 && words[1].Length > 0 && words[1] != distribution
                                      select words[0].TrimEnd('/')];
        return sources.Where(s => !foreign.Contains(s.Uri.TrimEnd('/')));
    }

    private static IEnumerable<AptSource> OfFields(Dictionary<string, string> fields)
    {
        if (!Words("Types").Contains("deb") || fields.GetValueOrDefault("Enabled", "yes") == "no")
            return [];
        return from uri in Words("URIs") from suite in Words("Suites") select new AptSource(uri, suite, string.Join(' ', Words("Components")));

        string[] Words(string name) => fields.GetValueOrDefault(name, "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }
}
