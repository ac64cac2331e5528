// SPDX-License-Identifier: MIT
//
// All logs that ever were, as one tree: an entry hangs below the entry that came before it, so a
// log is a path from the root, and the entries that several logs share are kept once.
//
// Intuition: "these two logs agree up to here" is "these two paths are at the same place here",
// one comparison of numbers. Nearly every entry has one successor, so that following a log that
// another node has already gone is one look.
//
// Invariants: (1) two paths are at the same place exactly if the logs are equal up to there.
//             (2) places are numbered from 1 in the order in which they were first reached.
#pragma once

#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/chunked.hpp"
#include "sim/record/facts.hpp"

namespace shaketable {

// A log's prefix: 0 is the empty log.
using Prefix = novacron::Id<struct PrefixTag>;
constexpr Prefix kEmptyPrefix{0};

class LogTree {
public:
    LogTree() { places_.push_back({}); }

    // The prefix that is longer by this entry.
    Prefix extend(Prefix prefix, Term term, std::uint64_t content) {
        for (std::uint32_t child = places_[prefix.value].first_child; child != 0;
             child = places_[child].next_sibling) {
            if (places_[child].term == term && places_[child].content == content) return {child};
        }
        novacron::check(places_.size() < Prefix::none().value, "a run has at most 2^32 entries");
        const auto number = static_cast<std::uint32_t>(places_.size());
        places_.push_back({term, content, 0, places_[prefix.value].first_child});
        places_[prefix.value].first_child = number;
        return {number};
    }

    // Of the last entry. REQUIRES: not the empty prefix.
    Term term(Prefix prefix) const { return places_[prefix.value].term; }
    std::uint64_t content(Prefix prefix) const { return places_[prefix.value].content; }
    // The prefix reached first the latest.
    Prefix newest() const { return {static_cast<std::uint32_t>(places_.size() - 1)}; }

private:
    struct Place {
        Term term;
        std::uint64_t content = 0;
        std::uint32_t first_child = 0;   // 0: none
        std::uint32_t next_sibling = 0;  // 0: none
    };

    novacron::Chunked<Place> places_;
};

}  // namespace shaketable
