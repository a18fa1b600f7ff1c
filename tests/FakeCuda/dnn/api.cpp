// libcudnn's entry points: handles and the backend API's seven calls.
#include "capture.h"
#include "engines.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

namespace fake
{
namespace
{

std::unordered_set<DnnHandle*>& handles()
{
    static auto* all = new std::unordered_set<DnnHandle*>;
    return *all;
}

std::unordered_map<void*, DescriptorRef>& descriptors()
{
    static auto* all = new std::unordered_map<void*, DescriptorRef>;
    return *all;
}

thread_local std::string last_failure;

// cuDNN keeps the sentence of a thread's last failure; so does this, from what fail() noted.
Dnn remember(Dnn status);

Dnn enter_dnn(const char* function)
{
    int status = 0;
    if (refused(function, &status))
        return static_cast<Dnn>(status);
    return CUDNN_STATUS_SUCCESS;
}

} // namespace

DnnHandle* find_dnn_handle(void* handle)
{
    Lock hold(big_lock());
    return handles().count(static_cast<DnnHandle*>(handle)) != 0 ? static_cast<DnnHandle*>(handle) : nullptr;
}

DescriptorRef find_descriptor(void* handle)
{
    Lock hold(big_lock());
    auto found = descriptors().find(handle);
    return found == descriptors().end() ? nullptr : found->second;
}

namespace
{

extern "C" int fake_cuda_last_error(char* text, int size);

Dnn remember(Dnn status)
{
    if (status != CUDNN_STATUS_SUCCESS)
    {
        char text[1024];
        fake_cuda_last_error(text, sizeof text);
        last_failure = text;
    }
    return status;
}

Dnn ready(const char* function, bool unsafe)
{
    if (Dnn refusal = enter_dnn(function); refusal != CUDNN_STATUS_SUCCESS)
        return refusal;
    if (current_context() == nullptr)
        return fail(CUDNN_STATUS_NOT_INITIALIZED, "%s needs a current context on this thread", function);
    if (sticky_error() != CUDA_SUCCESS)
        return fail(CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER, "%s: an earlier error (%d) spoiled the context", function, sticky_error());
    if (unsafe && refuse_in_capture(function) != CUDA_SUCCESS)
        return CUDNN_STATUS_INTERNAL_ERROR;
    return CUDNN_STATUS_SUCCESS;
}

Dnn create(void** handle)
{
    if (Dnn bad = ready("cudnnCreate", true); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    if (handle == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "cudnnCreate: null");
    Lock hold(big_lock());
    DnnHandle* made = new DnnHandle;
    made->context = current_context();
    handles().insert(made);
    count(Kind::CudnnHandles, 1);
    *handle = made;
    return CUDNN_STATUS_SUCCESS;
}

Dnn destroy(void* handle)
{
    if (Dnn bad = ready("cudnnDestroy", true); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    Lock hold(big_lock());
    DnnHandle* found = find_dnn_handle(handle);
    if (found == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "cudnnDestroy: not a live handle");
    handles().erase(found);
    delete found;
    count(Kind::CudnnHandles, -1);
    return CUDNN_STATUS_SUCCESS;
}

Dnn set_stream(void* handle, CUstream stream)
{
    if (Dnn bad = ready("cudnnSetStream", false); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    DnnHandle* found = find_dnn_handle(handle);
    if (found == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "cudnnSetStream: not a live handle");
    Stream* on;
    if (find_stream("cudnnSetStream", stream, &on) != CUDA_SUCCESS)
        return CUDNN_STATUS_BAD_PARAM;
    found->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

Dnn create_descriptor(int type, void** descriptor)
{
    if (Dnn bad = enter_dnn("cudnnBackendCreateDescriptor"); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    if (descriptor == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "cudnnBackendCreateDescriptor: null");
    if (!known_descriptor(type))
        return fail(CUDNN_STATUS_NOT_SUPPORTED, "cudnnBackendCreateDescriptor: the stand-in knows no descriptor of type %d", type);
    Lock hold(big_lock());
    auto made = std::make_shared<Descriptor>();
    made->type = type;
    *descriptor = new char;
    descriptors()[*descriptor] = made;
    count(Kind::CudnnDescriptors, 1);
    return CUDNN_STATUS_SUCCESS;
}

Dnn destroy_descriptor(void* descriptor)
{
    Lock hold(big_lock());
    if (descriptors().erase(descriptor) == 0)
        return fail(CUDNN_STATUS_BAD_PARAM, "cudnnBackendDestroyDescriptor: not a live descriptor");
    delete static_cast<char*>(descriptor);
    count(Kind::CudnnDescriptors, -1);
    return CUDNN_STATUS_SUCCESS;
}

Dnn check_attribute(const char* function, const Rule* rule, const DescriptorRef& d, int name, int type)
{
    if (rule == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: a descriptor of type %d has no attribute %d", function, d->type, name);
    if (std::find(rule->types.begin(), rule->types.end(), type) == rule->types.end())
        return fail(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, "%s: attribute %d is of type %d, not %d", function, name, rule->types[0], type);
    return CUDNN_STATUS_SUCCESS;
}

Dnn set_descriptors(Value* value, const Rule& rule, const void* const* elements)
{
    for (long long i = 0; i < value->count; i++)
    {
        DescriptorRef named = find_descriptor(const_cast<void*>(elements[i]));
        if (named == nullptr)
            return fail(CUDNN_STATUS_BAD_PARAM, "cudnnBackendSetAttribute(%d): element %lld is not a live descriptor", rule.name, i);
        if (!named->finalized)
            return fail(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "cudnnBackendSetAttribute(%d): the descriptor it names is not finalized", rule.name);
        bool operation = named->type >= DESC_OPERATION_FORWARD && named->type <= DESC_OPERATION_POINTWISE;
        if (rule.named >= 0 ? named->type != rule.named : !operation)
            return fail(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE, "cudnnBackendSetAttribute(%d): a descriptor of type %d cannot stand here", rule.name, named->type);
        value->descriptors.push_back(named);
    }
    return CUDNN_STATUS_SUCCESS;
}

Dnn set_attribute(void* descriptor, int name, int type, int64_t elements, const void* array)
{
    constexpr const char* me = "cudnnBackendSetAttribute";
    if (Dnn bad = enter_dnn(me); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    DescriptorRef d = find_descriptor(descriptor);
    if (d == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: not a live descriptor", me);
    if (d->finalized)
        return fail(CUDNN_STATUS_NOT_INITIALIZED, "%s(%d): the descriptor is finalized already", me, name);
    const Rule* rule = find_rule(d->type, name);
    if (Dnn bad = check_attribute(me, rule, d, name, type); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    if (!rule->settable)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: attribute %d can only be read", me, name);
    if (elements < rule->least || elements > rule->most)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: attribute %d takes %lld to %lld elements, not %lld", me, name, rule->least, rule->most, (long long)elements);
    if (array == nullptr && elements > 0)
        return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "%s(%d): null", me, name);
    Value value;
    value.type = type;
    value.count = elements;
    value.bytes.resize(elements * size_of_attribute(type));
    if (elements > 0)
        std::memcpy(value.bytes.data(), array, value.bytes.size());
    if (type == TYPE_BACKEND_DESCRIPTOR)
        if (Dnn bad = set_descriptors(&value, *rule, static_cast<const void* const*>(array)); bad != CUDNN_STATUS_SUCCESS)
            return bad;
    if (type == TYPE_HANDLE && find_dnn_handle(*static_cast<void* const*>(array)) == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s(%d): not a live handle", me, name);
    d->values[name] = std::move(value);
    return CUDNN_STATUS_SUCCESS;
}

// Descriptors are copied into ones that the caller created.
Dnn get_descriptors(const Value& value, const Rule& rule, int64_t requested, void* const* array)
{
    for (int64_t i = 0; i < std::min<int64_t>(requested, value.count); i++)
    {
        DescriptorRef into = find_descriptor(array[i]);
        if (into == nullptr || into->type != rule.named)
            return fail(into == nullptr ? CUDNN_STATUS_BAD_PARAM : CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE,
                "cudnnBackendGetAttribute(%d): element %lld is no live descriptor of type %d to copy into", rule.name, (long long)i, rule.named);
        *into = *value.descriptors[i];
    }
    return CUDNN_STATUS_SUCCESS;
}

Dnn get_attribute(void* descriptor, int name, int type, int64_t requested, int64_t* elements, void* array)
{
    constexpr const char* me = "cudnnBackendGetAttribute";
    if (Dnn bad = enter_dnn(me); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    DescriptorRef d = find_descriptor(descriptor);
    if (d == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: not a live descriptor", me);
    if (!d->finalized)
        return fail(CUDNN_STATUS_NOT_INITIALIZED, "%s(%d): the descriptor is not finalized", me, name);
    const Rule* rule = find_rule(d->type, name);
    if (Dnn bad = check_attribute(me, rule, d, name, type); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    if (requested < 0 || (requested > 0 && array == nullptr))
        return fail(CUDNN_STATUS_BAD_PARAM, "%s(%d): %lld elements to a null array", me, name, (long long)requested);
    if (!d->has(name))
    {
        if (rule->least > 0)
            return fail(CUDNN_STATUS_BAD_PARAM, "%s: attribute %d was never set", me, name);
        if (elements != nullptr)
            *elements = 0;
        return CUDNN_STATUS_SUCCESS;
    }
    const Value& value = d->at(name);
    if (elements != nullptr)
        *elements = value.count;
    if (requested == 0)
        return CUDNN_STATUS_SUCCESS;
    // The engine of a configuration and the like: their one element is asked for as one.
    if (type == TYPE_BACKEND_DESCRIPTOR)
        return get_descriptors(value, *rule, requested, static_cast<void* const*>(array));
    std::memcpy(array, value.bytes.data(), std::min<int64_t>(requested, value.count) * size_of_attribute(type));
    return CUDNN_STATUS_SUCCESS;
}

Dnn finalize_descriptor(void* descriptor)
{
    DescriptorRef d = find_descriptor(descriptor);
    if (d == nullptr)
        return fail(CUDNN_STATUS_BAD_PARAM, "cudnnBackendFinalize: not a live descriptor");
    if (Dnn bad = enter_dnn("cudnnBackendFinalize"); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    // Plans and heuristics are counted apart: to prove that a remembered choice measures nothing.
    if (d->type == DESC_EXECUTION_PLAN || d->type == DESC_ENGINEHEUR)
        if (Dnn bad = enter_dnn(d->type == DESC_EXECUTION_PLAN ? "cudnnBackendFinalize:plan" : "cudnnBackendFinalize:heuristics"); bad != CUDNN_STATUS_SUCCESS)
            return bad;
    if (d->type == DESC_EXECUTION_PLAN || d->type == DESC_ENGINEHEUR)
        if (Dnn bad = ready("cudnnBackendFinalize:context", d->type == DESC_EXECUTION_PLAN); bad != CUDNN_STATUS_SUCCESS)
            return bad;
    if (d->finalized)
        return fail(CUDNN_STATUS_BAD_PARAM, "cudnnBackendFinalize: the descriptor is finalized already");
    Dnn result = finalize(d);
    d->finalized = result == CUDNN_STATUS_SUCCESS;
    return result;
}

Dnn run(void* handle, void* plan_handle, void* pack_handle)
{
    constexpr const char* me = "cudnnBackendExecute";
    if (Dnn bad = ready(me, false); bad != CUDNN_STATUS_SUCCESS)
        return bad;
    DnnHandle* h = find_dnn_handle(handle);
    DescriptorRef plan = find_descriptor(plan_handle), pack = find_descriptor(pack_handle);
    if (h == nullptr || h->context != current_context())
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: not a live handle of the current context", me);
    if (plan == nullptr || plan->type != DESC_EXECUTION_PLAN || pack == nullptr || pack->type != DESC_VARIANT_PACK)
        return fail(CUDNN_STATUS_BAD_PARAM, "%s: not a live plan, or not a live variant pack", me);
    if (!plan->finalized || !pack->finalized)
        return fail(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "%s: the plan or the variant pack is not finalized", me);
    return execute(*plan, *pack, h->stream);
}

} // namespace
} // namespace fake

using namespace fake;

FAKE_EXPORT size_t cudnnGetVersion(void) { return 91300; }
FAKE_EXPORT size_t cudnnGetCudartVersion(void) { return 13000; }
FAKE_EXPORT Dnn cudnnCreate(void** handle) { return remember(create(handle)); }
FAKE_EXPORT Dnn cudnnDestroy(void* handle) { return remember(destroy(handle)); }
FAKE_EXPORT Dnn cudnnSetStream(void* handle, CUstream stream) { return remember(set_stream(handle, stream)); }
FAKE_EXPORT Dnn cudnnBackendCreateDescriptor(int type, void** descriptor) { return remember(create_descriptor(type, descriptor)); }
FAKE_EXPORT Dnn cudnnBackendDestroyDescriptor(void* descriptor) { return remember(destroy_descriptor(descriptor)); }
FAKE_EXPORT Dnn cudnnBackendFinalize(void* descriptor) { return remember(finalize_descriptor(descriptor)); }
FAKE_EXPORT Dnn cudnnBackendExecute(void* handle, void* plan, void* pack) { return remember(run(handle, plan, pack)); }

FAKE_EXPORT Dnn cudnnBackendSetAttribute(void* descriptor, int name, int type, int64_t elements, const void* array)
{
    return remember(set_attribute(descriptor, name, type, elements, array));
}

FAKE_EXPORT Dnn cudnnBackendGetAttribute(void* descriptor, int name, int type, int64_t requested, int64_t* elements, void* array)
{
    return remember(get_attribute(descriptor, name, type, requested, elements, array));
}

// The thread's last failure; asking for it forgets it.
FAKE_EXPORT void cudnnGetLastErrorString(char* message, size_t size)
{
    if (message == nullptr || size == 0)
        return;
    std::strncpy(message, last_failure.c_str(), size);
    message[size - 1] = 0;
    last_failure.clear();
}

FAKE_EXPORT const char* cudnnGetErrorString(int status)
{
    switch (status)
    {
        case CUDNN_STATUS_SUCCESS: return "CUDNN_STATUS_SUCCESS";
        case CUDNN_STATUS_NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
        case CUDNN_STATUS_BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
        case CUDNN_STATUS_BAD_PARAM_NULL_POINTER: return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
        case CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER: return "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER";
        case CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED: return "CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED";
        case CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH: return "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH";
        case CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES: return "CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES";
        case CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE: return "CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE";
        case CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE: return "CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE";
        case CUDNN_STATUS_NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
        case CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN: return "CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN";
        case CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE: return "CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE";
        case CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH: return "CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH";
        case CUDNN_STATUS_EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
        case CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER: return "CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER";
        default: return "CUDNN_UNKNOWN_STATUS";
    }
}
