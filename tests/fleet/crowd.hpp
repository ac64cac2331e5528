// SPDX-License-Identifier: MIT
//
// A workload before a cluster that answers as a test tells it to: what is asked and what comes of
// it is noted.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "sim/fleet/workload.hpp"

namespace shaketable::test {

constexpr std::uint32_t kServers = 3;
constexpr HostId kClients{kServers};

inline WorkloadOptions crowd_options() {
    return {0,
            kClients,
            kServers,
            OperationKind::write,
            100,
            10,
            0,
            novacron::milliseconds(500),
            novacron::seconds(5),
            novacron::milliseconds(10),
            novacron::milliseconds(500)};
}

class Crowd final : private Receiver, private Subscriber, private EventHandler {
public:
    struct Asked {
        Instant at;  // on arrival
        HostId server;
        novacron::Request request;
    };
    struct Issued {
        Instant at;
        OperationIssued fact;
    };
    struct Ended {
        Instant at;
        OperationEnded fact;
    };

    explicit Crowd(const WorkloadOptions& options = crowd_options(), std::uint64_t seed = 1)
        : latency_(Constant{novacron::milliseconds(1)}),
          receipts_(record),
          network(queue, record, receipts_, Random(seed), kServers + 1,
                  std::vector<LinkBehaviour>((kServers + 1) * (kServers + 1),
                                             LinkBehaviour{&latency_, {}, {}, {}}),
                  static_cast<Receiver&>(*this)),
          workload(options, queue, record, network, counter, Random(seed)) {
        record.subscribe<OperationIssued, OperationEnded>(*this);
        for (std::uint32_t i = 0; i <= kServers; ++i) {
            network.set_state(HostId{i}, HostState::running);
        }
    }

    // How the cluster answers; not at all, if nothing is told.
    std::function<void(HostId server, const novacron::Request&)> on_request =
        [](HostId, const novacron::Request&) {};

    void acknowledge(HostId server, const novacron::Request& request) {
        novacron::Response response = response_to(server, request);
        response.index = LogIndex{++index_};
        network.send(server, kClients, response);
    }
    void redirect(HostId server, const novacron::Request& request, NodeId leader) {
        novacron::Response response = response_to(server, request);
        response.status = novacron::Response::Status::not_leader;
        response.leader = leader;
        network.send(server, kClients, response);
    }
    void overload(HostId server, const novacron::Request& request) {
        novacron::Response response = response_to(server, request);
        response.status = novacron::Response::Status::overloaded;
        network.send(server, kClients, response);
    }
    void all_servers(HostState state) {
        for (std::uint32_t i = 0; i < kServers; ++i) network.set_state(HostId{i}, state);
    }

    // It is exactly so much later afterwards, and all that is due has happened.
    void run_for(Duration time) {
        const Instant until = queue.now() + time;
        queue.push(until, {this, 0, 0, 0});
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
    // Runs until the first operation is issued.
    void start_one() {
        workload.start();
        while (issued.empty()) {
            queue.do_next();
        }
    }
    std::vector<Asked> asked_of(std::uint64_t operation) const {
        std::vector<Asked> found;
        for (const Asked& one : asked) {
            if (one.request.command.value == operation) found.push_back(one);
        }
        return found;
    }

private:
    static novacron::Response response_to(HostId server, const novacron::Request& request) {
        novacron::Response response;
        response.client = request.command.client;
        response.sequence = request.command.sequence;
        response.by = NodeId{server.value};
        return response;
    }
    void on_event(Instant, const Event&) override {}
    void on_fact(Instant at, const Fact& fact) override {
        if (const auto* i = std::get_if<OperationIssued>(&fact)) issued.push_back({at, *i});
        if (const auto* e = std::get_if<OperationEnded>(&fact)) ended.push_back({at, *e});
    }
    void receive(Instant, HostId, HostId, const novacron::raft::Message&) override {}
    void receive(Instant now, HostId, HostId to, const novacron::Request& request) override {
        asked.push_back({now, to, request});
        on_request(to, request);
    }
    void receive(Instant, HostId, HostId, const novacron::Response& response) override {
        workload.receive(response);
    }
    void refused(Instant now, HostId by, HostId, const novacron::Request& request) override {
        refusals.push_back({now, by, request});
        workload.refused(by, request);
    }

    Distribution latency_;
    std::uint64_t index_ = 0;

public:
    Record record;

private:
    Receipts receipts_;

public:
    EventQueue queue;
    Network network;
    OperationCounter counter;
    Workload workload;
    std::vector<Asked> asked;
    std::vector<Asked> refusals;  // at: on arrival at the client
    std::vector<Issued> issued;
    std::vector<Ended> ended;
};

}  // namespace shaketable::test
