// SPDX-License-Identifier: MIT
//
// Which of a service's instances one caller asks, by what it has seen of them.
//
// Intuition: three opinions of an instance. Health checks: does it answer at all? Outlier ejection:
// do my own calls fail there, one after the other? Then it is left alone, each time for longer, but
// never more than a tenth of all at a time: if most fail, it is not they who are odd. And panic: if
// too few would be left, nobody is left out, since the few would drown.
//
// Invariants: (1) ejected at a time: max_percent of the instances at most, but one if there are two
//             or more. (2) outstanding is the number of this caller's calls under way.
// An ejection ends by itself: its end is noticed at the next choice.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/time.hpp"
#include "sim/record/service_words.hpp"
#include "sim/service/policy_spec.hpp"

namespace shaketable {

using novacron::Instant;

class Balancer {
public:
    // What a caller thinks of an instance has changed; or whether it panics.
    struct Change {
        std::uint32_t instance;  // counted within the service
        Repute repute;
    };

    Balancer(const BalancerSpec& spec, std::uint32_t instances, const novacron::Random& random)
        : spec_(&spec), targets_(instances), random_(random) {}

    // Another one than `avoid`, if it may be. Nothing: nobody may be asked.
    [[nodiscard]] std::optional<std::uint32_t> choose(Instant now,
                                                      std::optional<std::uint32_t> avoid = {});
    void began(std::uint32_t instance) { ++targets_[instance].outstanding; }
    // A call is over. Nothing: it says nothing of the instance.
    void ended(Instant now, std::uint32_t instance, std::optional<bool> good);
    // A health check was answered in time, or not.
    void checked(std::uint32_t instance, bool good);

    // What the last input changed; cleared by whoever has read it.
    std::vector<Change>& changes() { return changes_; }
    bool panics() const { return panics_; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(targets_.size()); }
    std::uint32_t outstanding(std::uint32_t instance) const {
        return targets_[instance].outstanding;
    }
    Repute repute(std::uint32_t instance) const { return targets_[instance].repute(); }

private:
    struct Target {
        std::uint32_t outstanding = 0;
        std::uint32_t failures = 0;       // of calls, in a row
        std::uint32_t times_ejected = 0;
        Instant ejected_until{};
        bool ejected = false;
        bool unhealthy = false;
        std::uint32_t checks = 0;  // in a row, against what is thought of it

        Repute repute() const {
            return unhealthy ? Repute::unhealthy : ejected ? Repute::ejected : Repute::in_order;
        }
    };

    void let_back(Instant now);
    void count();
    bool may_ask(std::uint32_t instance) const {
        return panics_ || targets_[instance].repute() == Repute::in_order;
    }
    std::optional<std::uint32_t> pick(std::optional<std::uint32_t> avoid);

    const BalancerSpec* spec_;
    std::vector<Target> targets_;
    novacron::Random random_;
    std::uint32_t turn_ = 0;
    std::uint32_t out_of_order_ = 0;
    std::uint32_t ejected_ = 0;
    bool panics_ = false;
    std::vector<Change> changes_;
};

}  // namespace shaketable
