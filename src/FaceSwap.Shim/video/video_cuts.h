// Which parts of a source's time are kept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace fs::video {

// A part of a source, from 0 on, without the stretches that are left out of it. Times are in microseconds; what follows a stretch moves up to it.
class cut_list {
public:
    struct piece {
        int64_t start, end;     // of the part
        int64_t placed;         // where its start goes
    };

    cut_list(int64_t first, int64_t end) : first_(first), end_(end) {}

    // Leaves [start, end) out. Stretches rise and do not touch.
    void leave_out(int64_t start, int64_t end) { left_out_.push_back({start, end}); }

    // Ends the part earlier.
    void end_at(int64_t end) { end_ = std::min(end_, end); }

    bool whole() const { return left_out_.empty(); }

    // The length of what is left out before a moment, and whether the moment itself is.
    int64_t before(int64_t time, bool* inside) const {
        int64_t sum = 0;
        *inside = false;
        for (const auto& [start, end] : left_out_) {
            if (time < start)
                break;
            *inside = time < end;
            sum += std::min(time, end) - start;
        }
        return sum;
    }

    // The moment that a place in the output shows.
    int64_t original(int64_t placed) const {
        for (const auto& [start, end] : left_out_) {
            if (placed < start)
                break;
            if (end == INT64_MAX)
                return start;
            placed += end - start;
        }
        return placed;
    }

    // What is kept of [start, end).
    std::vector<piece> pieces(int64_t start, int64_t end) const {
        std::vector<piece> kept;
        start = std::max(start, first_);
        end = std::min(end, end_);
        bool inside = false;
        for (const auto& [from, to] : left_out_) {
            if (to <= start)
                continue;
            if (from >= end)
                break;
            if (from > start)
                kept.push_back({start, from, start - before(start, &inside)});
            start = to;
        }
        if (start < end)
            kept.push_back({start, end, start - before(start, &inside)});
        return kept;
    }

private:
    int64_t first_, end_;
    std::vector<std::pair<int64_t, int64_t>> left_out_;
};

}  // namespace fs::video
