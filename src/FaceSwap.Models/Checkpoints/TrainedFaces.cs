namespace FaceSwap.Models;

/// <summary>Which faces a model was trained on, to notice that the sides were exchanged.</summary>
/// <param name="A">Marks of some of A's faces, 16 hexadecimal digits each.</param>
/// <param name="B">Marks of some of B's.</param>
public sealed record TrainedFaces(string[] A, string[] B);
