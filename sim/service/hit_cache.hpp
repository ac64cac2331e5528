// SPDX-License-Identifier: MIT
//
// A cache of so many places that is emptied by a restart and filled again by use.
//
// Formula: a lookup hits with probability hit_rate * filled / entries. A miss that is answered
// fills an empty place with probability 1 - filled / entries, as if its key were drawn from all.
// After a loss, n answered misses leave (1 - 1 / entries)^n of the places empty, in the mean.
//
// Not modelled: keys, ages, evictions.
#pragma once

#include <cstdint>

#include "core/base/random.hpp"
#include "sim/net/chance.hpp"
#include "sim/service/spec.hpp"

namespace shaketable {

class HitCache {
public:
    // Full at first.
    HitCache(const CacheSpec& spec, const novacron::Random& random)
        : hits_(spec.hit_rate), entries_(spec.entries), filled_(spec.entries), random_(random) {}

    [[nodiscard]] bool hits() {
        const bool wanted = hits_.draw(random_);
        return wanted && (filled_ == entries_ || random_.below(entries_) < filled_);
    }
    void answered() {
        if (filled_ < entries_ && random_.below(entries_) >= filled_) ++filled_;
    }
    // Whether there was anything to lose.
    bool lose() {
        const bool had = filled_ > 0;
        filled_ = 0;
        return had;
    }
    std::uint32_t filled() const { return filled_; }

private:
    Chance hits_;
    std::uint32_t entries_;
    std::uint32_t filled_;
    novacron::Random random_;
};

}  // namespace shaketable
