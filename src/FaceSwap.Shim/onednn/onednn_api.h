// What differs between oneDNN 2 and 3: how a primitive descriptor is made, and the arguments of a post-op.
#pragma once

#include <utility>

#include <oneapi/dnnl/dnnl.hpp>

namespace fs::onednn {

// `hint` is nothing for forward, the forward descriptor for backward; the arguments are those that 2.x gives to the operation's descriptor.
template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe(const dnnl::engine& engine, const dnnl::primitive_attr& how, Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(engine, std::forward<Arguments>(arguments)..., how);
#else
    return typename Primitive::primitive_desc(typename Primitive::desc(std::forward<Arguments>(arguments)...), how, engine);
#endif
}

template <class Primitive, class Hint, class... Arguments>
typename Primitive::primitive_desc describe_backward(const dnnl::engine& engine, const dnnl::primitive_attr& how, const Hint& hint, Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(engine, std::forward<Arguments>(arguments)..., hint, how);
#else
    return typename Primitive::primitive_desc(typename Primitive::desc(std::forward<Arguments>(arguments)...), how, engine, hint);
#endif
}

// x for x > 0, else slope·x.
inline dnnl::post_ops leaky_relu(float slope) {
    dnnl::post_ops ops;
#if DNNL_VERSION_MAJOR >= 3
    ops.append_eltwise(dnnl::algorithm::eltwise_relu, slope, 0.0f);
#else
    ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, slope, 0.0f);
#endif
    return ops;
}

}  // namespace fs::onednn
