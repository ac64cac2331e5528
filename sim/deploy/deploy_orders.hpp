// SPDX-License-Identifier: MIT
//
// What an operator may order about the versions that nodes and services run.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sim/deploy/version_gate.hpp"
#include "sim/host/software.hpp"

namespace shaketable {

using novacron::Duration;

// From one look at an order that is under way to the next.
constexpr Duration kDeployLook = novacron::milliseconds(50);

struct DeployOrder {
    enum class Verb : std::uint8_t {
        rolling,   // nodes get a version, some after the other
        rollback,  // they get one back: that which they had before, or the one that is named
        finalize,  // the group goes on in another format, from which there is no way back
    };
    // What becomes of a roll-out whose nodes are not healthy in time: it goes no further, or those
    // that it has reached get back what they had.
    enum class Unhealthy : std::uint8_t { stop, rollback };

    Verb verb = Verb::rolling;
    std::optional<std::uint32_t> version = {};  // its number; nothing: rollback only
    std::uint32_t batch = 1;    // so many nodes at a time; at least 1
    Duration pause{};           // after each batch that is healthy
    bool drain = true;          // a leader hands over before it is stopped
    Duration install = novacron::seconds(1);  // from the stop of a process to its start
    bool gate = true;           // a batch must be healthy before the next one
    Duration soak = novacron::seconds(5);     // so long, without a break
    Duration timeout = novacron::seconds(30);  // and by then; of a finalisation: by when it is done
    Unhealthy unhealthy = Unhealthy::stop;
    std::optional<DataFormat> format = {};     // finalize; nothing: the latest that all can write
    bool force = false;         // though data could not be read afterwards
    friend bool operator==(const DeployOrder&, const DeployOrder&) = default;
};

// Requests for a service are shifted to another version of it, step by step.
struct TrafficOrder {
    std::uint32_t service = 0;
    std::uint32_t version = 0;  // of the service
    // What goes to it, of a million; each step above the one before, none above the whole.
    std::vector<std::uint32_t> steps_ppm = {100'000, 250'000, 500'000, 750'000, 1'000'000};
    Duration soak = novacron::seconds(60);      // of each step
    bool gate = true;  // after each, the version must not be worse than the one that serves
    VersionGate allows = {};
    Duration timeout = novacron::seconds(30);   // by then all instances must have started
    DeployOrder::Unhealthy unhealthy = DeployOrder::Unhealthy::rollback;
    friend bool operator==(const TrafficOrder&, const TrafficOrder&) = default;
};

// All versions of a scenario, by number: nodes begin with the first.
using Versions = std::vector<Software>;

}  // namespace shaketable
