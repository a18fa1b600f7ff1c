// libcublasLt: descriptors, heuristics and matmul.
#include "lt.h"

#include <atomic>
#include <cstring>
#include <map>

using namespace fake;

namespace
{

// Every object with its kind, so that one descriptor is never taken for another.
enum class What { Handle, Desc, Layout, Preference };

std::map<void*, What>& objects()
{
    static auto* all = new std::map<void*, What>;
    return *all;
}

template <typename T> Blas make(void** out, What what, T value, const char* function)
{
    if (out == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: null", function);
    Lock hold(big_lock());
    *out = new T(value);
    objects()[*out] = what;
    count(what == What::Handle ? Kind::CublasLtHandles : Kind::CublasLtDescriptors, 1);
    return CUBLAS_STATUS_SUCCESS;
}

template <typename T> T* find(void* object, What what)
{
    Lock hold(big_lock());
    auto found = objects().find(object);
    return found == objects().end() || found->second != what ? nullptr : static_cast<T*>(object);
}

template <typename T> Blas destroy(void* object, What what, const char* function)
{
    Lock hold(big_lock());
    T* found = find<T>(object, what);
    if (found == nullptr)
        return fail(what == What::Handle ? CUBLAS_STATUS_NOT_INITIALIZED : CUBLAS_STATUS_INVALID_VALUE, "%s: not a live object of this kind", function);
    objects().erase(object);
    delete found;
    count(what == What::Handle ? Kind::CublasLtHandles : Kind::CublasLtDescriptors, -1);
    return CUBLAS_STATUS_SUCCESS;
}

template <typename T> Blas take(T* to, const void* from, size_t bytes, const char* function)
{
    if (from == nullptr || bytes != sizeof(T))
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: the attribute has %zu bytes, %zu were given", function, sizeof(T), bytes);
    std::memcpy(to, from, sizeof(T));
    return CUBLAS_STATUS_SUCCESS;
}

struct Operands
{
    LtDesc* desc;
    LtLayout *a, *b, *c, *d;

    Blas find_all(const char* function, void* handle, void* desc_handle, void* a_handle, void* b_handle, void* c_handle, void* d_handle)
    {
        LtHandle* h = find<LtHandle>(handle, What::Handle);
        if (h == nullptr || h->context != current_context())
            return fail(CUBLAS_STATUS_NOT_INITIALIZED, "%s: not a live handle of the current context", function);
        desc = find<LtDesc>(desc_handle, What::Desc);
        a = find<LtLayout>(a_handle, What::Layout);
        b = find<LtLayout>(b_handle, What::Layout);
        c = find<LtLayout>(c_handle, What::Layout);
        d = find<LtLayout>(d_handle, What::Layout);
        if (desc == nullptr || a == nullptr || b == nullptr || c == nullptr || d == nullptr)
            return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: a descriptor is not live, or of another kind", function);
        return CUBLAS_STATUS_SUCCESS;
    }
};

LtResult result_of(const LtAlgorithm& algorithm, const Matmul& p)
{
    LtResult result = {};
    result.algorithm = algorithm;
    result.workspace = lt_workspace(algorithm, p);
    result.waves = 1.0f;
    return result;
}

} // namespace

FAKE_EXPORT size_t cublasLtGetVersion(void) { return 130000; }

FAKE_EXPORT Blas cublasLtCreate(void** handle)
{
    BLAS_ENTER(UnsafeInCapture);
    return make(handle, What::Handle, LtHandle{current_context()}, "cublasLtCreate");
}

FAKE_EXPORT Blas cublasLtDestroy(void* handle)
{
    BLAS_ENTER(UnsafeInCapture);
    return destroy<LtHandle>(handle, What::Handle, "cublasLtDestroy");
}

FAKE_EXPORT Blas cublasLtMatmulDescCreate(void** desc, int compute, int scale_type)
{
    BLAS_ENTER(0);
    return make(desc, What::Desc, LtDesc{compute, scale_type}, "cublasLtMatmulDescCreate");
}

FAKE_EXPORT Blas cublasLtMatmulDescDestroy(void* desc) { return destroy<LtDesc>(desc, What::Desc, "cublasLtMatmulDescDestroy"); }

FAKE_EXPORT Blas cublasLtMatmulDescSetAttribute(void* desc, int attribute, const void* from, size_t bytes)
{
    BLAS_ENTER(0);
    LtDesc* d = find<LtDesc>(desc, What::Desc);
    if (d == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasLtMatmulDescSetAttribute: not a live descriptor of a product");
    auto transpose = [&](int* to)
    {
        int value;
        Blas status = take(&value, from, bytes, "cublasLtMatmulDescSetAttribute");
        if (status == CUBLAS_STATUS_SUCCESS && (value < 0 || value > 2))
            return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasLtMatmulDescSetAttribute: transpose %d", value);
        if (status == CUBLAS_STATUS_SUCCESS)
            *to = value;
        return status;
    };
    switch (attribute)
    {
        case 3: return transpose(&d->transpose_a);
        case 4: return transpose(&d->transpose_b);
        case 7: return take(&d->epilogue, from, bytes, "cublasLtMatmulDescSetAttribute(EPILOGUE)");
        case 8: return take(&d->bias, from, bytes, "cublasLtMatmulDescSetAttribute(BIAS_POINTER)");
        case 26: return take(&d->bias_type, from, bytes, "cublasLtMatmulDescSetAttribute(BIAS_DATA_TYPE)");
        default: return fail(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulDescSetAttribute: the stand-in knows no attribute %d", attribute);
    }
}

FAKE_EXPORT Blas cublasLtMatrixLayoutCreate(void** layout, int type, uint64_t rows, uint64_t columns, int64_t ld)
{
    BLAS_ENTER(0);
    Type known;
    if (!type_of(type, &known) || rows == 0 || columns == 0 || ld < static_cast<int64_t>(rows))
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasLtMatrixLayoutCreate: type %d, %llux%llu, leading dimension %lld", type, (unsigned long long)rows,
            (unsigned long long)columns, (long long)ld);
    return make(layout, What::Layout, LtLayout{type, rows, columns, ld}, "cublasLtMatrixLayoutCreate");
}

FAKE_EXPORT Blas cublasLtMatrixLayoutDestroy(void* layout) { return destroy<LtLayout>(layout, What::Layout, "cublasLtMatrixLayoutDestroy"); }

FAKE_EXPORT Blas cublasLtMatmulPreferenceCreate(void** preference)
{
    BLAS_ENTER(0);
    return make(preference, What::Preference, LtPreference{}, "cublasLtMatmulPreferenceCreate");
}

FAKE_EXPORT Blas cublasLtMatmulPreferenceDestroy(void* preference) { return destroy<LtPreference>(preference, What::Preference, "cublasLtMatmulPreferenceDestroy"); }

FAKE_EXPORT Blas cublasLtMatmulPreferenceSetAttribute(void* preference, int attribute, const void* from, size_t bytes)
{
    BLAS_ENTER(0);
    LtPreference* p = find<LtPreference>(preference, What::Preference);
    if (p == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasLtMatmulPreferenceSetAttribute: not a live preference");
    switch (attribute)
    {
        case 1: return take(&p->workspace, from, bytes, "cublasLtMatmulPreferenceSetAttribute(MAX_WORKSPACE_BYTES)");
        case 3: return take(&p->reductions, from, bytes, "cublasLtMatmulPreferenceSetAttribute(REDUCTION_SCHEME_MASK)");
        case 5: case 6: case 7: case 8: return take(&p->alignment[attribute - 5], from, bytes, "cublasLtMatmulPreferenceSetAttribute(MIN_ALIGNMENT)");
        default: return fail(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulPreferenceSetAttribute: the stand-in knows no attribute %d", attribute);
    }
}

FAKE_EXPORT Blas cublasLtMatmulAlgoGetHeuristic(void* handle, void* desc, void* a, void* b, void* c, void* d, void* preference, int requested, LtResult* results, int* returned)
{
    BLAS_ENTER(0);
    Operands o;
    if (Blas bad = o.find_all("cublasLtMatmulAlgoGetHeuristic", handle, desc, a, b, c, d); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    LtPreference* p = find<LtPreference>(preference, What::Preference);
    if (p == nullptr || requested <= 0 || results == nullptr || returned == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasLtMatmulAlgoGetHeuristic: no preference, or room for no result");
    *returned = 0;
    Matmul product;
    if (Blas bad = lt_shape("cublasLtMatmulAlgoGetHeuristic", *o.desc, *o.a, *o.b, *o.c, *o.d, &product); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    unsigned least = std::min(std::min(p->alignment[0], p->alignment[1]), std::min(p->alignment[2], p->alignment[3]));
    for (const LtAlgorithm& algorithm : lt_algorithms())
    {
        bool allowed = algorithm.reduction == 0 || (p->reductions & static_cast<unsigned>(algorithm.reduction)) != 0;
        if (*returned < requested && allowed && lt_can(algorithm, product) && lt_workspace(algorithm, product) <= p->workspace
            && static_cast<unsigned>(algorithm.alignment) <= least)
            results[(*returned)++] = result_of(algorithm, product);
    }
    return *returned > 0 ? CUBLAS_STATUS_SUCCESS : fail(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulAlgoGetHeuristic: no algorithm fits the preference");
}

FAKE_EXPORT Blas cublasLtMatmulAlgoCheck(void* handle, void* desc, void* a, void* b, void* c, void* d, const LtAlgorithm* algorithm, LtResult* result)
{
    BLAS_ENTER(0);
    Operands o;
    if (Blas bad = o.find_all("cublasLtMatmulAlgoCheck", handle, desc, a, b, c, d); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    Matmul product;
    if (Blas bad = lt_shape("cublasLtMatmulAlgoCheck", *o.desc, *o.a, *o.b, *o.c, *o.d, &product); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    if (algorithm == nullptr || result == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "cublasLtMatmulAlgoCheck: null");
    if (!lt_can(*algorithm, product))
        return fail(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulAlgoCheck: not an algorithm of this library, or not for this product");
    *result = result_of(*algorithm, product);
    return CUBLAS_STATUS_SUCCESS;
}

FAKE_EXPORT Blas cublasLtMatmul(void* handle, void* desc, const void* alpha, const void* a, void* a_layout, const void* b, void* b_layout, const void* beta, const void* c,
    void* c_layout, void* d, void* d_layout, const LtAlgorithm* algorithm, void* workspace, size_t workspace_bytes, CUstream stream)
{
    constexpr const char* me = "cublasLtMatmul";
    BLAS_ENTER(0);
    Operands o;
    if (Blas bad = o.find_all(me, handle, desc, a_layout, b_layout, c_layout, d_layout); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    Matmul p;
    if (Blas bad = lt_shape(me, *o.desc, *o.a, *o.b, *o.c, *o.d, &p); bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    if (alpha == nullptr || beta == nullptr)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: alpha or beta is null", me);
    p.alpha = *static_cast<const float*>(alpha);
    p.beta = *static_cast<const float*>(beta);
    p.a.data = reinterpret_cast<uint64_t>(a);
    p.b.data = reinterpret_cast<uint64_t>(b);
    p.c.data = reinterpret_cast<uint64_t>(c);
    p.d.data = reinterpret_cast<uint64_t>(d);
    if (p.c.data == p.d.data && (o.c->ld != o.d->ld || o.c->type != o.d->type))
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: C is D, but their layouts differ", me);
    // Without an algorithm the library asks its heuristic; the plainest stands for that.
    LtAlgorithm used = algorithm != nullptr ? *algorithm : lt_algorithms().back();
    if (!lt_can(used, p))
        return fail(used.magic == lt_magic ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_INVALID_VALUE, "%s: not an algorithm of this library, or not for this product", me);
    uint64_t needed = lt_workspace(used, p), space = reinterpret_cast<uint64_t>(workspace);
    if (workspace_bytes < needed || (needed > 0 && workspace == nullptr))
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: the algorithm needs a workspace of %llu bytes, %zu were given", me, (unsigned long long)needed, workspace_bytes);
    if (space % 256 != 0)
        return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: the workspace is not aligned to 256 bytes", me);
    for (uint64_t pointer : {p.a.data, p.b.data, p.c.data, p.d.data})
        if (pointer % used.alignment != 0)
            return fail(CUBLAS_STATUS_NOT_SUPPORTED, "%s: an operand at 0x%llx is not aligned to the %d bytes that its algorithm needs", me, (unsigned long long)pointer,
                used.alignment);
    auto check = [&](const char* name, uint64_t data, const LtLayout& x, const Matrix& matrix) { return check_operand(me, name, data, Matmul::extent(matrix, x.rows, x.columns)); };
    Blas bad = check("A", p.a.data, *o.a, p.a);
    bad = bad != CUBLAS_STATUS_SUCCESS ? bad : check("B", p.b.data, *o.b, p.b);
    bad = bad != CUBLAS_STATUS_SUCCESS || p.beta == 0 ? bad : check("C", p.c.data, *o.c, p.c);
    bad = bad != CUBLAS_STATUS_SUCCESS ? bad : check("D", p.d.data, *o.d, p.d);
    bad = bad != CUBLAS_STATUS_SUCCESS ? bad : check_operand(me, "workspace", space, workspace_bytes);
    if (bad != CUBLAS_STATUS_SUCCESS)
        return bad;
    if (o.desc->epilogue == 4)
    {
        p.bias = o.desc->bias;
        if (p.bias == 0 || p.bias % size_of(p.bias_type) != 0)
            return fail(CUBLAS_STATUS_INVALID_VALUE, "%s: the bias epilogue needs an aligned bias pointer", me);
        if (bad = check_operand(me, "bias", p.bias, p.m * size_of(p.bias_type)); bad != CUBLAS_STATUS_SUCCESS)
            return bad;
    }
    // Sums in place come in no promised order: it changes from call to call here, so that a deterministic run that takes them is found out.
    static std::atomic<unsigned> turn{0};
    p.backwards = used.reduction == 1 && turn++ % 2 == 1;
    return submit_matmul(me, stream, p, space, needed);
}

FAKE_EXPORT const char* cublasLtGetStatusName(Blas status) { return status == CUBLAS_STATUS_SUCCESS ? "CUBLAS_STATUS_SUCCESS" : "CUBLAS_STATUS_FAILURE"; }
