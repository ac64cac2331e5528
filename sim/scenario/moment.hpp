// SPDX-License-Identifier: MIT
//
// Times of a scenario as they are written: `90s`, `warmup.end + 10s`, `crash.start`,
// `alert:NodeDown.firing + 20s`. What the names refer to is not known here.
#pragma once

#include <string>
#include <string_view>

#include "sim/scenario/units.hpp"

namespace shaketable {

struct Moment {
    enum class Edge : std::uint8_t { none, start, end, firing, resolved };

    std::string anchor;  // warmup, the id of a fault, of firing and resolved the name of an alert;
                         // empty: the start of the run
    Edge edge = Edge::none;
    Duration offset{};  // 0 or more
    bool is_of_alert() const { return edge == Edge::firing || edge == Edge::resolved; }
    friend bool operator==(const Moment&, const Moment&) = default;
};

Parsed<Moment> parse_moment(std::string_view text);
// Canonical: `warmup.end + 10s`, with no offset of 0s behind an anchor.
std::string format_moment(const Moment& moment);

// [a-z0-9]([-a-z0-9]*[a-z0-9])?, at most 63 characters.
bool is_identifier(std::string_view text);
// The same, with _ as well.
bool is_name(std::string_view text);

}  // namespace shaketable
