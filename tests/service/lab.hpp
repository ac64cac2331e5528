// SPDX-License-Identifier: MIT
//
// Services on hosts without nodes: machines that run, a network with one latency, clients, and what
// became of their requests.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/service/services.hpp"

namespace shaketable::test {

using novacron::milliseconds;
using novacron::seconds;

class Lab final : private Receiver,
                  private EventHandler,
                  private ListensTo<CallEnded, RequestEnded>,
                  private Subscriber {
public:
    struct Setup {
        std::uint32_t nodes = 1;
        Duration latency{};
        std::uint64_t seed = 1;
    };

    explicit Lab(const ServiceGraph& graph) : Lab(graph, Setup{}) {}
    Lab(const ServiceGraph& graph, const Setup& setup)
        : latency_(Constant{setup.latency}),
          network(queue, record, receipts, Random(setup.seed).fork("network"),
                  setup.nodes + static_cast<std::uint32_t>(graph.clients.size()),
                  links(setup.nodes + graph.clients.size()), *this),
          services(graph,
                   {queue, record, receipts, network, setup.nodes, HostId{setup.nodes}},
                   Random(setup.seed).fork("services")) {
        record.listen(*this);
        record.subscribe<InstanceStarted, InstanceStopped, BreakerChanged, ReputeChanged,
                         PanicChanged, QueueCrossed, DegradationChanged, FaultObserved>(*this);
        calls.resize(services.edge_count());
        for (std::uint32_t n = 0; n < setup.nodes; ++n) {
            network.set_state(HostId{n}, HostState::running);
            services.process_started(NodeId{n});
        }
        services.start();
    }

    // All that happens in so much time.
    void run_for(Duration time) {
        const Instant until = queue.now() + time;
        queue.push(until, {this, 0, 0, 0});
        while (queue.next_time() <= until) {
            queue.do_next();
            if (checks_each_event) adds_up = adds_up && services.adds_up();
        }
    }
    // What clients and callers hear of from now on.
    void forget() {
        ended.clear();
        ended_at.clear();
        for (auto& edge : calls) edge = {};
    }

    std::uint64_t requests(CallOutcome outcome) const {
        std::uint64_t count = 0;
        for (const RequestEnded& one : ended) count += one.outcome == outcome ? 1 : 0;
        return count;
    }
    std::uint64_t requests(CallCause cause) const {
        std::uint64_t count = 0;
        for (const RequestEnded& one : ended) count += one.cause == cause ? 1 : 0;
        return count;
    }
    // Of requests that succeeded, in seconds.
    double mean_latency() const {
        double sum = 0;
        double count = 0;
        for (std::size_t i = 0; i < ended.size(); ++i) {
            if (ended[i].outcome != CallOutcome::ok) continue;
            sum += static_cast<double>((ended_at[i] - ended[i].issued).ns) / 1e9;
            ++count;
        }
        return sum / count;
    }
    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        std::vector<std::pair<Instant, F>> found;
        for (const auto& [at, any] : facts) {
            if (const auto* fact = std::get_if<F>(&any)) found.emplace_back(at, *fact);
        }
        return found;
    }
    // Attempts along an edge that ended so.
    std::uint64_t ended_calls(std::uint32_t edge, CallOutcome outcome) const {
        return calls.at(edge).at(static_cast<std::size_t>(outcome));
    }
    std::uint64_t ended_calls(std::uint32_t edge) const {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : calls.at(edge)) sum += count;
        return sum;
    }

private:
    static constexpr std::size_t kOutcomes = kCallOutcomeNames.size();

    std::vector<LinkBehaviour> links(std::size_t hosts) const {
        return std::vector<LinkBehaviour>(hosts * hosts, LinkBehaviour{&latency_, {}, {}, {}});
    }
    void on_event(Instant, const Event&) override {}
    void on(Instant, const CallEnded& fact) override {
        ++calls[fact.edge.value][static_cast<std::size_t>(fact.outcome)];
    }
    void on(Instant at, const RequestEnded& fact) override {
        ended.push_back(fact);
        ended_at.push_back(at);
    }
    void on_fact(Instant at, const Fact& fact) override { facts.emplace_back(at, fact); }
    void receive(Instant, HostId, HostId, const novacron::raft::Message&) override {}
    void receive(Instant, HostId, HostId, const novacron::Request&) override {}
    void receive(Instant, HostId, HostId, const novacron::Response&) override {}
    void refused(Instant, HostId, HostId, const novacron::Request&) override {}
    void receive(Instant, HostId from, HostId to, const ServiceMessage& message) override {
        services.receive(from, to, message);
    }

    Distribution latency_;

public:
    EventQueue queue;
    Record record;
    Receipts receipts{record};
    Network network;
    std::vector<RequestEnded> ended;
    std::vector<Instant> ended_at;
    std::vector<std::array<std::uint64_t, kOutcomes>> calls;  // by edge
    std::vector<std::pair<Instant, Fact>> facts;              // but those of calls and requests
    Services services;
    bool checks_each_event = false;
    bool adds_up = true;
};

// One instance on node 0, with workers that take an exponential time.
inline ServiceSpec simple_service(const std::string& id, std::uint32_t workers, Duration mean) {
    ServiceSpec service;
    service.id = id;
    service.on = {NodeId{0}};
    service.concurrency = workers;
    service.queue.limit = 1'000'000;
    service.service_time = Exponential{mean};
    return service;
}

// Clients in an open loop who wait for a minute and try once.
inline ClientSpec simple_clients(const std::string& id, std::uint32_t to, double rate) {
    ClientSpec clients;
    clients.id = id;
    clients.to = to;
    clients.rate_per_second = rate;
    clients.policy.timeout = seconds(60);
    return clients;
}

}  // namespace shaketable::test
