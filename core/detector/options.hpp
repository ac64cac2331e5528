// SPDX-License-Identifier: MIT
//
// Which failure detector a group has, with its knobs: the kind of each member is the same.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "core/detector/heartbeat_watch.hpp"
#include "core/detector/swim.hpp"

namespace novacron::detector {

using DetectorOptions = std::variant<HeartbeatWatchOptions, SwimOptions>;

// One life of a member. REQUIRES: what the two kinds' constructors do.
std::unique_ptr<FailureDetector> make_detector(const DetectorOptions& options, NodeId self,
                                               std::uint64_t life, std::vector<NodeId> peers,
                                               const Random& random, Instant now);

}  // namespace novacron::detector
