// SPDX-License-Identifier: MIT
//
// What can be done to the name service that sends clients to a site. What operators do about sites
// is in sim/site/site_orders.hpp.
#pragma once

#include "sim/engine/distribution.hpp"

namespace shaketable {

// Lookups answer what they did when the fault began, name nobody, or take their time.
struct NameFault {
    enum class What : std::uint8_t { stale, empty, slow };
    What what = What::stale;
    DistributionOptions latency = Constant{};  // of a slow lookup
    friend bool operator==(const NameFault&, const NameFault&) = default;
};

}  // namespace shaketable
