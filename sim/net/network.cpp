// SPDX-License-Identifier: MIT
#include "sim/net/network.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"
#include "core/raft/codec.hpp"

namespace shaketable {

using novacron::Request;
using novacron::Response;
using PeerMessage = novacron::raft::Message;

Network::Network(EventQueue& queue, Record& record, Receipts& receipts, const Random& random,
                 std::uint32_t hosts, std::vector<LinkBehaviour> links, Receiver& receiver)
    : queue_(queue),
      record_(record),
      receipts_(receipts),
      receiver_(receiver),
      hosts_(hosts),
      states_(hosts, HostState::silent),
      random_(random) {
    novacron::check(links.size() == std::size_t{hosts} * hosts, "every path has a behaviour");
    paths_.reserve(links.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
        const Random latency = random.fork("net/latency", i);
        const Random chance = random.fork("net/chance", i);
        paths_.push_back({links[i], latency, chance, {}, false, false, false});
    }
    find_ruled_paths();
}

void Network::add_rule(PathRule rule) {
    rules_.push_back(std::move(rule));
    find_ruled_paths();
}

void Network::remove_rules(FaultId fault) {
    std::erase_if(rules_, [fault](const PathRule& rule) { return rule.fault == fault; });
    find_ruled_paths();
    std::vector<Held> released;
    for (const Held& one : std::exchange(held_, {})) {
        (one.fault == fault ? released : held_).push_back(one);
    }
    for (const Held& one : released) {
        Instant at;
        if (one.kind == deliver_watch) {
            const auto& parcel = watch_parcels_[one.slot];
            at = watch_arrival(parcel.from, parcel.to, {});
        } else {
            at = arrival(paths_[one.path]);
        }
        queue_.push(at, {this, one.kind, one.slot, 0});
    }
}

void Network::find_ruled_paths() {
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        Path& path = paths_[i];
        path.ruled = std::any_of(rules_.begin(), rules_.end(),
                                 [i](const PathRule& rule) { return rule.covers[i]; });
        path.weighed = std::any_of(rules_.begin(), rules_.end(), [i](const PathRule& rule) {
            return rule.weighs() && rule.covers[i];
        });
        path.plain = !path.ruled && path.link.loss.is_zero() && path.link.duplicate.is_zero() &&
                     path.link.reorder.is_zero();
    }
    if (watching_ > 0) note_cuts();
}

namespace {

PacketKind kind_of(const PeerMessage& message) {
    using Type = novacron::raft::MessageType;
    switch (message.type) {
        case Type::append: return PacketKind::append;
        case Type::append_reply: return PacketKind::append_reply;
        case Type::heartbeat: return PacketKind::heartbeat;
        case Type::heartbeat_reply: return PacketKind::heartbeat_reply;
        case Type::pre_vote: return PacketKind::pre_vote;
        case Type::pre_vote_reply: return PacketKind::pre_vote_reply;
        case Type::vote: return PacketKind::vote;
        case Type::vote_reply: return PacketKind::vote_reply;
        case Type::stand_now: return PacketKind::stand_now;
        case Type::snapshot: return PacketKind::snapshot;
        case Type::snapshot_reply: return PacketKind::snapshot_reply;
        case Type::read_request: return PacketKind::read_request;
        case Type::read_reply: return PacketKind::read_reply;
    }
    throw novacron::BugError("a message is of a known type");
}
PacketKind kind_of(const Request&) { return PacketKind::request; }
PacketKind kind_of(const Response&) { return PacketKind::response; }
PacketKind kind_of(const SiteMessage&) { return PacketKind::shipment; }
PacketKind kind_of(const ServiceMessage&) { return PacketKind::service_message; }

novacron::Term term_of(const PeerMessage& message) { return message.term; }
novacron::Term term_of(const Request&) { return {}; }
novacron::Term term_of(const Response&) { return {}; }
novacron::Term term_of(const SiteMessage&) { return {}; }

PacketSent sent_fact(HostId from, HostId to, const PeerMessage& message) {
    return {from, to, kind_of(message), message.reject, message.term, message.position.index};
}
PacketSent sent_fact(HostId from, HostId to, const Request&) {
    return {from, to, PacketKind::request, false, {}, {}};
}
PacketSent sent_fact(HostId from, HostId to, const Response&) {
    return {from, to, PacketKind::response, false, {}, {}};
}
PacketSent sent_fact(HostId from, HostId to, const SiteMessage&) {
    return {from, to, PacketKind::shipment, false, {}, {}};
}

// What clients and nodes say to each other has no codec yet: a head, and the fields.
constexpr std::uint64_t kClientHead = 16;
constexpr std::uint64_t kRequestSize = kClientHead + 1 + novacron::kv::kCommandSize;
constexpr std::uint64_t kResponseSize = kClientHead + 1 + 8 + 8 + 4 + 4 + 8 + 8;

// Calls and answers of services have bodies, of a usual size.
constexpr std::uint64_t kServiceMessageSize = 1024;

constexpr std::uint64_t kMostSpoiltBytes = 8;

// The memory for entries goes round: what is sent leaves the room of what was delivered.
void take_over(PeerMessage& to, PeerMessage& from) {
    static_cast<novacron::raft::MessageHead&>(to) = from;
    to.entries.swap(from.entries);
    const bool has_part = from.type == novacron::raft::MessageType::snapshot;
    if (has_part || to.part.size > 0) to.part = from.part;
}
void take_over(Request& to, const Request& from) { to = from; }
void take_over(Response& to, const Response& from) { to = from; }
void take_over(SiteMessage& to, SiteMessage& from) { to = std::move(from); }
void take_over(ServiceMessage& to, const ServiceMessage& from) { to = from; }

}  // namespace

template <>
Pool<Network::Parcel<PeerMessage>>& Network::pool<PeerMessage>() {
    return peer_parcels_;
}
template <>
Pool<Network::Parcel<Request>>& Network::pool<Request>() {
    return requests_;
}
template <>
Pool<Network::Parcel<Response>>& Network::pool<Response>() {
    return responses_;
}
template <>
Pool<Network::Parcel<SiteMessage>>& Network::pool<SiteMessage>() {
    return site_messages_;
}
template <>
Pool<Network::Parcel<ServiceMessage>>& Network::pool<ServiceMessage>() {
    return service_parcels_;
}

void Network::send(HostId from, HostId to, PeerMessage&& message) {
    ++peer_messages_;
    if (kind_of(message) == PacketKind::heartbeat) ++heartbeats_;
    post(deliver_peer, from, to, message);
}
void Network::send(HostId from, HostId to, const Request& request) {
    post(deliver_request, from, to, request);
}
void Network::send(HostId from, HostId to, const Response& response) {
    post(deliver_response, from, to, response);
}
void Network::send(HostId from, HostId to, SiteMessage&& message) {
    post(deliver_site_message, from, to, message);
}

bool Network::is_cut(HostId from, HostId to) const {
    const std::size_t path = std::size_t{from.value} * hosts_ + to.value;
    return std::any_of(rules_.begin(), rules_.end(), [path](const PathRule& rule) {
        return rule.action == PathRule::Action::drop && rule.covers[path];
    });
}

void Network::send(HostId from, HostId to, const ServiceMessage& message) {
    post(deliver_service, from, to, message);
}

template <class Body>
std::uint64_t Network::size_of(const Body& body) {
    if constexpr (std::is_same_v<Body, Request>) {
        return kRequestSize;
    } else if constexpr (std::is_same_v<Body, Response>) {
        return kResponseSize;
    } else if constexpr (std::is_same_v<Body, SiteMessage>) {
        return shaketable::size_of(body);
    } else if constexpr (std::is_same_v<Body, ServiceMessage>) {
        return kServiceMessageSize;
    } else {
        wire_.clear();
        encode(body, wire_);
        return wire_.size();
    }
}

bool Network::spoil(FaultId fault, PeerMessage& message) {
    const auto rule = std::find_if(rules_.begin(), rules_.end(), [fault](const PathRule& r) {
        return r.fault == fault;
    });
    novacron::check(rule != rules_.end(), "a message is corrupted by a rule that is there");
    wire_.clear();
    encode(message, wire_);
    const std::uint64_t count = 1 + rule->random.below(kMostSpoiltBytes);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto place = static_cast<std::size_t>(rule->random.below(wire_.size()));
        wire_[place] ^= static_cast<std::byte>(1 + rule->random.below(255));
    }
    PeerMessage read;
    if (decode(wire_, read)) return true;
    message = std::move(read);
    return false;
}

template <class Body>
void Network::post(EventKind event_kind, HostId from, HostId to, Body& body) {
    const Instant now = queue_.now();
    if constexpr (!std::is_same_v<Body, const ServiceMessage>) {
        record_.add(now, sent_fact(from, to, body));
    }
    const std::size_t number = std::size_t{from.value} * hosts_ + to.value;
    Path& path = paths_[number];
    if (path.link.between_sites) bytes_between_sites_ += size_of(std::as_const(body));
    if (path.plain) [[likely]] {
        enqueue(arrival(path), event_kind, from, to, kind_of(body), body);
        return;
    }
    const Fate fate =
        decide(number, path.weighed ? size_of(std::as_const(body)) : 0, path.chance_draws);
    if (fate.dropped) {
        record_.add(now, PacketDropped{from, to, kind_of(body), fate.cause});
        return;
    }
    const PacketKind kind = kind_of(body);
    if (!fate.duplicated) {
        carry(fate, event_kind, from, to, kind, body);
        return;
    }
    auto twin = body;
    carry(fate, event_kind, from, to, kind, body);
    Fate alone = fate;
    alone.in_order = false;
    carry(alone, event_kind, from, to, kind, twin);
}

template <class Body>
void Network::carry(const Fate& fate, EventKind event_kind, HostId from, HostId to,
                    PacketKind kind, Body& body) {
    using Whole = std::remove_const_t<Body>;
    FaultId corrupted_by = fate.corrupted_by;
    if constexpr (std::is_same_v<Whole, PeerMessage>) {
        if (!corrupted_by.is_none() && !spoil(corrupted_by, body)) corrupted_by = FaultId::none();
    }
    const std::size_t path = std::size_t{from.value} * hosts_ + to.value;
    const std::uint32_t slot = stow(from, to, kind, body);
    pool<Whole>()[slot].corrupted_by = corrupted_by;
    if (fate.held_by.is_none()) {
        queue_.push(arrival(paths_[path], fate), {this, event_kind, slot, 0});
    } else {
        held_.push_back({fate.held_by, path, event_kind, slot});
    }
}

Network::Fate Network::decide(std::size_t path_number, std::uint64_t bytes, Random& chance,
                              Traffic traffic) {
    const Path& path = paths_[path_number];
    Fate fate;
    fate.dropped = path.link.loss.draw(chance);
    fate.duplicated = path.link.duplicate.draw(chance);
    fate.in_order = !path.link.reorder.draw(chance);
    if (path.ruled && !fate.dropped) apply_rules(path_number, bytes, traffic, fate);
    return fate;
}

void Network::apply_rules(std::size_t path_number, std::uint64_t bytes, Traffic traffic,
                          Fate& fate) {
    for (PathRule& rule : rules_) {
        if (!rule.covers[path_number]) continue;
        if (rule.action == PathRule::Action::by_model) {
            apply_model(rule, path_number, bytes, fate);
        } else {
            apply_rule(rule, traffic == Traffic::watch ? rule.watch_random : rule.random, fate);
        }
        if (fate.dropped) return;
    }
}

void Network::drop(const PathRule& rule, DropCause cause, Fate& fate) {
    receipts_.effect(queue_.now(), rule.fault, FaultEffect::packet_dropped);
    fate.dropped = true;
    fate.cause = cause;
}

void Network::apply_rule(PathRule& rule, Random& random, Fate& fate) {
    const Instant now = queue_.now();
    switch (rule.action) {
        case PathRule::Action::drop: drop(rule, DropCause::partition, fate); break;
        case PathRule::Action::lose:
            if (rule.chance.draw(random)) drop(rule, DropCause::loss, fate);
            break;
        case PathRule::Action::delay:
        case PathRule::Action::jitter:
            receipts_.effect(now, rule.fault, FaultEffect::packet_delayed);
            fate.extra = fate.extra + rule.latency->draw(random);
            if (rule.action == PathRule::Action::jitter) fate.in_order = false;
            break;
        case PathRule::Action::duplicate:
            if (!rule.chance.draw(random)) break;
            receipts_.effect(now, rule.fault, FaultEffect::packet_duplicated);
            fate.duplicated = true;
            break;
        case PathRule::Action::reorder:
            if (!rule.chance.draw(random)) break;
            receipts_.effect(now, rule.fault, FaultEffect::packet_reordered);
            fate.in_order = false;
            break;
        case PathRule::Action::corrupt:
            if (rule.chance.draw(random)) fate.corrupted_by = rule.fault;
            break;
        case PathRule::Action::hold:
            receipts_.effect(now, rule.fault, FaultEffect::packet_held);
            if (fate.held_by.is_none()) fate.held_by = rule.fault;
            break;
        case PathRule::Action::by_model: break;
    }
}

void Network::apply_model(PathRule& rule, std::size_t path_number, std::uint64_t bytes,
                          Fate& fate) {
    const Instant now = queue_.now();
    const std::size_t from = path_number / hosts_;
    const std::size_t to = path_number % hosts_;
    std::visit(novacron::Overloaded{
                   [](std::monostate) {},
                   [&](BurstLoss& model) {
                       if (model.loses(now, path_number)) drop(rule, DropCause::loss, fate);
                   },
                   [&](Bottleneck& model) {
                       const auto passing = model.pass(now, from, to, bytes);
                       if (!passing) {
                           drop(rule, DropCause::queue_full, fate);
                           return;
                       }
                       receipts_.effect(now, rule.fault, FaultEffect::packet_delayed);
                       fate.extra = fate.extra + *passing;
                   },
                   [&](const Flapping& model) {
                       if (model.is_down(now)) drop(rule, DropCause::partition, fate);
                   },
                   [&](Swizzle& model) {
                       if (model.is_cut(now, from) || model.is_cut(now, to)) {
                           drop(rule, DropCause::partition, fate);
                       }
                   }},
               rule.model);
}

Instant Network::arrival(Path& path, const Fate& fate) {
    if (fate.in_order && fate.extra == Duration{}) return arrival(path);
    const Instant alone =
        queue_.now() + path.link.latency->draw(path.latency_draws) + fate.extra;
    if (!fate.in_order) return alone;
    path.last_delivery = std::max(path.last_delivery, alone);
    return path.last_delivery;
}

template <class Body>
std::uint32_t Network::stow(HostId from, HostId to, PacketKind kind, Body& body) {
    auto& parcels = pool<std::remove_const_t<Body>>();
    const std::uint32_t slot = parcels.take();
    auto& parcel = parcels[slot];
    parcel.from = from;
    parcel.to = to;
    parcel.kind = kind;
    parcel.corrupted_by = FaultId::none();
    take_over(parcel.body, body);
    return slot;
}

void Network::on_event(Instant now, const Event& event) {
    switch (static_cast<EventKind>(event.kind)) {
        case deliver_peer: deliver<PeerMessage>(now, event.a, false); break;
        case deliver_request: deliver<Request>(now, event.a, false); break;
        case deliver_response: deliver<Response>(now, event.a, false); break;
        case deliver_refusal: deliver<Request>(now, event.a, true); break;
        case deliver_site_message: deliver<SiteMessage>(now, event.a, false); break;
        case deliver_service: deliver_to_service(now, event.a); break;
        case deliver_watch: deliver_watched(now, event.a); break;
    }
}

template <class Body>
void Network::deliver(Instant now, std::uint32_t slot, bool refusal) {
    Parcel<Body>& parcel = pool<Body>()[slot];
    const HostState state = states_[parcel.to.value];
    if (state == HostState::running && !parcel.corrupted_by.is_none()) {
        receipts_.effect(now, parcel.corrupted_by, FaultEffect::packet_corrupted);
        record_.add(now, PacketDropped{parcel.from, parcel.to, parcel.kind, DropCause::corrupted});
    } else if (state == HostState::running) {
        record_.add(now,
                    PacketDelivered{parcel.from, parcel.to, parcel.kind, term_of(parcel.body)});
        if constexpr (std::is_same_v<Body, Request>) {
            if (refusal) {
                receiver_.refused(now, parcel.from, parcel.to, parcel.body);
            } else {
                receiver_.receive(now, parcel.from, parcel.to, parcel.body);
            }
        } else {
            receiver_.receive(now, parcel.from, parcel.to, parcel.body);
        }
    } else {
        record_.add(now, PacketDropped{parcel.from, parcel.to, parcel.kind, DropCause::host_down});
        if constexpr (std::is_same_v<Body, Request>) {
            if (state == HostState::refusing && !refusal) {
                refuse(parcel.to, parcel.from, parcel.body);
            }
        }
    }
    pool<Body>().give_back(slot);
}

// A call or a probe that finds no process is refused by the operating system.
void Network::deliver_to_service(Instant now, std::uint32_t slot) {
    const Parcel<ServiceMessage> parcel = service_parcels_[slot];
    service_parcels_.give_back(slot);
    const HostState state = states_[parcel.to.value];
    if (state != HostState::running) {
        record_.add(now, PacketDropped{parcel.from, parcel.to, parcel.kind, DropCause::host_down});
        using Kind = ServiceMessage::Kind;
        const Kind kind = parcel.body.kind;
        if (state != HostState::refusing || (kind != Kind::call && kind != Kind::probe)) return;
        ServiceMessage refusal = parcel.body;
        refusal.kind = kind == Kind::call ? Kind::refusal : Kind::probe_answer;
        refusal.outcome = CallOutcome::refused;
        send(parcel.to, parcel.from, refusal);
    } else if (!parcel.corrupted_by.is_none()) {
        receipts_.effect(now, parcel.corrupted_by, FaultEffect::packet_corrupted);
        record_.add(now, PacketDropped{parcel.from, parcel.to, parcel.kind, DropCause::corrupted});
    } else {
        receiver_.receive(now, parcel.from, parcel.to, parcel.body);
    }
}

// The operating system answers for a dead process, along the path back.
void Network::refuse(HostId from, HostId to, const Request& request) {
    const Instant now = queue_.now();
    const std::size_t path = std::size_t{from.value} * hosts_ + to.value;
    record_.add(now, PacketSent{from, to, PacketKind::refusal, false, {}, {}});
    const Fate fate = decide(path, kRequestSize, paths_[path].chance_draws);
    if (fate.dropped) {
        record_.add(now, PacketDropped{from, to, PacketKind::refusal, fate.cause});
    } else {
        carry(fate, deliver_refusal, from, to, PacketKind::refusal, request);
    }
}

}  // namespace shaketable
