// The frontal face detector and the landmark cascade, compiled once for each instruction set with FS_HOT naming the build.
//
// Each build is linked into one relocatable object whose every symbol but its table is then made local (see CMakeLists.txt):
// the linker would otherwise merge equal inline functions of the builds, dlib's and the standard library's alike, and might keep the
// one with AVX for a processor that has none.
#include "fs_vision_hot.h"

#include <dlib/image_processing/box_overlap_testing.h>
#include <dlib/image_transforms.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "fs_hog_filters.h"
#include "fs_hog_pyramid.h"

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

struct candidate {
    double confidence;
    int detector;
    dlib::rectangle box;
};

// dlib's frontal face detector: the same pyramid, features, filters, thresholds and suppression, in code of this project's.
class detector {
public:
    std::vector<candidate> run(const luma& image, double threshold) {
        levels.prepare(image.width, image.height, level_count(image));
        std::vector<candidate> all;
        level_part part = whole(image);
        for (int i = 0; i < levels.levels(); ++i) {
            if (i > 0) part = levels.shrink(part, i, {0, 0, levels.width(i), levels.height(i)}, buffers[i & 1]);
            search(part, i, {0, 0, feature_count(part.width), feature_count(part.height)}, threshold, all);
        }
        return suppress(all);
    }

    // Searches a few levels near a box. Of each level, and of those before, the part is made that the next one's part and the filters need.
    std::vector<candidate> run_near(const luma& image, const search_window& window, double threshold) {
        levels.prepare(image.width, image.height, level_count(image));
        const int first = std::max(window.first_level, 0), last = std::min(window.last_level, levels.levels() - 1);
        std::vector<candidate> all;
        if (first > last) return all;
        needs.assign(last + 1, {});
        for (int i = last; i >= 0; --i) {
            need& n = needs[i];
            if (i < last) n.pixels = levels.source(i + 1, needs[i + 1].pixels);
            if (i < first) continue;
            n.positions = near(window, i);
            if (n.positions.empty()) continue;
            n.pixels = n.pixels.with(feature_pixels(feature_cells(n.positions, levels.width(i), levels.height(i)), levels.width(i), levels.height(i)));
        }
        level_part part = whole(image);
        for (int i = 0; i <= last && !needs[i].pixels.empty(); ++i) {
            if (i > 0) part = levels.shrink(part, i, needs[i].pixels, buffers[i & 1]);
            search(part, i, needs[i].positions, threshold, all);
        }
        return window.all ? all : suppress(all);
    }

private:
    struct need {
        area positions, pixels;
    };

    pyramid levels;
    feature_extractor extractor;
    feature_map map;
    filter_bank bank;
    std::vector<uint8_t> buffers[2];
    std::vector<need> needs;

    static level_part whole(const luma& image) {
        return {image.data, image.stride, {0, 0, image.width, image.height}, image.width, image.height};
    }

    static int level_count(const luma& image) {
        unsigned long levels = 0;
        dlib::pyramid_down<6> pyramid;
        dlib::rectangle box(image.width, image.height);
        do {
            box = pyramid.rect_down(box);
            ++levels;
        } while (box.width() >= min_level_width && box.height() >= min_level_height && levels < max_levels);
        return static_cast<int>(levels);
    }

    // The positions of a level whose boxes' centres lie within the window.
    area near(const search_window& window, int level) const {
        const int rows = feature_count(levels.height(level)), columns = feature_count(levels.width(level));
        const auto left = [&](int x) { const dlib::rectangle box = to_image(0, x, level); return box.left() + box.right() < window.left; };
        const auto right = [&](int x) { const dlib::rectangle box = to_image(0, x, level); return box.left() + box.right() <= window.right; };
        const auto above = [&](int y) { const dlib::rectangle box = to_image(y, 0, level); return box.top() + box.bottom() < window.top; };
        const auto below = [&](int y) { const dlib::rectangle box = to_image(y, 0, level); return box.top() + box.bottom() <= window.bottom; };
        return {first_not(columns, left), first_not(rows, above), first_not(columns, right), first_not(rows, below)};
    }

    // The first of 0..count for which a test fails that holds up to somewhere and then no more.
    template <class Test>
    static int first_not(int count, Test test) {
        int low = 0, high = std::max(count, 0);
        while (low < high) {
            const int middle = (low + high) / 2;
            if (test(middle)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    // The way back to the image's coordinates is always fused, as compilers do where they may: a box whose edge falls on half a pixel would
    // otherwise depend on the build.
    static dlib::rectangle to_image(int row, int column, int level) {
        const int left = column + (taps / 2), top = row + (taps / 2);
        dlib::drectangle box = dlib::fhog_to_image(dlib::centered_rect(dlib::point(left, top), taps, taps), cell, taps, taps);
        const double ratio = 6 / 5.0;
        for (int i = 0; i < level; ++i)
            box = dlib::drectangle(std::fma(box.left(), ratio, 0.3), std::fma(box.top(), ratio, 0.3), std::fma(box.right(), ratio, 0.3),
                                   std::fma(box.bottom(), ratio, 0.3));
        return box;
    }

    void search(const level_part& image, int level, const area& positions, double threshold, std::vector<candidate>& all) {
        if (positions.empty()) return;
        extractor.extract(image, positions, map);
        bank.apply(map);
        for (int d = 0; d < detector_count; ++d) {
            const double limit = detector_threshold[d] + threshold;
            for (int y = 0; y < positions.height(); ++y) {
                const float* row = bank.score(d) + (static_cast<int64_t>(y) * bank.stride());
                for (int x = 0; x < positions.width(); ++x)
                    if (row[x] >= limit) all.push_back({row[x] - detector_threshold[d], d, to_image(positions.top + y, positions.left + x, level)});
            }
        }
    }

    // The best first; what overlaps a better one goes.
    static std::vector<candidate> suppress(std::vector<candidate>& all) {
        std::stable_sort(all.begin(), all.end(), [](const candidate& a, const candidate& b) { return a.confidence > b.confidence; });
        const dlib::test_box_overlap overlaps(overlap_iou, overlap_covered);
        std::vector<candidate> kept;
        for (const candidate& c : all)
            if (std::none_of(kept.begin(), kept.end(), [&](const candidate& k) { return overlaps(k.box, c.box); })) kept.push_back(c);
        return kept;
    }
};

void report(const std::vector<candidate>& found, found_callback callback, void* context) {
    for (const candidate& face : found)
        callback(context, {static_cast<int32_t>(face.box.left()), static_cast<int32_t>(face.box.top()), static_cast<int32_t>(face.box.right()),
                           static_cast<int32_t>(face.box.bottom()), face.confidence});
}

void* detector_new() { return new detector; }

void detector_free(void* handle) { delete static_cast<detector*>(handle); }

void detect(void* handle, const luma& image, double threshold, int32_t upsample, found_callback callback, void* context) {
    std::vector<candidate> found;
    dlib::pyramid_down<2> doubling;
    if (upsample == 0) {
        found = static_cast<detector*>(handle)->run(image, threshold);
    } else {
        dlib::array2d<unsigned char> larger;
        dlib::pyramid_up(luma_image{image}, larger, doubling);
        for (int32_t i = 1; i < upsample; ++i) dlib::pyramid_up(larger, doubling);
        const luma view{&larger[0][0], static_cast<int32_t>(larger.nc()), static_cast<int32_t>(larger.nr()), larger.width_step()};
        found = static_cast<detector*>(handle)->run(view, threshold);
    }
    for (candidate& face : found) face.box = doubling.rect_down(face.box, static_cast<unsigned int>(upsample));
    report(found, callback, context);
}

void detect_near(void* handle, const luma& image, const search_window& window, double threshold, found_callback callback, void* context) {
    report(static_cast<detector*>(handle)->run_near(image, window, threshold), callback, context);
}

// The rotation and scale of the least-squares similarity between two shapes (Umeyama, PAMI 1991, in its closed form for the plane).
struct turn {
    float along, across;
};

turn fit(const float* from, const float* to, int32_t parts) {
    double from_x = 0, from_y = 0, to_x = 0, to_y = 0;
    for (int32_t i = 0; i < parts; ++i) {
        from_x += from[2 * i];
        from_y += from[(2 * i) + 1];
        to_x += to[2 * i];
        to_y += to[(2 * i) + 1];
    }
    from_x /= parts;
    from_y /= parts;
    to_x /= parts;
    to_y /= parts;
    double along = 0, across = 0, extent = 0;
    for (int32_t i = 0; i < parts; ++i) {
        const double x = from[2 * i] - from_x, y = from[(2 * i) + 1] - from_y, u = to[2 * i] - to_x, v = to[(2 * i) + 1] - to_y;
        along += (u * x) + (v * y);
        across += (v * x) - (u * y);
        extent += (x * x) + (y * y);
    }
    if (extent == 0) return {1, 0};
    return {static_cast<float>(along / extent), static_cast<float>(across / extent)};
}

// Kazemi and Sullivan's cascade (One Millisecond Face Alignment, CVPR 2014) with the rounding of dlib's, over flat arrays.
void predict(const landmark_model& model, const luma& image, const int32_t box[4], double* points) {
    const int32_t parts = model.parts, values = parts * 2, leaves = model.splits + 1;
    const double left = box[0], top = box[1], width = box[2] - box[0], height = box[3] - box[1];
    std::vector<float> shape(model.initial, model.initial + values);
    std::vector<float> pixels(*std::max_element(model.feature_count, model.feature_count + model.cascades));
    std::vector<const float*> selected(model.trees);

    const uint16_t* split_index = model.split_index;
    const float* split_threshold = model.split_threshold;
    const float* leaf = model.leaves;
    for (int32_t cascade = 0; cascade < model.cascades; ++cascade) {
        const turn t = fit(model.initial, shape.data(), parts);
        const uint32_t* anchors = model.anchors[cascade];
        const float* deltas = model.deltas[cascade];
        for (int32_t i = 0; i < model.feature_count[cascade]; ++i) {
            const float dx = deltas[2 * i], dy = deltas[(2 * i) + 1];
            const float x = (t.along * dx) - (t.across * dy) + shape[2 * anchors[i]];
            const float y = (t.across * dx) + (t.along * dy) + shape[(2 * anchors[i]) + 1];
            const double column = std::floor(left + (width * x) + 0.5), row = std::floor(top + (height * y) + 0.5);
            const bool inside = column >= 0 && row >= 0 && column < image.width && row < image.height;
            pixels[i] = inside ? image.data[(static_cast<int64_t>(row) * image.stride) + static_cast<int64_t>(column)] : 0;
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
        points[2 * i] = std::floor(left + (width * shape[2 * i]) + 0.5);
        points[(2 * i) + 1] = std::floor(top + (height * shape[(2 * i) + 1]) + 0.5);
    }
}

}  // namespace
}  // namespace fs::vision

#define FS_JOIN(a, b) a##b
#define FS_TABLE(name) FS_JOIN(fs_vision_hot_, name)
#define FS_TEXT(a) #a
#define FS_NAME(name) FS_TEXT(name)

extern "C" const fs::vision::hot_code FS_TABLE(FS_HOT) = {FS_NAME(FS_HOT), fs::vision::detector_new, fs::vision::detector_free,
                                                          fs::vision::detect, fs::vision::detect_near,
                                                          fs::vision::predict};
