// Makes the primitives for fixed shapes: all choice of algorithm and order happens here.
#include <algorithm>
#include <string>

#include "fs_abi.h"
#include "onednn_api.h"
#include "onednn_product.h"

namespace fs::onednn {

namespace {
using dnnl::memory;
using tag = memory::format_tag;
using type = memory::data_type;

int64_t aligned(int64_t bytes) { return (bytes + 255) / 256 * 256; }

template <class Descriptor>
int64_t scratch_bytes(const Descriptor& made) {
    return static_cast<int64_t>(made.scratchpad_desc().get_size());
}

void check(const fs_onednn_spec& spec) {
    if (spec.batch < 1 || spec.in_height < 1 || spec.in_width < 1 || spec.in_channels < 1 || spec.out_height < 1 || spec.out_width < 1 ||
        spec.out_channels < 1 || spec.kernel < 1 || spec.stride < 1 || spec.threads < 1)
        throw error(FS_INVALID_ARGUMENT, "fs_onednn_new: every size must be at least 1");
    if (spec.pixel_shuffle && spec.out_channels % 4 != 0)
        throw error(FS_INVALID_ARGUMENT, "fs_onednn_new: a pixel shuffle needs a multiple of 4 output channels, not " + std::to_string(spec.out_channels));
}
}  // namespace

Product::Product(const fs_onednn_spec& spec)
    : spec_(spec), element_(spec.bf16 ? 2 : 4), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    check(spec);
    plan();
}

int64_t Product::output_bytes() const {
    return static_cast<int64_t>(spec_.batch) * spec_.out_height * spec_.out_width * spec_.out_channels * element_;
}

void Product::plan() {
    const fs_onednn_spec& s = spec_;
    const memory::dim n = s.batch, ci = s.in_channels, co = s.out_channels, k = s.kernel;
    const type element = s.bf16 ? type::bf16 : type::f32;
    const auto kind = s.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const memory::desc bias({co}, type::f32, tag::x);
    // oneDNN's own scratch would live in each thread that ever computes; ours is part of the planned workspace.
    dnnl::primitive_attr how, how_forward;  // copies would share what they describe
    how.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    how_forward.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (s.slope != 1.0f)
        how_forward.set_post_ops(leaky_relu(s.slope));

    if (s.dense) {
        kernel_ = memory::desc({co, ci}, type::f32, tag::io);
        const memory::desc x({n, ci}, element, tag::nc), y({n, co}, element, tag::nc);
        const memory::desc kernel({co, ci}, element, tag::any), d_kernel({co, ci}, type::f32, tag::any);
        const auto forward = describe<dnnl::inner_product_forward>(engine_, how_forward, kind, x, kernel, bias, y);
        plan_forward(forward);
        if (s.training)
            plan_weights(describe_backward<dnnl::inner_product_backward_weights>(engine_, how, forward, x, d_kernel, bias, y));
        if (s.training && s.input_gradient)
            plan_data(describe_backward<dnnl::inner_product_backward_data>(engine_, how, forward, x, kernel, y));
    } else {
        kernel_ = memory::desc({co, ci, k, k}, type::f32, tag::hwio);
        const memory::desc x({n, ci, s.in_height, s.in_width}, element, tag::nhwc), y({n, co, s.out_height, s.out_width}, element, tag::nhwc);
        const memory::desc kernel({co, ci, k, k}, element, tag::any), d_kernel({co, ci, k, k}, type::f32, tag::any);
        // Where the stride is larger than the kernel, the last pixels may be left over: no padding, not a negative one.
        const memory::dim bottom = (s.out_height - 1) * s.stride + k - s.in_height - s.pad_top, right = (s.out_width - 1) * s.stride + k - s.in_width - s.pad_left;
        const memory::dims strides{s.stride, s.stride}, before{s.pad_top, s.pad_left}, after{std::max<memory::dim>(0, bottom), std::max<memory::dim>(0, right)};
        // Winograd's algorithm would round more and spread a NaN to its neighbors.
        constexpr auto direct = dnnl::algorithm::convolution_direct;
        const auto forward = describe<dnnl::convolution_forward>(engine_, how_forward, kind, direct, x, kernel, bias, y, strides, before, after);
        plan_forward(forward);
        if (s.training)
            plan_weights(describe_backward<dnnl::convolution_backward_weights>(engine_, how, forward, direct, x, d_kernel, bias, y, strides, before, after));
        if (s.training && s.input_gradient)
            plan_data(describe_backward<dnnl::convolution_backward_data>(engine_, how, forward, direct, x, kernel, y, strides, before, after));
    }
}

template <class Descriptor>
void Product::plan_forward(const Descriptor& made) {
    forward_kernel_ = operand(made.weights_desc());
    forward_.primitive = dnnl::primitive(made);
    forward_.add(DNNL_ARG_SRC, memory_of(made.src_desc()));
    forward_.add(DNNL_ARG_WEIGHTS, forward_kernel_.memory);
    forward_.add(DNNL_ARG_BIAS, memory_of(made.bias_desc()));
    forward_.add(DNNL_ARG_DST, memory_of(made.dst_desc()));
    const int64_t scratch = scratch_bytes(made);
    if (scratch > 0)
        forward_.add(DNNL_ARG_SCRATCHPAD, memory_of(made.scratchpad_desc()));
    at_forward_scratch_ = spec_.pixel_shuffle ? aligned(output_bytes()) : 0;
    workspace_ = at_forward_scratch_ + scratch;
}

template <class Descriptor>
void Product::plan_weights(const Descriptor& made) {
    const memory::desc gradient = made.diff_weights_desc();
    weights_.primitive = dnnl::primitive(made);
    weights_.add(DNNL_ARG_SRC, memory_of(made.src_desc()));
    weights_.add(DNNL_ARG_DIFF_DST, memory_of(made.diff_dst_desc()));
    weights_.add(DNNL_ARG_DIFF_WEIGHTS, memory_of(gradient));
    weights_.add(DNNL_ARG_DIFF_BIAS, memory_of(made.diff_bias_desc()));
    const int64_t scratch = scratch_bytes(made);
    if (scratch > 0)
        weights_.add(DNNL_ARG_SCRATCHPAD, memory_of(made.scratchpad_desc()));
    at_gradient_ = spec_.pixel_shuffle ? aligned(output_bytes()) : 0;
    at_backward_scratch_ = at_gradient_;
    if (gradient != kernel_) {
        weights_reorder_.primitive = dnnl::reorder(dnnl::reorder::primitive_desc(engine_, gradient, engine_, kernel_));
        weights_reorder_.add(DNNL_ARG_FROM, memory_of(gradient));
        weights_reorder_.add(DNNL_ARG_TO, memory_of(kernel_));
        at_backward_scratch_ += aligned(static_cast<int64_t>(gradient.get_size()));
    }
    workspace_ = std::max(workspace_, at_backward_scratch_ + scratch);
}

template <class Descriptor>
void Product::plan_data(const Descriptor& made) {
    if (made.weights_desc() == forward_kernel_.memory.get_desc()) {
        data_kernel_.memory = forward_kernel_.memory;
        data_kernel_.in_place = forward_kernel_.in_place;
    } else {
        data_kernel_ = operand(made.weights_desc());
    }
    data_.primitive = dnnl::primitive(made);
    data_.add(DNNL_ARG_DIFF_DST, memory_of(made.diff_dst_desc()));
    data_.add(DNNL_ARG_WEIGHTS, data_kernel_.memory);
    data_.add(DNNL_ARG_DIFF_SRC, memory_of(made.diff_src_desc()));
    const int64_t scratch = scratch_bytes(made);
    if (scratch > 0)
        data_.add(DNNL_ARG_SCRATCHPAD, memory_of(made.scratchpad_desc()));
    workspace_ = std::max(workspace_, at_backward_scratch_ + scratch);
}

Operand Product::operand(const memory::desc& wanted) const {
    Operand made;
    if (wanted == kernel_) {
        made.memory = memory_of(wanted);
        made.in_place = true;
        return made;
    }
    made.in_place = !spec_.training;
    made.memory = made.in_place ? memory_of(wanted) : memory(wanted, engine_);
    made.reorder.primitive = dnnl::reorder(dnnl::reorder::primitive_desc(engine_, kernel_, engine_, wanted));
    made.reorder.add(DNNL_ARG_FROM, memory_of(kernel_));
    made.reorder.add(DNNL_ARG_TO, made.in_place ? memory_of(wanted) : made.memory);
    return made;
}

// A memory object whose address is set at every call.
memory Product::memory_of(const memory::desc& desc) const { return memory(desc, engine_, DNNL_MEMORY_NONE); }

}  // namespace fs::onednn
