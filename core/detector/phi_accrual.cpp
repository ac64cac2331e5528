// SPDX-License-Identifier: MIT
#include "core/detector/phi_accrual.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/detector/surprise.hpp"

namespace novacron::detector {

namespace {

constexpr double kLog10 = 2.30258509299404568402;
constexpr double kLongest = 4.0e18;  // nanoseconds: 126 years stand for "never"

// Up to the next whole nanosecond, within 0 .. kLongest.
std::int64_t whole_up(double ns) {
    if (!(ns > 0)) return 0;
    if (ns >= kLongest) return static_cast<std::int64_t>(kLongest);
    const auto whole = static_cast<std::int64_t>(ns);
    return static_cast<double>(whole) < ns ? whole + 1 : whole;
}

}  // namespace

PhiAccrual::PhiAccrual(const PhiOptions& options)
    : options_(options), intervals_(options.window_size) {
    check(options.threshold > 0 && options.threshold <= 1e6 &&
              options.failed_threshold >= options.threshold && options.failed_threshold <= 1e6,
          "phi thresholds are above 0, and the one for failed is not below the other");
    check(options.window_size >= 2, "a phi window holds two intervals at least");
    check(options.heartbeat_interval.ns > 0 && options.network_jitter_factor > 0,
          "heartbeats have an interval and a jitter above 0");
    check(options.acceptable_pause.ns >= 0 && options.min_standard_deviation.ns >= 0,
          "pauses and deviations are not negative");
    suspected_silence_ = silence_of(surprise_of(options.threshold));
    failed_silence_ = silence_of(surprise_of(options.failed_threshold));
    estimate();
}

double PhiAccrual::surprise_of(double phi) const {
    return options_.phi_base == PhiBase::log10 ? phi * kLog10 : phi;
}

double PhiAccrual::silence_of(double surprise) const {
    switch (options_.model) {
        case PhiModel::normal: return normal_silence(surprise);
        case PhiModel::logistic: return logistic_silence(surprise);
        case PhiModel::exponential: return surprise;
    }
    return 0;
}

void PhiAccrual::expect(Instant now) {
    intervals_.clear();
    const std::int64_t interval = options_.heartbeat_interval.ns;
    intervals_.add(interval - interval / 4);
    intervals_.add(interval + interval / 4);
    estimate();
    watching_ = true;
    has_heard_ = false;
    last_ = now;
    not_learnt_ = 0;
}

void PhiAccrual::heard(Instant now, std::uint64_t) {
    if (!has_heard_) {
        expect(now);
        has_heard_ = true;
        return;
    }
    if (now >= last_) {
        const std::int64_t interval = (now - last_).ns;
        if (now > patience().suspected) {
            not_learnt_ = interval / std::max<std::int64_t>(1, static_cast<std::int64_t>(mean_));
        } else if (not_learnt_ > 0 && static_cast<double>(interval) < mean_ / 2) {
            --not_learnt_;
        } else {
            not_learnt_ = 0;
            learn(interval);
        }
    }
    last_ = now;
}

void PhiAccrual::learn(std::int64_t interval) {
    intervals_.add(interval);
    estimate();
}

void PhiAccrual::estimate() {
    const bool learnt = options_.adaptive && !intervals_.empty();
    mean_ = learnt ? std::max(1.0, intervals_.mean())
                   : static_cast<double>(options_.heartbeat_interval.ns);
    deviation_ = std::max({learnt ? intervals_.standard_deviation() : 0.0,
                           options_.network_jitter_factor * mean_,
                           static_cast<double>(options_.min_standard_deviation.ns)});
}

double PhiAccrual::phi(Instant now) const {
    if (!watching_ || now <= last_) return 0;
    const auto silence = static_cast<double>((now - last_ - options_.acceptable_pause).ns);
    double surprise = 0;
    switch (options_.model) {
        case PhiModel::normal: surprise = normal_surprise((silence - mean_) / deviation_); break;
        case PhiModel::logistic:
            surprise = logistic_surprise((silence - mean_) / deviation_);
            break;
        case PhiModel::exponential: surprise = std::max(0.0, silence / mean_); break;
    }
    return options_.phi_base == PhiBase::log10 ? surprise / kLog10 : surprise;
}

Instant PhiAccrual::reaches(double phi) const {
    return watching_ ? after(silence_of(surprise_of(phi))) : Instant::never();
}

Patience PhiAccrual::patience() const {
    if (!watching_) return {};
    return {after(suspected_silence_), after(failed_silence_)};
}

Instant PhiAccrual::after(double silence) const {
    const double ns =
        options_.model == PhiModel::exponential ? silence * mean_ : mean_ + silence * deviation_;
    return last_ + options_.acceptable_pause + Duration{whole_up(ns)};
}

}  // namespace novacron::detector
