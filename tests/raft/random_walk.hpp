// SPDX-License-Identifier: MIT
//
// A Raft group under a random host: messages are delivered out of order, twice or never, writes
// complete late, servers time out, are cut off, hand over, crash, lose what is not durable, and
// come back; any server is asked for reads. Clocks may drift. After every step the walk checks what
// must always hold; `heal` then ends all faults, and the group must agree.
//
// Checked (Ongaro's thesis, figure 3.2, and section 6.4):
//   (1) a term has at most one leader, ever;
//   (2) a server grants at most one vote a term on the wire, across restarts;
//   (3) what is committed at an index never changes, on any server;
//   (4) a new leader holds all that was ever committed;
//   (5) a read is granted at no less than was committed anywhere when it was asked for;
//   (6) equal positions have equal logs before them (checked at the end of the walk);
//   (7) what was committed is durable on a majority (checked at every new commitment);
//   (8) servers that have applied up to an index are in one state, by a snapshot or by the log;
//   (9) a leader's count of what waits to be committed is that of its log, and it has committed
//       what it knows a quorum to hold.
// With a threshold for snapshots servers take them. A broken promise throws BugError, in words.
#pragma once

#include <map>
#include <string>

#include "core/base/digest.hpp"
#include "tests/raft/group.hpp"
#include "tests/raft/leader_counts.hpp"

namespace novacron::raft {

class RandomWalk {
public:
    // Each server's clock runs faster or slower than true time by at most `drift_ppb`.
    RandomWalk(std::uint32_t size, const Options& options, std::uint64_t seed,
               std::int64_t drift_ppb = 0)
        : options_(options), random_(Random(seed).fork("walk")), group_(size, options, seed) {
        group_.persist_at_once = false;
        Random drifts = random_.fork("drifts");
        for (Group::Host& host : group_.hosts) {
            host.clock.set_drift(Instant{}, drifts.between(Duration{-drift_ppb},
                                                           Duration{drift_ppb}).ns);
        }
        roles_.resize(size, Role::follower);
        seen_commit_.resize(size);
        seen_reads_.resize(size, 0);
    }

    void walk(std::uint32_t steps) {
        for (std::uint32_t i = 0; i < steps; ++i) {
            take_step();
            look();
        }
        check_log_matching();
    }

    // Everybody is up, nothing is lost or late any more. Throws if there is no agreement in time.
    void heal() {
        group_.persist_at_once = true;
        group_.isolated = {};
        for (std::uint32_t id = 0; id < group_.size(); ++id) {
            if (!group_.is_up(id)) group_.restart(id);
            group_.persist(id);
        }
        for (std::uint32_t round = 0; round < 400; ++round) {
            group_.deliver_all();
            std::uint32_t first = 0;
            for (std::uint32_t id = 1; id < group_.size(); ++id) {
                if (group_.due(id) < group_.due(first)) first = id;
            }
            group_.time_out(first);
            look();
        }
        group_.deliver_all();
        look();
        for (std::uint32_t id = 0; id < group_.size(); ++id) {
            check(group_[id].commit() == group_[0].commit() &&
                      group_[id].commit() == group_[id].log().last_index() &&
                      group_[id].commit() >= LogIndex{committed_.size()},
                  "a healed group commits all that its leader holds");
        }
        check_log_matching();
    }

    // All that happened, in one word.
    std::uint64_t digest() const { return digest_.value(); }
    std::size_t committed() const { return committed_.size(); }
    std::size_t leaders() const { return leaders_.size(); }
    std::size_t reads() const { return granted_; }
    std::size_t reads_at_once() const { return at_once_; }  // by a lease
    std::size_t snapshots() const { return snapshots_; }
    std::size_t installed() const { return installed_; }

private:
    std::uint32_t any_server() { return static_cast<std::uint32_t>(random_.below(group_.size())); }

    void take_step() {
        const std::uint64_t dice = random_.below(1000);
        const std::uint32_t id = any_server();
        if (dice < 560) {
            move_message(dice);
        } else if (dice < 800) {
            if (group_.is_up(id)) group_.persist(id, 1);
        } else if (dice < 870) {
            pass_time();
        } else if (dice < 950) {
            for (std::uint32_t to = 0; to < group_.size(); ++to) {
                if (group_.is_up(to)) group_.propose(to, std::to_string(++proposed_));
            }
        } else if (dice < 975) {
            ask(id);
        } else if (dice < 980) {
            if (group_.is_up(id)) group_.unreachable(id, any_server());
        } else if (dice < 988) {
            if (group_.is_up(id)) crash(id);
        } else if (!group_.is_up(id)) {
            group_.restart(id);
            roles_[id] = Role::follower;
            seen_commit_[id] = LogIndex{};
        }
    }

    void move_message(std::uint64_t dice) {
        if (group_.wire.empty()) return;
        // Mostly in order, sometimes not; a long wire loses its oldest.
        const std::size_t place =
            dice < 420 ? 0 : static_cast<std::size_t>(random_.below(group_.wire.size()));
        if (dice >= 540) {
            group_.wire.push_back(group_.wire[place]);
        } else if (dice >= 510 || group_.wire.size() > 60) {
            group_.wire.erase(group_.wire.begin() + static_cast<std::ptrdiff_t>(place));
        } else {
            note_message(group_.wire[place]);
            group_.deliver_at(place);
        }
    }

    void note_message(const Message& message) {
        digest_.add(static_cast<std::uint64_t>(message.type));
        digest_.add(message.term.value);
        digest_.add(message.position.index.value);
        digest_.add((std::uint64_t{message.from.value} << 32U) | message.to.value);
    }

    // The clock moves on, and whoever's deadline has passed is told.
    void pass_time() {
        group_.now = group_.now + random_.between(milliseconds(1), milliseconds(60));
        for (std::uint32_t id = 0; id < group_.size(); ++id) {
            if (group_.is_up(id) && group_.due(id) <= group_.now) group_.time_out(id);
        }
        const std::uint32_t id = any_server();
        const std::uint64_t dice = random_.below(64);
        if (dice == 0) group_.isolated = {id};
        if (dice == 1) group_.isolated = {};
        if (dice > 60 && group_.is_up(id)) group_.transfer(id, any_server());
    }

    void ask(std::uint32_t id) {
        if (!group_.is_up(id)) return;
        const ReadToken token = ++asked_;
        floor_of_[token] = LogIndex{committed_.size()};
        group_.read(id, token);
        if (group_.size() > 1 && group_.hosts[id].granted.size() > seen_reads_[id]) ++at_once_;
    }

    void crash(std::uint32_t id) {
        group_.crash(id);
        group_.hosts[id].granted.clear();
        seen_reads_[id] = 0;
    }

    void look() {
        for (const Message& message : group_.wire) look_at(message);
        for (std::uint32_t id = 0; id < group_.size(); ++id) {
            if (group_.is_up(id)) look_at(id);
        }
    }

    void look_at(const Message& message) {
        if (message.type != MessageType::vote_reply || message.reject) return;
        const auto [vote, is_new] = votes_.try_emplace({message.from, message.term}, message.to);
        check(vote->second == message.to, "a server votes once a term");
    }

    void look_at(std::uint32_t id) {
        const Raft& raft = group_[id];
        if (raft.role() == Role::leader) {
            const auto [leader, is_new] = leaders_.try_emplace(raft.term(), NodeId{id});
            check(leader->second == NodeId{id}, "a term has one leader");
            if (roles_[id] != Role::leader) check_complete(raft);
            check_counts(raft);
        }
        roles_[id] = raft.role();
        check_beginning(raft);
        if (raft.log().begin().index > seen_commit_[id]) {
            seen_commit_[id] = raft.log().begin().index;
            ++installed_;
        }
        for (; seen_commit_[id] < raft.commit(); ++seen_commit_[id]) {
            check_committed(raft.log().entry(seen_commit_[id] + 1));
        }
        check_state(id);
        const std::vector<ReadGrant>& granted = group_.hosts[id].granted;
        for (; seen_reads_[id] < granted.size(); ++seen_reads_[id]) {
            const ReadGrant& grant = granted[seen_reads_[id]];
            check(grant.index >= floor_of_.at(grant.token), "a read is not stale");
            ++granted_;
        }
    }

    void check_complete(const Raft& raft) {
        check(raft.log().last_index() >= LogIndex{committed_.size()},
              "a new leader holds what is committed");
        for (const Entry& entry : committed_) {
            if (entry.index <= raft.log().begin().index) continue;
            check(raft.log().entry(entry.index) == entry, "a new leader holds what is committed");
        }
    }

    void check_beginning(const Raft& raft) {
        const LogPosition begin = raft.log().begin();
        check(begin.index.value <= committed_.size() &&
                  (begin.index.value == 0 || committed_[begin.index.value - 1].term == begin.term),
              "a log begins after what is committed");
    }

    void check_state(std::uint32_t id) {
        const Group::Host& host = group_.hosts[id];
        const auto [state, is_new] = states_.try_emplace(host.applied, host.state);
        check(state->second == host.state, "servers that have applied as much are in one state");
        const LogIndex snapshot = host.raft->snapshot().meta.position.index;
        const std::uint64_t threshold = options_.snapshot_threshold;
        if (host.applied - snapshot < threshold) return;
        group_.take_snapshot(id);
        ++snapshots_;
    }

    void check_committed(const Entry& entry) {
        if (entry.index.value <= committed_.size()) {
            check(committed_[entry.index.value - 1] == entry, "what is committed never changes");
            return;
        }
        std::size_t holders = 0;
        for (const Group::Host& host : group_.hosts) {
            const auto& entries = host.disk.entries;
            const LogIndex begin = host.disk.snapshot.meta.position.index;
            const bool holds = entry.index <= begin ||
                               (entry.index <= begin + entries.size() &&
                                entries[entry.index - begin - 1] == entry);
            holders += holds ? 1U : 0U;
        }
        check(holders > group_.size() / 2, "what is committed is durable on a majority");
        committed_.push_back(entry);
    }

    void check_log_matching() {
        for (std::uint32_t a = 0; a < group_.size(); ++a) {
            for (std::uint32_t b = 0; b < a; ++b) {
                if (group_.is_up(a) && group_.is_up(b))
                    check_match(group_[a].log(), group_[b].log());
            }
        }
    }
    static void check_match(const Log& a, const Log& b) {
        bool later_position_agrees = false;
        const LogIndex begin = std::max(a.begin().index, b.begin().index);
        for (LogIndex i = std::min(a.last_index(), b.last_index()); i > begin; i = i - 1) {
            const bool agree = a.term(i) == b.term(i);
            check(agree || !later_position_agrees, "equal positions have equal logs before them");
            check(!agree || a.entry(i) == b.entry(i), "equal positions hold equal entries");
            later_position_agrees = agree;
        }
    }

    Options options_;
    Random random_;
    Group group_;
    Digest digest_;
    std::map<std::pair<NodeId, Term>, NodeId> votes_;
    std::map<Term, NodeId> leaders_;
    std::vector<Entry> committed_;
    std::map<LogIndex, std::uint64_t> states_;  // by what was applied
    std::map<ReadToken, LogIndex> floor_of_;
    std::vector<Role> roles_;
    std::vector<LogIndex> seen_commit_;
    std::vector<std::size_t> seen_reads_;
    std::uint64_t proposed_ = 0;
    ReadToken asked_ = 0;
    std::size_t granted_ = 0;
    std::size_t at_once_ = 0;
    std::size_t snapshots_ = 0;
    std::size_t installed_ = 0;
};

}  // namespace novacron::raft
