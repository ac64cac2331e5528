// SPDX-License-Identifier: MIT
//
// Elections that nobody needed: a leader that was up and reachable was replaced all the same.
//
// Intuition: followers can't see that a leader is dead, only that it is silent. The shorter they
// wait, the sooner a dead leader is replaced, and the more often a lost or late message costs a
// living one its office. This counts the second, from what the record knows and the nodes don't.
//
// Definition: an election is *won* when a node becomes leader in a new term; the *previous leader*
// is the one that won before it. The previous leader *lost its office* when it stepped down or,
// if it had not by then, when the winner stood for election. The election is needless if, up to
// that moment, the previous leader
//   - had not stopped since it was elected, and had a vote still,
//   - was not paused within the longest election timeout before that moment, and
//   - was not cut off within that time: of the pairs it makes with the other voters, so many had
//     lost a message to a partition, in either direction, that the rest was no quorum.
// That time is how long a follower may wait after it last heard of a leader. Slow, lost and
// reordered messages excuse nobody: they are what a time-out must tell from death.
//
// Invariants: (1) needless elections are a part of the elections won.
//             (2) the first election of a run is not needless.
// Not modelled: a leader that is as good as dead to its followers for reasons of its own, such as a
// disk that stalls, counts as up.
#pragma once

#include <optional>
#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

class NeedlessElections final
    : public ListensTo<NodeStopped, NodePaused, NodeResumed, RoleChanged, PacketDropped,
                       ConfigurationActivated> {
public:
    // `longest_wait` is the longest election timeout; `first` the group's first configuration, by
    // default that all nodes vote.
    NeedlessElections(Record& record, std::uint32_t nodes, Duration longest_wait,
                      std::optional<MemberSets> first = std::nullopt);

    // Those won at or after an instant.
    std::uint64_t won_since(Instant since) const;

private:
    struct Moment {
        Instant at;
        bool needless = false;  // what an election would be that began here
    };

    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const NodePaused& fact) override;
    void on(Instant at, const NodeResumed& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const PacketDropped& fact) override;
    void on(Instant at, const ConfigurationActivated& fact) override;
    void install(Instant at, NodeId winner);
    bool leader_in_order(Instant at) const;
    bool cut_off_since(Instant since) const;

    Duration longest_wait_;
    std::vector<Instant> won_;
    MemberSets members_;  // of the newest configuration that any node went by
    LogIndex configured_;

    NodeId leader_;  // the latest to be elected; the rest is about its time in office
    bool stopped_ = false;
    bool paused_ = false;
    std::optional<Instant> resumed_;
    std::optional<Moment> stepped_down_;
    std::vector<std::optional<Instant>> cut_;  // by peer: when a partition last took a message
    std::vector<Moment> stood_;                // by node: its latest candidacy
};

}  // namespace shaketable
