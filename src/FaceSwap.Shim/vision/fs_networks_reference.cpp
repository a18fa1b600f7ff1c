// For tests and the benchmark only: dlib's own networks.
//   fs_networks_reference detect WEIGHTS RGB WIDTH HEIGHT SECONDS    the max-margin face detector: best time in milliseconds and number of faces, as JSON
//   fs_networks_reference make WEIGHTS SEED                          a recognition network of random weights, in dlib's format
//   fs_networks_reference embed WEIGHTS RGB                          its 128 numbers for a chip of 150 x 150 pixels, one a line
//   fs_networks_reference chip RGB WIDTH HEIGHT LANDMARKS OUTPUT     the chip of a face; LANDMARKS holds 68 or 5 pairs of whole numbers as text
// RGB and OUTPUT hold three bytes a pixel.
#include <dlib/dnn.h>
#include <dlib/image_processing.h>
#include <dlib/image_transforms.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>

namespace {
using namespace dlib;

// As dlib's dnn_mmod_face_detection_ex and dnn_face_recognition_ex describe the networks.
template <long n, class S> using half5 = con<n, 5, 5, 2, 2, S>;
template <long n, class S> using same5 = relu<affine<con<n, 5, 5, 1, 1, S>>>;
template <class S> using thrice = relu<affine<half5<32, relu<affine<half5<32, relu<affine<half5<16, S>>>>>>>>>;
using detector = loss_mmod<con<1, 9, 9, 1, 1, same5<45, same5<45, same5<45, thrice<input_rgb_image_pyramid<pyramid_down<6>>>>>>>>;

template <int n, int stride, class S> using block = affine<con<n, 3, 3, 1, 1, relu<affine<con<n, 3, 3, stride, stride, S>>>>>;
template <int n, class S> using keep = relu<add_prev1<block<n, 1, tag1<S>>>>;
template <int n, class S> using down = relu<add_prev2<avg_pool<2, 2, 2, 2, skip1<tag2<block<n, 2, tag1<S>>>>>>>;
template <class S> using level4 = keep<32, keep<32, keep<32, S>>>;
template <class S> using level3 = keep<64, keep<64, keep<64, down<64, S>>>>;
template <class S> using level2 = keep<128, keep<128, down<128, S>>>;
template <class S> using level1 = keep<256, keep<256, down<256, S>>>;
using recognition = loss_metric<fc_no_bias<128, avg_pool_everything<down<256, level1<level2<level3<level4<
    max_pool<3, 3, 2, 2, relu<affine<con<32, 7, 7, 2, 2, input_rgb_image_sized<150>>>>>>>>>>>>>;

matrix<rgb_pixel> read_rgb(const char* path, long width, long height) {
    if (width < 1 || height < 1) throw std::runtime_error("the image is empty");
    matrix<rgb_pixel> image(height, width);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(&image(0, 0)), width * height * 3)) throw std::runtime_error("the image cannot be read");
    return image;
}

struct Randomize {
    std::mt19937& random;

    float between(float least, float most) { return std::uniform_real_distribution<float>(least, most)(random); }

    void operator()(affine_& layer) {
        for (auto& value : layer.get_gamma()) value = between(0.5f, 1.5f);
        for (auto& value : layer.get_beta()) value = between(-0.3f, 0.3f);
    }

    template <long n, long rows, long columns, int sy, int sx, int py, int px>
    void operator()(con_<n, rows, columns, sy, sx, py, px>& layer) {
        auto& parameters = layer.get_layer_params();
        float* values = parameters.host();
        for (size_t i = parameters.size() - n; i < parameters.size(); i++) values[i] = between(-0.2f, 0.2f);
    }

    template <class Other>
    void operator()(Other&) {}
};

// As in the published file, whose affine layers come from batch normalization: one factor a channel, not one a value.
struct PerChannel {
    void operator()(affine_& layer) { layer = affine_(CONV_MODE); }

    template <class Other>
    void operator()(Other&) {}
};

void detect(char** argv) {
    detector network;
    deserialize(argv[2]) >> network;
    const auto image = read_rgb(argv[3], std::atol(argv[4]), std::atol(argv[5]));
    using clock = std::chrono::steady_clock;
    auto faces = network(image);
    double best = 1e300;
    const auto begin = clock::now();
    do {
        const auto start = clock::now();
        faces = network(image);
        best = std::min(best, std::chrono::duration<double, std::milli>(clock::now() - start).count());
    } while (std::chrono::duration<double>(clock::now() - begin).count() < std::atof(argv[6]));
    std::printf("{\"cnn_ms\": %.4f, \"faces\": %zu}\n", best, faces.size());
}

void make(char** argv) {
    std::srand(static_cast<unsigned>(std::atoi(argv[3])));  // dlib seeds its own weights from it
    std::mt19937 random(static_cast<unsigned>(std::atoi(argv[3])));
    recognition network;
    visit_computational_layers(network, PerChannel{});
    matrix<rgb_pixel> black(150, 150);
    black = rgb_pixel(0, 0, 0);
    network(black);  // the first image sizes the layers
    visit_computational_layers(network, Randomize{random});
    network.clean();
    serialize(argv[2]) << network;
}

void embed(char** argv) {
    recognition network;
    deserialize(argv[2]) >> network;
    const matrix<float, 0, 1> numbers = network(read_rgb(argv[3], 150, 150));
    for (long i = 0; i < numbers.size(); i++) std::printf("%.9g\n", numbers(i));
}

void chip(char** argv) {
    const auto image = read_rgb(argv[2], std::atol(argv[3]), std::atol(argv[4]));
    std::ifstream file(argv[5]);
    std::vector<point> parts;
    for (long x, y; file >> x >> y;) parts.emplace_back(x, y);
    matrix<rgb_pixel> result;
    extract_image_chip(image, get_face_chip_details(full_object_detection(rectangle(), parts), 150, 0.25), result);
    std::ofstream output(argv[6], std::ios::binary);
    output.write(reinterpret_cast<const char*>(&result(0, 0)), result.size() * 3);
}
}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    try {
        if (what == "detect" && argc == 7) detect(argv);
        else if (what == "make" && argc == 4) make(argv);
        else if (what == "embed" && argc == 4) embed(argv);
        else if (what == "chip" && argc == 7) chip(argv);
        else throw std::runtime_error("give detect, make, embed or chip and its arguments; see the head of the source");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fs_networks_reference: %s\n", error.what());
        return 2;
    }
}
