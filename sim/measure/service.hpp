// SPDX-License-Identifier: MIT
//
// Whether clients are served at an instant, as far as can be known then.
//
// Intuition: what a person at a dashboard would say. An outage is three operations in a row that
// are not good (sim/measure/recovery.hpp); so service is down while the last three that can be
// judged are not.
//
// An operation can be judged when it has ended, or when it is older than the latency limit.
#pragma once

#include "sim/measure/operations.hpp"

namespace shaketable {

enum class ServiceState : std::uint8_t { up, down, unknown };  // unknown: nothing can be judged
constexpr std::array<std::string_view, 3> kServiceStateNames = {"up", "down", "unknown"};

// Of the operations of one kind. REQUIRES: the operations are those issued before `now`.
ServiceState service_at(Instant now, const std::vector<OperationView>& operations,
                        OperationKind kind, Duration latency_limit);

}  // namespace shaketable
