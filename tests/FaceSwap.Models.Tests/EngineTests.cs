namespace FaceSwap.Models.Tests;

/// <summary>Tests that count native objects or fill all cores: nothing runs beside them.</summary>
[CollectionDefinition("engine", DisableParallelization = true)]
public sealed class EngineTests;
