#include "fs_bench.h"

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <cstring>

namespace {

struct Faces {
    dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
    dlib::shape_predictor landmarks;
    dlib::array2d<unsigned char> image;

    void load(const uint8_t* gray, int stride, int width, int height) {
        image.set_size(height, width);
        for (int y = 0; y < height; y++)
            std::memcpy(&image[y][0], gray + static_cast<std::size_t>(y) * stride, static_cast<std::size_t>(width));
    }
};

}  // namespace

// Null when the landmark model cannot be read.
FS_BENCH_API void* fs_bench_dlib_open(const char* model) {
    Faces* faces = nullptr;
    const int32_t failed = fs_bench_try([&] {
        faces = new Faces;
        dlib::deserialize(model) >> faces->landmarks;
    });
    if (failed) {
        delete faces;
        return nullptr;
    }
    return faces;
}

FS_BENCH_API void fs_bench_dlib_close(void* faces) {
    delete static_cast<Faces*>(faces);
}

// The grey image that the calls below look at; outside their time.
FS_BENCH_API int32_t fs_bench_dlib_load(void* handle, const uint8_t* gray, int32_t stride, int32_t width, int32_t height) {
    return fs_bench_try([&] { static_cast<Faces*>(handle)->load(gray, stride, width, height); });
}

FS_BENCH_API int32_t fs_bench_dlib_detect(void* handle, int32_t* count) {
    return fs_bench_try([&] {
        Faces& faces = *static_cast<Faces*>(handle);
        *count = static_cast<int32_t>(faces.detector(faces.image).size());
    });
}

// points: 136 numbers.
FS_BENCH_API int32_t fs_bench_dlib_landmarks(void* handle, int32_t x, int32_t y, int32_t side, int32_t* points) {
    return fs_bench_try([&] {
        Faces& faces = *static_cast<Faces*>(handle);
        const dlib::full_object_detection shape = faces.landmarks(faces.image, dlib::rectangle(x, y, x + side - 1, y + side - 1));
        for (int i = 0; i < 68; i++) {
            points[2 * i] = static_cast<int32_t>(shape.part(i).x());
            points[2 * i + 1] = static_cast<int32_t>(shape.part(i).y());
        }
    });
}
