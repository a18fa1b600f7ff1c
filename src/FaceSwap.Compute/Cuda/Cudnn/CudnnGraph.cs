using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Builds an operation graph of cuDNN's backend API. Descriptors are completed in the order that the library asks for: tensors and what describes
/// an operation, the operation, the graph. Sums are in fp32 whatever the tensors' type. The graph owns its descriptors; a plan made of it
/// does not need it any more.
/// </summary>
internal sealed class CudnnGraph(SafeCudnnHandle cudnn) : IDisposable
{
    private const int CrossCorrelation = 1; // CUDNN_CROSS_CORRELATION: the kernel is not flipped
    private const long SpatialDimensions = 2;

    private readonly List<SafeCudnnDescriptorHandle> owned = [];
    private readonly List<SafeCudnnDescriptorHandle> operations = [];
    private readonly Dictionary<long, SafeCudnnDescriptorHandle> tensors = []; // by id

    /// <summary>y = conv(x, w).</summary>
    public void Forward(ConvolutionShape shape, CudnnTensor x, CudnnTensor w, CudnnTensor y) =>
        AddOperation(CudnnDescriptorType.OperationConvolutionForward, operation => operation
            .Set(CudnnAttribute.ForwardConvolution, Convolution(shape))
            .Set(CudnnAttribute.ForwardX, Tensor(x))
            .Set(CudnnAttribute.ForwardW, Tensor(w))
            .Set(CudnnAttribute.ForwardY, Tensor(y))
            .Set(CudnnAttribute.ForwardAlpha, CudnnAttributeType.Float, 1f)
            .Set(CudnnAttribute.ForwardBeta, CudnnAttributeType.Float, 0f));

    /// <summary>dx = the gradient of x.</summary>
    public void BackwardData(ConvolutionShape shape, CudnnTensor dx, CudnnTensor w, CudnnTensor dy) =>
        AddOperation(CudnnDescriptorType.OperationConvolutionBackwardData, operation => operation
            .Set(CudnnAttribute.BackwardDataConvolution, Convolution(shape))
            .Set(CudnnAttribute.BackwardDataDx, Tensor(dx))
            .Set(CudnnAttribute.BackwardDataW, Tensor(w))
            .Set(CudnnAttribute.BackwardDataDy, Tensor(dy))
            .Set(CudnnAttribute.BackwardDataAlpha, CudnnAttributeType.Float, 1f)
            .Set(CudnnAttribute.BackwardDataBeta, CudnnAttributeType.Float, 0f));

    /// <summary>dw = the gradient of w.</summary>
    public void BackwardFilter(ConvolutionShape shape, CudnnTensor x, CudnnTensor dw, CudnnTensor dy) =>
        AddOperation(CudnnDescriptorType.OperationConvolutionBackwardFilter, operation => operation
            .Set(CudnnAttribute.BackwardFilterConvolution, Convolution(shape))
            .Set(CudnnAttribute.BackwardFilterX, Tensor(x))
            .Set(CudnnAttribute.BackwardFilterDw, Tensor(dw))
            .Set(CudnnAttribute.BackwardFilterDy, Tensor(dy))
            .Set(CudnnAttribute.BackwardFilterAlpha, CudnnAttributeType.Float, 1f)
            .Set(CudnnAttribute.BackwardFilterBeta, CudnnAttributeType.Float, 0f));

    /// <summary>y = x + b, b one number a channel.</summary>
    public void Add(CudnnTensor x, CudnnTensor b, CudnnTensor y)
    {
        SafeCudnnDescriptorHandle add = Pointwise(CudnnPointwiseMode.Add).Complete();
        AddOperation(CudnnDescriptorType.OperationPointwise, operation => operation
            .Set(CudnnAttribute.OperationPointwiseDescriptor, add)
            .Set(CudnnAttribute.OperationPointwiseX, Tensor(x))
            .Set(CudnnAttribute.OperationPointwiseB, Tensor(b))
            .Set(CudnnAttribute.OperationPointwiseY, Tensor(y)));
    }

    /// <summary>y = x for x ≥ 0, otherwise slope·x.</summary>
    public void LeakyRelu(CudnnTensor x, CudnnTensor y, double slope)
    {
        SafeCudnnDescriptorHandle relu = Pointwise(CudnnPointwiseMode.ReluForward)
            .Set(CudnnAttribute.PointwiseReluLowerClip, CudnnAttributeType.Double, 0.0)
            .Set(CudnnAttribute.PointwiseReluLowerClipSlope, CudnnAttributeType.Double, slope)
            .Complete();
        AddOperation(CudnnDescriptorType.OperationPointwise, operation => operation
            .Set(CudnnAttribute.OperationPointwiseDescriptor, relu)
            .Set(CudnnAttribute.OperationPointwiseX, Tensor(x))
            .Set(CudnnAttribute.OperationPointwiseY, Tensor(y)));
    }

    /// <summary>The graph of all operations added, complete.</summary>
    /// <exception cref="CudnnException">The library refuses it.</exception>
    public SafeCudnnDescriptorHandle Complete() => New(CudnnDescriptorType.OperationGraph)
        .Set(CudnnAttribute.GraphOperations, [.. operations])
        .Set(CudnnAttribute.GraphHandle, cudnn)
        .Complete();

    public void Dispose()
    {
        for (int i = owned.Count - 1; i >= 0; i--)
            owned[i].Dispose();
    }

    private void AddOperation(CudnnDescriptorType type, Action<SafeCudnnDescriptorHandle> describe)
    {
        SafeCudnnDescriptorHandle operation = New(type);
        describe(operation);
        operations.Add(operation.Complete());
    }

    private SafeCudnnDescriptorHandle Convolution(ConvolutionShape shape) => New(CudnnDescriptorType.Convolution)
        .Set(CudnnAttribute.ConvolutionComputeType, CudnnAttributeType.DataType, CudnnDataType.Float)
        .Set(CudnnAttribute.ConvolutionMode, CudnnAttributeType.ConvolutionMode, CrossCorrelation)
        .Set(CudnnAttribute.ConvolutionSpatialDims, CudnnAttributeType.Int64, SpatialDimensions)
        .Set(CudnnAttribute.ConvolutionDilations, CudnnAttributeType.Int64, 1L, 1L)
        .Set(CudnnAttribute.ConvolutionFilterStrides, CudnnAttributeType.Int64, (long)shape.Stride, shape.Stride)
        .Set(CudnnAttribute.ConvolutionPrePaddings, CudnnAttributeType.Int64, (long)shape.PadTop, shape.PadLeft)
        .Set(CudnnAttribute.ConvolutionPostPaddings, CudnnAttributeType.Int64, (long)shape.PadBottom, shape.PadRight)
        .Complete();

    private SafeCudnnDescriptorHandle Pointwise(CudnnPointwiseMode mode) => New(CudnnDescriptorType.Pointwise)
        .Set(CudnnAttribute.PointwiseMode, CudnnAttributeType.PointwiseMode, mode)
        .Set(CudnnAttribute.PointwiseMathPrecision, CudnnAttributeType.DataType, CudnnDataType.Float);

    private SafeCudnnDescriptorHandle Tensor(CudnnTensor tensor)
    {
        if (tensors.TryGetValue(tensor.Id, out SafeCudnnDescriptorHandle? known))
            return known;
        SafeCudnnDescriptorHandle made = New(CudnnDescriptorType.Tensor)
            .Set(CudnnAttribute.TensorDataType, CudnnAttributeType.DataType, tensor.Type)
            .Set<long>(CudnnAttribute.TensorDimensions, CudnnAttributeType.Int64, tensor.Dimensions)
            .Set<long>(CudnnAttribute.TensorStrides, CudnnAttributeType.Int64, tensor.Strides)
            .Set(CudnnAttribute.TensorUniqueId, CudnnAttributeType.Int64, tensor.Id)
            .Set(CudnnAttribute.TensorByteAlignment, CudnnAttributeType.Int64, CudnnTensor.Alignment);
        if (tensor.IsVirtual)
            made.Set(CudnnAttribute.TensorIsVirtual, CudnnAttributeType.Boolean, (byte)1);
        tensors.Add(tensor.Id, made.Complete());
        return made;
    }

    private SafeCudnnDescriptorHandle New(CudnnDescriptorType type)
    {
        SafeCudnnDescriptorHandle made = SafeCudnnDescriptorHandle.Create(cudnn, type);
        owned.Add(made);
        return made;
    }
}
