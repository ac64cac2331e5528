// SPDX-License-Identifier: MIT
//
// Who is the primary, as a number that storage can compare: the fencing token.
//
// Intuition: a site that was cut off can't know that another has taken its place, so it can't be
// asked to stop. Storage can refuse it, if every write says under which *epoch* it was made and
// storage remembers the highest that it has seen.
//
// An epoch is a number and the site that is primary in it, compared in this order. So two sites
// that are promoted at once, each one above what it had seen, get two epochs and not one.
//
// Invariant: no two primaries ever share an epoch.
#pragma once

#include <compare>
#include <cstdint>

#include "core/base/id.hpp"

namespace novacron::replication {

using SiteId = Id<struct SiteTag>;

struct Epoch {
    std::uint64_t number = 0;  // 0: before the first primary
    SiteId site{};             // who is primary in it

    friend constexpr auto operator<=>(Epoch, Epoch) = default;
};

// The epoch of a site that is promoted by one who has seen `seen`.
constexpr Epoch epoch_after(Epoch seen, SiteId promoted) { return {seen.number + 1, promoted}; }

}  // namespace novacron::replication
