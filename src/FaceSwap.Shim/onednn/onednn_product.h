// Convolutions and dense layers by oneDNN (2.6 and 3.x), the reference implementation to compare our own products (dnn) with.
//
//   forward          y  = shuffle(act(conv(x, W) + b))   bias and LeakyReLU fused into oneDNN's primitive
//   backward         dz = act'(y)·unshuffle(dy)          our loop; then dW, db (=) and dx (=) by oneDNN
//
// Activations are plain NHWC, as in the rest of the engine. In training the kernel is stored as Keras has it, HWIO (a dense layer's: inputs × outputs), in
// fp32; oneDNN chooses the order that its primitives read, and kernel_changed makes a copy in that order, where it is another one, in the primitives'
// precision. The gradient of the kernel is fp32 and is brought back to HWIO. For inference the kernel is stored in oneDNN's order and precision alone.
//
// All loops, oneDNN's and ours, run on OpenMP's threads, so that no other thread spins beside them.
#pragma once

#include <cstdint>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

// Shared with C#: ShimNative.OneDnn.cs.
struct fs_onednn_spec {
    int32_t batch, in_height, in_width, in_channels;
    int32_t out_height, out_width, out_channels;
    int32_t kernel, stride, pad_top, pad_left;
    int32_t dense;  // y = x·W + b on (batch, in_channels); heights, widths, kernel and stride are 1
    int32_t pixel_shuffle, bf16, training, input_gradient;
    int32_t threads;
    float slope;  // of LeakyReLU below zero; 1 for none
};
static_assert(sizeof(fs_onednn_spec) == 72);

namespace fs::onednn {

// One primitive with its arguments. The memory objects are made once; a call only sets their addresses.
struct Pass {
    dnnl::primitive primitive;
    std::vector<dnnl::memory> memories;
    std::vector<dnnl_exec_arg_t> arguments;

    explicit operator bool() const { return static_cast<bool>(primitive); }

    void add(int argument, const dnnl::memory& memory);
    // oneDNN takes inputs and outputs alike as pointers to mutable memory.
    void set(size_t index, const void* address) { memories[index].set_data_handle(const_cast<void*>(address)); }
    // The scratch, where the primitive needs any, is its last argument.
    void set_scratch(size_t index, void* address) { if (index < memories.size()) set(index, address); }
    void run(const dnnl::stream& stream) const;
};

// The kernel as a primitive reads it.
struct Operand {
    dnnl::memory memory;
    Pass reorder;           // from Keras order to this one; empty when they are the same
    bool in_place = false;  // no copy: the stored kernel's own address is set at every call
};

class Product {
public:
    explicit Product(const fs_onednn_spec& spec);
    Product(const Product&) = delete;
    Product& operator=(const Product&) = delete;

    int64_t workspace_bytes() const { return workspace_; }
    int64_t kernel_storage() const { return (static_cast<int64_t>(stored().get_size()) + 3) / 4; }  // units of 4 bytes
    void import_kernel(const float* keras, float* storage);
    void kernel_changed(const float* kernel);
    void forward(const void* x, const float* kernel, const float* bias, void* y, void* workspace);
    // dx may be null. dy is destroyed.
    void backward(const void* x, const void* y, void* dy, const float* kernel, void* dx, float* d_kernel, float* d_bias, void* workspace);

private:
    // onednn_plan.cpp
    void plan();
    template <class Descriptor>
    void plan_forward(const Descriptor& made);
    template <class Descriptor>
    void plan_data(const Descriptor& made);
    template <class Descriptor>
    void plan_weights(const Descriptor& made);
    Operand operand(const dnnl::memory::desc& wanted) const;
    dnnl::memory memory_of(const dnnl::memory::desc& desc) const;
    int64_t output_bytes() const;

    // onednn_layout.cpp
    void shuffle(const void* z, void* y) const;
    void slope(const void* dy, const void* y, void* dz) const;

    fs_onednn_spec spec_;
    int32_t element_;  // bytes of an activation
    dnnl::engine engine_;
    dnnl::stream stream_;

    dnnl::memory::desc stored() const { return spec_.training ? kernel_ : forward_kernel_.memory.get_desc(); }

    dnnl::memory::desc kernel_;  // as Keras has it

    // Arguments by index:                     0       1              2                  3              4
    Pass forward_;                          // x       kernel         bias               z              scratch
    Pass data_;                             // dz      kernel         dx                 scratch
    Pass weights_;                          // x       dz             kernel's gradient  bias' gradient scratch
    Pass weights_reorder_;                  // kernel's gradient: oneDNN's, stored; empty when they are the same
    Operand forward_kernel_, data_kernel_;

    // Workspace. Forward: z when a shuffle follows, scratch. Backward: dz when a shuffle was undone, the kernel's gradient in oneDNN's order, scratch.
    int64_t at_gradient_ = 0, at_forward_scratch_ = 0, at_backward_scratch_ = 0, workspace_ = 0;
};

// Sets the number of OpenMP's threads for calls from this thread, and sets it back.
class ThreadCount {
public:
    explicit ThreadCount(int32_t threads);
    ~ThreadCount();
    ThreadCount(const ThreadCount&) = delete;
    ThreadCount& operator=(const ThreadCount&) = delete;

private:
    int32_t before_;
};

}  // namespace fs::onednn
