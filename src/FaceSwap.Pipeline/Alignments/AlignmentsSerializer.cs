using FaceSwap.Core;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>How an alignments file is written.</summary>
public enum AlignmentsSerializer
{
    /// <summary>A JSON object, <c>.json</c>.</summary>
    Json,

    /// <summary>The same as YAML, <c>.yml</c> or <c>.yaml</c>.</summary>
    Yaml,
}

/// <summary>The serializers by name and extension.</summary>
public static class AlignmentsSerializers
{
    /// <summary>What <c>--serializer</c> takes.</summary>
    public static string[] Names { get; } = ["json", "yaml"];

    /// <summary>The serializer of a name of <see cref="Names"/>.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static AlignmentsSerializer ByName(string name) => name switch
    {
        "json" => AlignmentsSerializer.Json,
        "yaml" => AlignmentsSerializer.Yaml,
        _ => throw new UserErrorException($"there is no serializer '{name}'; choose one of {string.Join(", ", Names)}"),
    };

    /// <summary>The serializer of a file's extension: YAML for <c>.yml</c> and <c>.yaml</c>, JSON for every other.</summary>
    /// <exception cref="UserErrorException">It is a Python pickle's.</exception>
    public static AlignmentsSerializer ByExtension(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".yml" or ".yaml" => AlignmentsSerializer.Yaml,
        ".p" or ".pkl" or ".pickle" => throw new UserErrorException(
            $"the alignments file '{path}' is named as a Python pickle, which can hold any program and is not read or written; use a .json or .yml file"),
        _ => AlignmentsSerializer.Json,
    };

    /// <summary>How a file is written, by its extension.</summary>
    /// <exception cref="UserErrorException">It has the extension of something else, such as a video.</exception>
    public static AlignmentsSerializer ForWriting(string path) => Path.GetExtension(path).ToLowerInvariant() is ".json" or ".yml" or ".yaml"
        ? ByExtension(path)
        : throw new UserErrorException($"'{path}' is no name for an alignments file, which ends in .json, .yml or .yaml; choose another name");

    /// <summary>The extension with the dot.</summary>
    public static string Extension(this AlignmentsSerializer serializer) => serializer == AlignmentsSerializer.Yaml ? ".yml" : ".json";
}
