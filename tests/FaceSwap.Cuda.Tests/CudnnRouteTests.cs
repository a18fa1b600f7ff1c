using System.Globalization;
using System.Text.RegularExpressions;
using FaceSwap.Compute;
using FaceSwap.Compute.Conformance;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>
/// Which way a convolution or dense layer is computed when cuDNN or cuBLASLt refuses the better ones, and that every way gives the same
/// result. A route's name says its form and its engine: <c>n/e1:2=0</c>.
/// </summary>
public partial class CudnnRouteTests : CudaTest, IDisposable
{
    private const int NondeterministicEngine = 0, WinogradEngine = 2, MaximumEngine = 11; // the stand-in's

    private static readonly Conv2dSpec Down = new(2, 8, 6, 16, 32, 5, 2, Activation.LeakyRelu, 0.1f, PixelShuffle: false, Precision.Bf16,
        Training: true, InputGradient: true);

    private static readonly Conv2dSpec Up = Down with { Kernel = 3, Stride = 1, PixelShuffle = true };

    private static readonly Conv2dSpec Odd = Down with { InChannels = 3, OutChannels = 5 };

    private readonly TempFolder choices = new("cuda-routes");

    public static TheoryData<string, Precision> Shapes
    {
        get
        {
            TheoryData<string, Precision> data = [];
            foreach (string shape in new[] { nameof(Down), nameof(Up), nameof(Odd) })
            {
                foreach (Precision precision in Enum.GetValues<Precision>())
                    data.Add(shape, precision);
            }
            return data;
        }
    }

    // Every form by every engine, not only the fastest: on another device another is.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_way_gives_the_same_result(string shape, Precision precision)
    {
        Conv2dSpec spec = Spec(shape) with { Precision = precision };
        ElementType type = precision.ActivationType();
        using CudaBackend backend = Open();
        // Factors or results are rounded to the type; sums are of a few hundred products of the order of 1.
        float tolerance = precision == Precision.Fp32 ? 1e-4f : 0.25f;
        foreach (ConvolutionPass pass in Enum.GetValues<ConvolutionPass>())
        {
            var forms = new HashSet<string>();
            float[]? first = null;
            var work = new ConvolutionWork(pass, ConvolutionShape.Of(spec), type);
            var search = new ConvolutionSearch(backend.Math, work, new EngineRules(precision, false), spec.PixelShuffle ? null : spec);
            foreach (Proposal<ConvolutionRoute> proposal in search.Tiers().SelectMany(t => t))
            {
                using ConvolutionRoute? route = proposal.Build();
                Assert.NotNull(route);
                forms.Add(route.Name.Split('/')[0]);
                float[] result = Run(backend, route, spec, pass);
                first ??= result;
                Assert.Equal(first.Length, result.Length);
                for (int i = 0; i < result.Length; i++)
                    Assert.True(Math.Abs(first[i] - result[i]) <= tolerance, $"{route.Name}: {result[i]} at {i} where another way gives {first[i]}");
            }
            bool fuses = pass == ConvolutionPass.Forward && shape == nameof(Down) && precision != Precision.Fp32;
            bool narrows = pass == ConvolutionPass.BackwardFilter && type == ElementType.BFloat16;
            Assert.Contains("n", forms);
            Assert.Equal(spec.Stride == 2, forms.Contains("s"));
            Assert.Equal(shape == nameof(Odd), forms.Contains("c"));
            Assert.Equal(fuses, forms.Contains("nf"));
            Assert.Equal(fuses, forms.Contains("sf"));
            Assert.Equal(narrows, forms.Contains("nh"));
        }
    }

    [Fact]
    public void Explicit_zeros_stand_in_for_padding_that_differs_on_both_sides()
    {
        FakeCuda.RefuseCudnn("asymmetric_padding");
        using CudaBackend backend = Open();
        Assert.All(Routes(backend, Down), route => Assert.Matches("^[sc]f?h?/", route));
        Assert.All(Routes(backend, Up), route => Assert.Matches("^nh?/", route));
        Conforms(backend, "conv2d b3 8×8 16→32 k5 s2 leaky");
        Conforms(backend, "conv2d b1 9×11 19→8 k5 s2 leaky");
        Conforms(backend, "conv2d b3 5×7 6→7 k4 s1");
    }

    [Fact]
    public void A_kernel_of_ours_stands_in_for_a_fused_epilogue()
    {
        FakeCuda.RefuseCudnn("fused");
        using CudaBackend backend = Open();
        Assert.DoesNotContain('f', Routes(backend, Down)[0].Split('/')[0]);
        Conforms(backend, "conv2d b3 8×8 16→32 k5 s2 leaky");
    }

    [Fact]
    public void A_gradient_in_bf16_is_made_fp32()
    {
        FakeCuda.RefuseCudnn("wgrad_f32_from_bf16");
        using CudaBackend backend = Open();
        Assert.Matches("^[nsc]h/", Routes(backend, Down)[1]);
        Assert.Matches("^[nsc]h/", Routes(backend, Odd)[1]);
        Conforms(backend, "conv2d b3 8×8 16→32 k5 s2 leaky");
        Conforms(backend, "conv2d b1 9×11 19→8 k5 s2 leaky");
    }

    [Fact]
    public void Channels_of_zeros_stand_in_where_only_tensor_cores_are_left()
    {
        FakeCuda.RefuseCudnn("plain");
        using CudaBackend backend = Open(deterministic: true);
        Assert.All(Routes(backend, Odd), route => Assert.StartsWith("c", route, StringComparison.Ordinal));
        foreach (Precision precision in new[] { Precision.Tf32, Precision.Bf16 })
        {
            Conforms(backend, "conv2d b1 7×5 3→5 k3 s1", precision);
            Conforms(backend, "conv2d b1 9×11 19→8 k5 s2 leaky", precision);
            Conforms(backend, "conv2d b3 1×1 5→3 k5 s1 leaky", precision);
            Conforms(backend, "conv2d b3 6×6 17→20 k3 s1 leaky shuffle", precision);
        }
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Bf16)]
    public void Deterministic_means_deterministic_engines(Precision precision)
    {
        using CudaBackend backend = Open(deterministic: true);
        foreach (Conv2dSpec spec in new[] { Down, Up, Odd })
            Assert.All(Routes(backend, spec with { Precision = precision }), route => Assert.NotEqual(NondeterministicEngine, Engine(route)));
        Assert.True(backend.RepeatsToTheBit);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Bf16)]
    public void Engines_that_spread_or_swallow_special_values_are_never_chosen(Precision precision)
    {
        using CudaBackend backend = Open();
        foreach (Conv2dSpec spec in new[] { Down, Up, Odd, Up with { PixelShuffle = false } })
        {
            foreach (string route in Routes(backend, spec with { Precision = precision }))
            {
                Assert.NotEqual(WinogradEngine, Engine(route));
                Assert.NotEqual(MaximumEngine, Engine(route));
            }
        }
    }

    [Fact]
    public void Without_any_way_one_clear_error_says_what_cudnn_said()
    {
        using CudaBackend backend = Open();
        FakeCuda.RefuseCudnn("everything");
        UserErrorException error = Assert.Throws<UserErrorException>(() => backend.CreateConv2d(Down).Dispose());
        Assert.Contains("cuDNN", error.Message, StringComparison.Ordinal);
        Assert.Contains("k5 s2", error.Message, StringComparison.Ordinal);
        Assert.Contains("NOT_SUPPORTED", error.Message, StringComparison.Ordinal);
        Assert.Contains("--precision", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    // An engine may promise what it cannot do: when its kernels run, or while a step is recorded.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_way_that_fails_when_it_is_tried_is_dropped(int good)
    {
        FakeCuda.fake_cuda_refuse("cudnnBackendExecute", 5000, good, 1);
        using CudaBackend backend = Open();
        Assert.Equal(3, Routes(backend, Down).Length);
        Conforms(backend, "conv2d b3 8×8 16→32 k5 s2 leaky");
    }

    [Fact]
    public void A_remembered_choice_is_not_measured_again()
    {
        string[] chosen;
        using (CudaBackend backend = Open())
        {
            chosen = Routes(backend, Down);
            backend.CreateDense(new DenseSpec(4, 300, 40, Precision.Bf16, true, true)).Dispose();
            long timed = backend.Math.Tuner.Timed;
            Assert.True(timed > 0);
            Assert.Equal(chosen, Routes(backend, Down));
            Assert.Equal(timed, backend.Math.Tuner.Timed);
        }
        using (CudaBackend backend = Open())
        {
            Assert.Equal(chosen, Routes(backend, Down));
            backend.CreateDense(new DenseSpec(4, 300, 40, Precision.Bf16, true, true)).Dispose();
            Assert.Equal(0, backend.Math.Tuner.Timed);
            Routes(backend, Down with { Batch = 3 });
            Assert.True(backend.Math.Tuner.Timed > 0);
        }
    }

    [Fact]
    public void A_remembered_choice_that_is_gone_is_chosen_anew()
    {
        using (CudaBackend backend = Open())
            Routes(backend, Down);
        foreach (string rule in new[] { "fused", "asymmetric_padding", "tensor_core", "wgrad_f32_from_bf16" })
            FakeCuda.RefuseCudnn(rule);
        using CudaBackend again = Open();
        Assert.All(Routes(again, Down), route => Assert.Matches("^[sc]h?/e(0|3):", route));
        Conforms(again, "conv2d b3 8×8 16→32 k5 s2 leaky");
    }

    [Theory]
    [InlineData("everything")]
    [InlineData("bias_epilogue")]
    [InlineData("split_k")]
    public void Dense_layers_do_without_what_cublaslt_refuses(string rule)
    {
        FakeCuda.RefuseCublasLt(rule);
        using CudaBackend backend = Open();
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            Conforms(backend, "dense b1 1→1", precision);
            Conforms(backend, "dense b3 33→17", precision);
            Conforms(backend, "dense b3 1000→65", precision);
        }
    }

    void IDisposable.Dispose()
    {
        choices.Dispose();
        Dispose();
        GC.SuppressFinalize(this);
    }

    // What is chosen here under refusals is of no use to other tests, nor the other way round.
    private new CudaBackend Open(bool deterministic = false) => new(new CudaOptions(0, deterministic, choices.Path));

    private static Conv2dSpec Spec(string name) => name switch
    {
        nameof(Down) => Down,
        nameof(Up) => Up,
        _ => Odd,
    };

    private static string[] Routes(CudaBackend backend, Conv2dSpec spec)
    {
        using var convolution = (CudaConv2d)backend.CreateConv2d(spec);
        Assert.NotEmpty(convolution.Routes);
        return [.. convolution.Routes];
    }

    private static int Engine(string route) => int.Parse(EngineIndex().Match(route).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("/e([0-9]+):")]
    private static partial Regex EngineIndex();

    private static void Conforms(CudaBackend backend, string product, Precision precision = Precision.Bf16)
    {
        string name = $"{product} {precision.ToString().ToLowerInvariant()}";
        foreach (string what in new[] { "forward", "inference", "backward" })
        {
            CheckResult result = ConformanceSuite.Cases.Single(c => c.Name == $"{name} {what}").Run(backend);
            Assert.True(result.Passed, result.ToString());
        }
    }

    // The result of a pass from fixed numbers, forward with bias and activation whoever adds them.
    private static float[] Run(CudaBackend backend, ConvolutionRoute route, Conv2dSpec spec, ConvolutionPass pass)
    {
        using Rig rig = new(backend);
        ElementType type = spec.Precision.ActivationType();
        ConvolutionShape shape = ConvolutionShape.Of(spec);
        DeviceSpan<byte> x = pass == ConvolutionPass.BackwardData
            ? rig.Output("dx", shape.Input.Count * type.Bytes())
            : rig.Activation("x", Noise.Symmetric(shape.Input.Count, 1), type);
        DeviceSpan<byte> w = pass == ConvolutionPass.BackwardFilter
            ? rig.Output("dw", shape.Filter.Count * sizeof(float))
            : rig.Activation("w", Noise.Symmetric(shape.Filter.Count, 2), type);
        DeviceSpan<byte> convolved = pass == ConvolutionPass.Forward
            ? rig.Output("convolved", shape.Output.Count * type.Bytes())
            : rig.Activation("dy", Noise.Symmetric(shape.Output.Count, 3), type);
        DeviceSpan<float> bias = rig.Input("bias", Noise.Symmetric(spec.OutChannels, 4));
        DeviceSpan<byte> y = rig.Output("y", spec.OutputCount * type.Bytes());
        DeviceSpan<byte> scratch = rig.Output("scratch", CudaWorkspace.Align(route.ScratchBytes) + 256);
        nint aligned = (nint)CudaWorkspace.Align(scratch.Address);
        if (pass == ConvolutionPass.Forward)
            ConvolutionChoice.RunForward(backend.Device, route, spec, x.Address, w.Address, bias.Address, y.Address, convolved.Address, aligned);
        else
            route.Run(x.Address, w.Address, convolved.Address, 0, aligned);
        Assert.Null(rig.Breach());
        return pass switch
        {
            ConvolutionPass.Forward => rig.Read(y, type),
            ConvolutionPass.BackwardData => rig.Read(x, type),
            _ => rig.Read(w, ElementType.Float32),
        };
    }
}
