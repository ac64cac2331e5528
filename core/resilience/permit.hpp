// SPDX-License-Identifier: MIT
//
// What a call takes along from the pattern that let it through, and gives back with its outcome.
//
// Intuition: an outcome comes later than the question that it answers. A breaker may have opened,
// or been reset, in between: then the outcome is about a world that is gone. So a permit says of
// which *generation* of its pattern's state it is, and one of an older generation decides nothing.
//
// A permit that a pattern waits for is a *lease*: it ends by itself. Calls get lost, hang, or are
// dropped by code that forgets to say so, and a pattern that waits for such a call waits for ever.
//
// Invariant: (generation, number) is unique within a pattern's life.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace novacron::resilience {

enum class Outcome : std::uint8_t {
    success,
    failure,
    excluded,  // says nothing about the callee: the caller's mistake, or its change of mind
};

struct Permit {
    enum class Kind : std::uint8_t { regular, probe };

    std::uint64_t generation = 0;
    std::uint64_t number = 0;
    Kind kind = Kind::regular;
    Instant lease = Instant::never();  // a probe that is not back by then has failed
};

}  // namespace novacron::resilience
