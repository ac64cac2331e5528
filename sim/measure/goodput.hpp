// SPDX-License-Identifier: MIT
//
// How much of what is asked is answered, in the course of time, and whether that stays low when
// there is no reason for it any more.
//
// Intuition: a system that is pushed over and does not stand up again by itself is metastable: the
// load that it could carry before, it can't carry any more, because work on requests whose callers
// have gone, and retries, take all it has. That is computed here, and nobody's impression.
//
// Definitions: goodput is successes per second, each counted when it is told. *Before* is its mean
// from the warm-up's end to the first fault. The trigger has ended when the last fault has. From
// then on time is looked at in slices of ten seconds. The service is *metastable* if goodput is
// below half of before in every slice of some five minutes: they need not begin at once, for it may
// take a collapse some seconds to feed on itself. It is not if there are five minutes to look at,
// no such stretch among them, and none under way when the run ends. Else nothing is known; nor if a
// fault never ends, or if there was no goodput before.
// Source: the notion is that of N. Bronson et al., "Metastable Failures in Distributed Systems",
// HotOS 2021; half, five minutes and ten seconds are ours.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

// Counts in slices of equal width, from the start of the run.
class Slices {
public:
    explicit Slices(Duration width = novacron::seconds(1)) : width_(width) {}

    void add(Instant at) {
        const auto slice = static_cast<std::size_t>(at.ns / width_.ns);
        if (counts_.size() <= slice) counts_.resize(slice + 1);
        ++counts_[slice];
    }
    // Of the slices that begin in [from, until).
    std::uint64_t between(Instant from, Instant until) const;
    Duration width() const { return width_; }

private:
    Duration width_;
    std::vector<std::uint32_t> counts_;
};

enum class Metastable : std::uint8_t { no, yes, unknown };
constexpr std::array<std::string_view, 3> kMetastableNames = {"no", "yes", "unknown"};

struct Goodput {
    std::optional<double> before;  // per second; nothing: no fault struck after the warm-up
    std::optional<double> after;   // in the mean of the five minutes; nothing: there are no five
    Metastable metastable = Metastable::unknown;
    std::optional<Duration> back;  // from the end of the trigger to the last slice that is below
                                   // half of before, its end; nothing: that is the run's last
};

struct GoodputQuestion {
    Instant from;                       // the warm-up's end
    std::optional<Instant> trigger;     // the first fault's start; nothing: there was none
    std::optional<Instant> trigger_end; // the last one's end; nothing: one never ended
    Instant run_end;
};

inline constexpr Duration kMetastableAfter = novacron::seconds(300);
inline constexpr Duration kGoodputSlice = novacron::seconds(10);

Goodput judge_goodput(const Slices& successes, const GoodputQuestion& question);

// Successes per second in the mean of the time. REQUIRES: from is before until.
double goodput_between(const Slices& successes, Instant from, Instant until);

}  // namespace shaketable
