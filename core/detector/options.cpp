// SPDX-License-Identifier: MIT
#include "core/detector/options.hpp"

#include <utility>

namespace novacron::detector {

std::unique_ptr<FailureDetector> make_detector(const DetectorOptions& options, NodeId self,
                                               std::uint64_t life, std::vector<NodeId> peers,
                                               const Random& random, Instant now) {
    if (const auto* heartbeats = std::get_if<HeartbeatWatchOptions>(&options)) {
        return std::make_unique<HeartbeatWatch>(self, life, std::move(peers), *heartbeats, now);
    }
    return std::make_unique<Swim>(self, life, std::move(peers), std::get<SwimOptions>(options),
                                  random, now);
}

}  // namespace novacron::detector
