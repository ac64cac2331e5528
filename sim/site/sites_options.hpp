// SPDX-License-Identifier: MIT
//
// How a service is spread over sites, and who watches it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/id.hpp"
#include "core/replication/site.hpp"
#include "sim/record/site_facts.hpp"
#include "sim/site/site_orders.hpp"

namespace shaketable {

struct ProberOptions {
    Duration interval = novacron::seconds(1);
    std::uint32_t failures = 3;  // in a row, that make an outage
    friend bool operator==(const ProberOptions&, const ProberOptions&) = default;
};

struct SitesOptions {
    std::vector<std::vector<novacron::NodeId>> nodes;  // by site
    SiteId primary{};                        // of the beginning
    novacron::replication::SiteOptions::Mode mode =
        novacron::replication::SiteOptions::Mode::asynchronous;
    std::uint32_t standbys_required = 1;
    novacron::replication::ShippingOptions shipping;
    std::uint64_t lag_bytes_max = ~std::uint64_t{0};
    std::uint64_t seed_bytes_per_second = std::uint64_t{100} << 20U;
    ProberOptions prober;
    // What happens when the prober sees an outage, once; nothing: somebody has to be called.
    std::optional<SiteOrder> automatic;
    SiteId automatic_target{};

    friend bool operator==(const SitesOptions&, const SitesOptions&) = default;
};

}  // namespace shaketable
