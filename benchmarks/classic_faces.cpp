// dlib's frontal face detector and 68 landmarks behind two C functions, for classic_pipeline.py: what the dlib module of Python does, where no
// such module is packaged. Compiled as a distribution does (-O2, baseline instruction set).
//
//   g++ -O2 -std=c++17 -shared -fPIC classic_faces.cpp -ldlib -llapack -lblas -o libclassic_faces.so
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <cstring>

namespace {

struct Finder {
    dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
    dlib::shape_predictor predictor;
};

}  // namespace

extern "C" void* classic_faces_open(const char* model) {
    try {
        Finder* finder = new Finder;
        dlib::deserialize(model) >> finder->predictor;
        return finder;
    } catch (...) {
        return nullptr;
    }
}

// rgb: width x height x 3 bytes, packed. points: 136 ints per face (x, y). Returns the number of faces, at most limit.
extern "C" int classic_faces_find(void* handle, const unsigned char* rgb, int width, int height, int* points, int limit) {
    Finder& finder = *static_cast<Finder*>(handle);
    dlib::array2d<dlib::rgb_pixel> image(height, width);
    for (int y = 0; y < height; y++)
        std::memcpy(&image[y][0], rgb + static_cast<std::size_t>(y) * width * 3, static_cast<std::size_t>(width) * 3);
    const std::vector<dlib::rectangle> found = finder.detector(image);
    const int count = std::min<int>(limit, static_cast<int>(found.size()));
    for (int i = 0; i < count; i++) {
        const dlib::full_object_detection shape = finder.predictor(image, found[i]);
        for (int p = 0; p < 68; p++) {
            points[(i * 68 + p) * 2] = static_cast<int>(shape.part(p).x());
            points[(i * 68 + p) * 2 + 1] = static_cast<int>(shape.part(p).y());
        }
    }
    return count;
}
