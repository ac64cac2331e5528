// SPDX-License-Identifier: MIT
#include "sim/study/pareto.hpp"

#include <algorithm>
#include <limits>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

// Less is better, in every objective. Nothing: a weight is missing.
std::optional<std::vector<double>> badness(const std::vector<Weight>& point,
                                           const std::vector<Direction>& directions) {
    novacron::check(point.size() == directions.size(), "a point has a weight for each objective");
    std::vector<double> result;
    for (std::size_t i = 0; i < point.size(); ++i) {
        if (!point[i].evidence()) return std::nullopt;
        const double sign = directions[i] == Direction::min ? 1 : -1;
        result.push_back(point[i].censored ? std::numeric_limits<double>::infinity()
                                           : sign * *point[i].value);
    }
    return result;
}

bool beats(const std::vector<double>& a, const std::vector<double>& b) {
    bool better = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] > b[i]) return false;
        better = better || a[i] < b[i];
    }
    return better;
}

}  // namespace

std::vector<bool> pareto_front(const std::vector<std::vector<Weight>>& points,
                               const std::vector<Direction>& directions) {
    std::vector<std::optional<std::vector<double>>> all;
    for (const std::vector<Weight>& point : points) all.push_back(badness(point, directions));
    std::vector<bool> front;
    for (const auto& candidate : all) {
        front.push_back(candidate && std::none_of(all.begin(), all.end(), [&](const auto& other) {
                            return other && beats(*other, *candidate);
                        }));
    }
    return front;
}

}  // namespace shaketable
