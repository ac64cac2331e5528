// SPDX-License-Identifier: MIT
#include "sim/scenario/starter.hpp"

namespace shaketable {
namespace {

constexpr std::string_view kHead =
    R"(# `shaketable explain KEY` says what a key means, what it may be, and what it is by default;
# `shaketable list faults` what can be broken. Everything here is on virtual time.
version: 1
)";

constexpr std::string_view kRest =
    R"(description: >-
  The leader of five nodes crashes under load; service must be back soon, with nothing lost.

# A knob: `shaketable run FILE --set crash_for=30s`.
params:
  crash_for: {type: duration, default: 5s, min: 100ms, max: 30s, description: How long it is gone.}

# The cluster may settle for five seconds; a minute is looked at.
time: {warmup: 5s, duration: 65s}
# One run each; `--seeds` and `--seed` take others.
seeds: 1..20

cluster:
  sites:
    primary: {nodes: [node-1, node-2, node-3, node-4, node-5], zone: a}
  # The real consensus core runs with these.
  consensus: {election_timeout_min: 150ms, election_timeout_max: 300ms, heartbeat_interval: 50ms}

# How long a message takes, and a sync of a disk.
network: {latency: {dist: lognormal, median: 300us, p99: 1ms}}
disk: {sync_latency: {dist: lognormal, median: 1ms, p99: 5ms}}

# Who uses the cluster. What clients see is what is measured.
workload:
  - {id: writes, operation: write, rate: 100/s, keys: {dist: zipf, s: 1.1, n: 10000}}
  - {id: reads, operation: read, rate: 50/s, keys: {n: 10000}}

# What breaks, on whom and when. Times may refer to other faults: `at: crash.end + 3s`.
faults:
  - {id: crash, at: warmup.end + 10s, inject: node.crash, target: {role: leader},
     for: "${crash_for}"}

# Service counts as given when it is this good for this long.
service_level: {success_ratio: 99%, latency_p95: 50ms, hold: 30s}

# How long it may be gone (RTO), how much may be lost (RPO), how much must be served.
targets:
  rto: {from: crash.start, of: write, max: "< 2s"}
  rpo: {from: crash.start, max: "<= 0s", max_operations: 0}
  availability: {min: 99%}

# What must be true besides. The invariants of Raft are checked in any case.
checks:
  - {id: durable, at_end: acknowledged_writes.survive}
  - {id: linearizable, at_end: history.linearizable}
  - {id: healed, eventually: cluster.healthy, within: 10s, after: faults.end}
)";

}  // namespace

std::string starter(std::string_view name) {
    return std::string(kHead) + "name: " + std::string(name) + "\n" + std::string(kRest);
}

}  // namespace shaketable
