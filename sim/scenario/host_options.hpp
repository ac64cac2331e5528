// SPDX-License-Identifier: MIT
//
// The options of faults of hosts (sim/fault/host_faults.hpp), as `with` has them: read and written.
//
// Invariant: (1) what was written reads back equal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/fault/faults.hpp"
#include "sim/scenario/fields.hpp"

namespace shaketable {

// The fault of that word; nothing if the word is none of these. What is missing is zero.
std::optional<FaultKind> host_fault_of(std::string_view word, const Fields& with);

// A key of `with` and its value, as a file has it. Options that have their default are left out.
using HostOption = std::pair<std::string, std::string>;
using HostOptions = std::vector<HostOption>;
HostOptions host_options_of(const NodeCrash& fault);
HostOptions host_options_of(const PowerLoss& fault);
HostOptions host_options_of(const NodeRestart& fault);
HostOptions host_options_of(const CrashLoop& fault);
HostOptions host_options_of(const KillAt& fault);
HostOptions host_options_of(const TornWrite& fault);
HostOptions host_options_of(const UnsyncedLoss& fault);
HostOptions host_options_of(const WriteError& fault);
HostOptions host_options_of(const MisdirectedWrite& fault);
HostOptions host_options_of(const DiskFailSlow& fault);
HostOptions host_options_of(const LostDisk& fault);
HostOptions host_options_of(const CpuHog& fault);
HostOptions host_options_of(const MemoryLeak& fault);
HostOptions host_options_of(const ConnectionLimit& fault);

// Over how long a fault strikes its hosts; zero if all at once.
Duration spread_of(const FaultKind& kind);

}  // namespace shaketable
