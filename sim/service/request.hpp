// SPDX-License-Identifier: MIT
//
// A request as the instance that serves it knows it; a call and its attempts as their caller does.
//
// All live in pools and are named by slots. A slot is used again, so whoever may come late (an
// answer, a deadline) brings the ticket of what it means.
#pragma once

#include <cstdint>
#include <optional>

#include "core/resilience/bulkhead.hpp"
#include "core/resilience/deadline.hpp"
#include "core/resilience/hedge.hpp"
#include "core/resilience/permit.hpp"
#include "core/resilience/retry.hpp"
#include "sim/record/facts.hpp"
#include "sim/service/spec.hpp"

namespace shaketable {

constexpr std::uint32_t kNoSlot = 0xffffffffU;

struct ServedRequest {
    enum class Stage : std::uint8_t { queued, computing, waiting, calling };

    std::uint64_t ticket = 0;  // 0: the slot is free
    std::uint32_t instance = 0;
    std::uint32_t place = 0;   // among the instance's requests
    // Whom to answer.
    HostId from;
    std::uint32_t edge = 0;
    std::uint32_t attempt = 0;
    std::uint64_t attempt_ticket = 0;
    Criticality criticality = Criticality::standard;

    Stage stage = Stage::queued;
    bool failed = false;
    bool cancelled = false;    // nobody waits for its answer
    Instant arrived{};
    Instant deadline{};        // when its caller gives up
    Duration rest{};           // of its work, after what needs the processor
    std::uint32_t entered_as = 0;  // what the adaptive limit said
    std::uint32_t next_call = 0;
    std::uint32_t outstanding = 0;
    std::uint32_t first_child = kNoSlot;
    std::uint32_t before = kNoSlot;  // in the queue
    std::uint32_t after = kNoSlot;
};

struct Call {
    std::uint64_t ticket = 0;  // 0: the slot is free
    std::uint32_t channel = 0;
    std::uint32_t parent = kNoSlot;  // the request that it is made for; none: a client's
    std::uint32_t number = 0;        // in the list of its service's calls
    std::uint32_t before = kNoSlot;  // among its parent's calls
    std::uint32_t after = kNoSlot;
    std::uint32_t first_attempt = kNoSlot;
    std::uint32_t attempts = 0;      // that left
    std::uint32_t last_asked = kNoSlot;
    Criticality criticality = Criticality::standard;
    bool retry_waits = false;        // for the end of a back-off
    bool is_extra = false;           // of a client: not one of its loop
    std::uint32_t guest_of = kNoSlot;  // of a client: the fault that it came with
    RequestId request{};             // of a client
    Instant begun{};
    novacron::resilience::Deadline deadline{};
    std::optional<novacron::resilience::RetriedCall> retried;
    std::optional<novacron::resilience::HedgedCall> hedged;
};

struct Attempt {
    std::uint64_t ticket = 0;  // 0: the slot is free
    std::uint32_t call = 0;
    std::uint32_t next = kNoSlot;     // of the same call
    std::uint32_t asked = kNoSlot;    // of the service's instances; none: it has not left
    bool is_retry = false;            // it was paid for from the budget
    bool has_permit = false;
    bool has_place = false;           // in the bulkhead, or before it
    Instant sent{};
    Instant until{};
    novacron::resilience::Permit permit{};
    novacron::resilience::Bulkhead::Ticket place{};
};

}  // namespace shaketable
