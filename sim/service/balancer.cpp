// SPDX-License-Identifier: MIT
#include "sim/service/balancer.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {

std::optional<std::uint32_t> Balancer::choose(Instant now, std::optional<std::uint32_t> avoid) {
    if (ejected_ > 0) let_back(now);
    if (targets_.empty()) return std::nullopt;
    if (size() == 1) avoid.reset();
    auto chosen = pick(avoid);
    if (!chosen && avoid) chosen = pick(std::nullopt);
    return chosen;
}

std::optional<std::uint32_t> Balancer::pick(std::optional<std::uint32_t> avoid) {
    const std::uint32_t n = size();
    const auto usable = [&](std::uint32_t i) { return may_ask(i) && avoid != i; };
    if (spec_->by == Balancing::random_two && out_of_order_ == 0 && !avoid) {
        const auto one = static_cast<std::uint32_t>(random_.below(n));
        const auto other = static_cast<std::uint32_t>(random_.below(n));
        return targets_[other].outstanding < targets_[one].outstanding ? other : one;
    }
    if (spec_->by == Balancing::random_two) {
        // Two places among those that may be asked.
        std::uint32_t left = 0;
        for (std::uint32_t i = 0; i < n; ++i) left += usable(i) ? 1 : 0;
        if (left == 0) return std::nullopt;
        const auto nth = [&](std::uint64_t place) {
            std::uint32_t i = 0;
            for (;; ++i) {
                if (usable(i) && place-- == 0) return i;
            }
        };
        const std::uint32_t one = nth(random_.below(left));
        const std::uint32_t other = nth(random_.below(left));
        return targets_[other].outstanding < targets_[one].outstanding ? other : one;
    }
    std::optional<std::uint32_t> best;
    for (std::uint32_t step = 0; step < n; ++step) {
        const std::uint32_t i = (turn_ + step) % n;
        if (!usable(i)) continue;
        if (spec_->by == Balancing::round_robin) {
            best = i;
            break;
        }
        if (!best || targets_[i].outstanding < targets_[*best].outstanding) best = i;
    }
    if (best) turn_ = (*best + 1) % n;
    return best;
}

void Balancer::let_back(Instant now) {
    for (std::uint32_t i = 0; i < size(); ++i) {
        Target& target = targets_[i];
        if (!target.ejected || now < target.ejected_until) continue;
        target.ejected = false;
        target.failures = 0;
        changes_.push_back({i, target.repute()});
    }
    count();
}

void Balancer::ended(Instant now, std::uint32_t instance, std::optional<bool> good) {
    Target& target = targets_[instance];
    novacron::check(target.outstanding > 0, "a call that is over was under way");
    --target.outstanding;
    if (!good || !spec_->outliers) return;
    if (*good) {
        target.failures = 0;
        return;
    }
    const OutlierSpec& outliers = *spec_->outliers;
    if (++target.failures < outliers.failures || target.ejected) return;
    const std::uint32_t most =
        size() < 2 ? 0 : std::max<std::uint32_t>(1, size() * outliers.max_percent / 100);
    if (ejected_ >= most || outliers.max_percent == 0) return;
    ++target.times_ejected;
    const bool longest = target.times_ejected > outliers.ejection_max.ns / outliers.ejection.ns;
    target.ejected = true;
    target.ejected_until =
        now + (longest ? outliers.ejection_max : outliers.ejection * target.times_ejected);
    changes_.push_back({instance, target.repute()});
    count();
}

void Balancer::checked(std::uint32_t instance, bool good) {
    Target& target = targets_[instance];
    if (good != target.unhealthy) {
        target.checks = 0;
        return;
    }
    const HealthCheckSpec& check = *spec_->health_check;
    if (++target.checks < (good ? check.healthy_after : check.unhealthy_after)) return;
    target.unhealthy = !good;
    target.checks = 0;
    changes_.push_back({instance, target.repute()});
    count();
}

void Balancer::count() {
    ejected_ = 0;
    out_of_order_ = 0;
    for (const Target& target : targets_) {
        ejected_ += target.ejected ? 1 : 0;
        out_of_order_ += target.repute() == Repute::in_order ? 0 : 1;
    }
    panics_ = (size() - out_of_order_) * 100 < size() * spec_->panic_percent;
}

}  // namespace shaketable
