// SPDX-License-Identifier: MIT
//
// Whom the return of service waited for, instant by instant.
//
// Intuition: at each instant of a recovery one thing is being waited for, and which one can be told
// from what was sent, received and made durable so far. Elections and commitments have the same
// shape: one server asks the others, and goes on when a quorum has answered. It waits for its own
// disk first; then for those whose answers will complete the quorum, the nearest to it first: an
// answer under way (link), a question that has arrived (that node's disk, where the answer has to
// be durable), a question under way (link). If what is under way can't complete it, somebody's
// timer has to ring.
//
//   node    no quorum of the voters runs
//   disk    of one node: its vote or its log is not durable yet
//   link    between two nodes: a message that is needed is under way
//   timer   of one node: its election timeout, or the leader's next heartbeat
//   clients the cluster serves; they look for the leader, or pause before they ask again
//
// Every stretch between two facts has one account, so the accounts of a phase sum to it, and all to
// the RTO. Invariant, always checked.
//
// Not modelled: of two answers under way which one will be the last. Who is named is one of those
// that are waited for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/measure/logs.hpp"

namespace shaketable {

enum class Account : std::uint8_t { node, disk, link, timer, client };
constexpr std::array<std::string_view, 5> kAccountNames = {"node", "disk", "link", "timer",
                                                           "clients"};

// A part of a recovery: until this instant. Phases adjoin and are in order.
struct PhaseEnd {
    std::string_view name;  // detect, elect, catch-up, client
    Instant end;
};

struct Waited {
    std::string_view phase;
    Account account;
    NodeId who;    // none: clients
    NodeId other;  // link: the other end
    Duration duration;
    std::string_view words;
};

class Waiting final
    : public ListensTo<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                       EntryAppended, CommitAdvanced, Persisted, PacketSent, PacketDelivered,
                       PacketDropped, OperationEnded, ConfigurationActivated> {
public:
    // `logs` listens to the record before this does.
    Waiting(Record& record, const Logs& logs, Instant fault, std::vector<PhaseEnd> phases);

    // What was waited for, phase by phase, in the order in which it began; each account once.
    // REQUIRES: all facts up to the end of the last phase have been heard.
    std::vector<Waited> waited();

private:
    // How far the question of the one in charge has come with one node.
    enum class Stage : std::uint8_t { none, asked, arrived, answering, granted, refused, lost };
    struct Reason {
        Account account;
        NodeId who;
        NodeId other;
        std::string_view words;
    };

    void on(Instant at, const NodeStarted&) override { pass(at); }
    void on(Instant at, const NodeStopped&) override { pass(at); }
    void on(Instant at, const NodePaused&) override { pass(at); }
    void on(Instant at, const NodeResumed&) override { pass(at); }
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const EntryAppended& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;
    void on(Instant at, const Persisted& fact) override;
    void on(Instant at, const PacketSent& fact) override;
    void on(Instant at, const PacketDelivered& fact) override;
    void on(Instant at, const PacketDropped& fact) override;
    void on(Instant at, const OperationEnded&) override { pass(at); }
    void on(Instant at, const ConfigurationActivated&) override { pass(at); }

    // Time has passed until now: it goes to the account of what was waited for.
    void pass(Instant at);
    void add(std::string_view phase, const Reason& reason, Duration duration);
    Reason reason(std::string_view phase) const;
    Reason of_quorum(bool own_done, std::string_view asking, std::string_view own) const;
    Reason of_commit(bool in_office) const;
    std::optional<Reason> missing_quorum() const;
    void begin_asking(NodeId in_charge, bool own_done);
    // Of what was sent before and not acknowledged, it is taken to be under way.
    void want(LogIndex index, Instant at);

    const Logs& logs_;
    Instant from_;
    std::vector<PhaseEnd> phases_;
    std::vector<Waited> waited_;
    std::vector<std::size_t> unnamed_;  // of waited_: timers of whoever will stand next

    NodeId in_charge_;        // who stands, or leads
    bool leads_ = false;
    bool own_done_ = false;   // what it asks the others for is durable with itself
    LogIndex wanted_;         // what it wants committed, if it leads; 0: nothing
    Instant wanted_since_;
    Duration usual_{};        // how long a commit takes, twice the mean before the fault
    std::int64_t commits_ = 0;
    std::int64_t commits_ns_ = 0;
    std::vector<Stage> stages_;   // by node
    std::vector<LogIndex> acked_;  // by node: up to where it acknowledged to who leads
};

}  // namespace shaketable
