// SPDX-License-Identifier: MIT
//
// A network with nothing but ears at its ends: every message carries a serial number, and what
// becomes of it is noted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/net/network.hpp"

namespace shaketable::test {

struct WireOptions {
    std::uint32_t hosts = 3;
    DistributionOptions latency = Constant{novacron::milliseconds(1)};
    double loss = 0;
    double duplicate = 0;
    double reorder = 0;
    std::uint64_t seed = 1;
};

class Wire final : private Receiver, private EventHandler, private Subscriber {
public:
    struct Arrival {
        Instant at;
        HostId from;
        HostId to;
        std::uint64_t serial;
        friend bool operator==(const Arrival&, const Arrival&) = default;
    };

    explicit Wire(const WireOptions& options) : receipts_(record) {
        record.subscribe<PacketSent, PacketDelivered, PacketDropped, FaultObserved, PathChanged>(
            *this);
        const Distribution& latency = distributions_.emplace_back(options.latency);
        const LinkBehaviour link{&latency, Chance(options.loss), Chance(options.duplicate),
                                 Chance(options.reorder)};
        network = std::make_unique<Network>(
            queue, record, receipts_, Random(options.seed), options.hosts,
            std::vector<LinkBehaviour>(std::size_t{options.hosts} * options.hosts, link),
            static_cast<Receiver&>(*this));
        for (std::uint32_t i = 0; i < options.hosts; ++i) {
            network->set_state(HostId{i}, HostState::running);
        }
    }

    void send(std::uint32_t from, std::uint32_t to, std::uint64_t serial) {
        novacron::raft::Message message;
        message.term = Term{serial};
        network->send(HostId{from}, HostId{to}, std::move(message));
    }
    // Sends at a time to come.
    void send_at(Instant at, std::uint32_t from, std::uint32_t to, std::uint64_t serial) {
        planned_.push_back({from, to, serial});
        ++planned_pending_;
        queue.push(at, {this, 0, static_cast<std::uint32_t>(planned_.size() - 1), 0});
    }
    void send_request(std::uint32_t from, std::uint32_t to, std::uint64_t serial) {
        novacron::Request request;
        request.command.sequence = serial;
        network->send(HostId{from}, HostId{to}, request);
    }
    void send_response(std::uint32_t from, std::uint32_t to, std::uint64_t serial) {
        novacron::Response response;
        response.sequence = serial;
        network->send(HostId{from}, HostId{to}, response);
    }

    void send_call(std::uint32_t from, std::uint32_t to, std::uint64_t serial) {
        ServiceMessage call;
        call.ticket = serial;
        network->send(HostId{from}, HostId{to}, call);
    }
    // Of detectors; `serial` is its sequence number. REQUIRES: network->begin_watching was called.
    void send_watch(std::uint32_t from, std::uint32_t to, std::uint64_t serial) {
        novacron::detector::Message message;
        message.sequence = serial;
        network->send(HostId{from}, HostId{to}, std::move(message));
    }

    PathRule rule(std::uint32_t fault, PathRule::Action action,
                  const std::vector<std::pair<std::uint32_t, std::uint32_t>>& paths,
                  double chance = 0, std::optional<DistributionOptions> latency = std::nullopt) {
        const std::size_t hosts = network->hosts();
        PathRule rule{
            FaultId{fault},      action, Chance(chance), nullptr, std::vector<bool>(hosts * hosts),
            Random(1000 + fault)};
        if (latency) rule.latency = &distributions_.emplace_back(*latency);
        for (const auto& [from, to] : paths) rule.covers[from * hosts + to] = true;
        return rule;
    }

    void run_until(Instant until) {
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
    void run_all() { run_until(Instant::never() - Duration{1}); }

    std::size_t in_flight() const { return queue.size() - planned_pending_; }
    std::vector<std::uint64_t> serials() const {
        std::vector<std::uint64_t> all;
        for (const Arrival& arrival : arrivals) all.push_back(arrival.serial);
        return all;
    }
    std::size_t dropped(DropCause cause) const {
        return static_cast<std::size_t>(
            std::count_if(drops.begin(), drops.end(),
                          [cause](const PacketDropped& drop) { return drop.cause == cause; }));
    }

    EventQueue queue;
    Record record;
    std::unique_ptr<Network> network;
    std::vector<Arrival> arrivals;  // of all but refusals
    std::vector<Arrival> refusals;
    std::vector<std::pair<Arrival, ServiceMessage>> calls;  // and what else services say
    std::vector<Arrival> watch_arrivals;
    std::vector<std::pair<Instant, PathChanged>> path_changes;
    std::vector<PacketSent> sent;
    std::vector<PacketDelivered> deliveries;
    std::vector<PacketDropped> drops;
    std::vector<FaultObserved> observed;

private:
    void receive(Instant now, HostId from, HostId to, const ServiceMessage& message) override {
        calls.push_back({{now, from, to, message.ticket}, message});
    }
    struct Planned {
        std::uint32_t from;
        std::uint32_t to;
        std::uint64_t serial;
    };

    void on_event(Instant, const Event& event) override {
        --planned_pending_;
        const Planned planned = planned_[event.a];
        send(planned.from, planned.to, planned.serial);
    }
    void on_fact(Instant at, const Fact& fact) override {
        if (const auto* p = std::get_if<PathChanged>(&fact)) path_changes.emplace_back(at, *p);
        if (const auto* s = std::get_if<PacketSent>(&fact)) sent.push_back(*s);
        if (const auto* d = std::get_if<PacketDelivered>(&fact)) deliveries.push_back(*d);
        if (const auto* d = std::get_if<PacketDropped>(&fact)) drops.push_back(*d);
        if (const auto* o = std::get_if<FaultObserved>(&fact)) observed.push_back(*o);
    }
    void receive(Instant now, HostId from, HostId to,
                 const novacron::raft::Message& message) override {
        arrivals.push_back({now, from, to, message.term.value});
    }
    void receive(Instant now, HostId from, HostId to, const novacron::Request& request) override {
        arrivals.push_back({now, from, to, request.command.sequence});
    }
    void receive(Instant now, HostId from, HostId to, const novacron::Response& response) override {
        arrivals.push_back({now, from, to, response.sequence});
    }
    void heard(Instant now, HostId from, HostId to,
               const novacron::detector::Message& message) override {
        watch_arrivals.push_back({now, from, to, message.sequence});
    }
    void refused(Instant now, HostId by, HostId to, const novacron::Request& request) override {
        refusals.push_back({now, by, to, request.command.sequence});
    }

    Receipts receipts_;
    std::deque<Distribution> distributions_;
    std::vector<Planned> planned_;
    std::size_t planned_pending_ = 0;
};

}  // namespace shaketable::test
