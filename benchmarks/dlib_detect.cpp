// dlib's own frontal face detector and 68-point landmarks, compiled as a distribution does (-O2, baseline instruction set): the reference
// for `faceswap bench --only detect`. One JSON line with the medians in milliseconds, on one thread, for a 720x576 grey frame.
//
//   g++ -O2 -std=c++17 dlib_detect.cpp -ldlib -llapack -lblas -o dlib_detect && ./dlib_detect MODEL SECONDS
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point start) { return std::chrono::duration<double>(clock_type::now() - start).count(); }

template <class Work>
double median_ms(double seconds, Work&& work) {
    work();
    std::vector<double> times;
    const auto begin = clock_type::now();
    while (times.size() < 5 || seconds_since(begin) < seconds) {
        const auto start = clock_type::now();
        work();
        times.push_back(seconds_since(start) * 1e3);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: dlib_detect MODEL SECONDS\n");
        return 2;
    }
    // Smooth waves with some noise, as the program's own benchmark has.
    dlib::array2d<unsigned char> frame(576, 720);
    std::srand(1);
    for (long y = 0; y < frame.nr(); y++)
        for (long x = 0; x < frame.nc(); x++)
            frame[y][x] = static_cast<unsigned char>(128 + 60 * std::sin(x * 0.05 + y * 0.02) + 40 * std::cos(y * 0.07) + std::rand() % 25 - 12);
    dlib::shape_predictor predictor;
    dlib::deserialize(argv[1]) >> predictor;
    dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
    const double seconds = std::atof(argv[2]);
    const dlib::rectangle face(240, 160, 480, 400);
    const double detect = median_ms(seconds, [&] { detector(frame); });
    const double landmarks = median_ms(seconds, [&] { predictor(frame, face); });
    std::printf("{\"detect_ms\": %.4f, \"landmarks_ms\": %.4f}\n", detect, landmarks);
    return 0;
}
