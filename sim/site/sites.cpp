// SPDX-License-Identifier: MIT
#include "sim/site/sites.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace shaketable {

namespace replication = novacron::replication;
using replication::ReadOnly;
using replication::Role;

namespace {

constexpr Duration kLagEvery = novacron::seconds(1);

}  // namespace

Sites::Sites(const SitesOptions& options, EventQueue& queue, Record& record, Receipts& receipts,
             Fleet& fleet, NameService* names, const Random& random)
    : options_(options),
      queue_(queue),
      record_(record),
      fleet_(fleet),
      site_of_(fleet.node_count()),
      leads_in_(fleet.node_count()),
      believed_primary_(options.primary),
      automaton_(random.fork("automaton")),
      prober_(options.prober, queue, fleet.network(), fleet.observer(0),
              [this]() -> const std::vector<NodeId>& { return nodes(believed_primary_); },
              [this](Instant since) { outage(since); }),
      procedures_(queue, record, receipts, fleet, names, *this, random.fork("procedures")) {
    sites_.resize(options.nodes.size());
    for (std::uint32_t i = 0; i < sites_.size(); ++i) {
        sites_[i].nodes = options.nodes[i];
        sites_[i].peers.resize(sites_.size());
        sites_[i].lagged.resize(sites_.size());
        for (const NodeId node : sites_[i].nodes) site_of_[node.value] = SiteId{i};
    }
    fleet.connect(*this, *this);
    believe(options.primary);
    queue.push(queue.now() + kLagEvery, {this, sample, 0, 0});
}

void Sites::start() {
    if (options_.automatic) prober_.begin();
}

SiteAgent* Sites::primary() const {
    SiteAgent* found = nullptr;
    for (const State& state : sites_) {
        SiteAgent* agent = state.agent.get();
        if (agent == nullptr || agent->site().role() != Role::primary) continue;
        if (found == nullptr || agent->site().fence() > found->site().fence()) found = agent;
    }
    return found;
}

bool Sites::can_reach(HostId host) const {
    const HostId here = fleet_.observer(0);
    const NodeHost& node = fleet_.node(NodeId{host.value});
    return node.running() && !node.paused() && !fleet_.network().is_cut(here, host) &&
           !fleet_.network().is_cut(host, here);
}

SiteAgent* Sites::reach(SiteId site) const {
    SiteAgent* agent = this->agent(site);
    return agent != nullptr && can_reach(HostId{agent->node().value}) ? agent : nullptr;
}

void Sites::role_changed(NodeId node, novacron::raft::Role role, Term term) {
    const bool leads = role == novacron::raft::Role::leader;
    leads_in_[node.value] = leads ? term : Term{};
    State& state = state_of(node);
    if (leads || !state.agent || state.agent->node() != node) return;
    bury(state);
}

void Sites::entry_applied(NodeId node, const novacron::Entry& entry) {
    State& state = state_of(node);
    const auto* record = state.ledger.take(entry, queue_.now());
    if (record != nullptr && state.ledger.is_primary(site_of_[node.value])) {
        state.is_restored = false;
    }
    if (record != nullptr && listener_ != nullptr) {
        listener_->record_committed(site_of_[node.value], *record);
    }
    const Term leads_in = leads_in_[node.value];
    if (state.agent && state.agent->node() == node && state.agent->term() == leads_in) {
        state.agent->note_applied(entry);
        wake(site_of_[node.value]);
    } else if (leads_in == entry.term && entry.term.value != 0 &&
               (!state.agent || state.agent->term() < entry.term)) {
        state.coming = node;
        wake(site_of_[node.value]);
    }
}

void Sites::stopped(NodeId node) {
    leads_in_[node.value] = {};
    State& state = state_of(node);
    if (state.agent && state.agent->node() == node) bury(state);
    const bool is_last = std::none_of(state.nodes.begin(), state.nodes.end(), [&](NodeId n) {
        return n != node && fleet_.node(n).running();
    });
    if (is_last) state.was_down = true;
}

void Sites::resumed(NodeId node) { wake(site_of_[node.value]); }

// Its own events may be under way.
void Sites::bury(State& state) { buried_.push_back(std::move(state.agent)); }

Sites::Admission Sites::admit(NodeId node, const novacron::Request& request) {
    const State& state = state_of(node);
    if (state.agent && state.agent->node() == node) {
        return state.agent->admit(queue_.now(), request);
    }
    // Who leads without an agent does not know yet what its site is.
    if (leads_in_[node.value].value != 0) return Admission::not_here;
    const bool is_primary = state.agent ? state.agent->site().role() == Role::primary
                                        : state.ledger.is_primary(site_of_[node.value]);
    return is_primary ? Admission::admitted : Admission::not_here;
}

bool Sites::may_leave(NodeId node, novacron::ClientAddress to,
                      const novacron::Response& response) {
    State& state = state_of(node);
    if (!state.agent || state.agent->node() != node) return true;
    return state.agent->may_leave(to, response);
}

void Sites::receive(HostId to, const SiteMessage& message) {
    const NodeId node{to.value};
    State& state = state_of(node);
    if (state.agent && state.agent->node() == node) {
        Address& address = state.peers[message.from.value];
        address.host = message.speaker;
        address.silent = false;
        state.agent->hear(message.from, message.body);
        wake(message.to);
        return;
    }
    const novacron::Node* process = fleet_.node(node).node();
    if (process == nullptr || message.handed_on) return;
    const NodeId leader = process->raft().leader();
    if (leader.is_none() || leader == node) return;
    SiteMessage again = message;
    again.handed_on = true;
    fleet_.network().send(to, HostId{leader.value}, std::move(again));
}

void Sites::answered(HostId, const novacron::Response& response) { prober_.answered(response); }

void Sites::wake(SiteId site) {
    State& state = sites_[site.value];
    if (state.wakes) return;
    state.wakes = true;
    queue_.push(queue_.now(), {this, woken, site.value, 0});
}

void Sites::on_event(Instant now, const Event& event) {
    buried_.clear();
    switch (static_cast<EventKind>(event.kind)) {
        case woken:
            sites_[event.a].wakes = false;
            settle(now, SiteId{event.a});
            break;
        case due:
            if (sites_[event.a].due == now) {
                sites_[event.a].due = Instant::never();
                settle(now, SiteId{event.a});
            }
            break;
        case sample:
            queue_.push(now + kLagEvery, {this, sample, 0, 0});
            look_at_lag(now);
            break;
    }
}

void Sites::settle(Instant now, SiteId site) {
    State& state = sites_[site.value];
    if (!state.coming.is_none()) make_agent(now, site);
    if (!state.agent) return;
    SiteAgent& agent = *state.agent;
    agent.pump(now);
    // To propose can end a process, and with it the agent.
    if (state.agent.get() != &agent) return;
    for (auto& [to, message] : agent.take_messages()) send(site, to, std::move(message));
    const auto& own = agent.site();
    if (own.role() != Role::primary || own.read_only() == ReadOnly::no) state.was_down = false;
    const Instant next = std::max(now, agent.next_deadline());
    if (next == Instant::never() || next >= state.due) return;
    state.due = next;
    queue_.push(next, {this, due, site.value, 0});
}

void Sites::make_agent(Instant now, SiteId site) {
    State& state = sites_[site.value];
    const NodeId node = std::exchange(state.coming, NodeId::none());
    const NodeHost& host = fleet_.node(node);
    if (!host.running() || leads_in_[node.value].value == 0) return;
    if (state.agent && state.agent->term() >= leads_in_[node.value]) return;
    if (state.agent) bury(state);
    replication::SiteOptions options;
    options.self = site;
    for (std::uint32_t i = 0; i < sites_.size(); ++i) {
        if (SiteId{i} != site) options.peers.push_back(SiteId{i});
    }
    options.mode = options_.mode;
    options.standbys_required = options_.standbys_required;
    options.shipping = options_.shipping;
    options.life = ++state.lives;
    state.agent = std::make_unique<SiteAgent>(options, options_.lag_bytes_max, state.ledger,
                                              fleet_.node(node), record_, now);
    SiteAgent& agent = *state.agent;
    const bool is_new = agent.site().fence() == replication::Epoch{} &&
                        state.ledger.last() == LogIndex{};
    if (state.is_restored) agent.promote(now, replication::Force::yes);
    if (is_new && site == options_.primary) agent.promote(now, replication::Force::no);
    if (agent.site().read_only() == ReadOnly::restarted && !state.was_down) {
        agent.wish({SiteAgent::Wish::Kind::writable});
    }
}

void Sites::send(SiteId from, SiteId to, replication::Message message) {
    State& state = sites_[from.value];
    Address& address = state.peers[to.value];
    const std::vector<NodeId>& nodes = sites_[to.value].nodes;
    if (std::holds_alternative<replication::Greeting>(message)) {
        if (address.silent) {
            address.host.reset();
            ++address.tried;
        }
        address.silent = true;
    }
    const HostId host =
        address.host.value_or(HostId{nodes[address.tried % nodes.size()].value});
    const HostId speaker{state.agent->node().value};
    fleet_.network().send(speaker, host, SiteMessage{from, to, speaker, false, std::move(message)});
}

void Sites::look_at_lag(Instant now) {
    const SiteAgent* agent = primary();
    if (agent == nullptr) return;
    State& state = state_of(agent->node());
    for (std::uint32_t i = 0; i < sites_.size(); ++i) {
        if (SiteId{i} == site_of_[agent->node().value]) continue;
        const replication::Lag lag = agent->site().lag(now, SiteId{i});
        if (lag.entries == 0 && !state.lagged[i]) continue;
        state.lagged[i] = lag.entries > 0;
        record_.add(now, SiteLagged{SiteId{i}, lag.entries, lag.bytes, now - lag.time});
    }
}

void Sites::outage(Instant since) {
    if (!options_.automatic || has_acted_) return;
    has_acted_ = true;
    record_.add(queue_.now(), FailoverStep{FaultId::none(), SiteStep::detect, believed_primary_,
                                           StepOutcome::done,
                                           static_cast<std::uint64_t>((queue_.now() - since).ns)});
    procedures_.begin(FaultId::none(), *options_.automatic, options_.automatic_target,
                      automaton_);
}

novacron::LogPosition Sites::begin_anew(SiteId site, const Restored& restored) {
    State& state = sites_[site.value];
    const LogIndex last = restored.lineage.last;
    replication::Epoch seen;
    for (const State& each : sites_) seen = std::max(seen, each.ledger.durable().marks.fence);
    Term term;
    for (const NodeId node : state.nodes) term = std::max(term, fleet_.node(node).latest_term());
    const novacron::LogPosition position{term + 1, state.ledger.entry_of(last)};
    replication::Durable durable;
    durable.marks.fence = replication::epoch_after(seen, site);
    durable.history = restored.lineage.history;
    durable.before = last;
    state.ledger.begin_anew(durable, position);
    state.is_restored = true;
    for (const NodeId node : state.nodes) {
        if (position.index == LogIndex{}) {
            fleet_.node(node).lose_disk(NodeHost::Blank::forgotten);
        } else {
            novacron::Snapshot snapshot;
            snapshot.meta.position = position;
            snapshot.state = restored.state;
            fleet_.node(node).begin_anew(snapshot);
        }
    }
    believe(site);
    return position;
}

void Sites::believe(SiteId primary) {
    believed_primary_ = primary;
    fleet_.let_serve(NodeSet::of(nodes(primary)));
}

void Sites::wish(SiteId site, const SiteAgent::Wish& wish) {
    sites_[site.value].agent->wish(wish);
    wake(site);
}

replication::Promotion Sites::promote(SiteId site, replication::Force force) {
    settle(queue_.now(), site);
    SiteAgent* agent = this->agent(site);
    replication::Promotion promotion;
    promotion.answer = replication::Promotion::Answer::uncertain;
    if (agent != nullptr) promotion = agent->promote(queue_.now(), force);
    wake(site);
    return promotion;
}

}  // namespace shaketable
