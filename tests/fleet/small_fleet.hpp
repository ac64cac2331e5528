// SPDX-License-Identifier: MIT
//
// A few nodes, one workload that writes and one that reads, and every fact they leave.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/fleet/fleet.hpp"

namespace shaketable::test {

class SmallFleet final : private Subscriber, private EventHandler {
public:
    // The last `spares` of the nodes don't belong to the group. Services run if there are any.
    explicit SmallFleet(std::uint64_t seed = 1, std::uint32_t nodes = 3, std::uint32_t spares = 0,
                        const ServiceGraph& graph = {})
        : latency_(Constant{novacron::microseconds(500)}),
          sync_latency_(Constant{novacron::milliseconds(1)}),
          fleet(options(nodes, spares, graph), {queue, record, receipts, sync_latency_},
                Random(seed)) {
        record.subscribe_to_all(*this);
    }

    // It is exactly so much later afterwards, and all that is due has happened.
    void run_for(Duration time) {
        const Instant until = queue.now() + time;
        queue.push(until, {this, 0, 0, 0});
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
    // The leader after two seconds.
    NodeId start_and_lead() {
        fleet.start();
        run_for(novacron::seconds(2));
        return fleet.leader().value();
    }
    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        std::vector<std::pair<Instant, F>> found;
        for (const auto& [at, any] : facts) {
            if (const auto* fact = std::get_if<F>(&any)) found.emplace_back(at, *fact);
        }
        return found;
    }
    std::size_t acknowledged() const {
        std::size_t count = 0;
        for (const auto& [at, fact] : all<OperationEnded>()) {
            count += fact.outcome == Outcome::acknowledged ? 1 : 0;
        }
        return count;
    }

private:
    FleetOptions options(std::uint32_t nodes, std::uint32_t spares,
                         const ServiceGraph& graph) const {
        constexpr std::uint32_t kWorkloads = 2;
        FleetOptions options;
        std::vector<NodeId> voters;
        for (std::uint32_t i = 0; i < nodes - spares; ++i) voters.push_back(NodeId{i});
        for (std::uint32_t i = 0; i < nodes; ++i) {
            const auto first = i < voters.size() ? voters : std::vector<NodeId>{};
            options.nodes.push_back({NodeId{i}, first, {}, novacron::milliseconds(500), {}, 0});
        }
        for (std::uint32_t i = 0; i < kWorkloads; ++i) {
            options.workloads.push_back({i, HostId{}, 0, static_cast<OperationKind>(i), 100, 10, 0,
                                         novacron::milliseconds(500), novacron::seconds(5),
                                         novacron::milliseconds(10), novacron::milliseconds(500)});
        }
        const std::size_t hosts = std::size_t{nodes} + kWorkloads + graph.clients.size();
        options.graph = graph;
        options.links.assign(hosts * hosts, LinkBehaviour{&latency_, {}, {}, {}});
        return options;
    }
    void on_event(Instant, const Event&) override {}
    void on_fact(Instant at, const Fact& fact) override { facts.emplace_back(at, fact); }

    Distribution latency_;
    Distribution sync_latency_;

public:
    EventQueue queue;
    Record record;
    Receipts receipts{record};
    Fleet fleet;
    std::vector<std::pair<Instant, Fact>> facts;
};

}  // namespace shaketable::test
