// SPDX-License-Identifier: MIT
//
// A group whose members change at random while everything else goes wrong as well: messages are
// lost, late and doubled, disks are slow, servers crash and forget that something was committed,
// logs are compacted, the leadership is handed over. Of seven servers three begin as the group.
//
// Checked after every step (Ongaro's thesis, figure 3.2):
//   (1) a term has at most one leader; (2) a server votes for at most one candidate a term;
//   (3) what is committed at an index never changes; (4) a new leader holds all of it;
//   (5) servers that have applied up to an index are in one state; (6) who stands or leads has a
//   vote; (7) a read is granted at no less than was committed anywhere when it was asked for;
//   (8) leaders count right.
// In the end all faults cease and all servers run: (9) somebody leads, and commits.
#include <map>
#include <set>

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"
#include "tests/raft/leader_counts.hpp"

namespace novacron::raft {
namespace {

constexpr std::uint32_t kServers = 7;

class Walk {
public:
    explicit Walk(std::uint64_t seed)
        : random_(Random(seed).fork("walk")),
          group_(std::vector<Recovered>(kServers), options(random_), seed, 4) {
        group_.persist_at_once = false;
        roles_.resize(kServers, Role::follower);
    }

    void step() {
        const std::uint64_t dice = random_.below(1000);
        const std::uint32_t id = any();
        if (dice < 500) {
            deliver(dice);
        } else if (dice < 640) {
            pass_time();
        } else if (!group_.is_up(id)) {
            if (dice < 900) group_.restart(id);
        } else if (dice < 860) {
            group_.persist(id, 1 + random_.below(3));
        } else if (dice < 895) {
            group_.propose(id, std::to_string(dice));
        } else if (dice < 910) {
            if (group_.read(id, asked_.size())) asked_.push_back(committed_.size());
        } else if (dice < 960) {
            changes_ += change(id) ? 1U : 0U;
        } else if (dice < 970) {
            group_.transfer(id, any());
        } else if (dice < 982) {
            if (group_[id].commit() > group_[id].snapshot().meta.position.index) {
                group_.take_snapshot(id, 64 + random_.below(kSnapshotSize));
            }
        } else if (dice < 990) {
            if (random_.below(2) == 0) group_.hosts[id].disk.hard_state.commit = LogIndex{};
            group_.crash(id);
        } else {
            group_.isolated = dice < 995 ? std::set{id} : std::set<std::uint32_t>{};
        }
        check_all();
    }

    // All faults cease. Tells whether a leader commits something before long.
    bool heal() {
        group_.isolated.clear();
        group_.persist_at_once = true;
        for (std::uint32_t id = 0; id < kServers; ++id) {
            if (!group_.is_up(id)) group_.restart(id);
            group_.persist(id);
        }
        for (int i = 0; i < 2000; ++i) {
            pass_time();
            while (!group_.wire.empty()) {
                group_.deliver_at(0);
                check_all();
            }
            if (i < 100) continue;
            for (std::uint32_t id = 0; id < kServers; ++id) {
                const LogIndex before = group_[id].commit();
                if (!group_.propose(id, "at last")) continue;
                while (!group_.wire.empty()) group_.deliver_at(0);
                check_all();
                if (group_[id].commit() > before) return true;
            }
        }
        return false;
    }

    std::uint32_t changes() const { return changes_; }
    std::size_t reads() const {
        std::size_t granted = 0;
        for (const Group::Host& host : group_.hosts) granted += host.granted.size();
        return granted;
    }
    std::size_t committed() const { return committed_.size(); }

private:
    static Options options(Random& random) {
        Options options;
        options.trailing_entries = random.below(4);
        options.max_append_entries = 1 + static_cast<std::uint32_t>(random.below(3));
        options.max_inflight_messages = 1 + static_cast<std::uint32_t>(random.below(4));
        return options;
    }
    std::uint32_t any() { return static_cast<std::uint32_t>(random_.below(kServers)); }

    void deliver(std::uint64_t dice) {
        if (group_.wire.empty()) return;
        const bool late = dice < 50;
        const auto place = static_cast<std::size_t>(late ? random_.below(group_.wire.size()) : 0);
        if (dice < 15) group_.wire.push_back(group_.wire[place]);
        if (dice >= 490) {
            group_.wire.pop_front();
            return;
        }
        group_.deliver_at(place);
    }
    void pass_time() {
        group_.now = group_.now + milliseconds(10);
        for (std::uint32_t id = 0; id < kServers; ++id) {
            if (group_.is_up(id) && group_[id].next_deadline() <= group_.now) group_.time_out(id);
        }
    }
    bool change(std::uint32_t id) {
        if (random_.below(4) == 0) return !group_.leave_joint(id);
        ConfigurationChange change;
        change.joint = static_cast<JointPhase>(random_.below(3));
        for (std::uint64_t i = random_.below(3) + 1; i > 0; --i) {
            const auto kind = static_cast<MemberChange::Kind>(random_.below(5));
            change.members.push_back({kind, NodeId{any()}});
        }
        return !group_.change(id, change);
    }

    void check_all() {
        for (const Message& message : group_.wire) {
            if (message.type != MessageType::vote_reply || message.reject) continue;
            const auto key = std::pair(message.from.value, message.term);
            check(votes_.try_emplace(key, message.to).first->second == message.to,
                  "a server votes for one candidate a term");
        }
        for (std::uint32_t id = 0; id < kServers; ++id) {
            if (!group_.is_up(id)) {
                roles_[id] = Role::follower;
                continue;
            }
            const Raft& raft = group_[id];
            const bool new_leader = raft.role() == Role::leader && roles_[id] != Role::leader;
            roles_[id] = raft.role();
            if (raft.role() == Role::leader) {
                check(leaders_.try_emplace(raft.term(), id).first->second == id,
                      "a term has one leader");
                check_counts(raft);
            }
            check(raft.role() == Role::follower || raft.membership().active().decides(NodeId{id}),
                  "who stands or leads has a vote");
            const LogIndex begin = raft.log().begin().index;
            for (LogIndex at{committed_.size() + 1}; at <= raft.commit(); ++at) {
                check(at > begin, "what is committed was in somebody's log");
                committed_.push_back(raft.log().entry(at));
            }
            const LogIndex commit = raft.commit();
            if (commit > begin) {
                check(raft.log().entry(commit) == committed_[commit.value - 1],
                      "what is committed never changes");
            }
            if (new_leader) {
                for (LogIndex at = begin + 1; at.value <= committed_.size(); ++at) {
                    check(at <= raft.log().last_index() &&
                              raft.log().entry(at) == committed_[at.value - 1],
                          "a new leader holds what is committed");
                }
            }
            const Group::Host& host = group_.hosts[id];
            for (; granted_[id] < host.granted.size(); ++granted_[id]) {
                const ReadGrant& grant = host.granted[granted_[id]];
                check(grant.index.value >= asked_.at(grant.token),
                      "a read is granted at no less than was committed when it was asked for");
            }
            check(states_.try_emplace(host.applied, host.state).first->second == host.state,
                  "servers that have applied the same are in one state");
        }
    }

    Random random_;
    Group group_;
    std::vector<Role> roles_;
    std::map<std::pair<std::uint32_t, Term>, NodeId> votes_;
    std::map<Term, std::uint32_t> leaders_;
    std::vector<Entry> committed_;
    std::map<LogIndex, std::uint64_t> states_;
    std::vector<std::size_t> asked_;    // by read: how much was committed anywhere then
    std::vector<std::size_t> granted_ = std::vector<std::size_t>(kServers);  // looked at
    std::uint32_t changes_ = 0;
};

}  // namespace

TEST_CASE("membership walk: with slow disks, snapshots and hand-overs all stays safe, and heals") {
    std::uint32_t changes = 0;
    std::size_t committed = 0;
    std::size_t reads = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        CAPTURE(seed);
        Walk walk(seed);
        for (std::uint32_t i = 0; i < 3000; ++i) walk.step();
        REQUIRE(walk.heal());
        changes += walk.changes();
        committed += walk.committed();
        reads += walk.reads();
    }
    CHECK(changes > 400);
    CHECK(committed > 4000);
    CHECK(reads > 400);
}

}  // namespace novacron::raft
