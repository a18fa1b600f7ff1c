#include "engines.h"
#include "rules.h"

#include <algorithm>

namespace fake
{
namespace
{

constexpr int64_t split_engine = 0, tensor_core_engine = 1, winograd_engine = 2, plain_engine = 3, fused_engine = 10, fused_maximum_engine = 11;

struct Facts
{
    bool wide = false; // bfloat16 operands
    bool nhwc = true;
    bool padded_evenly = true;
    bool three_by_three = false; // with stride 1 and dilation 1
    long long least_multiple = 0; // of both channel counts, a power of two up to 8
    long long alignment = 0; // the smallest of the three tensors', in bytes
    double beta = 0;
};

bool is_nhwc(const Descriptor& t)
{
    auto size = [&](int i) { return t.integer(TENSOR_DIMENSIONS, i); };
    auto stride = [&](int i) { return t.integer(TENSOR_STRIDES, i); };
    return t.count(TENSOR_DIMENSIONS) == 4 && stride(1) == 1 && stride(3) == size(1) && stride(2) == size(1) * size(3) && stride(0) == size(1) * size(3) * size(2);
}

Facts facts_of(const Pattern& p)
{
    Facts f;
    const Descriptor& conv = *p.convolution->descriptor(p.kind == ConvolutionKind::Forward ? FORWARD_ALPHA + 2
        : p.kind == ConvolutionKind::BackwardData                                         ? BACKWARD_DATA_ALPHA + 2
                                                                                          : BACKWARD_FILTER_ALPHA + 2);
    int alpha = p.kind == ConvolutionKind::Forward ? FORWARD_ALPHA : p.kind == ConvolutionKind::BackwardData ? BACKWARD_DATA_ALPHA : BACKWARD_FILTER_ALPHA;
    f.beta = p.convolution->real(alpha + 1, 0);
    const Descriptor& operand = p.kind == ConvolutionKind::BackwardData ? *p.w : *p.x;
    f.wide = operand.number(TENSOR_DATA_TYPE) == CUDNN_DATA_BFLOAT16;
    f.nhwc = is_nhwc(*p.x) && is_nhwc(*p.w) && is_nhwc(*p.y);
    for (int i = 0; i < 2; i++)
        f.padded_evenly = f.padded_evenly && conv.integer(CONVOLUTION_PRE_PADDINGS, i) == conv.integer(CONVOLUTION_POST_PADDINGS, i);
    f.three_by_three = true;
    for (int i = 0; i < 2; i++)
        f.three_by_three = f.three_by_three && p.w->integer(TENSOR_DIMENSIONS, 2 + i) == 3 && conv.integer(CONVOLUTION_FILTER_STRIDES, i) == 1
            && conv.integer(CONVOLUTION_DILATIONS, i) == 1;
    f.least_multiple = 8;
    for (int i = 0; i < 2; i++)
        while (p.w->integer(TENSOR_DIMENSIONS, i) % f.least_multiple != 0)
            f.least_multiple /= 2;
    f.alignment = std::min(std::min(p.x->integer(TENSOR_BYTE_ALIGNMENT), p.w->integer(TENSOR_BYTE_ALIGNMENT)), p.y->integer(TENSOR_BYTE_ALIGNMENT));
    return f;
}

// Which types go together: operands alike, the result like them; a filter's gradient may be single precision.
Dnn check_types(const Pattern& p)
{
    auto type = [](const Descriptor* t) { return t->number(TENSOR_DATA_TYPE); };
    auto known = [](int t) { return t == CUDNN_DATA_FLOAT || t == CUDNN_DATA_BFLOAT16; };
    bool virtual_y = p.y->flag(TENSOR_IS_VIRTUAL);
    const Descriptor *first = p.x, *second = p.w, *result = virtual_y ? p.result : p.y;
    if (p.kind == ConvolutionKind::BackwardData)
        first = p.y, second = p.w, result = p.x;
    else if (p.kind == ConvolutionKind::BackwardFilter)
        first = p.x, second = p.y, result = p.w;
    if (!known(type(first)) || type(first) != type(second) || !known(type(result)))
        return fail(CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE, "no engine for operands of types %d and %d", type(first), type(second));
    bool wider = type(first) == CUDNN_DATA_BFLOAT16 && type(result) == CUDNN_DATA_FLOAT;
    if (type(result) != type(first) && (!wider || p.kind != ConvolutionKind::BackwardFilter))
        return fail(CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE, "no engine from type %d to type %d", type(first), type(result));
    if (wider && rule("cudnn", "wgrad_f32_from_bf16"))
        return fail(CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE, "a test refuses a single precision gradient from bfloat16");
    if (type(first) == CUDNN_DATA_BFLOAT16 && settings().major < 8)
        return fail(CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH, "bfloat16 needs compute capability 8.0");
    return CUDNN_STATUS_SUCCESS;
}

std::vector<Engine> fused_engines(const Facts& f, std::vector<int> notes)
{
    // One that keeps NaN through its activation and says so, and one that takes maxima, in which NaN is lost.
    std::vector<Engine> all;
    if (!f.nhwc || f.alignment < 16 || f.least_multiple < (f.wide ? 8 : 4) || f.beta != 0)
        return all;
    all.push_back({fused_maximum_engine, notes, {CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION}, {{CUDNN_KNOB_TYPE_TILE_SIZE, 0, 1, 1}}});
    notes.push_back(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP);
    all.push_back({fused_engine, notes, {CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION}, {}});
    return all;
}

} // namespace

Dnn find_pattern(const Descriptor& graph, Pattern* p)
{
    for (int i = 0; i < graph.count(GRAPH_OPS); i++)
    {
        const Descriptor& op = *graph.descriptor(GRAPH_OPS, i);
        if (op.type == DESC_OPERATION_POINTWISE)
        {
            p->pointwise.push_back(&op);
            continue;
        }
        if (p->convolution != nullptr)
            return fail(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "no engine for two convolutions in one graph");
        p->convolution = &op;
        auto tensor = [&](int name) { return op.descriptor(name).get(); };
        if (op.type == DESC_OPERATION_FORWARD)
            p->kind = ConvolutionKind::Forward, p->w = tensor(703), p->x = tensor(704), p->y = tensor(705);
        else if (op.type == DESC_OPERATION_BACKWARD_DATA)
            p->kind = ConvolutionKind::BackwardData, p->w = tensor(709), p->x = tensor(710), p->y = tensor(711);
        else
            p->kind = ConvolutionKind::BackwardFilter, p->w = tensor(715), p->x = tensor(716), p->y = tensor(717);
    }
    if (p->convolution == nullptr)
        return fail(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "no engine for a graph without a convolution");
    if (!p->pointwise.empty() && p->kind != ConvolutionKind::Forward)
        return fail(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "no engine for pointwise operations behind a gradient");
    // Each pointwise operation reads what the one before it wrote.
    const Descriptor* last = p->y;
    for (const Descriptor* op : p->pointwise)
    {
        if (op->descriptor(POINTWISE_OP_X)->integer(TENSOR_UNIQUE_ID) != last->integer(TENSOR_UNIQUE_ID) || !last->flag(TENSOR_IS_VIRTUAL))
            return fail(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "no engine for a graph that is no chain of virtual tensors");
        last = op->descriptor(POINTWISE_OP_Y).get();
        int mode = op->descriptor(POINTWISE_OP_DESCRIPTOR)->number(POINTWISE_MODE);
        bool bias = mode == CUDNN_POINTWISE_ADD && op->descriptor(POINTWISE_OP_B)->integer(TENSOR_DIMENSIONS, 1) == last->integer(TENSOR_DIMENSIONS, 1)
            && op->descriptor(POINTWISE_OP_B)->integer(TENSOR_DIMENSIONS, 2) == 1 && op->descriptor(POINTWISE_OP_B)->integer(TENSOR_DIMENSIONS, 3) == 1
            && op->descriptor(POINTWISE_OP_B)->integer(TENSOR_DIMENSIONS, 0) == 1;
        if (!bias && mode != CUDNN_POINTWISE_RELU_FWD)
            return fail(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "no engine for pointwise mode %d behind a convolution", mode);
    }
    if (last->flag(TENSOR_IS_VIRTUAL) || (p->kind != ConvolutionKind::Forward && (p->x->flag(TENSOR_IS_VIRTUAL) || p->w->flag(TENSOR_IS_VIRTUAL))))
        return fail(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "no engine for a graph whose result is virtual");
    p->result = p->kind == ConvolutionKind::Forward ? last : p->kind == ConvolutionKind::BackwardData ? p->x : p->w;
    return CUDNN_STATUS_SUCCESS;
}

std::vector<Engine> engines_for(const Descriptor& graph, int heuristic, Dnn* why)
{
    Pattern p;
    std::vector<Engine> all;
    *why = find_pattern(graph, &p);
    *why = *why != CUDNN_STATUS_SUCCESS ? *why : check_types(p);
    if (*why != CUDNN_STATUS_SUCCESS)
        return all;
    Facts f = facts_of(p);
    *why = CUDNN_STATUS_NOT_SUPPORTED;
    if (rule("cudnn", "everything") || (!f.padded_evenly && rule("cudnn", "asymmetric_padding")) || (!p.pointwise.empty() && rule("cudnn", "fused")))
    {
        note("cuDNN: a test refuses every engine for this graph");
        return all;
    }
    bool fallback = heuristic == CUDNN_HEUR_MODE_FALLBACK;
    // TF32 and bfloat16 go through tensor cores, which Ampere was the first to have for them.
    std::vector<int> cores = {CUDNN_NUMERICAL_NOTE_TENSOR_CORE};
    if (!f.wide)
        cores.push_back(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
    bool tensor_cores = settings().major >= 8 && !rule("cudnn", "tensor_core") && f.nhwc && f.alignment >= 16 && f.least_multiple >= (f.wide ? 8 : 4);
    if (!p.pointwise.empty())
        all = tensor_cores && !fallback ? fused_engines(f, cores) : all;
    else
    {
        bool gradient = p.kind != ConvolutionKind::Forward;
        bool plain = !rule("cudnn", "plain");
        if (gradient && !fallback && plain)
            all.push_back({split_engine, {CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC}, {}, {}});
        if (tensor_cores && !fallback && !rule("cudnn", "deterministic"))
            all.push_back({tensor_core_engine, cores, {CUDNN_BEHAVIOR_NOTE_SUPPORTS_CUDA_GRAPH_NATIVE_API},
                {{CUDNN_KNOB_TYPE_TILE_SIZE, 0, 2, 1}, {CUDNN_KNOB_TYPE_STAGES, 2, 4, 1}}});
        if (f.three_by_three && f.padded_evenly && f.nhwc && !f.wide && f.beta == 0 && p.kind != ConvolutionKind::BackwardFilter && !fallback && plain)
            all.push_back({winograd_engine, {CUDNN_NUMERICAL_NOTE_WINOGRAD, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4}, {}, {}});
        if (plain && !rule("cudnn", "deterministic"))
            all.push_back({plain_engine, {}, {}, {}});
    }
    if (heuristic == CUDNN_HEUR_MODE_B)
        std::reverse(all.begin(), all.end());
    if (all.empty())
        note("cuDNN: no engine for this graph: NHWC %d, alignment %lld, channels multiples of %lld, operands of %s, compute capability %d", f.nhwc, f.alignment,
            f.least_multiple, f.wide ? "bfloat16" : "float", settings().major);
    else
        *why = CUDNN_STATUS_SUCCESS;
    return all;
}

bool find_engine(const Descriptor& graph, int64_t index, Engine* engine, Dnn* why)
{
    for (const Engine& known : engines_for(graph, CUDNN_HEUR_MODE_A, why))
        if (known.index == index)
        {
            *engine = known;
            return true;
        }
    *why = *why == CUDNN_STATUS_SUCCESS ? CUDNN_STATUS_NOT_SUPPORTED : *why;
    return false;
}

int64_t workspace_of(const Engine& engine, const Pattern& p)
{
    auto elements = [](const Descriptor& t)
    {
        int64_t product = 1;
        for (int i = 0; i < t.count(TENSOR_DIMENSIONS); i++)
            product *= t.integer(TENSOR_DIMENSIONS, i);
        return product;
    };
    switch (engine.index)
    {
        case split_engine: return elements(*p.result) * 4;
        case tensor_core_engine: return 4096;
        case winograd_engine: return elements(*p.w) * 4 * 4;
        case fused_engine: return 16;
        default: return 0;
    }
}

} // namespace fake
