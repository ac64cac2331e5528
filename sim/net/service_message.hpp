// SPDX-License-Identifier: MIT
//
// What services and their callers say to each other: one small struct for all of it.
//
// A call carries what its callee must know of it, so that work is done for a caller that has long
// forgotten it. The rest names the caller's attempt, which an answer finds by slot and ticket if it
// is still there.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "core/resilience/criticality.hpp"
#include "sim/record/service_words.hpp"

namespace shaketable {

struct ServiceMessage {
    // Refusal: nobody is there who would take the call. Cancel: nobody waits for its answer.
    enum class Kind : std::uint8_t { call, answer, refusal, cancel, probe, probe_answer };

    Kind kind = Kind::call;
    CallOutcome outcome = CallOutcome::ok;  // of an answer
    CallCause cause = CallCause::none;      // likewise
    novacron::resilience::Criticality criticality{};
    std::uint32_t edge = 0;
    std::uint32_t instance = 0;  // the callee
    std::uint32_t attempt = 0;   // of a probe: the caller's channel
    std::uint64_t ticket = 0;    // of the attempt; of a probe: its round
    novacron::Duration left{};   // of a call: how long its caller waits
};

}  // namespace shaketable
