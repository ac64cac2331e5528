// SPDX-License-Identifier: MIT
//
// Hosts that are cut off one after the other and healed one after the other in another order.
//
// Intuition: FoundationDB's tests found that this order of events ("swizzle-clogging") uncovers
// what neither a clean cut nor random ones do. Of n hosts and a step s: in the first n * s of a
// round a host more is cut off at each step, the first one at once, until all are; in the next
// n * s a host more is healed at each step. Then a new round begins with new orders.
//
// Invariant: (1) who is cut off at an instant depends on the start, the step, the hosts and the
//                stream alone, and not on when it is asked.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;
using novacron::Random;

class Swizzle {
public:
    // `chosen` says it of each host. REQUIRES: the step is above 0.
    Swizzle(Instant start, Duration step, const std::vector<bool>& chosen, const Random& random)
        : start_(start), step_(step), random_(random), places_(chosen.size(), kUntouched) {
        for (std::uint32_t i = 0; i < chosen.size(); ++i) {
            if (!chosen[i]) continue;
            places_[i] = count_++;
        }
        begin_round(0);
    }

    // REQUIRES: now is not before the start.
    bool is_cut(Instant now, std::size_t host) {
        const std::uint32_t place = places_[host];
        if (place == kUntouched) return false;
        const auto steps = static_cast<std::uint64_t>((now - start_).ns / step_.ns);
        const std::uint64_t round = steps / (std::uint64_t{2} * count_);
        if (round != round_) begin_round(round);
        const std::uint64_t step = steps % (std::uint64_t{2} * count_);
        return cut_at_[place] <= step && step < count_ + healed_at_[place];
    }

private:
    static constexpr std::uint32_t kUntouched = ~std::uint32_t{0};

    void begin_round(std::uint64_t round) {
        round_ = round;
        cut_at_ = order(random_.fork("cut", round));
        healed_at_ = order(random_.fork("heal", round));
    }
    // The numbers below count_ in an order of which each is equally likely.
    std::vector<std::uint32_t> order(Random random) const {
        std::vector<std::uint32_t> numbers(count_);
        std::iota(numbers.begin(), numbers.end(), 0U);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const auto other = static_cast<std::size_t>(random.below(numbers.size() - i));
            std::swap(numbers[i], numbers[i + other]);
        }
        return numbers;
    }

    Instant start_;
    Duration step_;
    Random random_;
    std::uint32_t count_ = 0;
    std::vector<std::uint32_t> places_;  // by host: which of the chosen ones it is
    std::uint64_t round_ = 0;
    std::vector<std::uint32_t> cut_at_;     // by place: the step of the round
    std::vector<std::uint32_t> healed_at_;  // by place: the step of the round's second half
};

}  // namespace shaketable
