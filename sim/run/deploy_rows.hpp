// SPDX-License-Identifier: MIT
//
// What a result says of deploys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Instant;

// An order about the versions that nodes run, or requests for a service are shifted to.
struct DeployRow {
    std::string id;        // of its fault, whose word is `inject`
    std::string inject;
    std::string version;   // that was asked for; empty: none was. Of a service, after its name
    std::string outcome;   // running, done, refused, failed, stopped, given-up
    // That it was about, and that got what it was to give; of a shift, its steps.
    std::uint64_t nodes = 0, reached = 0;
    bool backed_out = false;    // and got back what they had, or requests are where they were
    Instant started;
    std::optional<Instant> ended;
};

}  // namespace shaketable
