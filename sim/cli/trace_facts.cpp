// SPDX-License-Identifier: MIT
#include "sim/cli/trace_facts.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/base/check.hpp"

namespace shaketable::cli {

namespace {

using novacron::raft::Role;

constexpr Duration kInstant{1};  // the length of a slice that stands for a moment
constexpr Duration kCounterGap = novacron::milliseconds(10);

std::string_view word_of(Role role) {
    return novacron::raft::kRoleNames.at(static_cast<std::size_t>(role));
}

}  // namespace

TraceFacts::TraceFacts(ChromeTrace& trace, const Scenario& scenario,
                       const std::vector<PlannedFault>& faults, TraceOptions options)
    : trace_(trace),
      scenario_(scenario),
      faults_(faults),
      options_(options),
      acting_(faults.size()) {
    novacron::check(options.every >= 1, "one message of at least one is shown");
    std::vector<std::string> sites;
    for (std::uint32_t i = 0; i < scenario.nodes.size(); ++i) {
        const NodeSpec& node = scenario.nodes[i];
        auto site = std::find(sites.begin(), sites.end(), node.site);
        if (site == sites.end()) site = sites.insert(site, node.site);
        const auto process = static_cast<std::uint32_t>(site - sites.begin()) + 1;
        nodes_.push_back({{process, 2 * i + 1}, {process, 2 * i + 2}});
        trace_.name_track(nodes_.back().life, node.name);
        trace_.name_track(nodes_.back().messages, node.name + " messages");
    }
    for (std::uint32_t i = 0; i < sites.size(); ++i) trace_.name_process(i + 1, sites[i]);
    clients_ = static_cast<std::uint32_t>(sites.size()) + 1;
    trace_.name_process(clients_, "clients");
    for (std::uint32_t i = 0; i < scenario.workloads.size(); ++i) {
        trace_.name_track({clients_, i + 1}, scenario.workloads[i].id);
    }
    faults_process_ = clients_ + 1;
    trace_.name_process(faults_process_, "faults");
}

void TraceFacts::on_fact(Instant at, const Fact& fact) {
    std::visit([&](const auto& one) { on(at, one); }, fact);
    if (at >= next_counters_) show_counters(at);
}

void TraceFacts::finish(Instant at) {
    for (Node& node : nodes_) close_life(node, at);
    show_counters(at);
    for (std::uint32_t i = 0; i < acting_.size(); ++i) {
        if (acting_[i]) fault(ChromeTrace::Phase::end, FaultId{i}, at, {{"acting", "still"}});
    }
}

void TraceFacts::close_life(Node& node, Instant at) {
    if (node.paused) trace_.end(node.life, at);
    if (node.in_role) trace_.end(node.life, at);
    if (node.down) trace_.end(node.life, at);
    node.paused = node.in_role = node.down = false;
}

void TraceFacts::on(Instant at, const NodeStarted& fact) {
    close_life(nodes_[fact.node.value], at);
}

void TraceFacts::on(Instant at, const NodeStopped& fact) {
    Node& node = nodes_[fact.node.value];
    close_life(node, at);
    node.down = true;
    trace_.begin(node.life, at,
                 fmt::format("down: {}", kStopCauseNames.at(static_cast<std::size_t>(fact.cause))));
}

void TraceFacts::on(Instant at, const NodePaused& fact) {
    Node& node = nodes_[fact.node.value];
    node.paused = true;
    trace_.begin(node.life, at, "paused");
}

void TraceFacts::on(Instant at, const NodeResumed& fact) {
    Node& node = nodes_[fact.node.value];
    if (node.paused) trace_.end(node.life, at);
    node.paused = false;
}

void TraceFacts::on(Instant at, const RoleChanged& fact) {
    Node& node = nodes_[fact.node.value];
    const bool paused = node.paused;
    close_life(node, at);
    if (fact.role != Role::follower) {
        node.in_role = true;
        trace_.begin(node.life, at, fmt::format("{}, term {}", word_of(fact.role), fact.term.value),
                     {{"term", std::to_string(fact.term.value)}});
    }
    if (paused) on(at, NodePaused{fact.node});
}

void TraceFacts::on(Instant, const CommitAdvanced& fact) {
    nodes_[fact.node.value].commit = fact.index.value;
}

void TraceFacts::on(Instant at, const ConfigurationActivated& fact) {
    const MemberSets& members = fact.members;
    trace_.instant(nodes_[fact.node.value].life, at,
                   fmt::format("{}{} voters, {} learners", members.is_joint() ? "joint: " : "",
                               members.voters.size(), members.learners.size()));
}

bool TraceFacts::between_nodes(HostId from, HostId to) const {
    return from.value < nodes_.size() && to.value < nodes_.size();
}

std::string TraceFacts::message_name(PacketKind kind, const char* way, HostId peer) const {
    return fmt::format("{} {} {}", kPacketKindNames.at(static_cast<std::size_t>(kind)), way,
                       scenario_.nodes[peer.value].name);
}

void TraceFacts::on(Instant at, const PacketSent& fact) {
    if (!between_nodes(fact.from, fact.to)) return;
    ++messages_;
    const std::uint64_t number = messages_ % options_.every == 0 ? messages_ : 0;
    under_way_[{fact.from.value, fact.to.value}].push_back({fact.kind, fact.term, at, number});
}

void TraceFacts::on(Instant at, const PacketDelivered& fact) {
    if (!between_nodes(fact.from, fact.to)) return;
    std::deque<Sent>& path = under_way_[{fact.from.value, fact.to.value}];
    const auto found = std::find_if(path.begin(), path.end(), [&](const Sent& sent) {
        return sent.kind == fact.kind && sent.term == fact.term;
    });
    if (found == path.end()) return;  // the second of a duplicated message
    const Sent sent = *found;
    path.erase(found);
    if (sent.number == 0) return;
    const ChromeTrace::Track from = nodes_[fact.from.value].messages;
    const ChromeTrace::Track to = nodes_[fact.to.value].messages;
    const std::string term = std::to_string(fact.term.value);
    trace_.slice(from, sent.at, kInstant, message_name(fact.kind, "to", fact.to), {{"term", term}});
    trace_.flow(ChromeTrace::End::from, from, sent.number, sent.at, "message");
    trace_.slice(to, at, kInstant, message_name(fact.kind, "from", fact.from), {{"term", term}});
    trace_.flow(ChromeTrace::End::to, to, sent.number, at, "message");
}

void TraceFacts::on(Instant, const PacketDropped& fact) {
    if (!between_nodes(fact.from, fact.to)) return;
    std::deque<Sent>& path = under_way_[{fact.from.value, fact.to.value}];
    const auto is_it = [&](const Sent& sent) { return sent.kind == fact.kind; };
    auto found = path.end();
    if (fact.cause == DropCause::host_down || fact.cause == DropCause::corrupted) {
        found = std::find_if(path.begin(), path.end(), is_it);
    } else if (const auto latest = std::find_if(path.rbegin(), path.rend(), is_it);
               latest != path.rend()) {
        // Lost on the way means lost when it was sent.
        found = std::prev(latest.base());
    }
    if (found == path.end()) return;
    const Sent sent = *found;
    path.erase(found);
    if (sent.number == 0) return;
    trace_.slice(nodes_[fact.from.value].messages, sent.at, kInstant,
                 message_name(fact.kind, "lost to", fact.to),
                 {{"cause", kDropCauseNames.at(static_cast<std::size_t>(fact.cause))}});
}

void TraceFacts::on(Instant, const OperationIssued&) { ++in_flight_; }

void TraceFacts::on(Instant at, const OperationEnded& fact) {
    --in_flight_;
    if (fact.outcome == Outcome::acknowledged) return;
    trace_.instant({clients_, fact.workload + 1}, at, "given up");
}

void TraceFacts::fault(ChromeTrace::Phase phase, FaultId id, Instant at,
                       ChromeTrace::Arguments arguments) {
    const PlannedFault& planned = faults_.at(id.value);
    trace_.async(phase, faults_process_, id.value, at,
                 fmt::format("{}: {}", planned.id, planned.inject), arguments);
}

void TraceFacts::on(Instant at, const FaultStarted& fact) {
    acting_.at(fact.fault.value) = true;
    fault(ChromeTrace::Phase::begin, fact.fault, at, {});
}

void TraceFacts::on(Instant at, const FaultEnded& fact) {
    acting_.at(fact.fault.value) = false;
    fault(ChromeTrace::Phase::end, fact.fault, at, {});
}

void TraceFacts::on(Instant at, const FaultObserved& fact) {
    fault(ChromeTrace::Phase::mark, fact.fault, at,
          {{"effect", kFaultEffectNames.at(static_cast<std::size_t>(fact.effect))}});
}

void TraceFacts::show_counters(Instant at) {
    next_counters_ = at + kCounterGap;
    if (in_flight_ != in_flight_shown_) {
        trace_.counter(clients_, at, "operations in flight", in_flight_);
        in_flight_shown_ = in_flight_;
    }
    std::uint64_t most = 0;
    for (const Node& node : nodes_) most = std::max(most, node.commit);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node& node = nodes_[i];
        const std::uint64_t lag = most - node.commit;
        if (lag == node.lag_shown) continue;
        trace_.counter(node.life.process, at, "commit lag " + scenario_.nodes[i].name, lag);
        node.lag_shown = lag;
    }
}

}  // namespace shaketable::cli
