// SPDX-License-Identifier: MIT
//
// What failure detectors say to one another, and which ways between nodes are cut.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/net/network.hpp"

namespace shaketable {

namespace {

using Message = novacron::detector::Message;

// On a narrow line: type, three nodes, incarnation and sequence; a rumour has a status, two nodes
// and an incarnation.
constexpr std::uint64_t kMessageSize = 1 + 3 * 4 + 2 * 8;
constexpr std::uint64_t kRumourSize = 1 + 2 * 4 + 8;

std::uint64_t bytes_of(const Message& message) {
    return kMessageSize + kRumourSize * message.rumours.size();
}

}  // namespace

void Network::begin_watching(std::uint32_t nodes) {
    novacron::check(nodes <= hosts_ && watching_ == 0, "nodes are hosts, and begin to watch once");
    watching_ = nodes;
    watch_paths_.reserve(std::size_t{nodes} * nodes);
    for (std::size_t i = 0; i < std::size_t{nodes} * nodes; ++i) {
        watch_paths_.push_back(
            {random_.fork("net/watch/latency", i), random_.fork("net/watch/chance", i)});
    }
    note_cuts();
}

bool Network::is_cut(Instant now, HostId from, HostId to) {
    const std::size_t number = std::size_t{from.value} * hosts_ + to.value;
    if (!paths_[number].ruled) return false;
    return std::any_of(rules_.begin(), rules_.end(), [&](PathRule& rule) {
        if (!rule.covers[number]) return false;
        if (rule.action != PathRule::Action::by_model) {
            return rule.action == PathRule::Action::drop || rule.action == PathRule::Action::hold;
        }
        if (const auto* flapping = std::get_if<Flapping>(&rule.model)) {
            return flapping->is_down(now);
        }
        if (auto* swizzle = std::get_if<Swizzle>(&rule.model)) {
            return swizzle->is_cut(now, from.value) || swizzle->is_cut(now, to.value);
        }
        return false;
    });
}

void Network::note_cut(HostId from, HostId to) {
    WatchPath& path = watch_path(from, to);
    const bool cut = is_cut(queue_.now(), from, to);
    if (cut == path.cut) return;
    path.cut = cut;
    record_.add(queue_.now(), PathChanged{NodeId{from.value}, NodeId{to.value}, cut});
}

void Network::note_cuts() {
    for (std::uint32_t from = 0; from < watching_; ++from) {
        for (std::uint32_t to = 0; to < watching_; ++to) {
            if (from != to) note_cut(HostId{from}, HostId{to});
        }
    }
}

void Network::send(HostId from, HostId to, Message&& message) {
    novacron::check(from.value < watching_ && to.value < watching_, "only nodes watch one another");
    ++watch_messages_;
    const std::size_t number = std::size_t{from.value} * hosts_ + to.value;
    const Path& path = paths_[number];
    if (path.plain) [[likely]] {
        carry_watch({}, from, to, std::move(message));
        return;
    }
    if (path.ruled) note_cut(from, to);
    const Fate fate = decide(number, path.weighed ? bytes_of(message) : 0,
                             watch_path(from, to).chance_draws, Traffic::watch);
    if (fate.dropped) return;
    if (fate.duplicated) carry_watch(fate, from, to, Message(message));
    carry_watch(fate, from, to, std::move(message));
}

void Network::carry_watch(const Fate& fate, HostId from, HostId to, Message&& message) {
    const std::uint32_t slot = watch_parcels_.take();
    auto& parcel = watch_parcels_[slot];
    parcel.from = from;
    parcel.to = to;
    parcel.corrupted_by = fate.corrupted_by;
    std::swap(parcel.body, message);
    if (fate.held_by.is_none()) {
        queue_.push(watch_arrival(from, to, fate.extra), {this, deliver_watch, slot, 0});
    } else {
        const std::size_t number = std::size_t{from.value} * hosts_ + to.value;
        held_.push_back({fate.held_by, number, deliver_watch, slot});
    }
}

Instant Network::watch_arrival(HostId from, HostId to, Duration extra) {
    const Path& path = paths_[std::size_t{from.value} * hosts_ + to.value];
    return queue_.now() + path.link.latency->draw(watch_path(from, to).latency_draws) + extra;
}

// There is no codec: what is damaged is refused. Nobody answers for a process that is not there.
void Network::deliver_watched(Instant now, std::uint32_t slot) {
    const auto& parcel = watch_parcels_[slot];
    if (states_[parcel.to.value] == HostState::running) {
        if (parcel.corrupted_by.is_none()) {
            receiver_.heard(now, parcel.from, parcel.to, parcel.body);
        } else {
            receipts_.effect(now, parcel.corrupted_by, FaultEffect::packet_corrupted);
        }
    }
    watch_parcels_.give_back(slot);
}

}  // namespace shaketable
