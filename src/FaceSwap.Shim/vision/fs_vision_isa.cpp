// Choice of the hot code's build by the processor.
#include "fs_vision_isa.h"

#include "fs_abi.h"

namespace fs::vision {

namespace {

constexpr int32_t build_count = 3;

const hot_code* build(int32_t index) noexcept {
    switch (index) {
        case 0:
            return &fs_vision_hot_baseline;
#if defined(FS_VISION_HAVE_AVX2)
        case 1:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt")
                       ? &fs_vision_hot_avx2
                       : nullptr;
#endif
#if defined(FS_VISION_HAVE_AVX512)
        case 2:
            return build(1) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                       ? &fs_vision_hot_avx512
                       : nullptr;
#endif
        default:
            return nullptr;
    }
}

}  // namespace

const hot_code* find_hot_code(int32_t index) noexcept {
    if (index >= 0) return build(index);
    for (int32_t i = build_count - 1; i > 0; --i)
        if (const hot_code* found = build(i)) return found;
    return build(0);
}

const hot_code& require_hot_code(int32_t index) {
    const hot_code* found = find_hot_code(index);
    if (!found) throw fs::error(FS_INVALID_ARGUMENT, "this processor, or this build of the shim, has no vision code number " + std::to_string(index));
    return *found;
}

}  // namespace fs::vision

// The name of a build of the hot code (0 baseline, 1 avx2, 2 avx512; -1 the one chosen by default), null when it cannot run here.
FS_EXPORT const char* fs_vision_isa_name(int32_t index) {
    const fs::vision::hot_code* found = fs::vision::find_hot_code(index);
    return found ? found->name : nullptr;
}
