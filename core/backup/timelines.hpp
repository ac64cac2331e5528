// SPDX-License-Identifier: MIT
//
// Timelines: which log a record belongs to, when a service has had several.
//
//     1  o---o---o---o---x---x          a promotion at record 4: what came after it on timeline 1
//                    |                  is abandoned, though it may have been archived
//     2              '---o---o---o
//
// Intuition: after a promotion, or after a recovery to a point in the past, the same index means
// another record. So every such point begins a new timeline, and a record is named by its timeline
// and its index. The *path* of a timeline is what its log consists of: its own records, and those
// of its ancestors up to where each was left.
//
// Invariants: (1) ids count from 1; a parent's id is below its child's.
//             (2) along a path, stretches follow on each other without gap or overlap.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/time.hpp"

namespace novacron::backup {

using TimelineId = Ordinal<struct TimelineTag>;  // from 1; 0 is none

struct Position {
    TimelineId timeline;
    LogIndex index;
    friend bool operator==(const Position&, const Position&) = default;
};

// Beyond every index.
constexpr LogIndex kOpenEnd{~std::uint64_t{0}};

// The part of a path that one timeline makes: the records after `after`, up to `through`.
struct Stretch {
    TimelineId timeline;
    LogIndex after;
    LogIndex through;  // kOpenEnd for the last
    Instant left = Instant::never();  // when its child began
};

class Timelines {
public:
    // A service that begins has timeline 1.
    Timelines() : timelines_(1) {}

    // A new timeline, which leaves `from.timeline` after the record `from.index`.
    // REQUIRES: the parent exists, the index is not before where it began itself; no record up to
    // there was committed after `at`.
    TimelineId begin(Position from, Instant at);

    TimelineId current() const { return {timelines_.size()}; }
    bool exists(TimelineId id) const { return id.value >= 1 && id.value <= timelines_.size(); }
    // The stretches of its path, oldest first. REQUIRES: it exists.
    std::vector<Stretch> path(TimelineId id) const;
    // Whether the position is part of the log of timeline `of`. REQUIRES: `of` exists.
    bool is_on_path(TimelineId of, Position position) const;

private:
    struct Timeline {
        Position from{};
        Instant at{};
    };
    std::vector<Timeline> timelines_;  // id 1 first
};

}  // namespace novacron::backup
