// Products of cuBLAS and cuBLASLt against plain loops, and what they refuse.
#include "check.h"

#include <cmath>
#include <cstring>

using namespace check;

extern "C"
{
int cublasCreate_v2(void**);
int cublasDestroy_v2(void*);
int cublasSetStream_v2(void*, CUstream);
int cublasSetWorkspace_v2(void*, void*, size_t);
int cublasGemmEx(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int, const void*, void*, int, int, int, int);
int cublasLtCreate(void**);
int cublasLtDestroy(void*);
int cublasLtMatmulDescCreate(void**, int, int);
int cublasLtMatmulDescDestroy(void*);
int cublasLtMatmulDescSetAttribute(void*, int, const void*, size_t);
int cublasLtMatrixLayoutCreate(void**, int, uint64_t, uint64_t, int64_t);
int cublasLtMatrixLayoutDestroy(void*);
int cublasLtMatmulPreferenceCreate(void**);
int cublasLtMatmulPreferenceDestroy(void*);
int cublasLtMatmulPreferenceSetAttribute(void*, int, const void*, size_t);
int cublasLtMatmulAlgoGetHeuristic(void*, void*, void*, void*, void*, void*, void*, int, void*, int*);
int cublasLtMatmulAlgoCheck(void*, void*, void*, void*, void*, void*, const void*, void*);
int cublasLtMatmul(void*, void*, const void*, const void*, void*, const void*, void*, const void*, const void*, void*, void*, void*, const void*, void*, size_t, CUstream);
}

namespace
{

constexpr int m = 37, n = 19, k = 301;

float value(int i) { return static_cast<float>((i * 7919 + 13) % 1009) / 1009.0f - 0.5f; }

std::vector<float> values(int count)
{
    std::vector<float> all(count);
    for (int i = 0; i < count; i++)
        all[i] = value(i);
    return all;
}

// op(A)·op(B) in double precision, column-major, without gaps.
std::vector<double> reference(bool ta, bool tb, const std::vector<float>& a, const std::vector<float>& b)
{
    std::vector<double> c(m * n);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++)
            for (int p = 0; p < k; p++)
                c[j * m + i] += static_cast<double>(ta ? a[i * k + p] : a[p * m + i]) * (tb ? b[p * n + j] : b[j * k + p]);
    return c;
}

double worst(const std::vector<float>& got, const std::vector<double>& expected)
{
    double most = 0;
    for (size_t i = 0; i < expected.size(); i++)
        most = std::max(most, std::isnan(got[i]) ? 1e9 : std::fabs(got[i] - expected[i]));
    return most;
}

} // namespace

CHECK_CASE(gemm_multiplies)
{
    Device d;
    void* h = nullptr;
    OK(cublasCreate_v2(&h));
    OK(cublasSetStream_v2(h, d.stream));
    CUdeviceptr a = d.alloc(m * k * 4), b = d.alloc(k * n * 4), c = d.alloc(m * n * 4);
    std::vector<float> va = values(m * k), vb = values(k * n);
    d.write(a, va);
    d.write(b, vb);
    float one = 1, zero = 0;
    auto gemm = [&](int ta, int tb, int lda, int ldb, int ldc, int compute)
    { return cublasGemmEx(h, ta, tb, m, n, k, &one, reinterpret_cast<void*>(a), 0, lda, reinterpret_cast<void*>(b), 0, ldb, &zero, reinterpret_cast<void*>(c), 0, ldc, compute, -1); };
    for (int t = 0; t < 4; t++)
    {
        int ta = t & 1, tb = t >> 1;
        OK(gemm(ta, tb, ta ? k : m, tb ? n : k, m, 68));
        EXPECT(worst(d.read(c, m * n), reference(ta, tb, va, vb)) < 1e-4);
    }
    OK(gemm(0, 0, m, k, m, 77));
    double coarse = worst(d.read(c, m * n), reference(false, false, va, vb));
    EXPECT(coarse > 1e-6 && coarse < 1e-1);
    STATUS(7, gemm(0, 0, m - 1, k, m, 68));
    STATUS(7, gemm(1, 0, m, k, m, 68));
    STATUS(15, gemm(0, 0, m, k, m, 64));
    STATUS(7, cublasSetWorkspace_v2(h, reinterpret_cast<void*>(a + 128), 128));
    // An operand that is too large for its memory.
    STATUS(13, cublasGemmEx(h, 0, 0, m, n, k + 1, &one, reinterpret_cast<void*>(a), 0, m, reinterpret_cast<void*>(b), 0, k + 1, &zero, reinterpret_cast<void*>(c), 0, m, 68, -1));
    std::fprintf(stderr, "(that FAULT was expected)\n");
    for (CUdeviceptr p : {a, b, c})
        OK(cuMemFree_v2(p));
    OK(cublasDestroy_v2(h));
    STATUS(1, cublasDestroy_v2(h));
}

CHECK_CASE(lt_chooses_and_checks)
{
    Device d;
    void *h, *desc, *la, *lb, *ld, *pref;
    OK(cublasLtCreate(&h));
    OK(cublasLtMatmulDescCreate(&desc, 68, 0));
    OK(cublasLtMatrixLayoutCreate(&la, 0, m, k, m));
    OK(cublasLtMatrixLayoutCreate(&lb, 0, k, n, k));
    OK(cublasLtMatrixLayoutCreate(&ld, 0, m, n, m));
    OK(cublasLtMatmulPreferenceCreate(&pref));
    STATUS(7, cublasLtMatrixLayoutCreate(&pref, 0, m, k, m - 1));
    STATUS(7, cublasLtMatmulDescSetAttribute(desc, 7, &h, 8));
    STATUS(7, cublasLtMatmulPreferenceSetAttribute(desc, 1, &h, 8));
    uint64_t space = 1 << 20;
    OK(cublasLtMatmulPreferenceSetAttribute(pref, 1, &space, 8));
    struct Result { uint64_t algo[8]; size_t workspace; int state; float waves; int reserved[4]; } results[8];
    int found = 0;
    OK(cublasLtMatmulAlgoGetHeuristic(h, desc, la, lb, ld, ld, pref, 8, results, &found));
    EXPECT(found == 4);
    unsigned deterministic = 6;
    OK(cublasLtMatmulPreferenceSetAttribute(pref, 3, &deterministic, 4));
    OK(cublasLtMatmulAlgoGetHeuristic(h, desc, la, lb, ld, ld, pref, 8, results, &found));
    EXPECT(found == 3);
    // A smaller promise of alignment excludes what needs more.
    unsigned sixteen = 16;
    for (int attribute = 5; attribute <= 8; attribute++)
        OK(cublasLtMatmulPreferenceSetAttribute(pref, attribute, &sixteen, 4));
    OK(cublasLtMatmulAlgoGetHeuristic(h, desc, la, lb, ld, ld, pref, 8, results, &found));
    EXPECT(found == 2);
    unsigned any = 256;
    for (int attribute = 5; attribute <= 8; attribute++)
        OK(cublasLtMatmulPreferenceSetAttribute(pref, attribute, &any, 4));
    OK(cublasLtMatmulAlgoGetHeuristic(h, desc, la, lb, ld, ld, pref, 8, results, &found));
    CUdeviceptr a = d.alloc(m * k * 4), b = d.alloc(k * n * 4), c = d.alloc(m * n * 4), w = d.alloc(space), bias = d.alloc(m * 4);
    std::vector<float> va = values(m * k), vb = values(k * n), vbias = values(m);
    d.write(a, va);
    d.write(b, vb);
    d.write(bias, vbias);
    float one = 1, zero = 0;
    auto matmul = [&](const void* algo, CUdeviceptr workspace, size_t bytes)
    {
        return cublasLtMatmul(h, desc, &one, reinterpret_cast<void*>(a), la, reinterpret_cast<void*>(b), lb, &zero, reinterpret_cast<void*>(c), ld, reinterpret_cast<void*>(c), ld,
            algo, reinterpret_cast<void*>(workspace), bytes, d.stream);
    };
    uint32_t epilogue = 4;
    OK(cublasLtMatmulDescSetAttribute(desc, 7, &epilogue, 4));
    STATUS(7, matmul(results[2].algo, w, space));
    OK(cublasLtMatmulDescSetAttribute(desc, 8, &bias, 8));
    std::vector<double> expected = reference(false, false, va, vb);
    for (int i = 0; i < m * n; i++)
        expected[i] += vbias[i % m];
    for (int i = 0; i < found; i++)
    {
        Result check;
        OK(cublasLtMatmulAlgoCheck(h, desc, la, lb, ld, ld, results[i].algo, &check));
        EXPECT(check.workspace == results[i].workspace);
        OK(matmul(results[i].algo, w, space));
        EXPECT(worst(d.read(c, m * n), expected) < 1e-4);
        if (results[i].workspace > 0)
        {
            STATUS(7, matmul(results[i].algo, w, results[i].workspace - 1));
            STATUS(7, matmul(results[i].algo, w + 16, space - 16));
            STATUS(7, matmul(results[i].algo, 0, 0));
        }
    }
    uint64_t foreign[8] = {1, 2, 3};
    STATUS(7, matmul(foreign, w, space));
    STATUS(15, cublasLtMatmulAlgoCheck(h, desc, la, lb, ld, ld, foreign, results));
    STATUS(7, cublasLtMatmul(h, desc, &one, reinterpret_cast<void*>(a), lb, reinterpret_cast<void*>(b), lb, &zero, reinterpret_cast<void*>(c), ld, reinterpret_cast<void*>(c), ld,
        nullptr, nullptr, 0, d.stream));
    for (CUdeviceptr p : {a, b, c, w, bias})
        OK(cuMemFree_v2(p));
    OK(cublasLtMatmulPreferenceDestroy(pref));
    for (void* l : {la, lb, ld})
        OK(cublasLtMatrixLayoutDestroy(l));
    STATUS(7, cublasLtMatmulDescDestroy(la));
    OK(cublasLtMatmulDescDestroy(desc));
    OK(cublasLtDestroy(h));
}
