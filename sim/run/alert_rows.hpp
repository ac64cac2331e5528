// SPDX-License-Identifier: MIT
//
// What a result says of alerts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

// An alert from its being pending to its end.
struct AlertRow {
    std::string alert;
    std::string labels;    // {node="node-3"}: of the result and of the rule; empty if none
    std::string severity;  // the label's value
    bool pages = false;    // it is page or critical
    Instant pending;
    std::optional<Instant> firing;    // nothing: it never came to that
    std::optional<Instant> resolved;  // or dropped while pending; nothing: it goes on
    // The latest fault that was acting, or had ended no longer ago than alerts.grace, when the
    // condition came to hold; empty: none. What an alert brings about is no fault.
    std::string fault;
};

// A fault, and the first page that was out while it acted or in the grace after it.
struct PagedRow {
    std::string fault;
    std::string alert;                      // empty: nobody was called
    std::optional<Duration> time_to_page;   // from its start; 0s if somebody had been called before
};

struct AlertingRow {
    std::vector<AlertRow> alerts;  // in the order in which they came to be pending
    std::vector<PagedRow> faults;  // in the order of their starts
    std::uint64_t pages = 0;       // alerts that fired and page
    std::uint64_t false_pages = 0; // of these, due to no fault
    std::uint64_t missed = 0;      // faults about which nobody was called
};

}  // namespace shaketable
