// SPDX-License-Identifier: MIT
//
// One simulated machine with a node on it and one client beside it, host 1, that notes its answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/host/node_host.hpp"

namespace shaketable::test {

struct LoneHostOptions {
    std::uint64_t seed = 1;
    std::uint32_t voters = 1;  // 1: the node leads by itself; 3: it waits for others who never come
    Duration sync_latency = novacron::milliseconds(1);
    Duration clock_offset{};
    std::int64_t clock_drift_ppb = 0;
};

constexpr Duration kBootTime = novacron::milliseconds(500);
constexpr Duration kLatency = novacron::microseconds(500);

class LoneHost final : private Receiver, private Subscriber, private EventHandler {
public:
    struct Answer {
        Instant at;
        std::uint64_t sequence;
        bool ok;
    };
    struct Moment {
        Instant at;
        Fact fact;
    };

    explicit LoneHost(const LoneHostOptions& options = {})
        : latency_(Constant{kLatency}),
          sync_latency_(Constant{options.sync_latency}),
          receipts_(record_),
          // The node, the client, and as many hosts as there are other voters.
          network(queue, record_, receipts_, Random(options.seed), options.voters + 1,
                  links(options.voters + 1), static_cast<Receiver&>(*this)),
          host({NodeId{0},
                voters(options.voters),
                {},
                kBootTime,
                options.clock_offset,
                options.clock_drift_ppb},
               {queue, record_, receipts_, network, sync_latency_}, Random(options.seed)),
          client_{options.voters} {
        record_.subscribe_to_all(*this);
        network.set_state(client_, HostState::running);
    }

    void ask(std::uint64_t sequence) {
        novacron::Request request;
        request.command = {novacron::ClientId{7}, sequence, 1, sequence};
        network.send(client_, HostId{0}, request);
    }
    // It is exactly so much later afterwards, and all that is due has happened.
    void run_for(Duration time) {
        const Instant until = queue.now() + time;
        queue.push(until, {this, 0, 0, 0});
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
    // Starts the node and waits until it leads and has committed.
    void start_and_lead() {
        host.start_at_once();
        run_for(novacron::seconds(1));
    }

    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        std::vector<std::pair<Instant, F>> found;
        for (const Moment& moment : facts) {
            if (const auto* fact = std::get_if<F>(&moment.fact))
                found.emplace_back(moment.at, *fact);
        }
        return found;
    }
    std::vector<std::uint64_t> answered() const {
        std::vector<std::uint64_t> sequences;
        for (const Answer& answer : answers) {
            if (answer.ok) sequences.push_back(answer.sequence);
        }
        return sequences;
    }

private:
    std::vector<LinkBehaviour> links(std::uint32_t hosts) const {
        return std::vector<LinkBehaviour>(std::size_t{hosts} * hosts,
                                          LinkBehaviour{&latency_, {}, {}, {}});
    }
    static std::vector<NodeId> voters(std::uint32_t count) {
        std::vector<NodeId> ids;
        for (std::uint32_t i = 0; i < count; ++i) ids.push_back(NodeId{i});
        return ids;
    }
    void on_event(Instant, const Event&) override {}
    void on_fact(Instant at, const Fact& fact) override { facts.push_back({at, fact}); }
    void receive(Instant, HostId, HostId, const novacron::raft::Message& message) override {
        host.receive(message);
    }
    void receive(Instant, HostId from, HostId, const novacron::Request& request) override {
        host.receive(from, request);
    }
    void receive(Instant now, HostId, HostId, const novacron::Response& response) override {
        answers.push_back(
            {now, response.sequence, response.status == novacron::Response::Status::ok});
    }
    void refused(Instant now, HostId, HostId, const novacron::Request& request) override {
        refusals.push_back({now, request.command.sequence, false});
    }

    Distribution latency_;
    Distribution sync_latency_;
    Record record_;
    Receipts receipts_;

public:
    EventQueue queue;
    Network network;
    NodeHost host;
    std::vector<Moment> facts;
    std::vector<Answer> answers;
    std::vector<Answer> refusals;

private:
    HostId client_;
};

}  // namespace shaketable::test
