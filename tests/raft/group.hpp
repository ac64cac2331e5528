// SPDX-License-Identifier: MIT
//
// A few Raft servers, their disks and the wire between them, all moved by hand: nothing is
// delivered, made durable or timed out unless the test says so.
//
// Intuition: a server's outputs go to its `pending` writes and, as far as their promises are
// durable, to the one `wire` that all share. A test delivers what is on the wire in any order,
// leaves it there, drops it or delivers it twice; it completes writes one by one, or lets each
// complete at once (the default, `persist_at_once`, but for `slow_disks`); it crashes a server,
// which forgets all but what was durable. What is committed is applied at once, too, or when the
// test says so (`apply_at_once`).
//
// The state machine is a digest of what was applied. As a snapshot it is made long, so that it
// travels in parts.
//
// Time moves only forward. Each server has a clock of its own, which is right unless the test sets
// another. Servers count from 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/raft/raft.hpp"
#include "sim/engine/clock.hpp"
#include "tests/raft/durable.hpp"
#include "tests/raft/messages.hpp"

namespace novacron::raft {

class Group {
public:
    struct Host {
        Options options;
        Recovered disk;  // durable
        std::deque<PendingWrite> pending;
        std::deque<Send> waiting;    // for a write to be durable
        std::unique_ptr<Raft> raft;  // none while it is down
        std::uint64_t lives = 0;
        std::uint64_t installs = 0;  // snapshots that came from a leader
        LogIndex applied;
        std::uint64_t state = 0;  // after that
        std::vector<ReadGrant> granted;
        std::vector<ReadToken> dropped;
        shaketable::HostClock clock{Duration{}, 0};
    };

    explicit Group(std::uint32_t size, const Options& options = {}, std::uint64_t seed = 1)
        : Group(std::vector<Recovered>(size), options, seed) {}
    // The last `spares` of the servers know of no group yet; those before them are learners.
    explicit Group(std::vector<Recovered> disks, const Options& options = {},
                   std::uint64_t seed = 1, std::uint32_t spares = 0, std::uint32_t learners = 0)
        : options_(options), seed_(seed) {
        for (Recovered& disk : disks) {
            Host& host = hosts.emplace_back();
            host.disk = std::move(disk);
            host.options = options;
        }
        check(spares + learners <= size(), "there are as many servers as have a part");
        for (std::uint32_t id = 0; id < size() - spares; ++id) {
            (id < size() - spares - learners ? voters_ : learners_).push_back(NodeId{id});
        }
        for (std::uint32_t id = 0; id < size(); ++id) restart(id);
    }

    std::uint32_t size() const { return static_cast<std::uint32_t>(hosts.size()); }
    Raft& operator[](std::uint32_t id) { return *hosts[id].raft; }
    bool is_up(std::uint32_t id) const { return hosts[id].raft != nullptr; }
    Instant clock(std::uint32_t id) const { return hosts[id].clock.local_at(now); }
    // The true time of the server's next deadline.
    Instant due(std::uint32_t id) const {
        return hosts[id].clock.true_at(hosts[id].raft->next_deadline());
    }

    // ---- inputs
    void step(const Message& message) {
        const std::uint32_t to = message.to.value;
        hosts[to].raft->step(clock(to), message);
        carry_out(to);
    }
    void time_out(std::uint32_t id) {
        now = std::max(now, due(id));
        hosts[id].raft->on_time(clock(id));
        carry_out(id);
    }
    bool propose(std::uint32_t id, std::string_view command) {
        const bool accepted = hosts[id].raft->propose(clock(id), bytes_of(command)).has_value();
        carry_out(id);
        return accepted;
    }
    bool transfer(std::uint32_t id, std::uint32_t target) {
        const bool accepted = hosts[id].raft->transfer(clock(id), NodeId{target});
        carry_out(id);
        return accepted;
    }
    // Why not; nothing if the change is in the server's log now.
    std::optional<ChangeRefusal> change(std::uint32_t id, const ConfigurationChange& change) {
        return answer(id, hosts[id].raft->change(change));
    }
    std::optional<ChangeRefusal> leave_joint(std::uint32_t id) {
        return answer(id, hosts[id].raft->leave_joint());
    }
    bool read(std::uint32_t id, ReadToken token) {
        const bool accepted = hosts[id].raft->read(clock(id), token);
        carry_out(id);
        return accepted;
    }
    bool forget_leader(std::uint32_t id) {
        const bool accepted = hosts[id].raft->forget_leader();
        carry_out(id);
        return accepted;
    }
    void unreachable(std::uint32_t id, std::uint32_t peer) {
        hosts[id].raft->unreachable(NodeId{peer});
        carry_out(id);
    }
    // Completes the server's oldest writes, each for itself.
    void persist(std::uint32_t id, std::size_t count = ~std::size_t{0}) {
        Host& host = hosts[id];
        for (; count > 0 && !host.pending.empty(); --count) {
            const PendingWrite done = std::move(host.pending.front());
            host.pending.pop_front();
            keep(host.disk, done);
            host.raft->on_persisted(clock(id), done.write.id);
            release(host);
            collect(id);
        }
    }
    // The server forgets what is not durable, and what it had to send.
    void crash(std::uint32_t id) {
        hosts[id].raft.reset();
        hosts[id].pending.clear();
        hosts[id].waiting.clear();
    }
    void restart(std::uint32_t id) {
        Host& host = hosts[id];
        restore(host, host.disk.snapshot);
        const Random random = Random(seed_).fork("server", id).fork("life", host.lives++);
        Identity identity{NodeId{id}, {}};
        if (id < voters_.size() + learners_.size()) identity = {NodeId{id}, voters_, learners_};
        host.raft =
            std::make_unique<Raft>(identity, host.options, host.disk, random, clock(id));
        carry_out(id);
    }

    // Applies the server's oldest committed entries.
    void apply(std::uint32_t id, std::size_t count = ~std::size_t{0}) {
        Host& host = hosts[id];
        for (; count > 0 && host.applied < host.raft->commit(); --count) {
            const Entry& entry = host.raft->log().entry(++host.applied);
            host.state = stir(stir(host.state, entry.term.value), entry.data.digest());
        }
    }

    // The server's snapshot of what it has applied is durable, and its log may forget.
    void take_snapshot(std::uint32_t id, std::size_t size = kSnapshotSize) {
        Host& host = hosts[id];
        check(host.applied == host.raft->commit(), "a snapshot is of all that is committed");
        Snapshot snapshot = snapshot_of(host.raft->log().last(), host.state, size);
        snapshot.meta = host.raft->meta_at(host.applied).value();
        keep(host.disk, snapshot);
        host.raft->compact(snapshot);
    }

    // ---- the wire
    // Delivers all that is on the wire, and all that follows from it, in order.
    void deliver_all() {
        for (std::uint32_t guard = 0; !wire.empty(); ++guard) {
            check(guard < 100'000, "the servers fall silent when all is delivered");
            deliver_at(0);
        }
    }
    // Delivers what is on the wire now and satisfies the predicate.
    template <class Predicate>
    std::size_t deliver(const Predicate& wanted) {
        std::deque<Message> chosen;
        std::erase_if(wire, [&](const Message& message) {
            if (!wanted(message)) return false;
            chosen.push_back(message);
            return true;
        });
        for (const Message& message : chosen) {
            if (reachable(message)) step(message);
        }
        return chosen.size();
    }
    void deliver_at(std::size_t place) {
        const Message message = wire[place];
        wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(place));
        if (reachable(message)) step(message);
    }
    // The one message on the wire, which is taken off it.
    Message take_only() {
        check(wire.size() == 1, "there is one message on the wire");
        const Message message = wire.front();
        wire.clear();
        return message;
    }

    // ---- stories
    // The server's election deadline passes, long after anybody heard a leader.
    void campaign(std::uint32_t id) {
        for (std::uint32_t other = 0; other < size(); ++other) {
            if (is_up(other)) now = std::max(now, due(other));
        }
        now = now + options_.election_timeout_max;
        hosts[id].raft->on_time(clock(id));
        carry_out(id);
    }
    void elect(std::uint32_t id) {
        campaign(id);
        deliver_all();
        check(hosts[id].raft->role() == Role::leader, "the server is elected");
    }
    // The leader hears nobody, and gives up.
    void depose(std::uint32_t id) {
        isolated.insert(id);
        for (int i = 0; i < 100 && hosts[id].raft->role() == Role::leader; ++i) heartbeat(id);
        check(hosts[id].raft->role() != Role::leader, "a leader that hears nobody steps down");
    }
    // The leader's next heartbeat, and all that follows from it.
    void heartbeat(std::uint32_t id) {
        time_out(id);
        deliver_all();
    }

    Instant now{1'000'000'000};
    std::vector<Host> hosts;
    std::deque<Message> wire;
    std::set<std::uint32_t> isolated;  // nothing is delivered from or to these
    std::set<std::pair<std::uint32_t, std::uint32_t>> cuts;  // nor from the first to the second
    bool persist_at_once = true;
    std::set<std::uint32_t> slow_disks;  // these complete nothing at once in any case
    bool apply_at_once = true;

private:
    bool reachable(const Message& message) const {
        return !isolated.contains(message.from.value) && !isolated.contains(message.to.value) &&
               !cuts.contains({message.from.value, message.to.value}) && is_up(message.to.value);
    }
    static void restore(Host& host, const Snapshot& snapshot) {
        host.applied = snapshot.meta.position.index;
        host.state = state_of(snapshot);
    }
    // As core/raft/outputs.hpp asks: store, send what may leave, answer, clear.
    void collect(std::uint32_t id) {
        Host& host = hosts[id];
        Outputs& outputs = host.raft->outputs();
        if (outputs.write.id.value != 0) {
            PendingWrite pending{outputs.write, {}, {}};
            if (outputs.write.install) {
                pending.install = host.raft->snapshot();
                restore(host, pending.install);
                ++host.installs;
            }
            for (LogIndex i = outputs.write.first; i <= outputs.write.last; ++i) {
                pending.entries.push_back(host.raft->log().entry(i));
            }
            host.pending.push_back(std::move(pending));
        }
        for (const Send& send : outputs.sends()) host.waiting.push_back(send);
        host.granted.insert(host.granted.end(), outputs.reads.begin(), outputs.reads.end());
        host.dropped.insert(host.dropped.end(), outputs.dropped_reads.begin(),
                            outputs.dropped_reads.end());
        outputs.clear();
        if (apply_at_once) apply(id);
        release(host);
    }
    void release(Host& host) {
        std::erase_if(host.waiting, [&](const Send& send) {
            const bool leaves = host.raft->durable().is_durable(send.after);
            const bool is_late = send.message.term < host.raft->term();
            if (leaves && !is_late) wire.push_back(send.message);
            return leaves;
        });
    }
    std::optional<ChangeRefusal> answer(std::uint32_t id,
                                        const std::variant<LogPosition, ChangeRefusal>& result) {
        carry_out(id);
        const auto* refusal = std::get_if<ChangeRefusal>(&result);
        return refusal == nullptr ? std::nullopt : std::optional(*refusal);
    }
    void carry_out(std::uint32_t id) {
        collect(id);
        if (persist_at_once && !slow_disks.contains(id)) persist(id);
    }

    Options options_;
    std::uint64_t seed_;
    std::vector<NodeId> voters_;
    std::vector<NodeId> learners_;
};

}  // namespace novacron::raft
