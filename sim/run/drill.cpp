// SPDX-License-Identifier: MIT
#include "sim/run/drill.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/run/assess.hpp"
#include "sim/run/world.hpp"
#include "sim/scenario/moment.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

std::string exact(Instant at) { return format_duration(at - Instant{}); }

std::string hint_of(const std::string& suggestion) {
    return suggestion.empty() ? "" : "; " + suggestion;
}

NodeState state_of(const NodeHost& host) {
    switch (host.state()) {
        case NodeHost::State::off: return NodeState::off;
        case NodeHost::State::dead: return NodeState::dead;
        case NodeHost::State::starting: return NodeState::starting;
        case NodeHost::State::running: break;
    }
    return host.paused() ? NodeState::paused : NodeState::running;
}

}  // namespace

Drill::Drill(const Scenario& scenario, std::uint64_t seed,
             const std::function<void(Record&)>& watch)
    : draft_(scenario), seed_(seed), world_(std::make_unique<World>(scenario, seed)) {
    if (watch) watch(world_->record);
    do_step([](World& world) {
        world.start();
        world.do_events(Instant{}, Instant{});
    });
}
Drill::~Drill() = default;

Instant Drill::now() const { return world_->queue.now(); }
Instant Drill::end() const { return world_->run_end(); }
bool Drill::finished() const { return world_->finished; }

void Drill::check_open() const {
    novacron::check(whole_, "a drill goes on only from where its last step was whole");
    if (finished()) throw DrillError("the drill is over: it ended at " + exact(end()));
}

template <class Step>
void Drill::do_step(const Step& step) {
    check_open();
    whole_ = false;
    step(*world_);
    whole_ = true;
}

void Drill::advance(Instant until) {
    check_open();
    if (until < now()) throw DrillError("it is " + exact(now()) + ": time does not go back");
    if (until > end()) {
        throw DrillError("it is " + exact(now()) + ", and the scenario ends at " +
                         exact(end()) + ": only " + format_duration(end() - now()) + " remain");
    }
    do_step([until](World& world) {
        world.do_events(until, until);
        world.queue.wait_until(until);
    });
}

bool Drill::advance_until(Condition condition, Instant limit) {
    check_open();
    while (!holds(condition)) {
        const Instant next = world_->next_time();
        if (next >= limit) {
            advance(limit);
            break;
        }
        advance(next + Duration{1});
    }
    return holds(condition);
}

void Drill::finish() {
    do_step([](World& world) {
        world.do_events(world.run_end() + Duration{1}, world.run_end());
        world.finished = true;
    });
}

Instant Drill::instant_of(std::string_view moment) const {
    const auto parsed = parse_moment(moment);
    if (!parsed) throw DrillError(parsed.error + hint_of(parsed.hint));
    if (parsed->edge == Moment::Edge::none) return Instant{} + parsed->offset;
    if (parsed->is_of_alert()) {
        const std::vector<std::string> names =
            scenario().alerts ? scenario().alerts->names() : std::vector<std::string>{};
        const auto found = std::find(names.begin(), names.end(), parsed->anchor);
        if (found == names.end()) {
            throw DrillError("there is no alert '" + parsed->anchor + "'" +
                             hint_of(did_you_mean(parsed->anchor, names)));
        }
        const AlertInstants& known =
            world_->monitor->known().at(static_cast<std::size_t>(found - names.begin()));
        const bool fires = parsed->edge == Moment::Edge::firing;
        const auto at = fires ? known.firing : known.resolved;
        if (at) return *at + parsed->offset;
        throw DrillError("'" + parsed->anchor +
                         (fires ? "' has not fired yet" : "' has not been resolved yet"));
    }
    if (parsed->anchor == "warmup") {
        const bool start = parsed->edge == Moment::Edge::start;
        return Instant{} + (start ? Duration{} : scenario().warmup) + parsed->offset;
    }
    if (parsed->anchor == "faults" && parsed->edge == Moment::Edge::end) {
        return world_->schedule.faults_end + parsed->offset;
    }
    std::vector<std::string> known{"warmup", "faults"};
    for (std::size_t i = 0; i < scenario().faults.size(); ++i) {
        known.push_back(scenario().faults[i].id);
        if (known.back() != parsed->anchor) continue;
        const FaultSpan& span = world_->schedule.spans[i];
        if (span.start == Instant::never()) {
            throw DrillError("'" + known.back() + "' waits for an alert that has not come");
        }
        if (parsed->edge == Moment::Edge::start) return span.start + parsed->offset;
        if (span.end) return *span.end + parsed->offset;
        throw DrillError("'" + known.back() + "' does not end until it is healed");
    }
    throw DrillError("there is no fault '" + parsed->anchor + "'" +
                     hint_of(did_you_mean(parsed->anchor, known)));
}

std::optional<std::string> Drill::go_on_with(Draft changed) {
    if (auto wrong = world_->amend(changed.scenario())) return wrong;
    draft_ = std::move(changed);
    do_step([](World& world) { world.do_events(world.queue.now(), world.queue.now()); });
    return std::nullopt;
}

std::vector<Diagnostic> Drill::inject(std::string_view yaml, const std::string& name) {
    check_open();
    Draft changed = draft_;
    std::vector<Diagnostic> wrong = changed.add_faults(yaml, name, now());
    if (!wrong.empty()) return wrong;
    if (const auto late = go_on_with(std::move(changed))) {
        throw DrillError("it is " + exact(now()) + ": '" + *late +
                         "' would strike in the past; without a time it strikes now");
    }
    return {};
}

bool Drill::acts(std::size_t fault) const {
    const FaultSpan& span = world_->schedule.spans.at(fault);
    return span.start <= now() && (!span.end || *span.end > now());
}

std::vector<std::string> Drill::acting() const {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < scenario().faults.size(); ++i) {
        if (acts(i)) numbers.push_back(i);
    }
    const auto& place = world_->schedule.first_of;
    std::stable_sort(numbers.begin(), numbers.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return place[a] < place[b]; });
    std::vector<std::string> ids;
    for (const std::uint32_t number : numbers) ids.push_back(scenario().faults[number].id);
    return ids;
}

std::uint32_t Drill::acting_fault(std::string_view id) const {
    std::vector<std::string> known;
    for (std::uint32_t i = 0; i < scenario().faults.size(); ++i) {
        known.push_back(scenario().faults[i].id);
        if (known.back() != id) continue;
        if (acts(i)) return i;
        throw DrillError("'" + known.back() + "' does not act at " + exact(now()));
    }
    for (const PlannedFault& fault : world_->schedule.faults) {
        if (fault.id != id) continue;
        const std::string& storm = known[fault.origin];
        throw DrillError("'" + fault.id + "' is a part of '" + storm + "'; heal that");
    }
    throw DrillError("there is no fault '" + std::string(id) + "'" +
                     hint_of(did_you_mean(id, known)));
}

void Drill::heal(std::string_view id) {
    check_open();
    const std::uint32_t number = acting_fault(id);
    const Instant start = world_->schedule.spans[number].start;
    for (const Duration wait : {Duration{}, Duration{1}}) {
        advance(now() + wait);
        if (start == now()) continue;
        Draft changed = draft_;
        changed.pin_fault(number, start, now());
        if (!go_on_with(std::move(changed))) return;
    }
    throw novacron::BugError("a fault that acts can end a nanosecond later");
}

void Drill::heal_all() {
    check_open();
    for (std::vector<std::string> ids = acting(); !ids.empty(); ids = acting()) heal(ids.front());
}

bool Drill::holds(Condition condition) const {
    switch (condition) {
        case Condition::leader: return leader().has_value();
        case Condition::no_leader: return !leader().has_value();
        case Condition::healthy: return world_->group().health.healthy();
    }
    throw novacron::BugError("a condition is one of three");
}

std::optional<NodeId> Drill::leader() const { return world_->fleet.leader(); }

const std::vector<OperationView>& Drill::operations() const { return world_->operations.all(); }

std::vector<NodeStatus> Drill::nodes() const {
    std::vector<NodeStatus> nodes;
    for (std::uint32_t i = 0; i < world_->fleet.node_count(); ++i) {
        const NodeHost& host = world_->fleet.node(NodeId{i});
        const NodeView& view = world_->group_of(NodeId{i}).logs.node(NodeId{i});
        NodeStatus node;
        node.name = scenario().nodes[i].name;
        node.state = state_of(host);
        if (host.running()) {
            node.role = view.role;
            node.leader = host.node()->raft().leader();
        }
        node.term = view.term;
        node.vote = view.vote;
        node.commit = view.commit;
        node.applied = view.applied;
        node.last = view.last();
        nodes.push_back(std::move(node));
    }
    return nodes;
}

ServiceState Drill::service(OperationKind kind) const {
    return service_at(now(), operations(), kind, scenario().service_level.latency_p95);
}

std::optional<Recovery> Drill::recovery(OperationKind kind, Instant from) const {
    const ServiceLevelSpec& level = scenario().service_level;
    return find_recovery(operations(), world_->group().leadership,
                         {kind, from, end(), {level.success_ratio, level.latency_p95, level.hold},
                          &world_->site_history});
}

std::uint64_t Drill::fingerprint() const { return world_->record.fingerprint(); }

Result Drill::result() const { return result_of(*world_); }

}  // namespace shaketable
