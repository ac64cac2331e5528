// SPDX-License-Identifier: MIT
//
// SWIM: members probe one another in turn and gossip what they find, so that the work of a member
// does not grow with the group. With the awareness of Lifeguard, it doubts itself first.
//
// Intuition: each probe interval a member pings one other, in an order shuffled anew for each
// round. Without an answer in time it asks a few third parties to ping for it: a broken way between
// two is not a dead member. Without any answer the member is *suspected*, and everybody hears that
// by gossip, itself included: if it lives it refutes, by a higher incarnation. If nobody refutes in
// time, it is failed.
//
// Lifeguard. (1) Awareness: a score that grows when own probes go wrong, or when third parties do
// not even say "no answer yet", and shrinks with each good probe; probe interval and timeout are
// multiplied by score + 1, so who is slow itself is slow to accuse. (2) Suspicion ends sooner the
// more members share it: for n of k independent accusers beyond the first,
//     max - (max - min) * ln(n + 1) / ln(k + 1),
//     min = suspicion_mult * max(1, log10 N) * probe_interval, max = min * the multiplier,
//     k = suspicion_mult - 2, or 0 if the group has not so many others: then it is min at once.
// (3) Whoever is not trusted is told so in every message that goes to it.
//
// Rumours ride on probes and answers, those told least often first, each at most
// retransmit_mult * ceil(log10(N + 1)) times.
//
// Failed members are not probed in turn, but one of them each `reconnect_interval`: without that,
// the halves of a healed partition would never talk again.
//
// A clock that goes back takes all timers along.
//
// Invariants: (1) at most one probe of one's own is under way. (2) a rumour about a member is taken
//             only if its incarnation is not older than what is known, and clears suspicion only if
//             it is newer. (3) a member never holds itself for anything but alive.
// Load: 2 messages a member and probe interval while all is well; N - 1 in a group of heartbeats.
// Not modelled: joining (the members are given), the dedicated gossip and full state exchanges of
// memberlist. Sources: Das, Gupta, Motivala, "SWIM", DSN 2002; Dadgar, Phillips, Currey,
// "Lifeguard", 2017; the numbers are memberlist's defaults for a LAN.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "core/detector/failure_detector.hpp"
#include "core/detector/pause_guard.hpp"

namespace novacron::detector {

struct SwimOptions {
    Duration probe_interval = seconds(1);          // above the timeout
    Duration probe_timeout = milliseconds(500);    // for a direct answer; above 0
    std::uint32_t indirect_checks = 3;             // third parties that are asked
    std::uint32_t suspicion_mult = 4;              // at least 1
    std::uint32_t suspicion_max_timeout_mult = 6;  // at least 1
    std::uint32_t awareness_max = 8;               // scores are below; at least 1: no awareness
    std::uint32_t retransmit_mult = 4;             // at least 1
    std::uint32_t rumours_max = 8;                 // in a message; at least 1
    Duration reconnect_interval = seconds(10);     // above 0
    Duration max_local_pause = milliseconds(500);  // see pause_guard.hpp; above 0
};

class Swim final : public FailureDetector {
public:
    // Peers may be any but oneself, each once. REQUIRES: options within the bounds stated above.
    Swim(NodeId self, std::uint64_t life, std::vector<NodeId> peers, const SwimOptions& options,
         Random random, Instant now);

    void on_message(Instant now, const Message& message) override;
    void on_time(Instant now) override;
    Instant next_deadline() const override;
    Status status(NodeId peer) const override;
    // 0 for none, 1 to 2 while suspected, 2 once failed.
    double suspicion(NodeId peer, Instant now) const override;

    // 0: well, up to awareness_max - 1.
    std::uint32_t score() const { return score_; }
    std::uint64_t incarnation() const { return incarnation_; }

    // How long a member is suspected before it is failed: n of k accusers beyond the first.
    static Duration suspicion_timeout(const SwimOptions& options, std::size_t members,
                                      std::size_t confirmations);

private:
    struct Member {
        NodeId id{};
        std::uint64_t incarnation = 0;
        Status status = Status::trusted;
        Instant suspected_at{};
        Instant fails_at = Instant::never();
        std::vector<NodeId> accusers;
    };
    struct Probe {
        NodeId target{};
        std::uint64_t sequence = 0;
        Instant indirect_at{};
        Instant ends_at{};
        bool asked_others = false;
        bool answered = false;
        std::vector<NodeId> asked;    // for their word
        std::vector<NodeId> excused;  // and who of them has said "no answer"
    };
    // A ping on behalf of another member.
    struct Relay {
        NodeId asker{};
        NodeId target{};
        std::uint64_t asked = 0;     // the asker's number
        std::uint64_t sequence = 0;  // ours
        Instant excuse_at{};
        Instant ends_at{};
        bool excused = false;
    };
    struct Told {
        Rumour rumour;
        std::uint32_t times = 0;
        std::uint64_t number = 0;  // in order of arrival
    };

    void note_time(Instant now);
    void shift_timers(Duration by);
    void start_probe(Instant now);
    void finish_probe(Instant now);
    void ask_others(Instant now);
    void reconnect(Instant now);
    void serve_relays(Instant now);
    void fail_overdue(Instant now);
    void hear_from(Instant now, Member& sender, std::uint64_t incarnation);
    void answered(const Message& message);
    void excused(const Message& message);
    void heed(Instant now, const Rumour& rumour);
    void suspect(Instant now, Member& member, const Rumour& rumour);
    void confirm(Member& member, NodeId accuser);
    void set_status(Instant now, Member& member, Status status);
    void refute(const Rumour& rumour);
    void spread(const Rumour& rumour);
    void send(MessageType type, NodeId to, NodeId about, std::uint64_t sequence);
    void add_rumours(Message& message);
    void change_score(std::int64_t by);
    Duration stretched(Duration d) const { return d * (std::int64_t{score_} + 1); }
    Member* find(NodeId id);
    const Member& member(NodeId id) const;
    std::optional<NodeId> next_target();
    std::vector<NodeId> pick_others(NodeId except);
    std::size_t group_size() const { return members_.size() + 1; }

    SwimOptions options_;
    NodeId self_;
    std::uint64_t incarnation_;
    Random random_;
    PauseGuard guard_;
    std::vector<Member> members_;              // by id
    Instant next_failure_ = Instant::never();  // of a suspect; or earlier
    std::vector<NodeId> round_;                // whom to probe yet in this round, last first
    std::optional<Probe> probe_;
    Instant now_;  // of the newest input
    Instant next_probe_;
    Instant next_reconnect_;
    std::vector<Relay> relays_;
    std::vector<Told> told_;      // rumours that are still told
    std::uint64_t sequence_ = 0;  // of pings, one's own and on others' behalf
    std::uint64_t rumours_ = 0;   // ever
    std::uint32_t score_ = 0;
};

}  // namespace novacron::detector
