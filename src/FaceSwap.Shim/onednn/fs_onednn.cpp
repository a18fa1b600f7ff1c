// oneDNN's exports: convolutions and dense layers to compare the engine's own with.
#include <memory>
#include <string>

#include "fs_abi.h"
#include "onednn_product.h"

using fs::onednn::Product;
using fs::onednn::ThreadCount;

namespace {
template <class T>
T* require(T* pointer, const char* what) {
    if (pointer == nullptr)
        throw fs::error(FS_INVALID_ARGUMENT, std::string(what) + " is null");
    return pointer;
}

// Runs the body of an export with oneDNN's failures told in its own words.
template <class Body>
fs_status run(const char* call, int32_t threads, Body&& body) noexcept {
    return fs::guard(call, [&]() -> fs_status {
        try {
            ThreadCount count(threads);
            body();
            return FS_OK;
        } catch (const dnnl::error& e) {
            if (e.status == dnnl_out_of_memory)
                throw std::bad_alloc();
            throw fs::error(FS_INTERNAL, std::string(call) + ": oneDNN's status " + std::to_string(static_cast<int>(e.status)) + ", " + e.what());
        }
    });
}
}  // namespace

struct fs_onednn_product {
    Product product;
    int32_t threads;
};

// 1 where oneDNN multiplies bfloat16 pairs in hardware; elsewhere it would emulate them, slower than fp32.
FS_EXPORT int32_t fs_onednn_has_bf16(void) {
    const auto need = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_bf16);
    return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & need) == need ? 1 : 0;
}

// A convolution or a dense layer for fixed shapes. kernel_storage: units of 4 bytes.
FS_EXPORT fs_status fs_onednn_new(const fs_onednn_spec* spec, fs_onednn_product** product, int64_t* kernel_storage, int64_t* workspace_bytes) {
    return run("fs_onednn_new", spec != nullptr && spec->threads > 0 ? spec->threads : 1, [&] {
        auto made = std::unique_ptr<fs_onednn_product>(new fs_onednn_product{Product(*require(spec, "spec")), spec->threads});
        *require(kernel_storage, "kernel_storage") = made->product.kernel_storage();
        *require(workspace_bytes, "workspace_bytes") = made->product.workspace_bytes();
        *require(product, "product") = made.release();
    });
}

FS_EXPORT void fs_onednn_free(fs_onednn_product* product) { delete product; }

// From Keras order, HWIO or inputs × outputs, in fp32.
FS_EXPORT fs_status fs_onednn_import_kernel(fs_onednn_product* product, const float* keras, float* storage) {
    return run("fs_onednn_import_kernel", product->threads, [&] { product->product.import_kernel(keras, storage); });
}

// To be called after every change of the kernel, before the next pass.
FS_EXPORT fs_status fs_onednn_kernel_changed(fs_onednn_product* product, const float* kernel) {
    return run("fs_onednn_kernel_changed", product->threads, [&] { product->product.kernel_changed(kernel); });
}

// y = shuffle(act(conv(x) + bias)), or x·W + bias.
FS_EXPORT fs_status fs_onednn_forward(fs_onednn_product* product, const void* x, const float* kernel, const float* bias, void* y, void* workspace) {
    return run("fs_onednn_forward", product->threads, [&] { product->product.forward(x, kernel, bias, y, workspace); });
}

// dx (unless null), d_kernel and d_bias, all overwritten (=). y is the forward pass's result; dy is destroyed.
FS_EXPORT fs_status fs_onednn_backward(fs_onednn_product* product, const void* x, const void* y, void* dy, const float* kernel, void* dx, float* d_kernel,
                                       float* d_bias, void* workspace) {
    return run("fs_onednn_backward", product->threads, [&] { product->product.backward(x, y, dy, kernel, dx, d_kernel, d_bias, workspace); });
}
