// What the value of a track_file means for one FILE_CHECK (lvs-behaviour.md §7.9).
#pragma once

#include <algorithm>
#include <cstdint>

namespace check {

struct FileVerdict {
    bool up = true;
    std::int64_t contribution = 0;  ///< to the weight of the real server
};

inline FileVerdict file_verdict(std::int32_t value, std::int32_t weight, bool reverse) {
    if (weight == 0) return {(value == 0) != reverse, 0};
    const std::int64_t signed_weight = reverse ? -std::int64_t{weight} : weight;
    const std::int64_t product = std::clamp<std::int64_t>(value * signed_weight, INT32_MIN, INT32_MAX);
    if (product == INT32_MIN) return {false, 0};
    return {true, product};
}

}  // namespace check
