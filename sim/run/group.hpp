// SPDX-License-Identifier: MIT
//
// A Raft group of a run, as those see it who watch its facts.
//
// Most runs have one, of all nodes, which listens to the whole record. Where each site has a group
// of its own, each listens to its branch: terms, logs and promises of one group say nothing about
// those of another. A group whose nodes start anew from somebody else's state is another group from
// then on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/check/health.hpp"
#include "sim/check/liveness.hpp"
#include "sim/check/raft_invariants.hpp"
#include "sim/check/read_freshness.hpp"
#include "sim/measure/needless_elections.hpp"
#include "sim/measure/recovery.hpp"

namespace shaketable {

struct GroupOptions {
    std::vector<NodeId> nodes;         // ascending; spares, too
    std::vector<NodeId> first_voters;  // of them
    std::vector<std::string> names;    // of all nodes of the run
    Duration election_timeout_max;
    Instant faults_end;
};

struct Group {
    // Members listen in this order. The record and the findings outlive the group.
    Group(const GroupOptions& options, Record& record_of_its_nodes, Findings& findings)
        : nodes(options.nodes),
          record(record_of_its_nodes),
          logs(record, static_cast<std::uint32_t>(options.names.size()),
               MemberSets{NodeSet::of(options.first_voters), {}, {}, false}),
          invariants(record, logs, findings, options.names),
          read_freshness(record, findings),
          leadership(record),
          needless_elections(record, static_cast<std::uint32_t>(options.names.size()),
                             options.election_timeout_max, logs.first_members()),
          health(record, logs, options.faults_end) {}

    std::vector<NodeId> nodes;
    Record& record;
    Logs logs;
    RaftInvariants invariants;
    ReadFreshness read_freshness;
    Leadership leadership;
    NeedlessElections needless_elections;
    HealthWatch health;
    std::optional<Liveness> liveness;  // nothing if links or disks are too slow for elections
};

}  // namespace shaketable
