namespace FaceSwap.Models;

/// <summary>One stored tensor of a model: a kernel or a bias, in Keras order.</summary>
/// <param name="Index">Its number among all tensors of the model: kernel, bias, kernel, bias, … over the parts in order.</param>
/// <param name="Name">As Keras names it, for example <c>conv2d_1/kernel</c>; unique within the model.</param>
/// <param name="Part">The part that it belongs to, for example <c>encoder</c>.</param>
/// <param name="Shape">HWIO for a convolution's kernel, (in, out) for a dense layer's, (out) for a bias; row-major.</param>
/// <param name="IsKernel">True for a kernel, false for a bias.</param>
public sealed record TensorInfo(int Index, string Name, string Part, IReadOnlyList<int> Shape, bool IsKernel)
{
    /// <summary>Number of elements.</summary>
    public int Count { get; } = Shape.Aggregate(1, (product, side) => checked(product * side));

    /// <summary>Half the width of the glorot-uniform distribution: √(6/(fan in + fan out)) (Glorot and Bengio, AISTATS 2010); 0 for a bias.</summary>
    public double GlorotLimit
    {
        get
        {
            if (!IsKernel)
                return 0;
            double receptive = 1;
            for (int i = 0; i < Shape.Count - 2; i++)
                receptive *= Shape[i];
            return Math.Sqrt(6 / (receptive * (Shape[^2] + Shape[^1])));
        }
    }
}
