// SPDX-License-Identifier: MIT
//
// Hand-made facts about three nodes or more, told one after another to the checker of Raft's
// invariants.
//
// A test tells a tale that is legal and finds nothing, then the nearest one that is not and finds
// the broken rule: a checker that can't fail would pass the first and not the second. `elect` and
// `replicate` tell what a sound cluster does; single facts make it unsound.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "sim/check/raft_invariants.hpp"

namespace shaketable {

using novacron::raft::Role;

class Tale {
public:
    struct At {
        std::uint64_t term;
        std::uint64_t content;
    };

    // The first three nodes are the group; the others are spares.
    explicit Tale(std::uint32_t nodes = 3) : logs_{record_, nodes, group({0, 1, 2})} {
        for (std::uint32_t node = 0; node < nodes; ++node) start(node, 0);
    }

    static MemberSets group(std::initializer_list<std::uint32_t> voters,
                            std::initializer_list<std::uint32_t> outgoing = {},
                            std::initializer_list<std::uint32_t> learners = {},
                            bool auto_leave = false) {
        MemberSets members;
        for (const std::uint32_t node : voters) members.voters.add(NodeId{node});
        for (const std::uint32_t node : outgoing) members.outgoing.add(NodeId{node});
        for (const std::uint32_t node : learners) members.learners.add(NodeId{node});
        members.auto_leave = auto_leave;
        return members;
    }

    // ---- facts
    void start(std::uint32_t node, std::uint64_t term, NodeId vote = NodeId::none(),
               const std::vector<At>& log = {}) {
        add(NodeStarted{NodeId{node}, Term{term}, vote, LogIndex{log.size()}});
        for (std::size_t i = 0; i < log.size(); ++i) {
            append(node, i + 1, log[i].term, log[i].content);
        }
    }
    void stop(std::uint32_t node, StopCause cause = StopCause::crash) {
        add(NodeStopped{NodeId{node}, cause});
    }
    void role(std::uint32_t node, Role role, std::uint64_t term, NodeId vote = NodeId::none()) {
        add(RoleChanged{NodeId{node}, role, Term{term}, vote});
    }
    void append(std::uint32_t node, std::uint64_t index, std::uint64_t term,
                std::uint64_t content) {
        add(EntryAppended{NodeId{node}, LogIndex{index}, Term{term}, content});
    }
    void truncate(std::uint32_t node, std::uint64_t from) {
        add(LogTruncated{NodeId{node}, LogIndex{from}});
    }
    void persist(std::uint32_t node, std::uint64_t term, NodeId vote, std::uint64_t last) {
        add(Persisted{NodeId{node}, Term{term}, vote, LogIndex{last}});
    }
    void commit(std::uint32_t node, std::uint64_t index) {
        add(CommitAdvanced{NodeId{node}, LogIndex{index}});
    }
    // The entry is a configuration.
    void propose(std::uint32_t node, std::uint64_t index, std::uint64_t term,
                 const MemberSets& members) {
        append(node, index, term, 1000 + index);
        add(ConfigurationAppended{NodeId{node}, LogIndex{index}, members});
    }
    void go_by(std::uint32_t node, std::uint64_t index, const MemberSets& members) {
        add(ConfigurationActivated{NodeId{node}, LogIndex{index}, members});
    }
    void apply(std::uint32_t node, std::uint64_t index, std::uint64_t state) {
        add(EntryApplied{NodeId{node}, LogIndex{index}, state});
    }
    void grant(std::uint32_t voter, std::uint32_t candidate, std::uint64_t term) {
        packet(PacketKind::vote_reply, voter, candidate, term, 0);
    }
    void packet(PacketKind kind, std::uint32_t from, std::uint32_t to, std::uint64_t term,
                std::uint64_t index, bool reject = false) {
        add(PacketSent{HostId{from}, HostId{to}, kind, reject, Term{term}, LogIndex{index}});
    }

    // ---- what a sound cluster does
    // The candidate and a voter have voted for it, and their disks know.
    void vote(std::uint32_t voter, std::uint32_t candidate, std::uint64_t term) {
        for (const std::uint32_t node : {candidate, voter}) {
            const std::uint64_t last = logs_.node(NodeId{node}).durable_last.value;
            persist(node, term, NodeId{candidate}, last);
        }
    }
    // The candidate gets the voter's vote, and leads. Everybody holds a log that ends at `last`.
    void elect(std::uint32_t candidate, std::uint32_t voter, std::uint64_t term,
               std::uint64_t last = 0) {
        role(candidate, Role::candidate, term, NodeId{candidate});
        persist(candidate, term, NodeId{candidate}, last);
        packet(PacketKind::vote, candidate, voter, term, last);
        role(voter, Role::follower, term, NodeId{candidate});
        persist(voter, term, NodeId{candidate}, last);
        grant(voter, candidate, term);
        role(candidate, Role::leader, term, NodeId{candidate});
    }
    // The leader's new entry goes to the follower, both disks, and the leader commits it.
    void replicate(std::uint32_t leader, std::uint32_t follower, std::uint64_t term,
                   std::uint64_t index, std::uint64_t content) {
        for (const std::uint32_t node : {leader, follower}) {
            append(node, index, term, content);
            persist(node, term, NodeId{leader}, index);
        }
        packet(PacketKind::append_reply, follower, leader, term, index);
        commit(leader, index);
    }

    // The rules that were found broken.
    std::set<std::string> broken() const {
        std::set<std::string> rules;
        for (const Finding& finding : findings_.kept()) rules.insert(finding.rule);
        return rules;
    }
    std::uint64_t findings() const { return findings_.total(); }
    const Logs& logs() const { return logs_; }
    Record& record() { return record_; }
    Instant now() const { return now_; }

    // Nothing happens for a while.
    void wait(Duration duration) { now_ = now_ + duration; }

    template <class F>
    void add(const F& fact) {
        now_ = now_ + novacron::milliseconds(1);
        record_.add(now_, fact);
    }

private:
    Record record_;
    Logs logs_;
    Findings findings_;
    RaftInvariants invariants_{record_, logs_, findings_};
    Instant now_;
};

}  // namespace shaketable
