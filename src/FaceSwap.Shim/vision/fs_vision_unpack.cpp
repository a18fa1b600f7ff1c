// Run while building: unpacks dlib's frontal face detector and writes it as the C++ tables that the hot code reads. dlib keeps it as
// compressed text, which takes most of a second to unpack, and splits its filters by LAPACK; neither is then needed at run time.
#include <dlib/image_processing/frontal_face_detector.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

namespace {

void write_taps(std::FILE* out, const dlib::matrix<float, 0, 1>& taps) {
    if (taps.size() != 10) throw std::runtime_error("a filter of this dlib's face detector does not have 10 taps");
    std::fputs("{", out);
    for (long i = 0; i < taps.size(); ++i) std::fprintf(out, "%s%af", i ? ", " : "", static_cast<double>(taps(i)));
    std::fputs("}", out);
}

void write(std::FILE* out) {
    const dlib::frontal_face_detector model = dlib::get_frontal_face_detector();
    const auto& scanner = model.get_scanner();
    if (scanner.get_cell_size() != 8 || scanner.get_padding() != 0 || scanner.get_detection_window_width() != 80 ||
        scanner.get_detection_window_height() != 80)
        throw std::runtime_error("this dlib's face detector has other cells or another window than the hot code knows");
    const long dimensions = scanner.get_num_dimensions();
    const int detectors = static_cast<int>(model.num_detectors());
    std::fputs("// Made by fs_vision_unpack from dlib's frontal face detector.\n#pragma once\n", out);
    std::fprintf(out, "constexpr int detector_count = %d;\n", detectors);
    std::fprintf(out, "constexpr unsigned long max_levels = %lu, min_level_width = %lu, min_level_height = %lu;\n",
                 scanner.get_max_pyramid_levels(), scanner.get_min_pyramid_layer_width(), scanner.get_min_pyramid_layer_height());
    std::fprintf(out, "constexpr double overlap_iou = %a, overlap_covered = %a;\n", model.get_overlap_tester().get_iou_thresh(),
                 model.get_overlap_tester().get_percent_covered_thresh());
    std::fputs("constexpr double detector_threshold[detector_count] = {", out);
    for (int i = 0; i < detectors; ++i) std::fprintf(out, "%s%a", i ? ", " : "", model.get_w(i)(dimensions));
    std::fputs("};\n// Separable filters in the order of their plane: detector, plane, taps across, taps down.\n", out);
    std::fputs("constexpr separable_filter filters[] = {\n", out);
    for (unsigned long plane = 0; plane < scanner.get_feature_extractor().get_num_planes(); ++plane) {
        for (int i = 0; i < detectors; ++i) {
            const auto bank = scanner.build_fhog_filterbank(model.get_w(i));
            for (unsigned long j = 0; j < bank.row_filters[plane].size(); ++j) {
                std::fprintf(out, "    {%d, %lu, ", i, plane);
                write_taps(out, bank.row_filters[plane][j]);
                std::fputs(", ", out);
                write_taps(out, bank.col_filters[plane][j]);
                std::fputs("},\n", out);
            }
        }
    }
    std::fputs("};\n", out);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fputs("usage: fs_vision_unpack OUTPUT\n", stderr), 2;
    std::FILE* out = std::fopen(argv[1], "w");
    if (!out) return std::perror(argv[1]), 1;
    try {
        write(out);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "fs_vision_unpack: %s\n", e.what());
        std::fclose(out);
        std::remove(argv[1]);
        return 1;
    }
    return std::fclose(out) == 0 ? 0 : 1;
}
