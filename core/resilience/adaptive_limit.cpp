// SPDX-License-Identifier: MIT
#include "core/resilience/adaptive_limit.hpp"

#include "core/base/check.hpp"
#include "core/base/math.hpp"

namespace novacron::resilience {

namespace {

constexpr std::uint32_t kWarmUp = 10;
constexpr std::uint32_t kProbeCalls = 10;
constexpr double kDropFactor = 0.9;

double log10(double x) { return math::log(x) / 2.30258509299404568402; }

template <class Options>
void require(const Options& options) {
    check(options.min_limit >= 1 && options.max_limit >= options.min_limit &&
              options.initial_limit >= options.min_limit &&
              options.initial_limit <= options.max_limit,
          "1 <= min_limit <= initial_limit <= max_limit");
    check(options.smoothing > 0 && options.smoothing <= 1, "smoothing is above 0, 1 at most");
}

}  // namespace

GradientLimit::GradientLimit(const GradientOptions& options)
    : options_(options), limit_(options.initial_limit) {
    require(options);
    check(options.tolerance >= 1 && options.queue > 0 && options.long_window >= kWarmUp,
          "a gradient tolerates 1 or more, some queue, and looks at 10 calls at least");
}

void GradientLimit::measure(double ns) {
    if (measured_ < kWarmUp) {
        ++measured_;
        sum_ += ns;
        long_ns_ = sum_ / measured_;
    } else {
        long_ns_ += (ns - long_ns_) * 2 / (options_.long_window + 1.0);
    }
}

void GradientLimit::ended(const CallResult& result) {
    if (result.kind == CallResult::Kind::ignored) return;
    if (result.kind == CallResult::Kind::dropped) {
        limit_ = std::max(options_.min_limit, limit_ * kDropFactor);
        return;
    }
    const double short_ns = std::max(1.0, static_cast<double>(result.took.ns));
    measure(short_ns);
    if (long_ns_ > 2 * short_ns) long_ns_ *= 0.95;
    if (result.under_way < limit_ / 2) return;
    const double gradient = std::clamp(options_.tolerance * long_ns_ / short_ns, 0.5, 1.0);
    const double wanted = limit_ * gradient + options_.queue;
    limit_ += options_.smoothing * (wanted - limit_);
    limit_ = std::clamp(limit_, options_.min_limit, options_.max_limit);
}

VegasLimit::VegasLimit(const VegasOptions& options, Random random)
    : options_(options), random_(random), limit_(options.initial_limit) {
    require(options);
    check(options.probe_multiplier >= 1, "the least time is measured anew after a limit of calls");
    draw_next_probe();
}

void VegasLimit::draw_next_probe() {
    calls_ = 0;
    probe_share_ = 0.5 + static_cast<double>(random_.below(1'000'001)) / 2e6;
}

// Calls that began before there was room say nothing.
void VegasLimit::probe(double ns, std::uint32_t under_way) {
    if (under_way > limit()) return;
    probe_least_ns_ = probed_ == 0 ? ns : std::min(probe_least_ns_, ns);
    if (++probed_ < kProbeCalls) return;
    least_ns_ = probe_least_ns_;
    probing_ = false;
    draw_next_probe();
}

void VegasLimit::ended(const CallResult& result) {
    if (result.kind == CallResult::Kind::ignored) return;
    const double step = std::max(1.0, log10(limit_));
    double wanted = limit_;
    if (result.kind == CallResult::Kind::dropped) {
        wanted = limit_ - step;
    } else {
        const double ns = std::max(1.0, static_cast<double>(result.took.ns));
        if (probing_) return probe(ns, result.under_way);
        ++calls_;
        const double due = options_.probe_multiplier * limit_ * probe_share_;
        if (static_cast<double>(calls_) >= due) {
            probing_ = true;
            probed_ = 0;
            return;
        }
        if (least_ns_ == 0 || ns < least_ns_) {
            least_ns_ = ns;
            return;
        }
        if (result.under_way * 2.0 < limit_) return;
        const double waiting = limit_ * (1 - least_ns_ / ns);
        if (waiting <= step) {
            wanted = limit_ + 6 * step;
        } else if (waiting < 3 * step) {
            wanted = limit_ + step;
        } else if (waiting > 6 * step) {
            wanted = limit_ - step;
        }
    }
    limit_ += options_.smoothing * (wanted - limit_);
    limit_ = std::clamp(limit_, options_.min_limit, options_.max_limit);
}

void ConcurrencyLimiter::leave(const CallResult& result) {
    check(under_way_ > 0, "a call that leaves has entered");
    --under_way_;
    std::visit([&](auto& each) { each.ended(result); }, limit_);
}

}  // namespace novacron::resilience
