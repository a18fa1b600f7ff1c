// The landmark cascade: a reader of dlib's shape_predictor files into flat arrays, and prediction.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "fs_abi.h"
#include "fs_vision_isa.h"

namespace {

// Reads dlib's portable format: integers as a control byte (high bit: negative, low four bits: count of bytes) and that many little-endian
// bytes; real numbers as integer mantissa and exponent. dlib's own reader goes through a stream character by character and takes a
// second for the 100 MB of the 68-point model.
class reader {
public:
    // Fills up to `capacity` bytes and returns their number; 0 at the end, below 0 when nothing can be read.
    using fill = int64_t (*)(void* state, uint8_t* to, int64_t capacity);

    // A megabyte at a time: the whole file would take as much memory as the model.
    reader(fill from, void* its) : more(from), state(its), block(1 << 20), at(block.data()), end(at) {}

    int64_t integer() {
        if (end - at < kLongest) refill();
        return number();
    }

    int64_t count(int64_t least, int64_t most) {
        const int64_t value = integer();
        if (value < least || value > most) throw fs::error(FS_INVALID_DATA, "it is not a landmark model of dlib's format, or it is damaged");
        return value;
    }

    float real() {
        const int64_t mantissa = integer();
        const int64_t exponent = integer();
        if (exponent > 1000 || exponent < -1000) throw fs::error(FS_INVALID_DATA, "the landmark model holds a number that is not finite");
        // A power of two within the normal numbers scales exactly, as ldexp does.
        if (exponent >= -100 && exponent <= 100 && std::abs(mantissa) < (int64_t{1} << 24)) {
            const uint32_t bits = static_cast<uint32_t>(exponent + 127) << 23;
            float power;
            std::memcpy(&power, &bits, sizeof power);
            return static_cast<float>(mantissa) * power;
        }
        return std::ldexp(static_cast<float>(mantissa), static_cast<int>(exponent));
    }

    // A column of `size` numbers; dlib writes the dimensions negated.
    void column(float* values, int64_t size) {
        const int64_t rows = integer(), columns = integer();
        if (std::abs(rows) != size || std::abs(columns) != 1)
            throw fs::error(FS_INVALID_DATA, "the landmark model holds a vector of the wrong size");
        for (int64_t i = 0; i < size; ++i) values[i] = real();
    }

    // The next number is read again.
    int64_t column_size() {
        if (end - at < kLongest) refill();
        const uint8_t* const before = at;
        const int64_t size = std::abs(number());
        at = before;
        return size;
    }

private:
    static constexpr int kLongest = 9;  // bytes of a number

    void refill() {
        const int64_t left = end - at;
        std::memmove(block.data(), at, static_cast<size_t>(left));
        at = block.data();
        end = at + left;
        while (!over && end - at < kLongest) {
            const int64_t filled = more(state, block.data() + (end - at), static_cast<int64_t>(block.size()) - (end - at));
            if (filled < 0) throw fs::error(FS_IO_ERROR, "the landmark model cannot be read");
            over = filled == 0;
            end += filled;
        }
    }

    int64_t number() {
        if (at == end) throw_short();
        const uint8_t control = *at++;
        const int count = control & 0x0F;
        if (count > 8 || (control & 0x70) != 0) throw fs::error(FS_INVALID_DATA, "it is not a landmark model of dlib's format");
        if (end - at < count) throw_short();
        uint64_t value = 0;
        if (end - at >= 8) {
            // One load and a mask instead of a loop: sixteen million numbers are read.
            std::memcpy(&value, at, 8);
            value &= count == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * count)) - 1;
        } else {
            for (int i = 0; i < count; ++i) value |= static_cast<uint64_t>(at[i]) << (8 * i);
        }
        at += count;
        return (control & 0x80) ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
    }

    [[noreturn]] static void throw_short() { throw fs::error(FS_INVALID_DATA, "the landmark model is truncated"); }

    fill more;
    void* state;
    bool over = false;
    std::vector<uint8_t> block;
    const uint8_t* at;
    const uint8_t* end;
};

}  // namespace

struct fs_vision_landmarks {
    const fs::vision::hot_code& code;
    fs::vision::landmark_model model{};
    std::vector<float> initial;
    std::vector<int32_t> feature_count;
    std::vector<std::vector<uint32_t>> anchors;
    std::vector<std::vector<float>> deltas;
    std::vector<const uint32_t*> anchor_rows;
    std::vector<const float*> delta_rows;
    std::vector<uint16_t> split_index;
    std::vector<float> split_threshold;
    std::vector<float> leaves;

    explicit fs_vision_landmarks(const fs::vision::hot_code& c) : code(c) {}

    void read(reader& in) {
        if (in.integer() != 1) throw fs::error(FS_INVALID_DATA, "it is not a landmark model, or one of an unknown version");
        const int64_t values = in.column_size();
        if (values < 2 || values > 4096 || values % 2 != 0) throw fs::error(FS_INVALID_DATA, "the landmark model has no points");
        initial.resize(values);
        in.column(initial.data(), values);
        const int64_t cascades = in.count(1, 1000);
        int64_t trees = 0, splits = 0;
        for (int64_t cascade = 0; cascade < cascades; ++cascade) {
            const int64_t forest = in.count(1, 100000);
            if (cascade == 0) trees = forest;
            if (forest != trees) throw fs::error(FS_INVALID_DATA, "the landmark model's forests differ in size");
            for (int64_t tree = 0; tree < trees; ++tree) {
                const int64_t nodes = in.count(1, 65535);
                if (cascade == 0 && tree == 0) {
                    splits = nodes;
                    if ((splits & (splits + 1)) != 0 || cascades * trees * (splits + 1) * values > int64_t{1} << 29)
                        throw fs::error(FS_INVALID_DATA, "the landmark model's trees are not complete, or it is larger than 2 GiB");
                    split_index.reserve(cascades * trees * splits * 2);
                    split_threshold.reserve(cascades * trees * splits);
                    leaves.resize(cascades * trees * (splits + 1) * values);
                }
                if (nodes != splits) throw fs::error(FS_INVALID_DATA, "the landmark model's trees differ in depth");
                for (int64_t node = 0; node < nodes; ++node) {
                    split_index.push_back(static_cast<uint16_t>(in.count(0, 65535)));
                    split_index.push_back(static_cast<uint16_t>(in.count(0, 65535)));
                    split_threshold.push_back(in.real());
                }
                in.count(splits + 1, splits + 1);
                float* leaf = leaves.data() + ((((cascade * trees) + tree) * (splits + 1)) * values);
                for (int64_t i = 0; i <= splits; ++i) in.column(leaf + (i * values), values);
            }
        }
        in.count(cascades, cascades);
        for (int64_t cascade = 0; cascade < cascades; ++cascade) {
            std::vector<uint32_t> row(in.count(1, 65536));
            for (uint32_t& anchor : row) anchor = static_cast<uint32_t>(in.count(0, (values / 2) - 1));
            anchors.push_back(std::move(row));
        }
        in.count(cascades, cascades);
        for (int64_t cascade = 0; cascade < cascades; ++cascade) {
            const int64_t features = static_cast<int64_t>(anchors[cascade].size());
            in.count(features, features);
            std::vector<float> row(features * 2);
            for (float& delta : row) delta = in.real();
            deltas.push_back(std::move(row));
            feature_count.push_back(static_cast<int32_t>(features));
        }
        for (int64_t i = 0; i < static_cast<int64_t>(split_index.size()); ++i)
            if (split_index[i] >= feature_count[i / (trees * splits * 2)])
                throw fs::error(FS_INVALID_DATA, "the landmark model compares a feature that it does not have");
        for (int64_t cascade = 0; cascade < cascades; ++cascade) {
            anchor_rows.push_back(anchors[cascade].data());
            delta_rows.push_back(deltas[cascade].data());
        }
        model = {static_cast<int32_t>(values / 2), static_cast<int32_t>(cascades), static_cast<int32_t>(trees), static_cast<int32_t>(splits),
                 initial.data(), feature_count.data(), anchor_rows.data(), delta_rows.data(), split_index.data(), split_threshold.data(),
                 leaves.data()};
    }
};

// Reads a landmark model from what `fill` gives, a part at a time (see reader). The model may be used by many threads at once.
FS_EXPORT fs_status fs_vision_landmarks_new(int64_t (*fill)(void*, uint8_t*, int64_t), void* state, int32_t isa, fs_vision_landmarks** landmarks, int32_t* parts) {
    return fs::guard("fs_vision_landmarks_new", [&]() -> fs_status {
        if (!fill || !landmarks || !parts) throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_landmarks_new: null pointer");
        auto result = std::make_unique<fs_vision_landmarks>(fs::vision::require_hot_code(isa));
        reader from(fill, state);
        result->read(from);
        *parts = result->model.parts;
        *landmarks = result.release();
        return FS_OK;
    });
}

FS_EXPORT void fs_vision_landmarks_free(fs_vision_landmarks* landmarks) { delete landmarks; }

// Places the points of the face in a box (right and bottom inclusive) of 8-bit luma: `points` takes x, y for each part.
FS_EXPORT fs_status fs_vision_landmarks_predict(const fs_vision_landmarks* landmarks, const uint8_t* luma, int32_t width, int32_t height,
                                                int64_t stride, int32_t left, int32_t top, int32_t right, int32_t bottom, double* points) {
    return fs::guard("fs_vision_landmarks_predict", [&]() -> fs_status {
        if (!landmarks || !luma || !points || width < 1 || height < 1 || stride < width)
            throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_landmarks_predict: null pointer, empty image or short stride");
        if (right <= left || bottom <= top) throw fs::error(FS_INVALID_ARGUMENT, "fs_vision_landmarks_predict: the face's box is empty");
        const int32_t box[4] = {left, top, right, bottom};
        landmarks->code.predict(landmarks->model, {luma, width, height, stride}, box, points);
        return FS_OK;
    });
}
