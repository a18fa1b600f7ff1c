// The processor's ceilings, measured with the engine's own threads: what its speed is given as a part of.
#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "dnn_kernels.h"
#include "dnn_pool.h"
#include "fs_abi.h"

using fs::dnn::Pool;

namespace {
double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Operations per second of all threads together; best of several short runs.
double operations(Pool& pool, int64_t (*kernel)(int64_t, float*)) {
    constexpr int64_t rounds = 2'000'000;
    double best = 0;
    for (int run = 0; run < 5; run++) {
        std::vector<int64_t> done(pool.threads());
        auto start = std::chrono::steady_clock::now();
        pool.parallel(pool.threads(), [&](int32_t task, int32_t) {
            alignas(64) float sink[64];
            done[task] = kernel(rounds, sink);
        });
        double total = 0;
        for (int64_t one : done)
            total += static_cast<double>(one);
        best = std::max(best, total / seconds_since(start));
    }
    return best;
}

// Bytes read and written per second by scaling a large array in place.
double bandwidth(Pool& pool) {
    constexpr int64_t count = 64 << 20, piece = 1 << 18;
    std::unique_ptr<float[]> memory(new float[count]);
    float* values = memory.get();
    auto pass = [&](float factor) {
        pool.parallel(static_cast<int32_t>(count / piece), [&](int32_t task, int32_t) {
            float* at = values + task * piece;
            for (int64_t i = 0; i < piece; i++)
                at[i] = factor == 0 ? 1.0f : at[i] * factor;
        });
    };
    pass(0);
    double best = 0;
    for (int run = 0; run < 4; run++) {
        auto start = std::chrono::steady_clock::now();
        pass(1.0001f);
        best = std::max(best, 2.0 * count * sizeof(float) / seconds_since(start));
    }
    return best;
}
}  // namespace

// fp32 and bfloat16 operations per second (0 where there are none), bytes of memory traffic per second. Takes about a second.
FS_EXPORT fs_status fs_dnn_measure(Pool* pool, double* fp32, double* bf16, double* memory) {
    return fs::guard("fs_dnn_measure", [&] {
        const auto& kernels = fs::dnn::kernels();
        *fp32 = operations(*pool, kernels.peak);
        *bf16 = kernels.peak_bf16 != nullptr ? operations(*pool, kernels.peak_bf16) : 0;
        *memory = bandwidth(*pool);
        return FS_OK;
    });
}
