namespace FaceSwap.Interop;

/// <summary>Kinds of descriptors (<c>cudnnBackendDescriptorType_t</c>), as far as they are used.</summary>
public enum CudnnDescriptorType
{
    Pointwise = 0,
    Convolution = 1,
    Engine = 2,
    EngineConfig = 3,
    EngineHeuristics = 4,
    ExecutionPlan = 5,
    KnobChoice = 7,
    OperationConvolutionForward = 10,
    OperationConvolutionBackwardFilter = 11,
    OperationConvolutionBackwardData = 12,
    OperationPointwise = 13,
    OperationGraph = 15,
    VariantPack = 16,
    Tensor = 17,
}

/// <summary>Attributes of descriptors (<c>cudnnBackendAttributeName_t</c>), as far as they are used; the same numbers in every cuDNN 9.</summary>
public enum CudnnAttribute
{
    PointwiseMode = 0,
    PointwiseMathPrecision = 1,
    PointwiseReluLowerClip = 3,
    PointwiseReluLowerClipSlope = 5,
    ConvolutionComputeType = 100,
    ConvolutionMode = 101,
    ConvolutionDilations = 102,
    ConvolutionFilterStrides = 103,
    ConvolutionPostPaddings = 104,
    ConvolutionPrePaddings = 105,
    ConvolutionSpatialDims = 106,
    HeuristicsMode = 200,
    HeuristicsOperationGraph = 201,
    HeuristicsResults = 202,
    ConfigEngine = 300,
    ConfigKnobChoices = 302,
    PlanHandle = 400,
    PlanEngineConfig = 401,
    PlanWorkspaceSize = 402,
    KnobChoiceType = 600,
    KnobChoiceValue = 601,
    ForwardAlpha = 700,
    ForwardBeta = 701,
    ForwardConvolution = 702,
    ForwardW = 703,
    ForwardX = 704,
    ForwardY = 705,
    BackwardDataAlpha = 706,
    BackwardDataBeta = 707,
    BackwardDataConvolution = 708,
    BackwardDataW = 709,
    BackwardDataDx = 710,
    BackwardDataDy = 711,
    BackwardFilterAlpha = 712,
    BackwardFilterBeta = 713,
    BackwardFilterConvolution = 714,
    BackwardFilterDw = 715,
    BackwardFilterX = 716,
    BackwardFilterDy = 717,
    OperationPointwiseDescriptor = 750,
    OperationPointwiseX = 751,
    OperationPointwiseB = 752,
    OperationPointwiseY = 753,
    GraphHandle = 800,
    GraphOperations = 801,
    TensorByteAlignment = 900,
    TensorDataType = 901,
    TensorDimensions = 902,
    TensorStrides = 903,
    TensorUniqueId = 906,
    TensorIsVirtual = 907,
    PackUniqueIds = 1000,
    PackDataPointers = 1001,
    PackWorkspace = 1003,
    EngineGlobalIndex = 1301,
    EngineNumericalNote = 1303,
    EngineBehaviorNote = 1305,
}

/// <summary>Types of attributes (<c>cudnnBackendAttributeType_t</c>), as far as they are used.</summary>
public enum CudnnAttributeType
{
    Handle = 0,
    DataType = 1,

    /// <summary>One byte.</summary>
    Boolean = 2,
    Int64 = 3,
    Float = 4,
    Double = 5,
    VoidPointer = 6,
    ConvolutionMode = 7,
    HeuristicsMode = 8,
    KnobType = 9,
    NumericalNote = 11,
    PointwiseMode = 14,
    BackendDescriptor = 15,
    BehaviorNote = 19,
}

/// <summary>Types of numbers (<c>cudnnDataType_t</c>).</summary>
public enum CudnnDataType
{
    Float = 0,
    BFloat16 = 9,
}

/// <summary>Pointwise operations (<c>cudnnPointwiseMode_t</c>).</summary>
public enum CudnnPointwiseMode
{
    Add = 0,
    ReluForward = 100,
}

/// <summary>Ways to propose engines (<c>cudnnBackendHeurMode_t</c>).</summary>
public enum CudnnHeuristicsMode
{
    B = 1,
    Fallback = 2,
    A = 3,
}

/// <summary>What an engine's results are like (<c>cudnnBackendNumericalNote_t</c>).</summary>
public enum CudnnNumericalNote
{
    TensorCore = 0,
    DownConvertInputs = 1,
    ReducedPrecisionReduction = 2,
    Fft = 3,
    Nondeterministic = 4,
    Winograd = 5,
    WinogradTile4x4 = 6,
    WinogradTile6x6 = 7,
    WinogradTile13x13 = 8,
    StrictNanPropagation = 9,
}

/// <summary>What an engine asks of its user (<c>cudnnBackendBehaviorNote_t</c>).</summary>
public enum CudnnBehaviorNote
{
    RuntimeCompilation = 0,
    RequiresFilterInt8x32Reorder = 1,
    RequiresBiasInt8x32Reorder = 2,
    SupportsCudaGraphNativeApi = 3,
}
