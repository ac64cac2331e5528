// SPDX-License-Identifier: MIT
//
// What those who run a cluster do wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "core/raft/options.hpp"

namespace shaketable {

using novacron::Duration;

// The target is to be restarted, and another node is: it is down until the fault ends.
struct WrongRestart {
    std::vector<novacron::NodeId> instead = {};  // ascending; empty: one that is no target, drawn
    friend bool operator==(const WrongRestart&, const WrongRestart&) = default;
};
// The command to remove the target is given again and again, and nobody looks at what came of it.
struct RepeatedRemoval {
    std::uint32_t times;     // at least 1
    Duration every;          // above 0
    std::uint32_t keep = 1;  // voters: it is not given when it would leave fewer; at least 1
    friend bool operator==(const RepeatedRemoval&, const RepeatedRemoval&) = default;
};
// Another configuration is pushed to the nodes of the target, which are restarted with it one after
// the other. When the fault ends they get back what they had, and are restarted together.
//
// Of several on one node the latest counts.
struct PushedConfiguration {
    std::optional<Duration> election_timeout_min = {};  // nothing: as it was; so are the others
    std::optional<Duration> election_timeout_max = {};
    std::optional<Duration> heartbeat_interval = {};
    std::optional<bool> pre_vote = {};
    std::optional<bool> check_quorum = {};
    Duration step{};  // from one restart to the next

    novacron::raft::Options upon(novacron::raft::Options options) const {
        options.election_timeout_min = election_timeout_min.value_or(options.election_timeout_min);
        options.election_timeout_max = election_timeout_max.value_or(options.election_timeout_max);
        options.heartbeat_interval = heartbeat_interval.value_or(options.heartbeat_interval);
        options.pre_vote = pre_vote.value_or(options.pre_vote);
        options.check_quorum = check_quorum.value_or(options.check_quorum);
        return options;
    }
    friend bool operator==(const PushedConfiguration&, const PushedConfiguration&) = default;
};

// A share of the keys is overwritten by mistake, all at once, through the ordinary path of a
// client: a script that was meant for another cluster. Done at once.
struct KeyMistake {
    double share;  // of the keys of each workload; above 0, up to 1; one key at least
    friend bool operator==(const KeyMistake&, const KeyMistake&) = default;
};

}  // namespace shaketable
