// libcublas: handles and GemmEx.
#include "blas.h"

#include <algorithm>
#include <unordered_set>

using namespace fake;

namespace
{

struct Handle
{
    Context* context = nullptr;
    CUstream stream = nullptr;
    uint64_t workspace = 0;
    uint64_t workspace_bytes = 0;
    int math_mode = 0;
};

std::unordered_set<Handle*>& handles()
{
    static auto* all = new std::unordered_set<Handle*>;
    return *all;
}

Blas find_handle(const char* what, void* handle, Handle** found)
{
    Lock hold(big_lock());
    *found = static_cast<Handle*>(handle);
    if (handles().count(*found) == 0)
        return fail(CUBLAS_STATUS_NOT_INITIALIZED, "%s: not a live handle", what);
    if ((*found)->context != current_context())
        return fail(CUBLAS_STATUS_NOT_INITIALIZED, "%s: the handle belongs to another context", what);
    return CUBLAS_STATUS_SUCCESS;
}

#define FIND_HANDLE(NAME) \
    Handle* NAME; \
    if (Blas bad = find_handle(__func__, handle, &NAME); bad != CUBLAS_STATUS_SUCCESS) \
        return bad

} // namespace

FAKE_EXPORT Blas cublasCreate_v2(void** handle)
{
    BLAS_ENTER(UnsafeInCapture);
    if (handle == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasCreate: null");
    Lock hold(big_lock());
    Handle* made = new Handle;
    made->context = current_context();
    handles().insert(made);
    count(Kind::CublasHandles, 1);
    *handle = made;
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasDestroy_v2(void* handle)
{
    BLAS_ENTER(UnsafeInCapture);
    FIND_HANDLE(h);
    Lock hold(big_lock());
    handles().erase(h);
    delete h;
    count(Kind::CublasHandles, -1);
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasGetVersion_v2(void* handle, int* version)
{
    BLAS_ENTER(0);
    FIND_HANDLE(h);
    if (version == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasGetVersion: null");
    *version = 130000;
    return CUBLAS_STATUS_SUCCESS;
}

// Gives the handle back its own workspace, as the library documents.
FAKE_EXPORT Blas cublasSetStream_v2(void* handle, CUstream stream)
{
    BLAS_ENTER(0);
    FIND_HANDLE(h);
    Stream* found;
    if (find_stream("cublasSetStream", stream, &found) != CUDA_SUCCESS)
        return CUBLAS_STATUS_INVALID_VALUE;
    h->stream = stream;
    h->workspace = h->workspace_bytes = 0;
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasGetStream_v2(void* handle, CUstream* stream)
{
    BLAS_ENTER(0);
    FIND_HANDLE(h);
    *stream = h->stream;
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes)
{
    BLAS_ENTER(0);
    FIND_HANDLE(h);
    if (reinterpret_cast<uint64_t>(workspace) % 256 != 0)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasSetWorkspace: the workspace is not aligned to 256 bytes");
    if (Blas bad = check_operand("cublasSetWorkspace", "workspace", reinterpret_cast<uint64_t>(workspace), bytes); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    h->workspace = reinterpret_cast<uint64_t>(workspace);
    h->workspace_bytes = bytes;
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasSetMathMode(void* handle, int mode)
{
    BLAS_ENTER(0);
    FIND_HANDLE(h);
    if ((mode & 15) > 3 || mode < 0 || mode > 31)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasSetMathMode: unknown mode %d", mode);
    h->math_mode = mode & 15;
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a, int a_type, int lda, const void* b,
    int b_type, int ldb, const void* beta, void* c, int c_type, int ldc, int compute, int algorithm)
{
    BLAS_ENTER(0);
    FIND_HANDLE(h);
    bool tf32;
    if (m < 0 || n < 0 || k < 0 || transpose_a < 0 || transpose_a > 2 || transpose_b < 0 || transpose_b > 2)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasGemmEx: m %d, n %d, k %d, transposes %d and %d", m, n, k, transpose_a, transpose_b);
    if (lda < std::max(1, transpose_a ? k : m) || ldb < std::max(1, transpose_b ? n : k) || ldc < std::max(1, m))
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasGemmEx: a leading dimension of %d, %d, %d is smaller than its column", lda, ldb, ldc);
    if (alpha == nullptr || beta == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasGemmEx: alpha or beta is null");
    if (algorithm < -1 || (algorithm > 23 && algorithm != 99 && (algorithm < 100 || algorithm > 115)))
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasGemmEx: unknown algorithm %d", algorithm);
    if (Blas bad = check_types("cublasGemmEx", a_type, b_type, c_type, compute, &tf32); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    Matmul p;
    p.m = m;
    p.n = n;
    p.k = k;
    p.a = {reinterpret_cast<uint64_t>(a), a_type == CUDA_R_32F ? Type::Float : Type::BFloat16, lda, transpose_a != 0};
    p.b = {reinterpret_cast<uint64_t>(b), b_type == CUDA_R_32F ? Type::Float : Type::BFloat16, ldb, transpose_b != 0};
    p.c = p.d = {reinterpret_cast<uint64_t>(c), c_type == CUDA_R_32F ? Type::Float : Type::BFloat16, ldc, false};
    p.alpha = *static_cast<const float*>(alpha);
    p.beta = *static_cast<const float*>(beta);
    p.tf32 = tf32 || (h->math_mode == 3 && a_type == CUDA_R_32F && compute == CUBLAS_COMPUTE_32F);
    auto extent = [](const Matrix& x, int rows, int columns) { return Matmul::extent(x, rows, columns); };
    if (Blas bad = check_operand("cublasGemmEx", "A", p.a.data, extent(p.a, transpose_a ? k : m, transpose_a ? m : k)); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    if (Blas bad = check_operand("cublasGemmEx", "B", p.b.data, extent(p.b, transpose_b ? n : k, transpose_b ? k : n)); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    if (Blas bad = check_operand("cublasGemmEx", "C", p.c.data, extent(p.c, m, n)); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    // How much of its workspace a product uses is not said; its start stands for that.
    return submit_matmul("cublasGemmEx", h->stream, p, h->workspace, std::min<uint64_t>(h->workspace_bytes, 1 << 20));
}

namespace
{

struct Text { Blas status; const char* name; const char* sentence; };
constexpr Text texts[] = {
    {CUBLAS_STATUS_SUCCESS, "CUBLAS_STATUS_SUCCESS", "success"},
    {CUBLAS_STATUS_NOT_INITIALIZED, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"},
    {CUBLAS_STATUS_ALLOC_FAILED, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
    {CUBLAS_STATUS_INVALID_VALUE, "CUBLAS_STATUS_INVALID_VALUE", "an unsupported value or parameter was passed to the function"},
    {CUBLAS_STATUS_ARCH_MISMATCH, "CUBLAS_STATUS_ARCH_MISMATCH", "the function requires an architectural feature absent from the device"},
    {CUBLAS_STATUS_MAPPING_ERROR, "CUBLAS_STATUS_MAPPING_ERROR", "an access to GPU memory space failed"},
    {CUBLAS_STATUS_EXECUTION_FAILED, "CUBLAS_STATUS_EXECUTION_FAILED", "the GPU program failed to execute"},
    {CUBLAS_STATUS_INTERNAL_ERROR, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed"},
    {CUBLAS_STATUS_NOT_SUPPORTED, "CUBLAS_STATUS_NOT_SUPPORTED", "the functionality requested is not supported"},
    {CUBLAS_STATUS_LICENSE_ERROR, "CUBLAS_STATUS_LICENSE_ERROR", "the functionality requested requires some license"},
};

const Text* text_of(Blas status)
{
    for (const Text& text : texts)
        if (text.status == status)
            return &text;
    return nullptr;
}

} // namespace

FAKE_EXPORT const char* cublasGetStatusName(Blas status) { return text_of(status) != nullptr ? text_of(status)->name : "CUBLAS_STATUS_UNKNOWN"; }
FAKE_EXPORT const char* cublasGetStatusString(Blas status) { return text_of(status) != nullptr ? text_of(status)->sentence : "unknown status"; }
