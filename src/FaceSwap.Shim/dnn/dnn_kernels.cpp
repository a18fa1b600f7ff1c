// Chooses the kernels for the processor at hand.
#include "dnn_kernels.h"

#include <cstdlib>
#include <string_view>

namespace fs::dnn {

namespace {
const Kernels* choose() {
    const char* wish = std::getenv("FACESWAP_CPU_ISA");
    std::string_view limit = wish != nullptr ? wish : "";
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && limit != "baseline";
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                  limit != "avx2";
    if (avx512 && __builtin_cpu_supports("avx512bf16") && limit != "avx512")
        return kernels_avx512_bf16();
    return avx512 ? kernels_avx512() : avx2 ? kernels_avx2() : kernels_baseline();
}
}  // namespace

const Kernels& kernels() {
    static const Kernels* chosen = choose();
    return *chosen;
}

bool has_bf16() { return kernels().row_bf16[0][0] != nullptr; }

}  // namespace fs::dnn
