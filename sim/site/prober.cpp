// SPDX-License-Identifier: MIT
#include "sim/site/prober.hpp"

#include <utility>

namespace shaketable {

namespace {

// No workload has so many.
constexpr novacron::ClientId kProber{~std::uint64_t{0} - 32};

}  // namespace

Prober::Prober(const ProberOptions& options, EventQueue& queue, Network& network, HostId host,
               std::function<const std::vector<NodeId>&()> nodes,
               std::function<void(Instant)> noticed)
    : options_(options),
      queue_(queue),
      network_(network),
      host_(host),
      nodes_(std::move(nodes)),
      noticed_(std::move(noticed)) {}

void Prober::begin() {
    if (begun_) return;
    begun_ = true;
    probe();
}

void Prober::probe() {
    alive_ = false;
    novacron::Request request;
    request.kind = novacron::Request::Kind::read;
    request.command.client = kProber;
    request.command.sequence = ++probes_;
    for (const NodeId node : nodes_()) network_.send(host_, HostId{node.value}, request);
    queue_.push(queue_.now() + options_.interval, {this, 0, 0, 0});
}

void Prober::answered(const novacron::Response& response) {
    if (response.client != kProber || response.sequence != probes_) return;
    if (response.status != novacron::Response::Status::not_leader) alive_ = true;
}

std::optional<Instant> Prober::down_since() const {
    if (failures_ < options_.failures) return std::nullopt;
    return first_failure_;
}

void Prober::on_event(Instant now, const Event&) {
    if (alive_) {
        failures_ = 0;
    } else if (failures_++ == 0) {
        first_failure_ = now - options_.interval;
    }
    probe();
    if (const auto since = down_since()) noticed_(*since);
}

}  // namespace shaketable
