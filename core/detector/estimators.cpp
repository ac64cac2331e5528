// SPDX-License-Identifier: MIT
#include "core/detector/estimators.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace novacron::detector {

namespace {

// An expectation may lie before the last heartbeat, if that was late: patience does not.
Patience waits(Instant expected, Instant last, Duration margin, Duration failed_margin) {
    return {std::max(last, expected + margin), std::max(last, expected + failed_margin)};
}
void require_margins(Duration interval, Duration margin, Duration failed_margin) {
    check(interval.ns > 0, "heartbeats have an interval above 0");
    check(margin.ns >= 0 && failed_margin >= margin,
          "margins are not negative, and the one for failed is not below the other");
}

}  // namespace

FixedTimeout::FixedTimeout(const FixedTimeoutOptions& options) : options_(options) {
    check(options.timeout.ns > 0 && options.failed_timeout >= options.timeout,
          "timeouts are above 0, and the one for failed is not below the other");
}

Patience FixedTimeout::patience() const {
    if (!last_) return {};
    return {*last_ + options_.timeout, *last_ + options_.failed_timeout};
}

void ExpectedArrival::add(Instant now, std::uint64_t sequence) {
    if (shifts_.empty()) {
        first_ = now;
        first_sequence_ = sequence;
    }
    shifts_.add(shift(now, sequence).ns);
    newest_ = sequence;
}

Instant ExpectedArrival::next() const {
    const auto sent_later = static_cast<std::int64_t>(newest_ + 1 - first_sequence_);
    return first_ + Duration{shifts_.whole_mean()} + interval_ * sent_later;
}

ChenEstimator::ChenEstimator(const ChenOptions& options)
    : options_(options), arrival_(options.heartbeat_interval, options.window_size) {
    require_margins(options.heartbeat_interval, options.margin, options.failed_margin);
}

void ChenEstimator::expect(Instant now) {
    arrival_.clear();
    last_ = now;
}

void ChenEstimator::heard(Instant now, std::uint64_t sequence) {
    if (last_ && now < *last_) arrival_.clear();
    arrival_.add(now, sequence);
    last_ = now;
}

Patience ChenEstimator::patience() const {
    if (!last_) return {};
    const Instant expected =
        arrival_.empty() ? *last_ + options_.heartbeat_interval : arrival_.next();
    return waits(expected, *last_, options_.margin, options_.failed_margin);
}

TwoWindow::TwoWindow(const TwoWindowOptions& options)
    : options_(options),
      recent_(options.heartbeat_interval, options.short_window),
      steady_(options.heartbeat_interval, options.long_window) {
    require_margins(options.heartbeat_interval, options.margin, options.failed_margin);
    check(options.short_window <= options.long_window, "the short window is not the longer one");
}

void TwoWindow::expect(Instant now) {
    recent_.clear();
    steady_.clear();
    last_ = now;
}

void TwoWindow::heard(Instant now, std::uint64_t sequence) {
    if (last_ && now < *last_) {
        recent_.clear();
        steady_.clear();
    }
    recent_.add(now, sequence);
    steady_.add(now, sequence);
    last_ = now;
}

Patience TwoWindow::patience() const {
    if (!last_) return {};
    const Instant expected = recent_.empty() ? *last_ + options_.heartbeat_interval
                                             : std::max(recent_.next(), steady_.next());
    return waits(expected, *last_, options_.margin, options_.failed_margin);
}

}  // namespace novacron::detector
