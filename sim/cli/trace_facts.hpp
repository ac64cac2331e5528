// SPDX-License-Identifier: MIT
//
// A run's facts as a trace for people to look at, written while the run goes by.
//
//     a process for each site   a track for each node: "leader, term 4", candidacies, "paused",
//                               "down: crash"; one for its messages; counters of how far its
//                               commit index is behind the cluster's
//     clients                   a track for each workload, a mark for each operation given up;
//                               a counter of operations in flight
//     faults                    a span for each fault, with a mark at its first observed effect
//
// Of the messages between nodes every `every`-th is shown, counted in the order of sending: an
// arrow from its sending to its delivery, or a slice that says how it was lost. A fact doesn't
// say which message was delivered, so one is matched with the oldest of its kind and term on its
// path: exact unless messages of a path are duplicated or overtake each other.
//
// Invariants: (1) slices of a track nest, and whatever begins ends: at the end of the run at last.
//             (2) there is a slice "leader, ..." for each fact of a node becoming leader, no other.
// A counter is written when it has changed, at most every 10 ms of virtual time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/chrome_trace.hpp"
#include "sim/fault/schedule.hpp"
#include "sim/record/record.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable::cli {

struct TraceOptions {
    std::uint64_t every = 100;  // at least 1: of so many messages one is shown
};

class TraceFacts final : public Subscriber {
public:
    // Names all processes and tracks. REQUIRES: all four outlive this.
    TraceFacts(ChromeTrace& trace, const Scenario& scenario,
               const std::vector<PlannedFault>& faults, TraceOptions options);

    void on_fact(Instant at, const Fact& fact) override;
    // Ends all that goes on. Call once, after the last fact.
    void finish(Instant at);

private:
    struct Node {
        ChromeTrace::Track life;
        ChromeTrace::Track messages;
        bool in_role = false;  // has a slice open: a role that isn't follower
        bool paused = false;
        bool down = false;
        std::uint64_t commit = 0;
        std::uint64_t lag_shown = 0;
    };
    struct Sent {
        PacketKind kind;
        std::optional<Term> term;
        Instant at;
        std::uint64_t number;  // of the flow; 0: not shown
    };

    void on(Instant at, const NodeStarted& fact);
    void on(Instant at, const NodeStopped& fact);
    void on(Instant at, const NodePaused& fact);
    void on(Instant at, const NodeResumed& fact);
    void on(Instant at, const RoleChanged& fact);
    void on(Instant at, const CommitAdvanced& fact);
    void on(Instant at, const ConfigurationActivated& fact);
    void on(Instant at, const PacketSent& fact);
    void on(Instant at, const PacketDelivered& fact);
    void on(Instant at, const PacketDropped& fact);
    void on(Instant at, const OperationIssued& fact);
    void on(Instant at, const OperationEnded& fact);
    void on(Instant at, const FaultStarted& fact);
    void on(Instant at, const FaultEnded& fact);
    void on(Instant at, const FaultObserved& fact);
    template <class F>
    void on(Instant, const F&) {}  // nothing to see

    void close_life(Node& node, Instant at);
    void fault(ChromeTrace::Phase phase, FaultId id, Instant at, ChromeTrace::Arguments arguments);
    bool between_nodes(HostId from, HostId to) const;
    std::string message_name(PacketKind kind, const char* way, HostId peer) const;
    void show_counters(Instant at);

    ChromeTrace& trace_;
    const Scenario& scenario_;
    const std::vector<PlannedFault>& faults_;
    TraceOptions options_;
    std::uint32_t clients_ = 0;  // the process
    std::uint32_t faults_process_ = 0;
    std::vector<Node> nodes_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<Sent>> under_way_;  // by path
    std::uint64_t messages_ = 0;
    std::vector<bool> acting_;  // by fault
    std::uint64_t in_flight_ = 0, in_flight_shown_ = 0;
    Instant next_counters_{};
};

}  // namespace shaketable::cli
