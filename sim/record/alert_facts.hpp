// SPDX-License-Identifier: MIT
//
// What can be known about alerts: when a rule's condition came to hold, and when somebody was
// called. Runs of scenarios without alerts have none of these facts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"

namespace shaketable {

// A rule, numbered from 0 in the order of the rules file.
using AlertId = novacron::Id<struct AlertTag>;

// `instance` is one set of labels that a rule gave, numbered from 0 over all rules in the order in
// which they came up in the run.
//
// The condition holds, and must hold for a while before anybody is called.
struct AlertPending {
    AlertId alert;
    std::uint32_t instance;
    static constexpr std::string_view name = "alert-pending";
    static constexpr std::array<std::string_view, 2> fields = {"alert", "instance"};
    auto values() const { return std::tie(alert, instance); }
};
struct AlertFiring {
    AlertId alert;
    std::uint32_t instance;
    static constexpr std::string_view name = "alert-firing";
    static constexpr std::array<std::string_view, 2> fields = {"alert", "instance"};
    auto values() const { return std::tie(alert, instance); }
};
// It fired, and does not any more.
struct AlertResolved {
    AlertId alert;
    std::uint32_t instance;
    static constexpr std::string_view name = "alert-resolved";
    static constexpr std::array<std::string_view, 2> fields = {"alert", "instance"};
    auto values() const { return std::tie(alert, instance); }
};

}  // namespace shaketable
