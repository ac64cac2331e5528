// SPDX-License-Identifier: MIT
#include "sim/host/peer_watch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace shaketable {

PeerWatch::PeerWatch(NodeId self, PeerWatchOptions options, PeerWatchParts parts,
                     const Random& random, Event wake)
    : self_(self),
      options_(std::move(options)),
      parts_(parts),
      random_(random),
      wake_(parts.queue, wake) {}

void PeerWatch::begin(std::uint64_t life) {
    std::vector<NodeId> peers;
    for (std::uint32_t i = 0; i < options_.nodes; ++i) {
        if (NodeId{i} != self_) peers.push_back(NodeId{i});
    }
    detector_ = make_detector(options_.detector, self_, life, std::move(peers),
                              random_.fork("life", life), local_now());
    carry_out();
}

void PeerWatch::end() {
    detector_.reset();
    wake_.cancel();
}

void PeerWatch::take(const novacron::detector::Message& message) {
    detector_->on_message(local_now(), message);
    carry_out();
}

void PeerWatch::on_time() {
    detector_->on_time(local_now());
    carry_out();
}

void PeerWatch::arm() {
    wake_.arm(std::max(parts_.queue.now(), parts_.clock.true_at(detector_->next_deadline())));
}

void PeerWatch::carry_out() {
    using novacron::detector::Status;
    novacron::detector::Outputs& outputs = detector_->outputs();
    const Instant now = parts_.queue.now();
    for (const novacron::detector::Change& change : outputs.changes) {
        switch (change.after) {
            case Status::trusted: parts_.record.add(now, PeerTrusted{self_, change.peer}); break;
            case Status::suspected:
                parts_.record.add(now, PeerSuspected{self_, change.peer});
                break;
            case Status::failed: parts_.record.add(now, PeerFailed{self_, change.peer}); break;
        }
    }
    for (novacron::detector::Message& message : outputs.messages) {
        const HostId to{message.to.value};
        parts_.network.send(HostId{self_.value}, to, std::move(message));
    }
    outputs.clear();
    arm();
}

}  // namespace shaketable
