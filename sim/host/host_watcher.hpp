// SPDX-License-Identifier: MIT
//
// Whoever acts on behalf of several nodes at once, such as a site, and so must hear what happens on
// their hosts, and may hold back what they would do.
//
// Calls come from within a node: the watcher must not ask the host for anything before the event in
// which it was called is over.
#pragma once

#include <cstdint>

#include "core/node/messages.hpp"
#include "core/node/observer.hpp"
#include "core/ports/transport.hpp"

namespace shaketable {

class HostWatcher {
public:
    enum class Admission : std::uint8_t { admitted, not_here, overloaded };

    virtual void role_changed(novacron::NodeId node, novacron::raft::Role role,
                              novacron::Term term) = 0;
    virtual void entry_applied(novacron::NodeId node, const novacron::Entry& entry) = 0;
    virtual void stopped(novacron::NodeId node) = 0;
    virtual void resumed(novacron::NodeId node) = 0;
    // Whether the node may be asked. If not, the client is told so.
    virtual Admission admit(novacron::NodeId node, const novacron::Request& request) = 0;
    // Whether the answer may leave. If not, the watcher keeps it.
    virtual bool may_leave(novacron::NodeId node, novacron::ClientAddress to,
                           const novacron::Response& response) = 0;

protected:
    ~HostWatcher() = default;
};

}  // namespace shaketable
