// SPDX-License-Identifier: MIT
//
// Typed reading of a canonical map. Its values are valid or holes, so there is nothing to report
// here: what is absent or a hole reads as nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/engine/distribution.hpp"
#include "sim/scenario/node.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {

class Fields {
public:
    // REQUIRES: the map outlives this; a null pointer reads as an empty map.
    explicit Fields(const Node* map) : map_(map) {}
    explicit Fields(const Node& map) : map_(&map) {}

    // The key's value, were it a hole.
    const Node* any(std::string_view key) const;
    // The key's value, unless it is a hole.
    const Node* valid(std::string_view key) const;
    Fields map(std::string_view key) const { return Fields(valid(key)); }
    bool has(std::string_view key) const { return any(key) != nullptr; }

    std::optional<std::string> text(std::string_view key) const;
    std::optional<bool> boolean(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key) const;
    std::optional<double> number(std::string_view key) const;
    std::optional<double> probability(std::string_view key) const;
    std::optional<std::uint64_t> size(std::string_view key) const;
    std::optional<Duration> duration(std::string_view key) const;
    std::optional<Duration> at_most(std::string_view key) const;
    // A single duration is a range of one.
    std::optional<DurationRange> durations(std::string_view key) const;
    std::optional<DistributionOptions> distribution(std::string_view key) const;

private:
    const Node* map_;
};

// Copies a value that is there; leaves the place as it is otherwise.
template <class T, class U>
void assign(T& place, const std::optional<U>& value) {
    if (value) place = static_cast<T>(*value);
}

}  // namespace shaketable
