// SPDX-License-Identifier: MIT
#include "sim/measure/goodput.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

constexpr double kHalf = 0.5;

// The first slice that begins at the instant or after it.
std::size_t slice_from(Instant at, Duration width) {
    return static_cast<std::size_t>((std::max<std::int64_t>(at.ns, 0) + width.ns - 1) / width.ns);
}

}  // namespace

std::uint64_t Slices::between(Instant from, Instant until) const {
    const std::size_t end = std::min(slice_from(until, width_), counts_.size());
    std::uint64_t sum = 0;
    for (std::size_t i = slice_from(from, width_); i < end; ++i) sum += counts_[i];
    return sum;
}

double goodput_between(const Slices& successes, Instant from, Instant until) {
    const std::size_t first = slice_from(from, successes.width());
    const std::size_t end = slice_from(until, successes.width());
    if (end <= first) return 0;
    const double seconds = static_cast<double>(end - first) *
                           (static_cast<double>(successes.width().ns) / 1e9);
    return static_cast<double>(successes.between(from, until)) / seconds;
}

Goodput judge_goodput(const Slices& successes, const GoodputQuestion& question) {
    Goodput result;
    if (!question.trigger || *question.trigger - question.from < successes.width()) return result;
    result.before = goodput_between(successes, question.from, *question.trigger);
    if (!question.trigger_end || *result.before <= 0) return result;
    const Instant ended = std::max(*question.trigger_end, *question.trigger);
    Duration below{};    // the stretch under way, in which every slice is below half
    Duration longest{};  // of such stretches
    result.back = Duration{};
    Instant at = ended;
    for (; at + kGoodputSlice <= question.run_end; at = at + kGoodputSlice) {
        const bool low =
            goodput_between(successes, at, at + kGoodputSlice) < kHalf * *result.before;
        below = low ? below + kGoodputSlice : Duration{};
        longest = std::max(longest, below);
        if (low) result.back = at + kGoodputSlice - ended;
    }
    if (below > Duration{}) result.back.reset();
    if (longest >= kMetastableAfter) result.metastable = Metastable::yes;
    if (ended + kMetastableAfter > question.run_end) return result;
    result.after = goodput_between(successes, ended, ended + kMetastableAfter);
    if (longest < kMetastableAfter && below == Duration{}) result.metastable = Metastable::no;
    return result;
}

}  // namespace shaketable
