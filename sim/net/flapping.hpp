// SPDX-License-Identifier: MIT
//
// A link that goes down and comes up again and again, each for a fixed time; down first.
#pragma once

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

class Flapping {
public:
    // REQUIRES: both times are above 0.
    Flapping(Instant start, Duration down, Duration up) : start_(start), down_(down), up_(up) {}

    // REQUIRES: now is not before the start.
    bool is_down(Instant now) const { return (now - start_).ns % (down_ + up_).ns < down_.ns; }

private:
    Instant start_;
    Duration down_;
    Duration up_;
};

}  // namespace shaketable
