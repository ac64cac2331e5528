// SPDX-License-Identifier: MIT
//
// A backup service on virtual time, fed by hand: no cluster, but a log whose every state is known.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/kv/store.hpp"
#include "sim/backup/backup_agent.hpp"
#include "sim/backup/restore_job.hpp"

namespace shaketable::test {

namespace backup = novacron::backup;
using backup::hours;
using novacron::milliseconds;
using novacron::seconds;

class Ledger final : public Subscriber {
public:
    void on_fact(Instant at, const Fact& fact) override { facts_.emplace_back(at, fact); }
    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        std::vector<std::pair<Instant, F>> found;
        for (const auto& [at, fact] : facts_) {
            if (const auto* one = std::get_if<F>(&fact)) found.emplace_back(at, *one);
        }
        return found;
    }
    template <class F>
    F last() const {
        return all<F>().back().second;
    }

private:
    std::vector<std::pair<Instant, Fact>> facts_;
};

// Quick everywhere: a test that is about times sets its own.
inline BackupOptions quick() {
    BackupOptions options;
    options.store.latency = Constant{milliseconds(10)};
    options.store.replication_delay = seconds(60);
    options.restore.locate = seconds(1);
    options.restore.provision = Constant{seconds(2)};
    return options;
}

class Simulated final : private BackupSource, private EventHandler {
public:
    explicit Simulated(const BackupOptions& of = quick())
        : options(of),
          store(options.store, queue, receipts, Random(7)),
          agent(options, {queue, record, receipts, store, *this, Instant{}}) {
        record.subscribe_to_all(ledger);
        states.push_back(live_.encode());
        agent.start();
    }

    // Commits the next entry, now, of a value that no other one has.
    void commit() {
        const std::uint64_t n = states.size();
        const novacron::kv::Command command{ClientId{n % 2}, n, n % 5, 1000 + n};
        live_.apply(LogIndex{n}, command);
        states.push_back(live_.encode());
        committed_at.push_back(queue.now());
        agent.committed(LogIndex{n}, Bytes(novacron::kv::encode(command)));
    }
    // Commits one entry each step from now on, until told otherwise.
    void commit_every(Duration step) {
        step_ = step;
        if (step.ns > 0) queue.push(queue.now() + step, {this, 0, 0, 0});
    }
    void run_until(Instant until) {
        while (queue.next_time() <= until) queue.do_next();
        queue.wait_until(until);
    }
    void run_for(Duration time) { run_until(queue.now() + time); }

    // Carries a restore out, on the store's own time.
    const backup::Outcome& restore(const backup::Target& target,
                                   backup::Fallback fallback = backup::Fallback::nearest) {
        RestoreJob& job = restores.emplace_back(
            RestoreNumber{restores.size() + 1}, RestoreOrder{target, fallback, false},
            RestoreParts{queue, record, store, agent.catalogue(), agent.keys(), options.restore});
        job.start();
        while (!job.is_done()) queue.do_next();
        return job.outcome();
    }
    // The first complete one of the kind, from the newest on.
    backup::ObjectId newest(backup::Kind kind) const {
        backup::ObjectId found;
        for (const auto& [id, entry] : agent.catalogue().entries()) {
            const bool complete = entry.condition == backup::Condition::complete;
            if (entry.head.kind == kind && complete) found = id;
        }
        return found;
    }
    std::size_t count(backup::Kind kind) const {
        std::size_t found = 0;
        for (const auto& [id, entry] : agent.catalogue().entries()) {
            found += entry.head.kind == kind ? 1 : 0;
        }
        return found;
    }
    // The last entry committed up to then, that moment included.
    std::uint64_t index_at(Instant time) const {
        std::uint64_t index = 0;
        while (index < committed_at.size() && committed_at[index] <= time) ++index;
        return index;
    }

    BackupOptions options;
    bool readable = true;  // whether a node has the state
    Duration clock_is_ahead{};
    std::uint64_t held_back = 0;
    EventQueue queue;
    Record record;
    Receipts receipts{record};
    Ledger ledger;
    ObjectStore store;
    BackupAgent agent;
    std::deque<RestoreJob> restores;
    std::vector<std::vector<std::byte>> states;  // by index: the truth
    std::vector<Instant> committed_at;           // of index n + 1

private:
    void on_event(Instant now, const Event&) override {
        if (step_.ns <= 0) return;
        commit();
        queue.push(now + step_, {this, 0, 0, 0});
    }
    std::optional<std::vector<std::byte>> state_after(LogIndex index) override {
        if (!readable) return std::nullopt;
        return states.at(index.value);
    }
    Instant wall_now() override { return queue.now() + clock_is_ahead; }
    void hold_back(std::uint64_t bytes) override { held_back = bytes; }
    bool can_upload() override { return true; }

    novacron::kv::Store live_;
    Duration step_{};
};

inline Instant at_h(std::int64_t hour) { return Instant{} + hours(hour); }

}  // namespace shaketable::test
