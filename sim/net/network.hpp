// SPDX-License-Identifier: MIT
//
// The network between hosts: every message is passed, delayed, doubled or dropped.
//
// Intuition: each ordered pair of hosts is a path with a latency distribution and probabilities of
// loss, duplication and reordering. On top of that, faults lay rules over sets of paths; a message
// is shown to the rules in the order in which they came, and the first verdict against it counts. A
// path that no rule touches, which is nearly all of them nearly always, costs one look.
//
// Order: messages of one path arrive in the order in which they were sent, as on a connection,
// unless reordering is drawn for one: then it may overtake and be overtaken. A second copy of a
// duplicated message travels on its own.
//
// Hosts: a running host receives. One whose process is dead but whose operating system lives
// refuses clients' requests, and the client is told. One without power is silent.
//
// Damage: a message that is to be corrupted is encoded, and some of its bytes are changed. The
// codec (core/raft/codec.hpp) then refuses it, and it is dropped where it arrives; the one in 2^32
// that it does not find is delivered as what the bytes say. What clients and nodes say to each
// other, and services, has no codec yet: it is always refused.
//
// What failure detectors say to one another travels the same paths as datagrams: by streams of its
// own, so that who watches disturbs nobody, without an order, and without facts of single messages.
// While anybody watches, facts say which ways between nodes are cut (network_watch.cpp).
//
// Invariants: (1) each path draws from its own streams, so that what happens on one path does not
//                 disturb another. (2) sent + duplicated = delivered + dropped + in flight, which
//                 what is held back is, too.
// Not modelled: bandwidth and queues of the links themselves (of hosts: bottleneck.hpp), routes,
// connections that break as a whole.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/detector/failure_detector.hpp"
#include "core/node/messages.hpp"
#include "core/raft/types.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/net/pool.hpp"
#include "sim/net/rules.hpp"
#include "sim/net/service_message.hpp"
#include "sim/net/site_message.hpp"
#include "sim/record/receipts.hpp"

namespace shaketable {

struct LinkBehaviour {
    const Distribution* latency;  // outlives the network
    Chance loss;
    Chance duplicate;
    Chance reorder;
    bool between_sites = false;  // what is sent here is weighed for bytes_between_sites()
};

class Receiver {
public:
    virtual void receive(Instant now, HostId from, HostId to, const novacron::raft::Message&) = 0;
    virtual void receive(Instant now, HostId from, HostId to, const novacron::Request&) = 0;
    virtual void receive(Instant now, HostId from, HostId to, const novacron::Response&) = 0;
    // Host `by` lives but has nobody who would take the request.
    virtual void refused(Instant now, HostId by, HostId to, const novacron::Request&) = 0;
    virtual void receive(Instant, HostId /*from*/, HostId /*to*/, const SiteMessage&) {}
    // What services say, refusals among it.
    virtual void receive(Instant, HostId, HostId, const ServiceMessage&) {}
    // What a detector says is of interest to hosts that watch others.
    virtual void heard(Instant, HostId, HostId, const novacron::detector::Message&) {}

protected:
    ~Receiver() = default;
};

enum class HostState : std::uint8_t { running, refusing, silent };

class Network final : private EventHandler {
public:
    // `links` has one behaviour a path: from * hosts + to.
    Network(EventQueue& queue, Record& record, Receipts& receipts, const Random& random,
            std::uint32_t hosts, std::vector<LinkBehaviour> links, Receiver& receiver);

    // The message is given away: what is left in it is of no particular content.
    void send(HostId from, HostId to, novacron::raft::Message&& message);
    void send(HostId from, HostId to, const novacron::Request& request);
    void send(HostId from, HostId to, const novacron::Response& response);
    void send(HostId from, HostId to, SiteMessage&& message);
    // Of these, facts tell only what is dropped.
    void send(HostId from, HostId to, const ServiceMessage& message);

    // The host tells a client that it has no room for the request.
    void refuse(HostId by, HostId client, const novacron::Request& request);

    // From now on nodes, the first so many hosts, may watch one another.
    void begin_watching(std::uint32_t nodes);
    // REQUIRES: begin_watching was called, and both are nodes. The message is given away.
    void send(HostId from, HostId to, novacron::detector::Message&& message);

    void set_state(HostId host, HostState state) { states_[host.value] = state; }
    void add_rule(PathRule rule);
    // What they hold back is sent on, in the order in which it was sent.
    void remove_rules(FaultId fault);
    std::uint32_t hosts() const { return hosts_; }
    // Whether a rule lets nothing through from one host to the other, now.
    bool is_cut(HostId from, HostId to) const;
    // Between nodes, duplicates aside.
    std::uint64_t peer_messages() const { return peer_messages_; }
    // Of these, those that only say that the leader is there.
    std::uint64_t heartbeats() const { return heartbeats_; }
    // Sent from site to site, whatever became of it; duplicates aside.
    std::uint64_t bytes_between_sites() const { return bytes_between_sites_; }
    // Of failure detectors.
    std::uint64_t watch_messages() const { return watch_messages_; }

private:
    enum EventKind : std::uint32_t {
        deliver_peer,
        deliver_request,
        deliver_response,
        deliver_refusal,
        deliver_site_message,
        deliver_service,
        deliver_watch
    };
    enum class Traffic : std::uint8_t { ordinary, watch };

    struct Path {
        LinkBehaviour link;
        Random latency_draws;
        Random chance_draws;
        Instant last_delivery{};
        bool ruled = false;  // a rule covers it
        bool plain = false;  // neither ruled nor lossy: all arrives, once, in order
        bool weighed = false;  // a rule asks for the size of messages
    };
    // What detectors' messages on a path have for themselves.
    struct WatchPath {
        Random latency_draws;
        Random chance_draws;
        bool cut = false;  // as the last fact about it says
    };
    template <class Body>
    struct Parcel {
        HostId from;
        HostId to;
        PacketKind kind;
        Body body;
        FaultId corrupted_by;  // none: it is whole
    };
    // A message that waits for the end of a fault.
    struct Held {
        FaultId fault;
        std::size_t path;
        EventKind kind;
        std::uint32_t slot;
    };
    // What is to become of one message.
    struct Fate {
        bool dropped = false;
        bool duplicated = false;
        bool in_order = true;
        Duration extra{};
        DropCause cause = DropCause::loss;
        FaultId corrupted_by{};  // none: nobody did
        FaultId held_by{};
    };

    void on_event(Instant now, const Event& event) override;
    // `bytes` is the message's size, if its path is weighed.
    Fate decide(std::size_t path_number, std::uint64_t bytes, Random& chance,
                Traffic traffic = Traffic::ordinary);
    void apply_rules(std::size_t path_number, std::uint64_t bytes, Traffic traffic, Fate& fate);
    void apply_rule(PathRule& rule, Random& random, Fate& fate);
    void apply_model(PathRule& rule, std::size_t path_number, std::uint64_t bytes, Fate& fate);
    void drop(const PathRule& rule, DropCause cause, Fate& fate);
    Instant arrival(Path& path, const Fate& fate);
    // Of a message that nothing holds back.
    Instant arrival(Path& path) {
        const Instant alone = queue_.now() + path.link.latency->draw(path.latency_draws);
        path.last_delivery = std::max(path.last_delivery, alone);
        return path.last_delivery;
    }
    // A request or response stays as it is, a peer message is taken.
    template <class Body>
    void post(EventKind event_kind, HostId from, HostId to, Body& body);
    template <class Body>
    std::uint32_t stow(HostId from, HostId to, PacketKind kind, Body& body);
    template <class Body>
    void enqueue(Instant at, EventKind event_kind, HostId from, HostId to, PacketKind kind,
                 Body& body) {
        queue_.push(at, {this, event_kind, stow(from, to, kind, body), 0});
    }
    // Sends it off as its fate says, which is not to be dropped.
    template <class Body>
    void carry(const Fate& fate, EventKind event_kind, HostId from, HostId to, PacketKind kind,
               Body& body);
    // Whether what is left of the message can't be taken for one.
    bool spoil(FaultId fault, novacron::raft::Message& message);
    template <class Body>
    std::uint64_t size_of(const Body& body);
    template <class Body>
    void deliver(Instant now, std::uint32_t slot, bool refusal);
    void deliver_to_service(Instant now, std::uint32_t slot);
    template <class Body>
    Pool<Parcel<Body>>& pool();
    void find_ruled_paths();
    WatchPath& watch_path(HostId from, HostId to) {
        return watch_paths_[std::size_t{from.value} * watching_ + to.value];
    }
    bool is_cut(Instant now, HostId from, HostId to);
    void note_cut(HostId from, HostId to);
    void note_cuts();
    void carry_watch(const Fate& fate, HostId from, HostId to,
                     novacron::detector::Message&& message);
    Instant watch_arrival(HostId from, HostId to, Duration extra);
    void deliver_watched(Instant now, std::uint32_t slot);

    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    Receiver& receiver_;
    std::uint32_t hosts_;
    std::vector<Path> paths_;
    std::vector<HostState> states_;
    std::vector<PathRule> rules_;
    std::vector<Held> held_;
    std::vector<std::byte> wire_;  // keeps its memory from one message to the next
    Pool<Parcel<novacron::raft::Message>> peer_parcels_;
    Pool<Parcel<novacron::Request>> requests_;
    Pool<Parcel<novacron::Response>> responses_;
    Pool<Parcel<SiteMessage>> site_messages_;
    Pool<Parcel<ServiceMessage>> service_parcels_;
    std::uint64_t peer_messages_ = 0;
    std::uint64_t heartbeats_ = 0;
    std::uint64_t bytes_between_sites_ = 0;

    Random random_;                         // forked for paths once somebody watches
    std::uint32_t watching_ = 0;            // nodes
    std::vector<WatchPath> watch_paths_;    // from * watching_ + to
    Pool<Parcel<novacron::detector::Message>> watch_parcels_;
    std::uint64_t watch_messages_ = 0;
};

}  // namespace shaketable
