// SPDX-License-Identifier: MIT
//
// The points of a grid that no other point beats: the Pareto front.
//
// Definition: a point *beats* another if it is at least as good in every objective and better in
// one. The front is what nobody beats. Equal points don't beat each other, so that ties stay
// together, on the front or off it.
//
// A value that is censored (service never came back) is worse than any number and as bad as another
// censored one. A point that lacks evidence for an objective can't be compared: it is never on the
// front and keeps nobody off it.
//
// Invariants: (1) the front depends on the set of points, not on their order.
//             (2) no point of the front beats another; whoever has evidence and is not on the front
//                 is beaten by a point of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/scenario/objective.hpp"

namespace shaketable {

// What many runs, or one, say about an objective, in its unit.
struct Weight {
    std::optional<double> value;  // nothing: censored, or no evidence
    bool censored = false;
    friend bool operator==(const Weight&, const Weight&) = default;

    bool evidence() const { return value || censored; }
};

// For each point, whether it is on the front. A point has one weight for each direction.
std::vector<bool> pareto_front(const std::vector<std::vector<Weight>>& points,
                               const std::vector<Direction>& directions);

}  // namespace shaketable
