// SPDX-License-Identifier: MIT
//
// What times of a scenario may hang on: when an alert of a name fired for the first time, and when
// nothing of it fired any more for the first time after that.
#pragma once

#include <optional>

#include "core/base/time.hpp"

namespace shaketable {

struct AlertInstants {
    std::optional<novacron::Instant> firing;    // nothing: not yet
    std::optional<novacron::Instant> resolved;  // likewise
    friend bool operator==(const AlertInstants&, const AlertInstants&) = default;
};

}  // namespace shaketable
