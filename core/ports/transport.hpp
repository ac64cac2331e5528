// SPDX-License-Identifier: MIT
//
// What the core asks of a network: to carry messages, without any promise.
//
// A message may be lost, duplicated, delayed or overtaken; it is not altered, and the sender is
// told nothing. A peer message is given away: the caller gets back one of no particular content,
// whose memory it may use for the next.
#pragma once

#include "core/base/id.hpp"

namespace novacron {

// Where a client wants its answer: the host's business, handed back as it was received.
using ClientAddress = Id<struct ClientAddressTag>;

template <class PeerMessage, class ClientResponse>
class Transport {
public:
    virtual ~Transport() = default;

    virtual void send(PeerMessage&& message) = 0;
    virtual void respond(ClientAddress to, const ClientResponse& response) = 0;
};

}  // namespace novacron
