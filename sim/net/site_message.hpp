// SPDX-License-Identifier: MIT
//
// What the leaders of two sites' groups say to each other, and how large it is on a wire.
//
// A node that gets one and does not lead hands it on to the node that does, as far as it knows.
#pragma once

#include <cstdint>
#include <variant>

#include "core/base/overloaded.hpp"
#include "core/replication/messages.hpp"
#include "sim/record/facts.hpp"

namespace shaketable {

struct SiteMessage {
    SiteId from{};
    SiteId to{};
    HostId speaker{};      // who leads at `from`: answers go there
    bool handed_on = false;  // by a node that does not lead
    novacron::replication::Message body;
};

// Sites, session, epoch and a few numbers; and for a shipment its records.
inline std::uint64_t size_of(const SiteMessage& message) {
    namespace replication = novacron::replication;
    constexpr std::uint64_t kHead = 64;
    constexpr std::uint64_t kBranch = 20;
    return std::visit(
        novacron::Overloaded{[](const replication::Greeting& greeting) {
                                 return kHead +
                                        kBranch * greeting.lineage.history.branches().size();
                             },
                             [](const replication::Shipment& shipment) {
                                 std::uint64_t bytes = kHead;
                                 for (const auto& record : shipment.records) {
                                     bytes += replication::size_of(record);
                                 }
                                 return bytes;
                             },
                             [](const auto&) { return std::uint64_t{kHead}; }},
        message.body);
}

}  // namespace shaketable
