// Runs a plan: its tensors are bound to the variant pack's pointers, checked, and the computation goes on the handle's stream.
#include "engines.h"
#include "memory.h"

#include <atomic>
#include <cmath>
#include <cstring>

namespace fake
{
namespace
{

struct Binding
{
    const Descriptor& pack;

    Dnn find(const Descriptor& tensor, const char* role, uint64_t* address) const
    {
        long long id = tensor.integer(TENSOR_UNIQUE_ID);
        for (int i = 0; i < pack.count(VARIANT_PACK_UNIQUE_IDS); i++)
            if (pack.integer(VARIANT_PACK_UNIQUE_IDS, i) == id)
            {
                *address = pack.pointer(VARIANT_PACK_DATA_POINTERS, i);
                if (*address == 0)
                    return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "execute: tensor %lld (%s) has a null pointer", id, role);
                if (*address % tensor.integer(TENSOR_BYTE_ALIGNMENT) != 0)
                    return fail(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER, "execute: tensor %lld (%s) at 0x%llx is not aligned to the %lld bytes it promises", id, role,
                        (unsigned long long)*address, tensor.integer(TENSOR_BYTE_ALIGNMENT));
                return CUDNN_STATUS_SUCCESS;
            }
        return fail(CUDNN_STATUS_BAD_PARAM, "execute: the variant pack has no pointer for tensor %lld (%s)", id, role);
    }
};

Tensor4 shape(const Descriptor& d)
{
    Tensor4 t;
    t.type = d.number(TENSOR_DATA_TYPE) == CUDNN_DATA_BFLOAT16 ? Type::BFloat16 : Type::Float;
    for (int i = 0; i < 4; i++)
    {
        t.size[i] = d.integer(TENSOR_DIMENSIONS, i);
        t.stride[i] = d.integer(TENSOR_STRIDES, i);
    }
    return t;
}

// Out of a tensor's memory a device would fault, or worse; so this does.
Dnn check_memory(const char* role, uint64_t address, uint64_t bytes)
{
    if (bytes == 0 || check_device_range("cudnnBackendExecute", address, bytes, nullptr) == CUDA_SUCCESS)
        return CUDNN_STATUS_SUCCESS;
    fault("cudnnBackendExecute: %s of %llu bytes is outside of live device memory: %s", role, (unsigned long long)bytes, describe(address).c_str());
    return CUDNN_STATUS_EXECUTION_FAILED;
}

// The pointwise operations as one function of a value and its channel. `keeps_nan`: an activation passes NaN on; else it takes maxima.
struct Step
{
    bool activation;
    uint64_t bias = 0;
    Tensor4 bias_shape = {};
    float alpha1 = 1, alpha2 = 1, clip = 0, upper = INFINITY, slope = 0;
};

float apply(const std::vector<Step>& steps, bool keeps_nan, float value, long long channel)
{
    for (const Step& s : steps)
    {
        if (!s.activation)
        {
            const void* base = reinterpret_cast<const void*>(s.bias);
            long long at = channel * s.bias_shape.stride[1];
            float bias = s.bias_shape.type == Type::Float ? static_cast<const float*>(base)[at] : 0;
            if (s.bias_shape.type == Type::BFloat16)
            {
                unsigned wide = static_cast<unsigned>(static_cast<const unsigned short*>(base)[at]) << 16;
                std::memcpy(&bias, &wide, 4);
            }
            value = s.alpha1 * value + s.alpha2 * bias;
        }
        else if (!std::isnan(value))
            value = std::min(value > s.clip ? value : s.clip + s.slope * (value - s.clip), s.upper);
        else if (!keeps_nan)
            value = s.clip;
    }
    return value;
}

} // namespace

Dnn execute(const Descriptor& plan, const Descriptor& pack, CUstream handle)
{
    const Descriptor& engine = *plan.descriptor(PLAN_ENGINE_CONFIG)->descriptor(ENGINECFG_ENGINE);
    Pattern p;
    if (Dnn bad = find_pattern(*engine.descriptor(ENGINE_OPERATION_GRAPH), &p); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    Convolution c;
    c.kind = p.kind;
    c.x = shape(*p.x);
    c.w = shape(*p.w);
    c.y = shape(p.kind == ConvolutionKind::Forward ? *p.result : *p.y);
    Binding binding{pack};
    Dnn bad = binding.find(*p.x, "x", &c.x.data);
    bad = bad != CUDNN_STATUS_SUCCESS ? bad : binding.find(*p.w, "w", &c.w.data);
    bad = bad != CUDNN_STATUS_SUCCESS ? bad : binding.find(p.kind == ConvolutionKind::Forward ? *p.result : *p.y, "y", &c.y.data);
    bad = bad != CUDNN_STATUS_SUCCESS ? bad : check_memory("x", c.x.data, c.x.extent());
    bad = bad != CUDNN_STATUS_SUCCESS ? bad : check_memory("w", c.w.data, c.w.extent());
    bad = bad != CUDNN_STATUS_SUCCESS ? bad : check_memory("y", c.y.data, c.y.extent());
    std::vector<Step> steps;
    for (const Descriptor* op : p.pointwise)
    {
        const Descriptor& mode = *op->descriptor(POINTWISE_OP_DESCRIPTOR);
        Step s;
        s.activation = mode.number(POINTWISE_MODE) == CUDNN_POINTWISE_RELU_FWD;
        s.alpha1 = static_cast<float>(op->real(POINTWISE_OP_ALPHA1, 1));
        s.alpha2 = static_cast<float>(op->real(POINTWISE_OP_ALPHA2, 1));
        s.clip = static_cast<float>(mode.real(POINTWISE_RELU_LOWER_CLIP, 0));
        s.upper = static_cast<float>(mode.real(POINTWISE_RELU_UPPER_CLIP, INFINITY));
        s.slope = static_cast<float>(mode.real(POINTWISE_RELU_LOWER_CLIP_SLOPE, 0));
        if (!s.activation && bad == CUDNN_STATUS_SUCCESS)
        {
            s.bias_shape = shape(*op->descriptor(POINTWISE_OP_B));
            bad = binding.find(*op->descriptor(POINTWISE_OP_B), "bias", &s.bias);
            bad = bad != CUDNN_STATUS_SUCCESS ? bad : check_memory("bias", s.bias, s.bias_shape.extent());
        }
        steps.push_back(s);
    }
    uint64_t workspace = pack.pointer(VARIANT_PACK_WORKSPACE), needed = plan.integer(PLAN_WORKSPACE_SIZE);
    if (bad == CUDNN_STATUS_SUCCESS && needed > 0 && workspace == 0)
        bad = fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "execute: the plan needs a workspace of %llu bytes", (unsigned long long)needed);
    if (bad == CUDNN_STATUS_SUCCESS && needed > 0 && workspace % 16 != 0)
        bad = fail(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER, "execute: the workspace at 0x%llx is not aligned to 16 bytes", (unsigned long long)workspace);
    bad = bad != CUDNN_STATUS_SUCCESS ? bad : check_memory("workspace", workspace, needed);
    if (bad != CUDNN_STATUS_SUCCESS)
        return bad;

    int first = p.kind == ConvolutionKind::Forward ? FORWARD_ALPHA : p.kind == ConvolutionKind::BackwardData ? BACKWARD_DATA_ALPHA : BACKWARD_FILTER_ALPHA;
    const Descriptor& convolution = *p.convolution->descriptor(first + 2);
    for (int i = 0; i < 2; i++)
    {
        c.stride[i] = convolution.integer(CONVOLUTION_FILTER_STRIDES, i);
        c.dilation[i] = convolution.integer(CONVOLUTION_DILATIONS, i);
        c.before[i] = convolution.integer(CONVOLUTION_PRE_PADDINGS, i);
    }
    c.alpha = static_cast<float>(p.convolution->real(first, 1));
    c.beta = static_cast<float>(p.convolution->real(first + 1, 0));
    c.flipped = convolution.number(CONVOLUTION_CONV_MODE) == CUDNN_CONVOLUTION;
    bool nondeterministic = false, keeps_nan = false;
    for (int i = 0; i < engine.count(ENGINE_NUMERICAL_NOTE); i++)
    {
        int numerical = reinterpret_cast<const int*>(engine.at(ENGINE_NUMERICAL_NOTE).bytes.data())[i];
        c.tf32 = c.tf32 || numerical == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
        nondeterministic = nondeterministic || numerical == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
        keeps_nan = keeps_nan || numerical == CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP;
    }
    // The order of its sums changes from call to call, so that a deterministic run that takes such an engine is found out.
    static std::atomic<unsigned> turn{0};
    c.backwards = nondeterministic && turn++ % 2 == 1;
    if (!steps.empty())
        c.epilogue = [steps, keeps_nan](float value, long long channel) { return apply(steps, keeps_nan, value, channel); };
    Stream* stream;
    if (find_stream("cudnnBackendExecute", handle, &stream) != CUDA_SUCCESS)
        return CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER;
    CUresult result = submit(stream, "cudnnBackendExecute", [c, steps, workspace, needed]
    {
        bool good = needed == 0 || check_device_range("cudnnBackendExecute", workspace, needed, nullptr) == CUDA_SUCCESS;
        for (const Tensor4* t : {&c.x, &c.w, &c.y})
            good = good && check_device_range("cudnnBackendExecute", t->data, t->extent(), nullptr) == CUDA_SUCCESS;
        for (const Step& s : steps)
            good = good && (s.bias == 0 || check_device_range("cudnnBackendExecute", s.bias, s.bias_shape.extent(), nullptr) == CUDA_SUCCESS);
        if (!good)
        {
            fault("cudnnBackendExecute runs when its memory is gone");
            set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS);
            return;
        }
        // A workspace belongs to the plan while it runs: whatever it held is lost.
        if (needed != 0)
            std::memset(reinterpret_cast<void*>(workspace), 0xFF, needed);
        run_convolution(c);
    });
    return result == CUDA_SUCCESS ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER;
}

} // namespace fake
