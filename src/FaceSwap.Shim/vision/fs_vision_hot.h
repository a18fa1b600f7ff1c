// The seam between the vision module's exports and its hot code, which is compiled once for each instruction set.
// Only plain data crosses it: a type of dlib's is a different type in each build (see fs_vision_hot.cpp).
#pragma once

#include <cstdint>

namespace fs::vision {

// Rows of 8-bit luma in the caller's memory.
struct luma {
    const uint8_t* data;
    int32_t width, height;
    int64_t stride;
};

// A rectangle with inclusive right and bottom, as dlib has them.
struct found_face {
    int32_t left, top, right, bottom;
    double confidence;
};

// Where to search for a face that is nearly known.
struct search_window {
    int32_t left, top, right, bottom;  // the centres of boxes, doubled so that they are whole numbers (left + right, top + bottom); all inclusive
    int32_t first_level, last_level;   // of the pyramid: boxes of level l have a side of about 80 · 1.2^l pixels
    int32_t all;                       // not 0: everything over the threshold, not the best of what overlaps alone
};

// Called for every face, best first.
using found_callback = void (*)(void* context, const found_face& face);

// A cascade of regression forests with all trees of one depth, in flat arrays.
struct landmark_model {
    int32_t parts, cascades, trees, splits;  // splits per tree, 2^depth - 1
    const float* initial;                    // (parts, 2) in the unit square of the face
    const int32_t* feature_count;            // (cascades)
    const uint32_t* const* anchors;          // [cascades](features): nearest part of the initial shape
    const float* const* deltas;              // [cascades](features, 2): offset from that part
    const uint16_t* split_index;             // (cascades, trees, splits, 2): the two features compared
    const float* split_threshold;            // (cascades, trees, splits)
    const float* leaves;                     // (cascades, trees, splits + 1, parts, 2)
};

// One build of the hot code.
struct hot_code {
    const char* name;
    void* (*detector_new)();
    void (*detector_free)(void* detector);
    void (*detect)(void* detector, const luma& image, double threshold, int32_t upsample, found_callback callback, void* context);
    // The same within a window: what `detect` gets there, to the bit.
    void (*detect_near)(void* detector, const luma& image, const search_window& window, double threshold, found_callback callback, void* context);
    // box: left, top, right, bottom (inclusive); points: (parts, 2) in pixels, whole numbers as dlib rounds them.
    void (*predict)(const landmark_model& model, const luma& image, const int32_t box[4], double* points);
};

}  // namespace fs::vision

// One for each build; only those of instruction sets that the compiler targets exist (FS_VISION_HAVE_AVX2, _AVX512).
extern "C" const fs::vision::hot_code fs_vision_hot_baseline;
extern "C" const fs::vision::hot_code fs_vision_hot_avx2;
extern "C" const fs::vision::hot_code fs_vision_hot_avx512;
