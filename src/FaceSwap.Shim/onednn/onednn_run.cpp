// The passes. Nothing is allocated here: addresses are set and primitives run.
#include <cstring>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "onednn_product.h"

namespace fs::onednn {

ThreadCount::ThreadCount(int32_t threads) {
#if defined(_OPENMP)
    before_ = omp_get_max_threads();
    omp_set_num_threads(threads);
#else
    before_ = threads;
#endif
}

ThreadCount::~ThreadCount() {
#if defined(_OPENMP)
    omp_set_num_threads(before_);
#endif
}

void Pass::add(int argument, const dnnl::memory& memory) {
    memories.push_back(memory);
    arguments.push_back({argument, memory.get()});
}

void Pass::run(const dnnl::stream& stream) const {
    // The C++ wrapper would build a vector of arguments for every call.
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(arguments.size()), arguments.data()),
                            "oneDNN could not run a primitive");
}

void Product::import_kernel(const float* keras, float* storage) {
    if (spec_.training || !forward_kernel_.reorder) {
        std::memcpy(storage, keras, kernel_.get_size());
        return;
    }
    forward_kernel_.reorder.set(0, keras);
    forward_kernel_.reorder.set(1, storage);
    forward_kernel_.reorder.run(stream_);
}

void Product::kernel_changed(const float* kernel) {
    for (Operand* operand : {&forward_kernel_, &data_kernel_}) {
        if (operand->in_place || !operand->reorder)
            continue;
        operand->reorder.set(0, kernel);
        operand->reorder.run(stream_);
    }
}

void Product::forward(const void* x, const float* kernel, const float* bias, void* y, void* workspace) {
    char* base = static_cast<char*>(workspace);
    void* z = spec_.pixel_shuffle ? base : y;
    forward_.set(0, x);
    if (forward_kernel_.in_place)
        forward_.set(1, kernel);
    forward_.set(2, bias);
    forward_.set(3, z);
    forward_.set_scratch(4, base + at_forward_scratch_);
    forward_.run(stream_);
    if (spec_.pixel_shuffle)
        shuffle(z, y);
}

void Product::backward(const void* x, const void* y, void* dy, const float* kernel, void* dx, float* d_kernel, float* d_bias, void* workspace) {
    char* base = static_cast<char*>(workspace);
    void* dz = spec_.pixel_shuffle ? base : dy;
    if (spec_.pixel_shuffle || spec_.slope != 1.0f)
        slope(dy, y, dz);

    void* gradient = weights_reorder_ ? static_cast<void*>(base + at_gradient_) : d_kernel;
    weights_.set(0, x);
    weights_.set(1, dz);
    weights_.set(2, gradient);
    weights_.set(3, d_bias);
    weights_.set_scratch(4, base + at_backward_scratch_);
    weights_.run(stream_);
    if (weights_reorder_) {
        weights_reorder_.set(0, gradient);
        weights_reorder_.set(1, d_kernel);
        weights_reorder_.run(stream_);
    }

    if (dx == nullptr)
        return;
    data_.set(0, dz);
    if (data_kernel_.in_place)
        data_.set(1, kernel);
    data_.set(2, dx);
    data_.set_scratch(3, base + at_backward_scratch_);
    data_.run(stream_);
}

}  // namespace fs::onednn
