// SPDX-License-Identifier: MIT
//
// Watches the service from a third place, as those do who have to decide whether a site is gone.
//
// Once every interval each node of the site is asked for a read. If no node has answered it by the
// next time, that is a failure; failures in a row are an outage, which began with the first of
// those probes. The prober sees what its own links show it: a site that it can't reach is gone, to
// the prober.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sim/engine/event_queue.hpp"
#include "sim/net/network.hpp"
#include "sim/site/sites_options.hpp"

namespace shaketable {

class Prober final : private EventHandler {
public:
    // `nodes` gives those of the site to be watched; `noticed` is called at each failure of an
    // outage, with the instant at which that began.
    Prober(const ProberOptions& options, EventQueue& queue, Network& network, HostId host,
           std::function<const std::vector<NodeId>&()> nodes,
           std::function<void(Instant)> noticed);

    // Begins, if it has not.
    void begin();
    void answered(const novacron::Response& response);
    // When the outage began that goes on; nothing if there is none.
    std::optional<Instant> down_since() const;

private:
    void on_event(Instant now, const Event& event) override;
    void probe();

    ProberOptions options_;
    EventQueue& queue_;
    Network& network_;
    HostId host_;
    std::function<const std::vector<NodeId>&()> nodes_;
    std::function<void(Instant)> noticed_;
    bool begun_ = false;
    bool alive_ = false;            // somebody has answered the last probe
    std::uint64_t probes_ = 0;
    std::uint32_t failures_ = 0;    // in a row
    Instant first_failure_{};
};

}  // namespace shaketable
