// SPDX-License-Identifier: MIT
//
// All sites of a replicated service: each a group of nodes of its own, whose leader carries the
// site and speaks for it.
//
// Intuition: nothing here decides. Sites hears what nodes apply and who leads, makes an agent
// (site_agent.hpp) for a leader that has applied an entry of its term and buries it with its
// office, carries what agents say over the network, and lets clients in where an agent does.
//
// Where the other site's leader is: whoever spoke last for it; until somebody has, its nodes are
// tried in turn. A node that is not the leader hands on to the one that it believes to be.
//
// A site that was down as a whole asks before it writes again: another may have been promoted
// meanwhile. A mere change of its leader leaves it as it was.
//
// Lives of a site count its agents; a group's terms would do, were a group never made anew.
//
// Invariant: a site has at most one agent, that of its leader of the latest term.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/timer.hpp"
#include "sim/fleet/fleet.hpp"
#include "sim/site/procedures.hpp"
#include "sim/site/prober.hpp"
#include "sim/site/site_agent.hpp"
#include "sim/site/site_listener.hpp"
#include "sim/site/sites_options.hpp"

namespace shaketable {

class Sites final : private EventHandler, private HostWatcher, private SiteReceiver {
public:
    // Connects itself to the fleet, which has an observer. `names` may be null. All outlive it.
    Sites(const SitesOptions& options, EventQueue& queue, Record& record, Receipts& receipts,
          Fleet& fleet, NameService* names, const Random& random);

    // Hears of everything from now on, and outlives this. Nobody unless it was called.
    void listen(SiteListener& listener) { listener_ = &listener; }
    // The automaton begins to watch, if there is one.
    void start();

    // An operator's order takes effect, and ends.
    void begin(FaultId fault, const SiteOrder& order, SiteId target, const Random& random) {
        procedures_.begin(fault, order, target, random);
    }
    void end(FaultId fault) { procedures_.end(fault); }

    // A site's log as a restore brings it: the state after its last record.
    struct Restored {
        novacron::replication::Lineage lineage;
        novacron::Bytes state;  // the encoding of a store
    };
    // The site's nodes start from it, in a later term than any before: the position that their log
    // goes on after. The site's first leader makes it primary, of a later epoch than any site has
    // seen; so whatever another site holds after that record is a divergence from then on.
    // REQUIRES: no node of the site runs.
    novacron::LogPosition begin_anew(SiteId site, const Restored& restored);

    std::uint32_t count() const { return static_cast<std::uint32_t>(sites_.size()); }
    SiteId site_of(NodeId node) const { return site_of_.at(node.value); }
    const std::vector<NodeId>& nodes(SiteId site) const { return sites_.at(site.value).nodes; }
    const Ledger& ledger(SiteId site) const { return sites_.at(site.value).ledger; }
    // Null while the site has no leader that could speak for it.
    SiteAgent* agent(SiteId site) const { return sites_.at(site.value).agent.get(); }
    // The site that those who run the service believe to be primary: the last that they made so.
    SiteId believed_primary() const { return believed_primary_; }
    // The agent of the primary of the latest epoch; null if none can be found.
    SiteAgent* primary() const;
    // The agent of the site, if an operator can reach its host.
    SiteAgent* reach(SiteId site) const;
    const Prober& prober() const { return prober_; }

private:
    friend class Procedures;
    enum EventKind : std::uint32_t { woken, due, sample };

    struct Address {
        std::optional<HostId> host;  // whoever spoke last
        std::size_t tried = 0;       // of the site's nodes, while nobody is known
        bool silent = false;         // since the last greeting
    };
    struct State {
        std::vector<NodeId> nodes;
        Ledger ledger;
        std::unique_ptr<SiteAgent> agent;
        NodeId coming{};               // leads, and will have an agent
        std::uint64_t lives = 0;
        bool is_restored = false;      // and is to be primary, until it is
        bool was_down = false;         // as a whole, and has not heard of the others since
        bool wakes = false;            // an event comes at this instant
        Instant due = Instant::never();
        std::vector<Address> peers;    // by site
        std::vector<bool> lagged;      // by site: when last looked at
    };

    void role_changed(NodeId node, novacron::raft::Role role, Term term) override;
    void entry_applied(NodeId node, const novacron::Entry& entry) override;
    void stopped(NodeId node) override;
    void resumed(NodeId node) override;
    Admission admit(NodeId node, const novacron::Request& request) override;
    bool may_leave(NodeId node, novacron::ClientAddress to,
                   const novacron::Response& response) override;
    void receive(HostId to, const SiteMessage& message) override;
    void answered(HostId observer, const novacron::Response& response) override;

    void on_event(Instant now, const Event& event) override;
    State& state_of(NodeId node) { return sites_[site_of_[node.value].value]; }
    void bury(State& state);
    void wake(SiteId site);
    void settle(Instant now, SiteId site);
    void make_agent(Instant now, SiteId site);
    void send(SiteId from, SiteId to, novacron::replication::Message message);
    void look_at_lag(Instant now);
    void outage(Instant since);
    // What the rest of the procedures' work takes.
    void wish(SiteId site, const SiteAgent::Wish& wish);
    novacron::replication::Promotion promote(SiteId site, novacron::replication::Force force);
    void believe(SiteId primary);
    bool can_reach(HostId host) const;

    SitesOptions options_;
    EventQueue& queue_;
    Record& record_;
    Fleet& fleet_;
    std::vector<SiteId> site_of_;  // by node
    std::vector<State> sites_;
    std::vector<Term> leads_in_;   // by node: the term; 0: it does not lead
    std::vector<std::unique_ptr<SiteAgent>> buried_;  // gone when the event is over
    SiteId believed_primary_;
    bool has_acted_ = false;       // the automaton
    Random automaton_;             // how long it takes to make up its mind
    SiteListener* listener_ = nullptr;
    Prober prober_;
    Procedures procedures_;
};

}  // namespace shaketable
