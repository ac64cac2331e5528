// SPDX-License-Identifier: MIT
//
// The word for each value of an enumeration that facts have, in the order of its values.
#pragma once

#include <span>
#include <string_view>

#include "sim/record/facts.hpp"

namespace shaketable {

using Words = std::span<const std::string_view>;

constexpr Words words_of(PacketKind) { return kPacketKindNames; }
constexpr Words words_of(DropCause) { return kDropCauseNames; }
constexpr Words words_of(StopCause) { return kStopCauseNames; }
constexpr Words words_of(OperationKind) { return kOperationKindNames; }
constexpr Words words_of(Outcome) { return kOutcomeNames; }
constexpr Words words_of(FaultEffect) { return kFaultEffectNames; }
constexpr Words words_of(SiteRole) { return kSiteRoleNames; }
constexpr Words words_of(WriteStop) { return kWriteStopNames; }
constexpr Words words_of(SiteStep) { return kSiteStepNames; }
constexpr Words words_of(StepOutcome) { return kStepOutcomeNames; }
constexpr Words words_of(WriteFate) { return kWriteFateNames; }
constexpr Words words_of(CallOutcome) { return kCallOutcomeNames; }
constexpr Words words_of(CallCause) { return kCallCauseNames; }
constexpr Words words_of(BreakerState) { return kBreakerStateNames; }
constexpr Words words_of(Repute) { return kReputeNames; }
constexpr Words words_of(BackupKind) { return kBackupKindNames; }
constexpr Words words_of(RestoreStep) { return kRestoreStepNames; }
constexpr Words words_of(RestoreStepOutcome) { return kRestoreStepOutcomeNames; }
constexpr Words words_of(RestoreOutcome) { return kRestoreOutcomeNames; }
constexpr Words words_of(RestoreWhy) { return kRestoreWhyNames; }
constexpr Words words_of(DeployStep) { return kDeployStepNames; }
constexpr Words words_of(DeployOutcome) { return kDeployOutcomeNames; }
constexpr Words words_of(novacron::raft::Role) { return novacron::raft::kRoleNames; }

}  // namespace shaketable
