// SPDX-License-Identifier: MIT
//
// Single values by their type: text as a file spells it in, canonical text out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/schema.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {

// The words of a table entry, which stand there separated by '|'.
std::vector<std::string> choices_in(std::string_view choices);

// "< 30s" or "<= 30s" or "30s": each means at most.
Parsed<Duration> parse_at_most(std::string_view text);

// The canonical spelling of a value of the key's type within the key's bounds, or why it is none.
// REQUIRES: the key's type is one that a single value can have.
Parsed<std::string> canonical_scalar(const KeyDescriptor& key, std::string_view text);

// Durations of a scenario are at most ten years, so that sums of them can't overflow.
inline constexpr Duration kMostDuration{std::int64_t{3650} * 86'400 * 1'000'000'000};

}  // namespace shaketable
