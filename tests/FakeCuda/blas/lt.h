// cuBLASLt's descriptors and algorithms.
#pragma once

#include "blas.h"

namespace fake
{

struct LtHandle { Context* context; };

struct LtDesc
{
    int compute, scale_type;
    int transpose_a = 0, transpose_b = 0;
    unsigned epilogue = 1;
    uint64_t bias = 0;
    int bias_type = -1; // -1: D's
};

struct LtLayout
{
    int type;
    uint64_t rows, columns;
    int64_t ld;
};

struct LtPreference
{
    uint64_t workspace = 0;
    unsigned reductions = 7;
    unsigned alignment[4] = {256, 256, 256, 256};
};

// The 64 opaque bytes of an algorithm, as this library fills them.
struct LtAlgorithm
{
    uint64_t magic;
    int32_t id;
    int32_t reduction; // 0 none, 1 in place, 2 compute type, 4 output type
    int32_t splits;
    int32_t alignment; // of every operand, in bytes
    uint64_t zeros[5];
};
static_assert(sizeof(LtAlgorithm) == 64, "cublasLtMatmulAlgo_t");

struct LtResult
{
    LtAlgorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};
static_assert(sizeof(LtResult) == 96, "cublasLtMatmulHeuristicResult_t");

constexpr uint64_t lt_magic = 0x00134C54454B4146; // FAKELT, version 13

// All four layouts and the descriptor against each other; fills the product but for its pointers.
Blas lt_shape(const char* what, const LtDesc& desc, const LtLayout& a, const LtLayout& b, const LtLayout& c, const LtLayout& d, Matmul* product);
uint64_t lt_workspace(const LtAlgorithm& algorithm, const Matmul& product);
// False: this library made no such algorithm, or it cannot do this product.
bool lt_can(const LtAlgorithm& algorithm, const Matmul& product);
std::vector<LtAlgorithm> lt_algorithms();

} // namespace fake
