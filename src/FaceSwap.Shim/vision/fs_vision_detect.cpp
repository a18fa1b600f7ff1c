// The frontal face detector over the caller's luma.
#include <memory>
#include <vector>

#include "fs_abi.h"
#include "fs_vision_isa.h"

struct fs_vision_detection {
    int32_t left, top, right, bottom;  // right and bottom are the last column and row, as dlib has them
    double confidence;
};
static_assert(sizeof(fs_vision_detection) == 24);

// Centres of boxes, doubled (left + right, top + bottom), and levels of the pyramid, all inclusive; `all` not 0: without suppression.
struct fs_vision_window {
    int32_t left, top, right, bottom, first_level, last_level, all;
};
static_assert(sizeof(fs_vision_window) == 28);

struct fs_vision_detector {
    const fs::vision::hot_code& code;
    void* detector;
    std::vector<fs_vision_detection> found;

    explicit fs_vision_detector(const fs::vision::hot_code& c, void* d) : code(c), detector(d) {}
    fs_vision_detector(const fs_vision_detector&) = delete;
    fs_vision_detector& operator=(const fs_vision_detector&) = delete;
    ~fs_vision_detector() { code.detector_free(detector); }

    static void take(void* self, const fs::vision::found_face& face) {
        static_cast<fs_vision_detector*>(self)->found.push_back({face.left, face.top, face.right, face.bottom, face.confidence});
    }
};

// Makes a detector on the hot code of that build (-1: the best for this processor). A detector serves one thread at a time.
FS_EXPORT fs_status fs_vision_detector_new(int32_t isa, fs_vision_detector** detector) {
    return fs::guard("fs_vision_detector_new", [&]() -> fs_status {
        if (!detector) throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_detector_new: null pointer");
        const fs::vision::hot_code& code = fs::vision::require_hot_code(isa);
        void* hot = code.detector_new();
        try {
            *detector = new fs_vision_detector(code, hot);
        } catch (...) {
            code.detector_free(hot);
            throw;
        }
        return FS_OK;
    });
}

FS_EXPORT void fs_vision_detector_free(fs_vision_detector* detector) { delete detector; }

// Finds faces in 8-bit luma rows `stride` bytes apart, read in place. `threshold` is added to the trained one; `upsample` doubles the
// image that many times first (0: not). `count` is the number found, best first; fs_vision_detector_found copies them.
FS_EXPORT fs_status fs_vision_detector_run(fs_vision_detector* detector, const uint8_t* luma, int32_t width, int32_t height, int64_t stride,
                                           double threshold, int32_t upsample, int32_t* count) {
    return fs::guard("fs_vision_detector_run", [&]() -> fs_status {
        if (!detector || !luma || !count || width < 1 || height < 1 || stride < width || upsample < 0 || upsample > 4)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_detector_run: null pointer, empty image, short stride or upsample outside 0..4");
        detector->found.clear();
        detector->code.detect(detector->detector, {luma, width, height, stride}, threshold, upsample, fs_vision_detector::take, detector);
        *count = static_cast<int32_t>(detector->found.size());
        return FS_OK;
    });
}

// Finds faces near a known place: what fs_vision_detector_run finds there, to the bit, at a fraction of the time.
FS_EXPORT fs_status fs_vision_detector_run_near(fs_vision_detector* detector, const uint8_t* luma, int32_t width, int32_t height, int64_t stride,
                                                const fs_vision_window* window, double threshold, int32_t* count) {
    return fs::guard("fs_vision_detector_run_near", [&]() -> fs_status {
        if (!detector || !luma || !window || !count || width < 1 || height < 1 || stride < width)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_detector_run_near: null pointer, empty image or short stride");
        detector->found.clear();
        const fs::vision::search_window near{window->left,        window->top,        window->right, window->bottom,
                                             window->first_level, window->last_level, window->all};
        detector->code.detect_near(detector->detector, {luma, width, height, stride}, near, threshold, fs_vision_detector::take, detector);
        *count = static_cast<int32_t>(detector->found.size());
        return FS_OK;
    });
}

// Copies at most `capacity` results of the last run.
FS_EXPORT fs_status fs_vision_detector_found(const fs_vision_detector* detector, fs_vision_detection* found, int32_t capacity) {
    return fs::guard("fs_vision_detector_found", [&]() -> fs_status {
        if (!detector || (!found && capacity > 0)) throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_detector_found: null pointer");
        for (int32_t i = 0; i < capacity && i < static_cast<int32_t>(detector->found.size()); ++i) found[i] = detector->found[i];
        return FS_OK;
    });
}
