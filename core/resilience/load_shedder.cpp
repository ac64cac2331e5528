// SPDX-License-Identifier: MIT
#include "core/resilience/load_shedder.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/wide.hpp"

namespace novacron::resilience {

UtilisationShedder::UtilisationShedder(const UtilisationShedderOptions& options, Instant now)
    : options_(options), level_(options.half_life, 0, now) {
    set_threshold(options.threshold);
}

void UtilisationShedder::set_threshold(std::uint32_t threshold) {
    check(threshold <= 99, "load is shed from 0 to 99 percent on");
    options_.threshold = threshold;
}

void UtilisationShedder::busy(Instant now, std::uint64_t places, std::uint64_t capacity) {
    check(capacity > 0, "a server has places");
    level_.set(now, 100 * static_cast<double>(places) / static_cast<double>(capacity));
}

double UtilisationShedder::refusal_probability(Instant now) const {
    const double threshold = options_.threshold;
    return std::clamp((utilisation(now) - threshold) / (100 - threshold), 0.0, 1.0);
}

bool UtilisationShedder::admit(Instant now, const Request& request, Random& random) const {
    if (request.queue_is_full) return false;
    if (request.criticality == Criticality::critical) return true;
    const double refusal = refusal_probability(now);
    if (refusal <= 0) return true;
    constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
    return static_cast<double>(random.bits() >> 11U) * kUnit >= refusal;
}

PriorityShedder::PriorityShedder(const PriorityShedderOptions& options, Instant now)
    : options_(options),
      cutoff_(options.levels),
      window_ends_(now + options.window),
      came_(options.levels) {
    check(options.levels >= 1 && options.window_requests >= 1 && options.window.ns > 0 &&
              options.wait_max.ns >= 0,
          "a shedder has a level, and windows that end");
    check(options.decrease_percent >= 1 && options.decrease_percent <= 100 &&
              options.increase_percent >= 1 && options.increase_percent <= 100,
          "steps of a shedder are 1 to 100 percent");
}

bool PriorityShedder::admit(Instant now, std::uint32_t level) {
    check(level < options_.levels, "a request's level is one of the shedder's");
    end_window_if_due(now);
    ++came_[level];
    ++came_in_all_;
    const bool admitted = level < cutoff_;
    admitted_ += admitted ? 1U : 0U;
    return admitted;
}

void PriorityShedder::waited(Instant now, Duration wait) {
    end_window_if_due(now);
    ++waits_;
    waited_ns_ += wait.ns;
}

void PriorityShedder::end_window_if_due(Instant now) {
    if (now >= window_ends_ || came_in_all_ >= options_.window_requests) end_window(now);
}

void PriorityShedder::end_window(Instant now) {
    const bool overloaded = waits_ > 0 && Wide{waited_ns_} > Wide{options_.wait_max.ns} *
                                                                 static_cast<std::int64_t>(waits_);
    // Rounded so that a step is a request at least.
    const std::uint64_t wanted =
        overloaded ? admitted_ - (admitted_ * options_.decrease_percent + 99) / 100
                   : admitted_ + (came_in_all_ * options_.increase_percent + 99) / 100;
    std::uint32_t cutoff = 0;
    for (std::uint64_t below = 0; cutoff < options_.levels; ++cutoff) {
        below += came_[cutoff];
        if (below > wanted) break;
    }
    cutoff_ = std::max<std::uint32_t>(
        1, overloaded ? std::min(cutoff, cutoff_ - 1) : std::max(cutoff, cutoff_));
    std::fill(came_.begin(), came_.end(), 0);
    came_in_all_ = admitted_ = waits_ = 0;
    waited_ns_ = 0;
    window_ends_ = now + options_.window;
}

}  // namespace novacron::resilience
