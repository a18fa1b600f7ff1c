// AVX-512F.
#include "dnn_kernels_avx512_vector.h"

namespace fs::dnn {

const Kernels* kernels_avx512() {
    static const Kernels table = [] {
        Kernels t = make_table<Vector>("avx512");
        t.transpose = transpose_avx512;
        t.slope_row = slope_row_avx512;
        t.finish = finish_avx512;
        return t;
    }();
    return &table;
}

}  // namespace fs::dnn
