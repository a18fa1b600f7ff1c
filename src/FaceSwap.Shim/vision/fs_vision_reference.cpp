// For the benchmark only: dlib's own detector and landmarks, compiled for the baseline instruction set, on the frame that this project's are
// timed on. Prints one line of JSON: the best times in milliseconds and the number of faces.
//   fs_vision_reference GRAY WIDTH HEIGHT MODEL LEFT TOP RIGHT BOTTOM SECONDS
// GRAY holds WIDTH * HEIGHT bytes; the box is the face whose landmarks are placed; each of the two is repeated for SECONDS.
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_processing/shape_predictor.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>

namespace {

template <class Work>
double best_milliseconds(double seconds, Work&& work) {
    using clock = std::chrono::steady_clock;
    work();
    double best = 1e300;
    const auto begin = clock::now();
    do {
        const auto start = clock::now();
        work();
        best = std::min(best, std::chrono::duration<double, std::milli>(clock::now() - start).count());
    } while (std::chrono::duration<double>(clock::now() - begin).count() < seconds);
    return best;
}

void run(char** argv) {
    const long width = std::atol(argv[2]), height = std::atol(argv[3]);
    const dlib::rectangle box(std::atol(argv[5]), std::atol(argv[6]), std::atol(argv[7]), std::atol(argv[8]));
    const double seconds = std::atof(argv[9]);
    if (width < 1 || height < 1 || box.is_empty()) throw std::runtime_error("the frame or the box is empty");
    dlib::array2d<unsigned char> gray(height, width);
    std::ifstream file(argv[1], std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(&gray[0][0]), width * height)) throw std::runtime_error("the frame cannot be read");
    dlib::shape_predictor model;
    dlib::deserialize(argv[4]) >> model;
    dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
    size_t faces = 0;
    const double detect = best_milliseconds(seconds, [&] { faces = detector(gray).size(); });
    const double landmarks = best_milliseconds(seconds, [&] { model(gray, box); });
    std::printf("{\"detect_ms\": %.4f, \"landmarks_ms\": %.4f, \"faces\": %zu}\n", detect, landmarks, faces);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 10) return std::fputs("usage: fs_vision_reference GRAY WIDTH HEIGHT MODEL LEFT TOP RIGHT BOTTOM SECONDS\n", stderr), 2;
    try {
        run(argv);
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "fs_vision_reference: %s\n", e.what());
        return 1;
    }
}
