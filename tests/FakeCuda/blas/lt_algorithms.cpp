#include "lt.h"
#include "rules.h"

namespace fake
{

Blas lt_shape(const char* what, const LtDesc& desc, const LtLayout& a, const LtLayout& b, const LtLayout& c, const LtLayout& d, Matmul* p)
{
    bool tf32;
    if (Blas bad = check_types(what, a.type, b.type, d.type, desc.compute, &tf32); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    if (c.type != d.type || desc.scale_type != CUDA_R_32F)
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: C of type %d, D of type %d, scale of type %d", what, c.type, d.type, desc.scale_type);
    if (tf32 && rule("cublaslt", "tf32"))
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: a test refuses TF32", what);
    p->m = static_cast<long long>(desc.transpose_a ? a.columns : a.rows);
    p->k = static_cast<long long>(desc.transpose_a ? a.rows : a.columns);
    p->n = static_cast<long long>(desc.transpose_b ? b.rows : b.columns);
    uint64_t b_k = desc.transpose_b ? b.columns : b.rows;
    if (b_k != static_cast<uint64_t>(p->k) || d.rows != static_cast<uint64_t>(p->m) || d.columns != static_cast<uint64_t>(p->n) || c.rows != d.rows || c.columns != d.columns)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: op(A) is %lldx%lld, op(B) %llux%lld, C %llux%llu, D %llux%llu", what, p->m, p->k, (unsigned long long)b_k, p->n,
            (unsigned long long)c.rows, (unsigned long long)c.columns, (unsigned long long)d.rows, (unsigned long long)d.columns);
    auto matrix = [](const LtLayout& x, int transposed) { return Matrix{0, x.type == CUDA_R_32F ? Type::Float : Type::BFloat16, x.ld, transposed != 0}; };
    p->a = matrix(a, desc.transpose_a);
    p->b = matrix(b, desc.transpose_b);
    p->c = matrix(c, 0);
    p->d = matrix(d, 0);
    p->tf32 = tf32;
    if (desc.epilogue != 1 && desc.epilogue != 4)
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: epilogue %u", what, desc.epilogue);
    if (desc.epilogue == 4)
    {
        int type = desc.bias_type < 0 ? d.type : desc.bias_type;
        if (rule("cublaslt", "bias_epilogue"))
            return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: a test refuses the bias epilogue", what);
        if (type != d.type)
            return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: a bias of type %d with D of type %d", what, type, d.type);
        p->bias_type = type == CUDA_R_32F ? Type::Float : Type::BFloat16;
    }
    return CUBLAS_STATUS_SUCCESS;
}

std::vector<LtAlgorithm> lt_algorithms()
{
    auto make = [](int id, int reduction, int splits, int alignment) { return LtAlgorithm{lt_magic, id, reduction, splits, alignment, {}}; };
    // The first promises no order of summation, the second sums parts through a workspace, the third takes the preference at its word (its default
    // promises 256 bytes of alignment), the last takes anything.
    return {make(21, 1, 4, 16), make(21, 2, 3, 16), make(66, 0, 1, 256), make(0, 0, 1, 4)};
}

bool lt_can(const LtAlgorithm& algorithm, const Matmul& p)
{
    bool known = false;
    for (const LtAlgorithm& made : lt_algorithms())
        known = known || __builtin_memcmp(&made, &algorithm, sizeof made) == 0;
    if (!known || (algorithm.splits > 1 && (p.k < 256 || rule("cublaslt", "split_k"))) || rule("cublaslt", "everything"))
        return false;
    // In place a part is added to what other parts left: only where D holds single precision.
    return algorithm.reduction != 1 || p.d.type == Type::Float;
}

uint64_t lt_workspace(const LtAlgorithm& algorithm, const Matmul& p)
{
    return algorithm.reduction == 2 ? static_cast<uint64_t>(p.m) * p.n * 4 * algorithm.splits : 0;
}

} // namespace fake
