// SPDX-License-Identifier: MIT
#include "core/backup/timelines.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace novacron::backup {

TimelineId Timelines::begin(Position from, Instant at) {
    check(exists(from.timeline), "a timeline leaves one that exists");
    const Timeline& parent = timelines_[from.timeline.value - 1];
    check(from.index >= parent.from.index, "a timeline is left after it has begun");
    timelines_.push_back({from, at});
    return current();
}

std::vector<Stretch> Timelines::path(TimelineId id) const {
    check(exists(id), "a path is that of a timeline that exists");
    std::vector<Stretch> stretches;
    LogIndex through = kOpenEnd;
    Instant left = Instant::never();
    while (id.value != 0) {
        const Timeline& timeline = timelines_[id.value - 1];
        stretches.push_back({id, timeline.from.index, through, left});
        through = timeline.from.index;
        left = timeline.at;
        id = timeline.from.timeline;
    }
    std::reverse(stretches.begin(), stretches.end());
    return stretches;
}

bool Timelines::is_on_path(TimelineId of, Position position) const {
    for (const Stretch& stretch : path(of)) {
        if (stretch.timeline == position.timeline) {
            return position.index >= stretch.after && position.index <= stretch.through;
        }
    }
    return false;
}

}  // namespace novacron::backup
