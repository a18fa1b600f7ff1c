// What each descriptor must be when it is finalized.
#include "engines.h"

#include <set>

namespace fake
{
namespace
{

Dnn tensor(const Descriptor& d)
{
    if (d.count(TENSOR_DIMENSIONS) != d.count(TENSOR_STRIDES))
        return fail(CUDNN_STATUS_BAD_PARAM, "tensor: %lld dimensions, %lld strides", d.count(TENSOR_DIMENSIONS), d.count(TENSOR_STRIDES));
    for (int i = 0; i < d.count(TENSOR_DIMENSIONS); i++)
        if (d.integer(TENSOR_DIMENSIONS, i) <= 0 || d.integer(TENSOR_STRIDES, i) <= 0)
            return fail(CUDNN_STATUS_BAD_PARAM, "tensor: a dimension or a stride is not positive");
    int type = d.number(TENSOR_DATA_TYPE);
    long long alignment = d.integer(TENSOR_BYTE_ALIGNMENT), size = type == CUDNN_DATA_BFLOAT16 ? 2 : 4;
    if (type != CUDNN_DATA_FLOAT && type != CUDNN_DATA_BFLOAT16)
        return fail(CUDNN_STATUS_NOT_SUPPORTED, "tensor: the stand-in knows data types 0 and 9, not %d", type);
    if (alignment <= 0 || alignment % size != 0)
        return fail(CUDNN_STATUS_BAD_PARAM, "tensor: an alignment of %lld bytes does not divide by its type's size", alignment);
    return CUDNN_STATUS_SUCCESS;
}

Dnn convolution(const Descriptor& d)
{
    long long dimensions = d.integer(CONVOLUTION_SPATIAL_DIMS);
    for (int name : {CONVOLUTION_DILATIONS, CONVOLUTION_FILTER_STRIDES, CONVOLUTION_POST_PADDINGS, CONVOLUTION_PRE_PADDINGS})
        if (d.count(name) != dimensions)
            return fail(CUDNN_STATUS_BAD_PARAM, "convolution: attribute %d has %lld elements, there are %lld spatial dimensions", name, d.count(name), dimensions);
    for (int i = 0; i < dimensions; i++)
        if (d.integer(CONVOLUTION_DILATIONS, i) < 1 || d.integer(CONVOLUTION_FILTER_STRIDES, i) < 1 || d.integer(CONVOLUTION_POST_PADDINGS, i) < 0
            || d.integer(CONVOLUTION_PRE_PADDINGS, i) < 0)
            return fail(CUDNN_STATUS_BAD_PARAM, "convolution: a dilation or stride below 1, or a negative padding");
    if (dimensions != 2 || d.number(CONVOLUTION_COMP_TYPE) != CUDNN_DATA_FLOAT)
        return fail(CUDNN_STATUS_NOT_SUPPORTED, "convolution: the stand-in knows two dimensions and single precision sums");
    int mode = d.number(CONVOLUTION_CONV_MODE);
    return mode == CUDNN_CONVOLUTION || mode == CUDNN_CROSS_CORRELATION ? CUDNN_STATUS_SUCCESS : fail(CUDNN_STATUS_BAD_PARAM, "convolution: unknown mode %d", mode);
}

Dnn convolution_operation(const Descriptor& d, int first, int x_name, int w_name, int y_name)
{
    const Descriptor &x = *d.descriptor(x_name), &w = *d.descriptor(w_name), &y = *d.descriptor(y_name), &c = *d.descriptor(first + 2);
    for (const Descriptor* t : {&x, &w, &y})
        if (t->count(TENSOR_DIMENSIONS) != 4)
            return fail(CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH, "operation: a tensor of %lld dimensions with a convolution of two", t->count(TENSOR_DIMENSIONS));
    auto size = [](const Descriptor& t, int i) { return t.integer(TENSOR_DIMENSIONS, i); };
    bool good = size(x, 0) == size(y, 0) && size(x, 1) == size(w, 1) && size(w, 0) == size(y, 1);
    for (int i = 0; i < 2; i++)
    {
        long long reach = c.integer(CONVOLUTION_DILATIONS, i) * (size(w, 2 + i) - 1) + 1;
        long long padded = size(x, 2 + i) + c.integer(CONVOLUTION_PRE_PADDINGS, i) + c.integer(CONVOLUTION_POST_PADDINGS, i);
        good = good && padded >= reach && size(y, 2 + i) == (padded - reach) / c.integer(CONVOLUTION_FILTER_STRIDES, i) + 1;
    }
    if (!good)
        return fail(CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH, "operation: x (%lld,%lld,%lld,%lld), w (%lld,%lld,%lld,%lld) and y (%lld,%lld,%lld,%lld) do not fit the convolution",
            size(x, 0), size(x, 1), size(x, 2), size(x, 3), size(w, 0), size(w, 1), size(w, 2), size(w, 3), size(y, 0), size(y, 1), size(y, 2), size(y, 3));
    return CUDNN_STATUS_SUCCESS;
}

Dnn pointwise_operation(const Descriptor& d)
{
    int mode = d.descriptor(POINTWISE_OP_DESCRIPTOR)->number(POINTWISE_MODE);
    bool two = mode == CUDNN_POINTWISE_ADD || mode == CUDNN_POINTWISE_MUL;
    if (two != d.has(POINTWISE_OP_B))
        return fail(CUDNN_STATUS_BAD_PARAM, "pointwise operation: mode %d takes %s", mode, two ? "two inputs" : "one input");
    const Descriptor &x = *d.descriptor(POINTWISE_OP_X), &y = *d.descriptor(POINTWISE_OP_Y);
    auto fits = [&](const Descriptor& t)
    {
        bool good = t.count(TENSOR_DIMENSIONS) == y.count(TENSOR_DIMENSIONS);
        for (int i = 0; good && i < t.count(TENSOR_DIMENSIONS); i++)
            good = t.integer(TENSOR_DIMENSIONS, i) == y.integer(TENSOR_DIMENSIONS, i) || t.integer(TENSOR_DIMENSIONS, i) == 1;
        return good;
    };
    if (!fits(x) || (two && !fits(*d.descriptor(POINTWISE_OP_B))))
        return fail(CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH, "pointwise operation: an input cannot be broadcast to the output");
    return CUDNN_STATUS_SUCCESS;
}

Dnn pointwise(const Descriptor& d)
{
    int mode = d.number(POINTWISE_MODE);
    if (mode != CUDNN_POINTWISE_ADD && mode != CUDNN_POINTWISE_MUL && mode != CUDNN_POINTWISE_RELU_FWD)
        return fail(CUDNN_STATUS_NOT_SUPPORTED, "pointwise: the stand-in knows ADD, MUL and RELU_FWD, not mode %d", mode);
    return CUDNN_STATUS_SUCCESS;
}

Dnn variant_pack(const Descriptor& d)
{
    if (d.count(VARIANT_PACK_UNIQUE_IDS) != d.count(VARIANT_PACK_DATA_POINTERS))
        return fail(CUDNN_STATUS_BAD_PARAM, "variant pack: %lld unique ids, %lld pointers", d.count(VARIANT_PACK_UNIQUE_IDS), d.count(VARIANT_PACK_DATA_POINTERS));
    std::set<long long> ids;
    for (int i = 0; i < d.count(VARIANT_PACK_UNIQUE_IDS); i++)
        if (!ids.insert(d.integer(VARIANT_PACK_UNIQUE_IDS, i)).second)
            return fail(CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES, "variant pack: unique id %lld twice", d.integer(VARIANT_PACK_UNIQUE_IDS, i));
    return CUDNN_STATUS_SUCCESS;
}

DescriptorRef make_choice(int type, int64_t value)
{
    auto choice = std::make_shared<Descriptor>();
    choice->type = DESC_KNOB_CHOICE;
    choice->put_numbers(KNOB_CHOICE_TYPE, TYPE_KNOB_TYPE, {type});
    choice->put_integers(KNOB_CHOICE_VALUE, {value});
    choice->finalized = true;
    return choice;
}

void fill_engine(Descriptor& d, const Engine& engine)
{
    d.put_integers(ENGINE_GLOBAL_INDEX, {engine.index});
    d.put_numbers(ENGINE_NUMERICAL_NOTE, TYPE_NUMERICAL_NOTE, engine.numerical);
    d.put_numbers(ENGINE_BEHAVIOR_NOTE, TYPE_BEHAVIOR_NOTE, engine.behavior);
    std::vector<DescriptorRef> knobs;
    for (const Knob& knob : engine.knobs)
    {
        auto info = std::make_shared<Descriptor>();
        info->type = DESC_KNOB_INFO;
        info->put_numbers(KNOB_INFO_TYPE, TYPE_KNOB_TYPE, {knob.type});
        info->put_integers(KNOB_INFO_MINIMUM_VALUE, {knob.least});
        info->put_integers(KNOB_INFO_MAXIMUM_VALUE, {knob.most});
        info->put_integers(KNOB_INFO_STRIDE, {knob.step});
        info->finalized = true;
        knobs.push_back(info);
    }
    d.put_descriptors(ENGINE_KNOB_INFO, knobs);
}

Dnn engine(Descriptor& d)
{
    Engine found;
    Dnn why;
    if (!find_engine(*d.descriptor(ENGINE_OPERATION_GRAPH), d.integer(ENGINE_GLOBAL_INDEX), &found, &why))
        return fail(why, "engine %lld does not support the operation graph", d.integer(ENGINE_GLOBAL_INDEX));
    fill_engine(d, found);
    return CUDNN_STATUS_SUCCESS;
}

Dnn engine_config(Descriptor& d)
{
    const Descriptor& e = *d.descriptor(ENGINECFG_ENGINE);
    Engine known;
    Dnn why;
    if (!find_engine(*e.descriptor(ENGINE_OPERATION_GRAPH), e.integer(ENGINE_GLOBAL_INDEX), &known, &why))
        return why;
    for (int i = 0; i < d.count(ENGINECFG_KNOB_CHOICES); i++)
    {
        const Descriptor& choice = *d.descriptor(ENGINECFG_KNOB_CHOICES, i);
        bool good = false;
        for (const Knob& knob : known.knobs)
            good = good || (knob.type == choice.number(KNOB_CHOICE_TYPE) && choice.integer(KNOB_CHOICE_VALUE) >= knob.least && choice.integer(KNOB_CHOICE_VALUE) <= knob.most);
        if (!good)
            return fail(CUDNN_STATUS_BAD_PARAM, "engine configuration: engine %lld has no knob %d, or not at %lld", (long long)known.index, choice.number(KNOB_CHOICE_TYPE),
                choice.integer(KNOB_CHOICE_VALUE));
    }
    return CUDNN_STATUS_SUCCESS;
}

// Each engine comes with its default knobs, and one that has a tile size with its largest tile too.
Dnn heuristics(Descriptor& d)
{
    int mode = d.number(ENGINEHEUR_MODE);
    if (mode < 0 || mode > 3)
        return fail(CUDNN_STATUS_BAD_PARAM, "heuristics: unknown mode %d", mode);
    Dnn why;
    std::vector<DescriptorRef> configurations;
    const DescriptorRef& graph = d.descriptor(ENGINEHEUR_OPERATION_GRAPH);
    for (const Engine& known : engines_for(*graph, mode, &why))
    {
        auto described = std::make_shared<Descriptor>();
        described->type = DESC_ENGINE;
        described->put_descriptors(ENGINE_OPERATION_GRAPH, {graph});
        fill_engine(*described, known);
        described->finalized = true;
        for (bool largest : {false, true})
        {
            if (largest && known.knobs.empty())
                continue;
            auto configuration = std::make_shared<Descriptor>();
            configuration->type = DESC_ENGINECFG;
            configuration->put_descriptors(ENGINECFG_ENGINE, {described});
            std::vector<DescriptorRef> choices;
            for (const Knob& knob : known.knobs)
                choices.push_back(make_choice(knob.type, largest ? knob.most : knob.least));
            configuration->put_descriptors(ENGINECFG_KNOB_CHOICES, choices);
            configuration->finalized = true;
            configurations.push_back(configuration);
        }
    }
    if (configurations.empty())
        return why;
    d.put_descriptors(ENGINEHEUR_RESULTS, configurations);
    return CUDNN_STATUS_SUCCESS;
}

Dnn plan(Descriptor& d)
{
    const Descriptor& e = *d.descriptor(PLAN_ENGINE_CONFIG)->descriptor(ENGINECFG_ENGINE);
    const Descriptor& graph = *e.descriptor(ENGINE_OPERATION_GRAPH);
    Engine known;
    Dnn why;
    if (!find_engine(graph, e.integer(ENGINE_GLOBAL_INDEX), &known, &why))
        return why;
    Pattern pattern;
    find_pattern(graph, &pattern);
    d.put_integers(PLAN_WORKSPACE_SIZE, {workspace_of(known, pattern)});
    return CUDNN_STATUS_SUCCESS;
}

// Handles are checked when they are set, and again here: one may have been destroyed between.
Dnn check_handle(const Descriptor& d, int name)
{
    if (find_dnn_handle(reinterpret_cast<void*>(d.pointer(name))) == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "descriptor of type %d: its handle is not live", d.type);
    return CUDNN_STATUS_SUCCESS;
}

} // namespace

Dnn finalize_graph(Descriptor& d)
{
    // A unique id stands for one tensor; a virtual one is written by exactly one operation of the graph.
    std::map<long long, const Descriptor*> tensors;
    std::set<long long> written;
    for (int i = 0; i < d.count(GRAPH_OPS); i++)
    {
        const Descriptor& op = *d.descriptor(GRAPH_OPS, i);
        int output = op.type == DESC_OPERATION_FORWARD ? 705 : op.type == DESC_OPERATION_BACKWARD_DATA ? 710 : op.type == DESC_OPERATION_BACKWARD_FILTER ? 715 : POINTWISE_OP_Y;
        for (const auto& [name, value] : op.values)
        {
            if (value.descriptors.empty() || value.descriptors[0]->type != DESC_TENSOR)
                continue;
            const Descriptor& t = *value.descriptors[0];
            long long id = t.integer(TENSOR_UNIQUE_ID);
            const Descriptor*& known = tensors[id];
            if (known != nullptr && (known->at(TENSOR_DIMENSIONS).bytes != t.at(TENSOR_DIMENSIONS).bytes || known->at(TENSOR_STRIDES).bytes != t.at(TENSOR_STRIDES).bytes
                                        || known->number(TENSOR_DATA_TYPE) != t.number(TENSOR_DATA_TYPE)))
                return fail(CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES, "operation graph: unique id %lld stands for two different tensors", id);
            known = &t;
            if (name == output && !written.insert(id).second)
                return fail(CUDNN_STATUS_BAD_PARAM, "operation graph: two operations write tensor %lld", id);
            if (name != output && t.flag(TENSOR_IS_VIRTUAL) && written.count(id) == 0)
                return fail(CUDNN_STATUS_BAD_PARAM, "operation graph: virtual tensor %lld is read before an operation writes it", id);
        }
    }
    d.put_integers(GRAPH_ENGINE_GLOBAL_COUNT, {12});
    return check_handle(d, GRAPH_HANDLE);
}

Dnn finalize(const DescriptorRef& d)
{
    for (const Rule* rule : required_rules(d->type))
        if (!d->has(rule->name))
            return fail(CUDNN_STATUS_BAD_PARAM, "descriptor of type %d: attribute %d is missing", d->type, rule->name);
    switch (d->type)
    {
        case DESC_TENSOR: return tensor(*d);
        case DESC_CONVOLUTION: return convolution(*d);
        case DESC_POINTWISE: return pointwise(*d);
        case DESC_OPERATION_FORWARD: return convolution_operation(*d, FORWARD_ALPHA, 704, 703, 705);
        case DESC_OPERATION_BACKWARD_DATA: return convolution_operation(*d, BACKWARD_DATA_ALPHA, 710, 709, 711);
        case DESC_OPERATION_BACKWARD_FILTER: return convolution_operation(*d, BACKWARD_FILTER_ALPHA, 716, 715, 717);
        case DESC_OPERATION_POINTWISE: return pointwise_operation(*d);
        case DESC_OPERATIONGRAPH: return finalize_graph(*d);
        case DESC_ENGINEHEUR: return heuristics(*d);
        case DESC_ENGINE: return engine(*d);
        case DESC_ENGINECFG: return engine_config(*d);
        case DESC_VARIANT_PACK: return variant_pack(*d);
        case DESC_EXECUTION_PLAN:
            if (Dnn bad = check_handle(*d, PLAN_HANDLE); bad != CUDNN_STATUS_SUCCESS)
                return bad;
            return plan(*d);
        default: return CUDNN_STATUS_SUCCESS;
    }
}

} // namespace fake
