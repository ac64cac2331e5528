// SPDX-License-Identifier: MIT
//
// Names and counters that can't be mixed up: an `Id` of one kind never converts to another kind.
//
// `Id<Tag>` names a thing (a node, a client); `none()` names nothing. `Ordinal<Tag>` counts (a Raft
// term, an index in a log): ordered, and it moves by plain integers only.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace novacron {

template <class Tag, class Value = std::uint32_t>
struct Id {
    Value value = std::numeric_limits<Value>::max();

    static constexpr Id none() { return {}; }
    constexpr bool is_none() const { return *this == none(); }
    friend constexpr auto operator<=>(Id, Id) = default;
};

template <class Tag>
struct Ordinal {
    std::uint64_t value = 0;

    friend constexpr auto operator<=>(Ordinal, Ordinal) = default;
    friend constexpr Ordinal operator+(Ordinal a, std::uint64_t n) { return {a.value + n}; }
    // REQUIRES: n is at most the ordinal's value.
    friend constexpr Ordinal operator-(Ordinal a, std::uint64_t n) { return {a.value - n}; }
    // REQUIRES: b is at most a.
    friend constexpr std::uint64_t operator-(Ordinal a, Ordinal b) { return a.value - b.value; }
    constexpr Ordinal& operator++() {
        ++value;
        return *this;
    }
};

using NodeId = Id<struct NodeTag>;                     // a member of the cluster, counted from 0
using ClientId = Id<struct ClientTag, std::uint64_t>;  // a client session of the replicated store
using Term = Ordinal<struct TermTag>;          // Raft's logical clock; 0 before the first election
using LogIndex = Ordinal<struct LogIndexTag>;  // position in a replicated log, from 1

}  // namespace novacron
