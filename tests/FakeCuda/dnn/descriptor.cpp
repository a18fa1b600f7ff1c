#include "descriptor.h"

#include <cstring>

namespace fake
{
namespace
{

constexpr long long many = 1 << 16;

const std::vector<Rule>& rules()
{
    static const std::vector<Rule>* all = []
    {
        auto* r = new std::vector<Rule>;
        auto need = [&](int d, int name, std::vector<int> types, long long least = 1, long long most = 1, int named = -1)
        { r->push_back({d, name, std::move(types), least, most, true, true, named}); };
        auto may = [&](int d, int name, std::vector<int> types, long long least = 1, long long most = 1, int named = -1)
        { r->push_back({d, name, std::move(types), least, most, false, true, named}); };
        auto read = [&](int d, int name, std::vector<int> types, int named = -1) { r->push_back({d, name, std::move(types), 0, many, false, false, named}); };

        need(DESC_TENSOR, TENSOR_UNIQUE_ID, {TYPE_INT64});
        need(DESC_TENSOR, TENSOR_DATA_TYPE, {TYPE_DATA_TYPE});
        need(DESC_TENSOR, TENSOR_DIMENSIONS, {TYPE_INT64}, 1, 8);
        need(DESC_TENSOR, TENSOR_STRIDES, {TYPE_INT64}, 1, 8);
        need(DESC_TENSOR, TENSOR_BYTE_ALIGNMENT, {TYPE_INT64});
        may(DESC_TENSOR, TENSOR_VECTOR_COUNT, {TYPE_INT64});
        may(DESC_TENSOR, TENSOR_VECTORIZED_DIMENSION, {TYPE_INT64});
        may(DESC_TENSOR, TENSOR_IS_VIRTUAL, {TYPE_BOOLEAN});
        may(DESC_TENSOR, TENSOR_IS_BY_VALUE, {TYPE_BOOLEAN});
        may(DESC_TENSOR, TENSOR_REORDERING_MODE, {TYPE_TENSOR_REORDERING_MODE});

        need(DESC_CONVOLUTION, CONVOLUTION_COMP_TYPE, {TYPE_DATA_TYPE});
        need(DESC_CONVOLUTION, CONVOLUTION_CONV_MODE, {TYPE_CONVOLUTION_MODE});
        need(DESC_CONVOLUTION, CONVOLUTION_SPATIAL_DIMS, {TYPE_INT64});
        for (int name : {CONVOLUTION_DILATIONS, CONVOLUTION_FILTER_STRIDES, CONVOLUTION_POST_PADDINGS, CONVOLUTION_PRE_PADDINGS})
            need(DESC_CONVOLUTION, name, {TYPE_INT64}, 1, 3);

        need(DESC_POINTWISE, POINTWISE_MODE, {TYPE_POINTWISE_MODE});
        may(DESC_POINTWISE, POINTWISE_MATH_PREC, {TYPE_DATA_TYPE});
        may(DESC_POINTWISE, POINTWISE_NAN_PROPAGATION, {TYPE_NAN_PROPOGATION});
        for (int name : {POINTWISE_RELU_LOWER_CLIP, POINTWISE_RELU_UPPER_CLIP, POINTWISE_RELU_LOWER_CLIP_SLOPE})
            may(DESC_POINTWISE, name, {TYPE_DOUBLE, TYPE_FLOAT});

        struct Operation { int descriptor, first; };
        for (Operation o : {Operation{DESC_OPERATION_FORWARD, FORWARD_ALPHA}, {DESC_OPERATION_BACKWARD_DATA, BACKWARD_DATA_ALPHA},
                 {DESC_OPERATION_BACKWARD_FILTER, BACKWARD_FILTER_ALPHA}})
        {
            need(o.descriptor, o.first, {TYPE_FLOAT, TYPE_DOUBLE});
            need(o.descriptor, o.first + 1, {TYPE_FLOAT, TYPE_DOUBLE});
            need(o.descriptor, o.first + 2, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_CONVOLUTION);
            for (int i = 3; i < 6; i++)
                need(o.descriptor, o.first + i, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_TENSOR);
        }
        need(DESC_OPERATION_POINTWISE, POINTWISE_OP_DESCRIPTOR, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_POINTWISE);
        need(DESC_OPERATION_POINTWISE, POINTWISE_OP_X, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_TENSOR);
        may(DESC_OPERATION_POINTWISE, POINTWISE_OP_B, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_TENSOR);
        need(DESC_OPERATION_POINTWISE, POINTWISE_OP_Y, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_TENSOR);
        may(DESC_OPERATION_POINTWISE, POINTWISE_OP_ALPHA1, {TYPE_FLOAT, TYPE_DOUBLE});
        may(DESC_OPERATION_POINTWISE, POINTWISE_OP_ALPHA2, {TYPE_FLOAT, TYPE_DOUBLE});

        need(DESC_OPERATIONGRAPH, GRAPH_HANDLE, {TYPE_HANDLE});
        need(DESC_OPERATIONGRAPH, GRAPH_OPS, {TYPE_BACKEND_DESCRIPTOR}, 1, many);
        read(DESC_OPERATIONGRAPH, GRAPH_ENGINE_GLOBAL_COUNT, {TYPE_INT64});

        need(DESC_ENGINEHEUR, ENGINEHEUR_OPERATION_GRAPH, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_OPERATIONGRAPH);
        need(DESC_ENGINEHEUR, ENGINEHEUR_MODE, {TYPE_HEUR_MODE});
        may(DESC_ENGINEHEUR, ENGINEHEUR_SM_COUNT_TARGET, {TYPE_INT32});
        read(DESC_ENGINEHEUR, ENGINEHEUR_RESULTS, {TYPE_BACKEND_DESCRIPTOR}, DESC_ENGINECFG);

        need(DESC_ENGINE, ENGINE_OPERATION_GRAPH, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_OPERATIONGRAPH);
        need(DESC_ENGINE, ENGINE_GLOBAL_INDEX, {TYPE_INT64});
        read(DESC_ENGINE, ENGINE_KNOB_INFO, {TYPE_BACKEND_DESCRIPTOR}, DESC_KNOB_INFO);
        read(DESC_ENGINE, ENGINE_NUMERICAL_NOTE, {TYPE_NUMERICAL_NOTE});
        read(DESC_ENGINE, ENGINE_BEHAVIOR_NOTE, {TYPE_BEHAVIOR_NOTE});

        read(DESC_KNOB_INFO, KNOB_INFO_TYPE, {TYPE_KNOB_TYPE});
        for (int name : {KNOB_INFO_MAXIMUM_VALUE, KNOB_INFO_MINIMUM_VALUE, KNOB_INFO_STRIDE})
            read(DESC_KNOB_INFO, name, {TYPE_INT64});
        need(DESC_KNOB_CHOICE, KNOB_CHOICE_TYPE, {TYPE_KNOB_TYPE});
        need(DESC_KNOB_CHOICE, KNOB_CHOICE_VALUE, {TYPE_INT64});

        need(DESC_ENGINECFG, ENGINECFG_ENGINE, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_ENGINE);
        may(DESC_ENGINECFG, ENGINECFG_KNOB_CHOICES, {TYPE_BACKEND_DESCRIPTOR}, 0, many, DESC_KNOB_CHOICE);
        read(DESC_ENGINECFG, ENGINECFG_WORKSPACE_SIZE, {TYPE_INT64});

        need(DESC_EXECUTION_PLAN, PLAN_HANDLE, {TYPE_HANDLE});
        need(DESC_EXECUTION_PLAN, PLAN_ENGINE_CONFIG, {TYPE_BACKEND_DESCRIPTOR}, 1, 1, DESC_ENGINECFG);
        read(DESC_EXECUTION_PLAN, PLAN_WORKSPACE_SIZE, {TYPE_INT64});

        need(DESC_VARIANT_PACK, VARIANT_PACK_UNIQUE_IDS, {TYPE_INT64}, 1, many);
        need(DESC_VARIANT_PACK, VARIANT_PACK_DATA_POINTERS, {TYPE_VOID_PTR}, 1, many);
        need(DESC_VARIANT_PACK, VARIANT_PACK_WORKSPACE, {TYPE_VOID_PTR});
        return r;
    }();
    return *all;
}

} // namespace

const Rule* find_rule(int descriptor, int name)
{
    for (const Rule& rule : rules())
        if (rule.descriptor == descriptor && rule.name == name)
            return &rule;
    return nullptr;
}

bool known_descriptor(int descriptor)
{
    for (const Rule& rule : rules())
        if (rule.descriptor == descriptor)
            return true;
    return false;
}

std::vector<const Rule*> required_rules(int descriptor)
{
    std::vector<const Rule*> found;
    for (const Rule& rule : rules())
        if (rule.descriptor == descriptor && rule.required)
            found.push_back(&rule);
    return found;
}

int size_of_attribute(int type)
{
    switch (type)
    {
        case TYPE_BOOLEAN: return 1;
        case TYPE_HANDLE: case TYPE_INT64: case TYPE_DOUBLE: case TYPE_VOID_PTR: case TYPE_BACKEND_DESCRIPTOR: return 8;
        default: return 4;
    }
}

double Descriptor::real(int name, double otherwise) const
{
    if (!has(name))
        return otherwise;
    const Value& value = at(name);
    return value.type == TYPE_DOUBLE ? *reinterpret_cast<const double*>(value.bytes.data()) : *reinterpret_cast<const float*>(value.bytes.data());
}

void Descriptor::put_integers(int name, const std::vector<int64_t>& integers)
{
    Value& value = values[name];
    value = {TYPE_INT64, std::vector<unsigned char>(integers.size() * 8), static_cast<long long>(integers.size()), {}};
    if (!integers.empty())
        std::memcpy(value.bytes.data(), integers.data(), value.bytes.size());
}

void Descriptor::put_numbers(int name, int type, const std::vector<int>& numbers)
{
    Value& value = values[name];
    value = {type, std::vector<unsigned char>(numbers.size() * 4), static_cast<long long>(numbers.size()), {}};
    if (!numbers.empty())
        std::memcpy(value.bytes.data(), numbers.data(), value.bytes.size());
}

void Descriptor::put_descriptors(int name, const std::vector<DescriptorRef>& descriptors)
{
    values[name] = {TYPE_BACKEND_DESCRIPTOR, {}, static_cast<long long>(descriptors.size()), descriptors};
}

} // namespace fake
