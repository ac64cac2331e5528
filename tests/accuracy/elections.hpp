// SPDX-License-Identifier: MIT
//
// Elections by themselves: the real consensus servers, a network that is only a latency, disks that
// take no time; and what theory says of them.
//
// A trial: all servers hear a heartbeat of the leader at the same instant, the worst moment for
// what follows, since their timers start together. The leader and as many others as the setting
// says fail; the rest elects a new one. The first election's votes are *split* if nobody wins its
// term.
//
// Source of the formulas and of the published figures: D. Ongaro's thesis (2014), section 9; the
// Raft paper (Ongaro and Ousterhout, 2014), figure 16. Preliminary votes are off, as there.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft::accuracy {

struct Setting {
    std::uint32_t servers = 5;
    std::uint32_t failed = 1;       // the leader among them
    Duration timeout_min, timeout_max;
    Duration latency_min, latency_max;  // of a message, one way, uniform
    bool crash_between_heartbeats = false;  // the leader crashes up to half of timeout_min later
};

struct Election {
    bool split = false;
    Duration until_leader;  // from the crash until somebody leads
    Duration until_known;   // ... until all who live have heard of it
};

// One trial: the number names its random streams.
class Trial {
public:
    Trial(const Setting& setting, std::uint64_t number)
        : setting_(setting), random_(Random(number).fork("latency")) {
        Options options;
        options.election_timeout_min = setting.timeout_min;
        options.election_timeout_max = setting.timeout_max;
        options.heartbeat_interval = setting.timeout_min / 2;
        options.pre_vote = false;
        std::vector<NodeId> voters;
        for (std::uint32_t i = 0; i < setting.servers; ++i) voters.push_back(NodeId{i});
        for (std::uint32_t i = 0; i < alive(); ++i) {
            servers_.push_back(std::make_unique<Raft>(
                Identity{NodeId{i}, voters}, options,
                Recovered{{Term{1}, leader(), LogIndex{}}, {}, {}},
                Random(number).fork("server", i), now_));
            carry_out(i);
            Message heartbeat;
            heartbeat.from = leader();
            heartbeat.to = NodeId{i};
            heartbeat.term = Term{1};
            servers_[i]->step(now_, heartbeat);
            carry_out(i);
        }
    }

    Election run() {
        Election election;
        Random crash = random_.fork("crash");
        const Instant crashed =
            setting_.crash_between_heartbeats
                ? now_ + crash.between(Duration{0}, setting_.timeout_min / 2 - Duration{1})
                : now_;
        while (!new_leader()) do_next();
        election.until_leader = now_ - crashed;
        election.split = servers_[*new_leader()]->term() > Term{2};
        const NodeId elected = servers_[*new_leader()]->self();
        const auto knows = [&](const auto& server) { return server->leader() == elected; };
        while (!std::all_of(servers_.begin(), servers_.end(), knows)) do_next();
        election.until_known = now_ - crashed;
        return election;
    }

private:
    struct Arrival {
        Instant at;
        std::uint64_t number;
        Message message;
        // The earliest comes first out of a priority queue.
        friend bool operator<(const Arrival& a, const Arrival& b) {
            return std::pair(a.at, a.number) > std::pair(b.at, b.number);
        }
    };

    std::uint32_t alive() const { return setting_.servers - setting_.failed; }
    NodeId leader() const { return NodeId{setting_.servers - 1}; }

    std::optional<std::size_t> new_leader() const {
        for (std::size_t i = 0; i < servers_.size(); ++i) {
            if (servers_[i]->role() == Role::leader) return i;
        }
        return std::nullopt;
    }

    void do_next() {
        std::uint32_t next = 0;
        for (std::uint32_t i = 1; i < alive(); ++i) {
            if (servers_[i]->next_deadline() < servers_[next]->next_deadline()) next = i;
        }
        const Instant deadline = servers_[next]->next_deadline();
        if (arrivals_.empty() || deadline <= arrivals_.top().at) {
            now_ = deadline;
            servers_[next]->on_time(now_);
            carry_out(next);
            return;
        }
        const Arrival arrival = arrivals_.top();
        arrivals_.pop();
        now_ = arrival.at;
        servers_[arrival.message.to.value]->step(now_, arrival.message);
        carry_out(arrival.message.to.value);
    }

    // Everything is durable at once; what is for the dead is lost.
    void carry_out(std::uint32_t id) {
        Raft& server = *servers_[id];
        for (bool again = true; again;) {
            again = server.outputs().write.id.value != 0;
            for (const Send& send : server.outputs().sends()) {
                if (send.message.to.value >= alive()) continue;
                arrivals_.push({now_ + random_.between(setting_.latency_min, setting_.latency_max),
                                sent_++, send.message});
            }
            server.outputs().clear();
            if (again) server.on_persisted(now_, server.durable().newest());
        }
    }

    Setting setting_;
    Random random_;
    Instant now_{1'000'000'000};
    std::vector<std::unique_ptr<Raft>> servers_;
    std::priority_queue<Arrival> arrivals_;
    std::uint64_t sent_ = 0;
};

struct Measured {
    std::uint64_t trials = 0;
    std::uint64_t splits = 0;
    std::vector<Duration> until_leader;  // ascending
    std::vector<Duration> until_known;   // ascending

    double split_rate() const { return static_cast<double>(splits) / static_cast<double>(trials); }
    double mean_ms() const {
        double sum = 0;
        for (const Duration d : until_leader) sum += static_cast<double>(d.ns);
        return sum / static_cast<double>(trials) / 1e6;
    }
};

// Trials are numbered from `first` on.
inline Measured measure(const Setting& setting, std::uint64_t trials, std::uint64_t first = 1) {
    Measured measured;
    measured.trials = trials;
    for (std::uint64_t i = first; i < first + trials; ++i) {
        const Election election = Trial(setting, i).run();
        measured.splits += election.split ? 1 : 0;
        measured.until_leader.push_back(election.until_leader);
        measured.until_known.push_back(election.until_known);
    }
    std::sort(measured.until_leader.begin(), measured.until_leader.end());
    std::sort(measured.until_known.begin(), measured.until_known.end());
    return measured;
}

// The probability that so many of `standing` servers time out within `latency` of the first that
// none of them can win: timeouts uniform over a range of 1, latency in its units.
inline double split_probability(std::uint32_t servers, std::uint32_t failed, double latency) {
    const int standing = static_cast<int>(servers - failed);
    const int too_many = standing - static_cast<int>(servers / 2) + 1;
    double sum = 0;
    for (int k = too_many - 1; k <= standing; ++k) {
        double ways = 1;
        for (int i = 0; i < k; ++i) ways = ways * (standing - i) / (i + 1);
        sum += ways * std::pow(latency, k) * std::pow(1 - latency, standing - k);
    }
    return sum;
}

// The expected time from the crash to a new leader, by the same model: rounds until one is not
// split, each as long as the shortest timeout and a message; then a message back and a write. The
// leader's last heartbeat was a quarter of the shortest timeout before the crash, in the mean.
// In units of the shortest timeout, which is also the range.
inline double election_time(std::uint32_t servers, std::uint32_t failed, double latency) {
    const double split = split_probability(servers, failed, latency);
    const double round = 1 + 1.0 / (servers - failed + 1) + latency;
    return round / (1 - split) + latency - 0.25;
}

// Half of the interval that holds the true rate with a probability of 99.99 %, by the normal
// approximation.
inline double error_of_rate(double rate, std::uint64_t trials) {
    return 3.89 * std::sqrt(rate * (1 - rate) / static_cast<double>(trials));
}

}  // namespace novacron::raft::accuracy
