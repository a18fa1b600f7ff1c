// The engine's exports: threads, memory, convolutions.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "dnn_conv.h"
#include "fs_abi.h"

using fs::dnn::Conv;
using fs::dnn::Pool;

namespace {
constexpr int64_t kPage = 4096, kHugePage = 2 << 20;

// A block's bytes, whole pages.
int64_t block_size(int64_t bytes) {
    const int64_t page = bytes >= kHugePage ? kHugePage : kPage;
    return (std::max<int64_t>(bytes, 1) + page - 1) / page * page;
}

#if defined(__linux__)
// Untouched memory of whole huge pages; `size` is a multiple of theirs.
void* map_huge(int64_t size) {
    // One more than needed: the block begins at a multiple, and what is left on both sides goes back.
    void* mapped = mmap(nullptr, static_cast<size_t>(size + kHugePage), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        throw std::bad_alloc();
    const auto first = reinterpret_cast<uintptr_t>(mapped), begin = (first + kHugePage - 1) / kHugePage * kHugePage;
    if (begin > first)
        munmap(mapped, begin - first);
    if (begin < first + kHugePage)
        munmap(reinterpret_cast<void*>(begin + static_cast<uintptr_t>(size)), first + kHugePage - begin);
    auto* block = reinterpret_cast<void*>(begin);
    madvise(block, static_cast<size_t>(size), MADV_HUGEPAGE);
    return block;
}
#endif

template <class T>
T* require(T* pointer, const char* what) {
    if (pointer == nullptr)
        throw fs::error(FS_INVALID_ARGUMENT, std::string(what) + " is null");
    return pointer;
}
}  // namespace

// Threads that stay until the pool is freed; the one that calls fs_dnn_pool_run is one of them.
FS_EXPORT fs_status fs_dnn_pool_new(int32_t threads, Pool** pool) {
    return fs::guard("fs_dnn_pool_new", [&] {
        if (threads < 1 || threads > 1024)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_dnn_pool_new: " + std::to_string(threads) + " threads; 1 to 1024 are possible");
        *require(pool, "pool") = new Pool(threads);
        return FS_OK;
    });
}

FS_EXPORT void fs_dnn_pool_free(Pool* pool) { delete pool; }

// Runs task(context, 0 … tasks − 1, thread) on the pool's threads and returns when all are done. The task must not throw.
FS_EXPORT void fs_dnn_pool_run(Pool* pool, fs::dnn::task_fn task, void* context, int32_t tasks) { pool->run(task, context, tasks); }

// Zeroed memory, on huge pages where the system grants them: the weights are hundreds of megabytes, and a product walks all of them. Large blocks come from the
// system, which zeroes a page when it is touched first: what a video without faces never touches it never takes, and on a machine of several sockets each page
// lies with the thread that filled it.
FS_EXPORT fs_status fs_dnn_memory_new(Pool* pool, int64_t bytes, void** memory) {
    return fs::guard("fs_dnn_memory_new", [&] {
        require(pool, "pool");
        if (bytes < 0)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_dnn_memory_new: a negative size");
        const int64_t size = block_size(bytes);
#if defined(__linux__)
        if (bytes >= kHugePage) {
            *require(memory, "memory") = map_huge(size);
            return FS_OK;
        }
#endif
        const int64_t alignment = bytes >= kHugePage ? kHugePage : kPage;
        auto* block = static_cast<char*>(::operator new(static_cast<size_t>(size), std::align_val_t(alignment)));
        std::memset(block, 0, static_cast<size_t>(size));
        *require(memory, "memory") = block;
        return FS_OK;
    });
}

FS_EXPORT void fs_dnn_memory_free(void* memory, int64_t bytes) {
#if defined(__linux__)
    if (bytes >= kHugePage) {
        munmap(memory, static_cast<size_t>(block_size(bytes)));
        return;
    }
#endif
    ::operator delete(memory, std::align_val_t(bytes >= kHugePage ? kHugePage : kPage));
}

// 1 where this processor has dot products of bfloat16 pairs.
FS_EXPORT int32_t fs_dnn_has_bf16(void) { return fs::dnn::has_bf16() ? 1 : 0; }

// The instruction set that the kernels use; static text.
FS_EXPORT const char* fs_dnn_instruction_set(void) { return fs::dnn::kernels().name; }

// A convolution for fixed shapes. The pool must outlive it. kernel_storage: units of 4 bytes.
FS_EXPORT fs_status fs_dnn_conv_new(Pool* pool, const fs_dnn_conv_spec* spec, Conv** conv, int64_t* kernel_storage, int64_t* workspace_bytes) {
    return fs::guard("fs_dnn_conv_new", [&] {
        auto made = std::make_unique<Conv>(*require(pool, "pool"), *require(spec, "spec"));
        *kernel_storage = made->kernel_storage();
        *workspace_bytes = made->workspace_bytes();
        *require(conv, "conv") = made.release();
        return FS_OK;
    });
}

FS_EXPORT void fs_dnn_conv_free(Conv* conv) { delete conv; }

// From and to Keras order, HWIO. A kernel for inference in bfloat16 is stored rounded and cannot be exported.
FS_EXPORT void fs_dnn_conv_import_kernel(const Conv* conv, const float* keras, float* storage) { conv->import_kernel(keras, storage); }
// A kernel in parts: whole multiples of fs_dnn_conv_import_rows() rows (tap, input channel), which is 0 where it must be imported whole.
FS_EXPORT int32_t fs_dnn_conv_import_rows(const Conv* conv) { return conv->import_rows(); }
FS_EXPORT void fs_dnn_conv_import_kernel_rows(const Conv* conv, const float* keras, int64_t first, int64_t count, float* storage) {
    conv->import_kernel_rows(keras, first, count, storage);
}
FS_EXPORT void fs_dnn_conv_export_kernel(const Conv* conv, const float* storage, float* keras) { conv->export_kernel(storage, keras); }

// y = shuffle(act(conv(x) + bias)). Allocates nothing.
FS_EXPORT void fs_dnn_conv_forward(Conv* conv, const void* x, const float* kernel, const float* bias, void* y, void* workspace) {
    conv->forward(x, kernel, bias, y, workspace);
}

// dx (unless null), d_kernel and d_bias, all overwritten. y is the forward pass's result. Allocates nothing.
FS_EXPORT void fs_dnn_conv_backward(Conv* conv, const void* x, const void* y, const void* dy, const float* kernel, void* dx, float* d_kernel,
                                    float* d_bias, void* workspace) {
    conv->backward(x, y, dy, kernel, dx, d_kernel, d_bias, workspace);
}
