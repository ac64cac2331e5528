// SPDX-License-Identifier: MIT
//
// Narrow lines: what a host sends, and what it is sent, passes one byte after the other.
//
// Intuition: a line has a rate and a queue before it. A message takes its size over the rate to
// pass and waits until what came before it has passed. What would make the queue longer than its
// limit is dropped, the newest first (tail drop). A line that has nothing to do takes any message,
// so that one that is larger than the queue is not stuck for ever.
//
// Each narrow host has two lines, out and in. A message between two narrow hosts passes the
// sender's line out and then the receiver's line in; the way between the two takes no part in this.
//
// Invariants: (1) in any window of length w, at most one message and rate * w bytes pass a line.
//             (2) at most the limit, or a single message, waits or passes at any time.
// Units: bytes, bytes a second; times are rounded up to whole nanoseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

struct BottleneckOptions {
    std::uint64_t bytes_per_second;  // at least 1
    std::uint64_t queue;             // in bytes
    friend bool operator==(const BottleneckOptions&, const BottleneckOptions&) = default;
};

class Bottleneck {
public:
    // `narrow` says it of each host.
    Bottleneck(const BottleneckOptions& options, std::vector<bool> narrow)
        : options_(options),
          narrow_(std::move(narrow)),
          out_(narrow_.size()),
          in_(narrow_.size()) {}

    // How long the message takes to pass; nothing: it is dropped.
    // REQUIRES: now is not before the previous call's.
    [[nodiscard]] std::optional<Duration> pass(Instant now, std::size_t from, std::size_t to,
                                               std::uint64_t bytes) {
        Instant at = now;
        if (narrow_[from] && !pass_line(out_[from], at, bytes)) return std::nullopt;
        if (narrow_[to] && !pass_line(in_[to], at, bytes)) return std::nullopt;
        return at - now;
    }

private:
    using Wide = novacron::UnsignedWide;
    static constexpr std::uint64_t kBillion = 1'000'000'000;

    // Moves `at` to the end of the message's passing; false: there is no room.
    bool pass_line(Instant& free_at, Instant& at, std::uint64_t bytes) const {
        if (free_at > at) {
            const auto wait = static_cast<std::uint64_t>((free_at - at).ns);
            const Wide waiting = static_cast<Wide>(wait) * options_.bytes_per_second / kBillion;
            if (waiting + bytes > options_.queue) return false;
        }
        const Wide time = (static_cast<Wide>(bytes) * kBillion + options_.bytes_per_second - 1) /
                          options_.bytes_per_second;
        free_at = std::max(free_at, at) + Duration{static_cast<std::int64_t>(time)};
        at = free_at;
        return true;
    }

    BottleneckOptions options_;
    std::vector<bool> narrow_;  // by host
    std::vector<Instant> out_;  // by host: when the line has nothing more to do
    std::vector<Instant> in_;
};

}  // namespace shaketable
