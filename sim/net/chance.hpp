// SPDX-License-Identifier: MIT
//
// A probability as a threshold on 64-bit words: 0 is never, all ones is always.
#pragma once

#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/random.hpp"

namespace shaketable {

class Chance {
public:
    Chance() = default;
    // REQUIRES: 0 <= probability <= 1.
    explicit Chance(double probability) {
        novacron::check(probability >= 0 && probability <= 1, "a probability is within 0 and 1");
        // 2^64 is exact as a double; only certainty would not fit.
        threshold_ = probability >= 1
                         ? ~std::uint64_t{0}
                         : static_cast<std::uint64_t>(probability * 18446744073709551616.0);
    }
    bool is_zero() const { return threshold_ == 0; }
    bool draw(novacron::Random& random) const {
        return threshold_ != 0 && random.bits() <= threshold_;
    }

private:
    std::uint64_t threshold_ = 0;
};

}  // namespace shaketable
