// What cuBLAS and cuBLASLt share: statuses, data types, and checks of operands.
#pragma once

#include "capture.h"
#include "context.h"
#include "matmul.h"
#include "memory.h"
#include "stream.h"

namespace fake
{

enum Blas : int
{
    CUBLAS_STATUS_SUCCESS = 0,
    CUBLAS_STATUS_NOT_INITIALIZED = 1,
    CUBLAS_STATUS_ALLOC_FAILED = 3,
    CUBLAS_STATUS_INVALID_VALUE = 7,
    CUBLAS_STATUS_ARCH_MISMATCH = 8,
    CUBLAS_STATUS_MAPPING_ERROR = 11,
    CUBLAS_STATUS_EXECUTION_FAILED = 13,
    CUBLAS_STATUS_INTERNAL_ERROR = 14,
    CUBLAS_STATUS_NOT_SUPPORTED = 15,
    CUBLAS_STATUS_LICENSE_ERROR = 16,
};

enum : int
{
    CUDA_R_32F = 0,
    CUDA_R_16BF = 14,
    CUBLAS_COMPUTE_32F = 68,
    CUBLAS_COMPUTE_32F_PEDANTIC = 69,
    CUBLAS_COMPUTE_32F_FAST_16F = 74,
    CUBLAS_COMPUTE_32F_FAST_16BF = 75,
    CUBLAS_COMPUTE_32F_FAST_TF32 = 77,
};

// A call that needs a context and a device without a sticky error.
#define BLAS_ENTER(NEEDS) \
    do \
    { \
        int status = 0; \
        if (::fake::refused(__func__, &status)) \
            return static_cast<::fake::Blas>(status); \
        if (Blas bad = ::fake::blas_ready(__func__, NEEDS); bad != CUBLAS_STATUS_SUCCESS) \
            return bad; \
    } while (0)

inline Blas blas_ready(const char* function, unsigned needs)
{
    if (current_context() == nullptr)
        return fail(CUBLAS_STATUS_NOT_INITIALIZED, "%s needs a current context on this thread", function);
    if (sticky_error() != CUDA_SUCCESS)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    if ((needs & UnsafeInCapture) != 0 && refuse_in_capture(function) != CUDA_SUCCESS)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    return CUBLAS_STATUS_SUCCESS;
}

inline bool type_of(int cuda_type, Type* type)
{
    *type = cuda_type == CUDA_R_16BF ? Type::BFloat16 : Type::Float;
    return cuda_type == CUDA_R_32F || cuda_type == CUDA_R_16BF;
}

// Types and compute types that cuBLAS's tables allow together, of those the stand-in knows: A and B alike, C and D alike, single precision inside.
inline Blas check_types(const char* what, int a, int b, int c, int compute, bool* tf32)
{
    Type type;
    *tf32 = compute == CUBLAS_COMPUTE_32F_FAST_TF32;
    if (!type_of(a, &type) || !type_of(b, &type) || !type_of(c, &type) || a != b || (a == CUDA_R_32F && c != CUDA_R_32F))
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: no product of types %d and %d to %d", what, a, b, c);
    if (compute != CUBLAS_COMPUTE_32F && compute != CUBLAS_COMPUTE_32F_PEDANTIC && !*tf32)
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: compute type %d", what, compute);
    if (*tf32 && a != CUDA_R_32F)
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: compute type FAST_TF32 is for single precision operands, these are of type %d", what, a);
    if ((*tf32 || a == CUDA_R_16BF) && settings().major < 8)
        return fail(CUBLAS_STATUS_ARCH_MISMATCH, "%s: TF32 and bfloat16 need compute capability 8.0", what);
    return CUBLAS_STATUS_SUCCESS;
}

// A range that no library checks: outside of a live allocation the device would fault, and so does this.
inline Blas check_operand(const char* what, const char* name, uint64_t data, uint64_t bytes)
{
    if (bytes == 0)
        return CUBLAS_STATUS_SUCCESS;
    if (data == 0)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: %s is null", what, name);
    if (check_device_range(what, data, bytes, nullptr) == CUDA_SUCCESS)
        return CUBLAS_STATUS_SUCCESS;
    fault("%s: operand %s of %llu bytes is outside of live device memory: %s", what, name, (unsigned long long)bytes, describe(data).c_str());
    return CUBLAS_STATUS_EXECUTION_FAILED;
}

// Puts the product on the stream, checked once more when it runs.
FAKE_SHARED Blas submit_matmul(const char* what, CUstream stream, const Matmul& product, uint64_t workspace, uint64_t workspace_bytes);

} // namespace fake
