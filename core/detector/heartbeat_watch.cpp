// SPDX-License-Identifier: MIT
#include "core/detector/heartbeat_watch.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace novacron::detector {

HeartbeatWatch::HeartbeatWatch(NodeId self, std::uint64_t incarnation, std::vector<NodeId> peers,
                               const HeartbeatWatchOptions& options, Instant now)
    : self_(self),
      incarnation_(incarnation),
      interval_(options.heartbeat_interval),
      guard_(options.max_local_pause),
      now_(now),
      began_(now),
      next_heartbeat_(now) {
    check(options.heartbeat_interval.ns > 0, "heartbeats have an interval above 0");
    std::sort(peers.begin(), peers.end());
    check(std::adjacent_find(peers.begin(), peers.end()) == peers.end() &&
              !std::binary_search(peers.begin(), peers.end(), self),
          "each peer is watched once, and nobody watches itself");
    const PeerDetector detector(options.estimator);
    watched_.reserve(peers.size());
    look_at_.assign(peers.size(), Instant::never());
    for (const NodeId peer : peers) {
        watched_.push_back({peer, detector});
        watched_.back().detector.expect(now);
        arm(watched_.size() - 1, watched_.back().detector.next_deadline());
    }
}

Instant HeartbeatWatch::next_deadline() const {
    return looks_.empty() ? next_heartbeat_ : std::min(next_heartbeat_, looks_.front().at);
}

void HeartbeatWatch::on_message(Instant now, const Message& message) {
    note_time(now);
    if (message.type != MessageType::heartbeat || message.to != self_) return;
    const std::size_t place = place_of(message.from);
    if (place == watched_.size()) return;
    PeerDetector& detector = watched_[place].detector;
    const Status before = detector.status();
    if (!detector.heard(now, {message.incarnation, message.sequence})) return;
    tell(now, message.from, before, detector.status());
    // Later deadlines are found out when the look is due. Earlier ones are not.
    arm(place, detector.next_deadline());
}

void HeartbeatWatch::on_time(Instant now) {
    note_time(now);
    send_heartbeats(now);
    look(now);
}

void HeartbeatWatch::note_time(Instant now) {
    if (now < now_) step_back(now);
    now_ = now;
    if (!guard_.note(now, next_deadline())) return;
    // What is overdue is looked at once the quiet is over.
    look(now);
}

void HeartbeatWatch::step_back(Instant now) {
    const Duration step = now_ - now;
    began_ = began_ - step;
    next_heartbeat_ = next_heartbeat_ - step;
    guard_.forget();
    for (std::size_t place = 0; place < watched_.size(); ++place) {
        PeerDetector& detector = watched_[place].detector;
        if (detector.status() == Status::trusted) detector.expect(now);
        arm(place, detector.next_deadline());
    }
}

void HeartbeatWatch::send_heartbeats(Instant now) {
    if (now < next_heartbeat_) return;
    const std::int64_t number = (now - began_).ns / interval_.ns;
    for (const Watched& each : watched_) {
        Message heartbeat;
        heartbeat.from = self_;
        heartbeat.to = each.peer;
        heartbeat.incarnation = incarnation_;
        heartbeat.sequence = static_cast<std::uint64_t>(number) + 1;
        outputs_.messages.push_back(std::move(heartbeat));
    }
    next_heartbeat_ = began_ + interval_ * (number + 1);
}

void HeartbeatWatch::look(Instant now) {
    while (!looks_.empty() && looks_.front().at <= now) {
        const Look due = looks_.front();
        std::pop_heap(looks_.begin(), looks_.end());
        looks_.pop_back();
        if (look_at_[due.place] != due.at) continue;  // replaced by an earlier one
        look_at_[due.place] = Instant::never();
        Watched& each = watched_[due.place];
        if (!guard_.quiet(now)) {
            const Status before = each.detector.status();
            each.detector.advance(now);
            tell(now, each.peer, before, each.detector.status());
        }
        const Instant next = each.detector.next_deadline();
        if (next != Instant::never()) arm(due.place, guard_.put_off(next));
    }
}

void HeartbeatWatch::arm(std::size_t place, Instant at) {
    if (at >= look_at_[place]) return;
    look_at_[place] = at;
    looks_.push_back({at, place});
    std::push_heap(looks_.begin(), looks_.end());
}

void HeartbeatWatch::tell(Instant now, NodeId peer, Status before, Status after) {
    if (before != after) outputs_.changes.push_back({peer, before, after, now});
}

std::size_t HeartbeatWatch::place_of(NodeId peer) const {
    const auto found =
        std::lower_bound(watched_.begin(), watched_.end(), peer,
                         [](const Watched& each, NodeId id) { return each.peer < id; });
    const bool is_watched = found != watched_.end() && found->peer == peer;
    return is_watched ? static_cast<std::size_t>(found - watched_.begin()) : watched_.size();
}

const HeartbeatWatch::Watched& HeartbeatWatch::watched(NodeId peer) const {
    const std::size_t place = place_of(peer);
    check(place < watched_.size(), "the peer is watched");
    return watched_[place];
}

}  // namespace novacron::detector
