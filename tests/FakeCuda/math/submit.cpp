// A product as work of a stream, for cuBLAS and cuBLASLt.
#include "../blas/blas.h"

#include <cstring>

namespace fake
{

Blas submit_matmul(const char* what, CUstream handle, const Matmul& product, uint64_t workspace, uint64_t workspace_bytes)
{
    Stream* stream;
    if (find_stream(what, handle, &stream) != CUDA_SUCCESS)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    Matmul p = product;
    auto live = [=](uint64_t data, uint64_t bytes) { return bytes == 0 || data == 0 || check_device_range(what, data, bytes, nullptr) == CUDA_SUCCESS; };
    CUresult result = submit(stream, what, [=]
    {
        long long a_rows = p.a.transposed ? p.k : p.m, b_rows = p.b.transposed ? p.n : p.k;
        bool good = live(p.a.data, Matmul::extent(p.a, a_rows, p.m + p.k - a_rows)) && live(p.b.data, Matmul::extent(p.b, b_rows, p.k + p.n - b_rows))
            && live(p.d.data, Matmul::extent(p.d, p.m, p.n)) && live(p.bias, p.m * size_of(p.bias_type)) && live(workspace, workspace_bytes);
        if (!good)
        {
            fault("%s runs when its memory is gone", what);
            set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS);
            return;
        }
        // A workspace belongs to the product: whatever it held is lost.
        if (workspace_bytes != 0)
            std::memset(reinterpret_cast<void*>(workspace), 0xFF, workspace_bytes);
        run_matmul(p);
    });
    return result == CUDA_SUCCESS ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

} // namespace fake
