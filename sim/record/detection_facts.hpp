// SPDX-License-Identifier: MIT
//
// Facts of failure detectors: what nodes think of one another, and which ways between them are cut.
// Runs in which nobody watches anybody have none of them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"

namespace shaketable {

using novacron::NodeId;

// The node's detector of failures holds the peer for suspect from now on.
struct PeerSuspected {
    NodeId node;
    NodeId peer;
    static constexpr std::string_view name = "peer-suspected";
    static constexpr std::array<std::string_view, 2> fields = {"node", "peer"};
    auto values() const { return std::tie(node, peer); }
};
// It has heard of the peer again. A node that starts trusts everybody, without a fact.
struct PeerTrusted {
    NodeId node;
    NodeId peer;
    static constexpr std::string_view name = "peer-trusted";
    static constexpr std::array<std::string_view, 2> fields = {"node", "peer"};
    auto values() const { return std::tie(node, peer); }
};
// It has given the peer up. It may come to that without the node's suspecting the peer before.
struct PeerFailed {
    NodeId node;
    NodeId peer;
    static constexpr std::string_view name = "peer-failed";
    static constexpr std::array<std::string_view, 2> fields = {"node", "peer"};
    auto values() const { return std::tie(node, peer); }
};
// From now on nothing that one node sends reaches another, or it does again. A way that is lossy,
// slow or narrow is not cut. Of faults that come and go by themselves (network.flap,
// network.swizzle) it is told when a detector's message meets them.
struct PathChanged {
    NodeId from;
    NodeId to;
    bool cut;
    static constexpr std::string_view name = "path-changed";
    static constexpr std::array<std::string_view, 3> fields = {"from", "to", "cut"};
    auto values() const { return std::tie(from, to, cut); }
};

}  // namespace shaketable
