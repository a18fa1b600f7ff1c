// dlib's frontal face detector and landmark cascade, compiled once for each instruction set with FS_HOT naming the build.
//
// Each build is linked into one relocatable object whose every symbol but its table is then made local (see CMakeLists.txt):
// the linker would otherwise merge equal inline functions of the builds, dlib's and the standard library's alike, and might keep
// the one with AVX for a processor that has none.
#include "fs_vision_hot.h"

#include <dlib/image_processing/object_detector.h>
#include <dlib/image_processing/scan_fhog_pyramid.h>
#include <dlib/image_processing/shape_predictor.h>
#include <dlib/image_transforms.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace fs::vision {
namespace {

// The caller's luma as one of dlib's images: no copy.
struct luma_image : luma {};

inline long num_rows(const luma_image& image) { return image.height; }
inline long num_columns(const luma_image& image) { return image.width; }
inline long width_step(const luma_image& image) { return static_cast<long>(image.stride); }
inline const void* image_data(const luma_image& image) { return image.data; }

}  // namespace
}  // namespace fs::vision

namespace dlib {
template <>
struct image_traits<fs::vision::luma_image> {
    typedef unsigned char pixel_type;
};
}  // namespace dlib

namespace fs::vision {
namespace {

// dlib's pyramid of 5/6, but with the way back to the image's coordinates always fused as compilers do where they may: a box whose edge
// falls on half a pixel would otherwise depend on the build.
struct pyramid : dlib::pyramid_down<6> {
    dlib::drectangle rect_up(dlib::drectangle box, unsigned int levels) const {
        const double ratio = 6 / 5.0;
        for (unsigned int i = 0; i < levels; ++i)
            box = dlib::drectangle(std::fma(box.left(), ratio, 0.3), std::fma(box.top(), ratio, 0.3), std::fma(box.right(), ratio, 0.3),
                                   std::fma(box.bottom(), ratio, 0.3));
        return box;
    }
};

using scanner = dlib::scan_fhog_pyramid<pyramid>;
using detector = dlib::object_detector<scanner>;

void* detector_new(const detector_config& config) {
    scanner scan;
    scan.set_detection_window_size(config.window_width, config.window_height);
    scan.set_padding(config.padding);
    scan.set_cell_size(config.cell_size);
    scan.set_max_pyramid_levels(config.max_levels);
    scan.set_min_pyramid_layer_size(config.min_level_width, config.min_level_height);
    std::vector<scanner::feature_vector_type> weights(config.detectors);
    for (int i = 0; i < config.detectors; ++i) {
        weights[i].set_size(config.weight_count);
        std::copy_n(config.weights[i], config.weight_count, weights[i].begin());
    }
    return new detector(scan, dlib::test_box_overlap(config.overlap_iou, config.overlap_covered), weights);
}

void detector_free(void* handle) { delete static_cast<detector*>(handle); }

void detect(void* handle, const luma& image, double threshold, int32_t upsample, found_callback callback, void* context) {
    std::vector<dlib::rect_detection> found;
    dlib::pyramid_down<2> doubling;
    if (upsample == 0) {
        (*static_cast<detector*>(handle))(luma_image{image}, found, threshold);
    } else {
        dlib::array2d<unsigned char> larger;
        dlib::pyramid_up(luma_image{image}, larger, doubling);
        for (int32_t i = 1; i < upsample; ++i) dlib::pyramid_up(larger, doubling);
        (*static_cast<detector*>(handle))(larger, found, threshold);
    }
    for (const dlib::rect_detection& face : found) {
        const dlib::rectangle box = doubling.rect_down(face.rect, static_cast<unsigned int>(upsample));
        callback(context, {static_cast<int32_t>(box.left()), static_cast<int32_t>(box.top()), static_cast<int32_t>(box.right()),
                           static_cast<int32_t>(box.bottom()), face.detection_confidence});
    }
}

using point_f = dlib::vector<float, 2>;

// Kazemi and Sullivan's cascade (One Millisecond Face Alignment, CVPR 2014) with dlib's arithmetic and rounding, over flat arrays.
void predict(const landmark_model& model, const luma& image, const int32_t box[4], double* points) {
    const int32_t parts = model.parts, values = parts * 2, leaves = model.splits + 1;
    const dlib::rectangle face(box[0], box[1], box[2], box[3]);
    const dlib::point_transform_affine to_image = dlib::impl::unnormalizing_tform(face);

    std::vector<point_f> reference(parts), current(parts);
    std::vector<float> shape(model.initial, model.initial + values);
    for (int32_t i = 0; i < parts; ++i) reference[i] = point_f(model.initial[2 * i], model.initial[(2 * i) + 1]);
    std::vector<float> pixels(*std::max_element(model.feature_count, model.feature_count + model.cascades));
    std::vector<const float*> selected(model.trees);

    const uint16_t* split_index = model.split_index;
    const float* split_threshold = model.split_threshold;
    const float* leaf = model.leaves;
    for (int32_t cascade = 0; cascade < model.cascades; ++cascade) {
        for (int32_t i = 0; i < parts; ++i) current[i] = point_f(shape[2 * i], shape[(2 * i) + 1]);
        const dlib::matrix<float, 2, 2> turn = dlib::matrix_cast<float>(
            parts == 1 ? dlib::point_transform_affine().get_m() : dlib::find_similarity_transform(reference, current).get_m());
        const uint32_t* anchors = model.anchors[cascade];
        const float* deltas = model.deltas[cascade];
        for (int32_t i = 0; i < model.feature_count[cascade]; ++i) {
            const point_f delta(deltas[2 * i], deltas[(2 * i) + 1]);
            const dlib::point p = to_image(turn * delta + current[anchors[i]]);
            const bool inside = p.x() >= 0 && p.y() >= 0 && p.x() < image.width && p.y() < image.height;
            pixels[i] = inside ? image.data[(p.y() * image.stride) + p.x()] : 0;
        }
        // First all trees, so that the leaves, scattered over tens of megabytes, are on their way while the other trees are evaluated.
        for (int32_t tree = 0; tree < model.trees; ++tree) {
            int32_t node = 0;
            while (node < model.splits) {
                const float difference = pixels[split_index[2 * node]] - pixels[split_index[(2 * node) + 1]];
                node = (2 * node) + (difference > split_threshold[node] ? 1 : 2);
            }
            const float* chosen = leaf + (static_cast<int64_t>(node - model.splits) * values);
            for (int32_t line = 0; line < values; line += 16) __builtin_prefetch(chosen + line);
            selected[tree] = chosen;
            split_index += 2 * model.splits;
            split_threshold += model.splits;
            leaf += static_cast<int64_t>(leaves) * values;
        }
        for (int32_t tree = 0; tree < model.trees; ++tree) {
            const float* __restrict chosen = selected[tree];
            float* __restrict sum = shape.data();
            for (int32_t i = 0; i < values; ++i) sum[i] += chosen[i];
        }
    }
    for (int32_t i = 0; i < parts; ++i) {
        const dlib::point p = to_image(point_f(shape[2 * i], shape[(2 * i) + 1]));
        points[2 * i] = static_cast<double>(p.x());
        points[(2 * i) + 1] = static_cast<double>(p.y());
    }
}

}  // namespace
}  // namespace fs::vision

#define FS_JOIN(a, b) a##b
#define FS_TABLE(name) FS_JOIN(fs_vision_hot_, name)
#define FS_TEXT(a) #a
#define FS_NAME(name) FS_TEXT(name)

extern "C" const fs::vision::hot_code FS_TABLE(FS_HOT) = {FS_NAME(FS_HOT), fs::vision::detector_new, fs::vision::detector_free,
                                                          fs::vision::detect, fs::vision::predict};
