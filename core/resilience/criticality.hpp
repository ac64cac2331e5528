// SPDX-License-Identifier: MIT
//
// How much a request matters, for whoever must choose which to refuse.
#pragma once

#include <cstdint>

namespace novacron::resilience {

// In order: what is refused last comes first.
enum class Criticality : std::uint8_t {
    critical,    // somebody's money or safety
    standard,    // what people wait for
    background,  // what nobody waits for, and somebody tries again later
};

}  // namespace novacron::resilience
