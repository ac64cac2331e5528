// SPDX-License-Identifier: MIT
//
// What was lost: the writes that clients were told are safe, and that the surviving history has
// not.
//
// The surviving history is what the run's end leaves of the committed one (logs.hpp). A write
// survives if its entry is there, whatever was written to the register afterwards. The sets are
// exact: every write has a content of its own.
//
// RPO_ops counts the lost writes acknowledged before the fault. RPO_time = t_fault minus the
// acknowledgement of the oldest of them, 0 if there is none. The recovery-point age = t_fault minus
// the acknowledgement of the newest surviving write acknowledged before the fault.
#pragma once

#include <optional>

#include "sim/measure/logs.hpp"
#include "sim/measure/operations.hpp"

namespace shaketable {

// What the operator of a restore has given up: writes that were acknowledged before it, of entries
// after the state that the nodes went on from.
struct GivenUp {
    Instant at;
    LogIndex after;
};

struct Loss {
    std::uint64_t acknowledged = 0;
    std::uint64_t lost_before_fault = 0;    // RPO_ops
    std::uint64_t lost_after_fault = 0;
    std::uint64_t given_up = 0;             // of the lost ones, before and after the fault
    std::uint64_t survived_unacknowledged = 0;
    Duration rpo_time{};
    std::optional<Duration> recovery_point_age;
};

Loss find_loss(const std::vector<OperationView>& operations, const SurvivingHistory& survivor,
               Instant fault, const std::vector<GivenUp>& given_up = {});

}  // namespace shaketable
