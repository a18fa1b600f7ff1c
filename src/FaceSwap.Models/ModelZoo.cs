using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>The models by name. Each is one file in <c>Zoo</c> that registers itself when the assembly is loaded.</summary>
public static class ModelZoo
{
    private static readonly SortedDictionary<string, ModelDefinition> Models = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All models, by name.</summary>
    public static IReadOnlyCollection<ModelDefinition> All => Models.Values;

    /// <summary>A model by name; letter case does not matter.</summary>
    /// <exception cref="UserErrorException">There is none of that name: lists those that there are.</exception>
    public static ModelDefinition Get(string name) => Models.TryGetValue(name, out ModelDefinition? model)
        ? model
        : throw new UserErrorException($"There is no model '{name}'; choose one of {string.Join(", ", Models.Values.Select(m => m.Name))}.");

    /// <summary>Adds a model.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public static void Register(ModelDefinition model) => Models.Add(model.Name, model);
}
