// SPDX-License-Identifier: MIT
#include "sim/fault/schedule.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/check.hpp"
#include "sim/fault/draw_host_faults.hpp"
#include "sim/fault/drawn_faults.hpp"

namespace shaketable {
namespace {

// Of what a full disk has left: what a node keeps back for itself (core/node/room.hpp).
constexpr std::uint64_t kLeastFree = std::uint64_t{64} << 10U;

// Follows the anchors of all faults; each instant is found once.
class Times {
public:
    Times(const ScheduleOptions& options, const Random& random)
        : options_(options),
          random_(random),
          starts_(options.faults.size()),
          ends_(options.faults.size()) {
        std::vector<Whens> whens;
        for (const FaultSpec& fault : options.faults) {
            streams_.push_back(random.fork(fault.id));
            whens.push_back({fault.start, fault.end});
        }
        hang_on_end_ = hang_on_faults_end(whens);
    }

    Instant start(std::uint32_t fault) {
        return find(fault, options_.faults[fault].start, starts_);
    }
    // A permanent fault ends with the run. Of one that waits for an alert that has not come: never.
    Instant end(std::uint32_t fault) {
        const auto& when = options_.faults[fault].end;
        if (!when) return Instant{options_.duration.ns};
        const Instant begun = start(fault);
        if (begun == kNever) return kNever;
        return std::max(begun + Duration{1}, find(fault, *when, ends_));
    }
    Instant faults_end() {
        if (faults_end_) return *faults_end_;
        Instant last{options_.warmup.ns};
        for (std::uint32_t i = 0; i < options_.faults.size(); ++i) {
            if (options_.faults[i].end && !hang_on_end_[i]) last = std::max(last, end(i));
        }
        faults_end_ = last;
        return last;
    }
    Random stream(std::uint32_t fault, std::string_view purpose) const {
        return streams_[fault].fork(purpose);
    }
    // For what is drawn when the fault of this id strikes: the same whether the scenario names it
    // or a storm draws it.
    Random strike_stream(const std::string& id) const { return random_.fork(id).fork("strike"); }

private:
    static constexpr Instant kNever = Instant::never();

    AlertInstants alert(std::uint32_t number) const {
        return number < options_.alerts.size() ? options_.alerts[number] : AlertInstants{};
    }

    Instant find(std::uint32_t fault, const When& when,
                 std::vector<std::optional<Instant>>& found) {
        if (found[fault]) return *found[fault];
        novacron::check(++depth_ <= 2 * options_.faults.size() + 2, "anchors lead to an instant");
        Instant at{};
        switch (when.anchor) {
            case When::Anchor::run_start: break;
            case When::Anchor::warmup_end: at = Instant{options_.warmup.ns}; break;
            case When::Anchor::fault_start: at = start(when.fault); break;
            case When::Anchor::fault_end: at = end(when.fault); break;
            case When::Anchor::faults_end: at = faults_end(); break;
            case When::Anchor::alert_firing: at = alert(when.alert).firing.value_or(kNever); break;
            case When::Anchor::alert_resolved:
                at = alert(when.alert).resolved.value_or(kNever);
                break;
        }
        --depth_;
        if (at == kNever) return at;
        Random draws = stream(fault, &found == &starts_ ? "start" : "end");
        at = at + when.offset + draws.between(Duration{0}, when.spread);
        found[fault] = at;
        return at;
    }

    const ScheduleOptions& options_;
    Random random_;
    std::vector<Random> streams_;
    std::vector<std::optional<Instant>> starts_;
    std::vector<std::optional<Instant>> ends_;
    std::vector<bool> hang_on_end_;
    std::optional<Instant> faults_end_;
    std::size_t depth_ = 0;
};

std::vector<NodeId> all_nodes(std::uint32_t count) {
    std::vector<NodeId> nodes;
    for (std::uint32_t i = 0; i < count; ++i) nodes.push_back(NodeId{i});
    return nodes;
}

// A fault of the given word with everything about it drawn.
PlannedFault draw_fault(const std::string& inject, const ScheduleOptions& options,
                        Random& random) {
    const std::uint32_t nodes = options.nodes;
    PlannedFault fault{{}, inject, NodeCrash{}, {}, {}, {}, random, 0, true};
    fault.target.among = all_nodes(nodes);
    const auto up_to = [&](std::uint32_t most) {
        return static_cast<std::uint32_t>(1 + random.below(most));
    };
    // A minority, most of the time; now and then everybody.
    fault.target.pick = random.below(8) == 0 ? nodes : up_to(std::max(1U, (nodes - 1) / 2));
    if (random.below(3) == 0) {
        fault.target.role = Selector::Role::leader;
        fault.target.pick.reset();
    }
    const double probability = 0.01 * static_cast<double>(up_to(30));
    const auto latency = Exponential{novacron::milliseconds(up_to(300))};
    if (inject == "node.power_loss") fault.kind = PowerLoss{};
    if (inject == "node.pause") fault.kind = NodePause{};
    if (inject == "network.partition") {
        Selector rest;
        rest.others = true;
        Partition partition{{fault.target, rest}, Partition::Direction::both};
        const std::uint64_t shape = random.below(4);
        if (shape == 2) partition.direction = Partition::Direction::inward;
        if (shape == 3) partition.direction = Partition::Direction::outward;
        fault.kind = partition;
    }
    if (inject == "network.delay") fault.kind = NetworkDelay{latency};
    if (inject == "network.loss") fault.kind = NetworkLoss{probability};
    if (inject == "network.duplicate") fault.kind = NetworkDuplicate{probability};
    if (inject == "network.reorder") fault.kind = NetworkReorder{probability};
    if (inject == "disk.slow") fault.kind = DiskSlow{latency};
    if (inject == "disk.stall") fault.kind = DiskStall{};
    if (inject == "disk.sync_ignored") fault.kind = DiskSyncIgnored{};
    if (inject == "disk.sync_error") fault.kind = DiskSyncError{};
    if (inject == "disk.read_error") fault.kind = DiskReadError{};
    if (inject == "disk.full") fault.kind = DiskFull{kLeastFree * up_to(4)};
    if (inject == "disk.bit_rot") fault.kind = DiskBitRot{};
    if (inject == "raft.transfer_leadership") fault.kind = LeadershipTransfer{};
    if (inject == "clock.drift") {
        const std::int64_t drift = std::int64_t{up_to(1000)} * 1000;  // what bad quartz may do
        fault.kind = ClockDrift{random.below(2) == 0 ? drift : -drift};
    }
    Random draws = random.fork("options");
    if (const auto kind = draw_kind(inject, draws)) fault.kind = *kind;
    if (is_of_load(inject)) {
        fault.target = {};
        fault.target.clients = true;
    }
    if (inject == "operator.restart_wrong_node" || inject == "operator.repeat_removal") {
        if (fault.target.pick) fault.target.pick = 1;  // one order, about one node
    }
    if (inject == "raft.change_membership") {
        fault.kind = MembershipChange{MembershipChange::Wish::draw};
        fault.target = {};
        fault.target.among = all_nodes(nodes);
    }
    draw_host_fault(fault, options.places, random);
    return fault;
}

void add_random_faults(std::vector<PlannedFault>& planned, const FaultSpec& spec, Times& times,
                       std::uint32_t number, const ScheduleOptions& options) {
    const auto& what = std::get<RandomFaults>(spec.what);
    const Instant until = std::min(times.end(number), Instant{options.duration.ns});
    Random draws = times.stream(number, "random");
    if (times.start(number) >= until) return;
    const Distribution gaps{Exponential{what.mean_gap}};
    Instant at = times.start(number) + gaps.draw(draws);
    for (std::uint32_t count = 1; at < until; ++count) {
        Random own = draws.fork("fault", count);
        const std::string& inject = what.kinds.at(own.below(what.kinds.size()));
        PlannedFault fault = draw_fault(inject, options, own);
        if (what.partitions == RandomFaults::Partitions::any && inject == "network.partition") {
            Random shape = own.fork("shape");
            fault.kind = draw_partition(fault.target, shape);
        }
        fault.id = spec.id + "-" + std::to_string(count);
        fault.random = times.strike_stream(fault.id);
        fault.start = at;
        fault.end = std::min(until, at + own.between(what.shortest, what.longest));
        fault.origin = number;
        if (is_done_at_once(fault.kind)) fault.end = at + Duration{1};
        fault.tolerance = what.tolerance;
        settle_host_fault(fault, until);
        planned.push_back(fault);
        at = at + gaps.draw(draws);
    }
}

}  // namespace

namespace {

// Who is anchored to an anchor of the kind, and who is to them, and so on.
template <class IsOfTheKind>
std::vector<bool> followers_of(const std::vector<Whens>& faults, const IsOfTheKind& is_one) {
    std::vector<std::vector<std::uint32_t>> followers(faults.size());  // who is anchored to it
    std::vector<bool> hang(faults.size());
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < faults.size(); ++i) {
        for (const auto& when : {faults[i].start, faults[i].end}) {
            if (!when) continue;
            if (is_one(when->anchor) && !hang[i]) {
                hang[i] = true;
                found.push_back(i);
            }
            const bool anchored = when->anchor == When::Anchor::fault_start ||
                                  when->anchor == When::Anchor::fault_end;
            if (anchored && when->fault != i) followers[when->fault].push_back(i);
        }
    }
    while (!found.empty()) {
        const std::uint32_t fault = found.back();
        found.pop_back();
        for (const std::uint32_t follower : followers[fault]) {
            if (hang[follower]) continue;
            hang[follower] = true;
            found.push_back(follower);
        }
    }
    return hang;
}

bool is_of_alert(When::Anchor anchor) {
    return anchor == When::Anchor::alert_firing || anchor == When::Anchor::alert_resolved;
}

}  // namespace

std::vector<bool> hang_on_faults_end(const std::vector<Whens>& faults) {
    return followers_of(faults, [](When::Anchor anchor) {
        return anchor == When::Anchor::faults_end || is_of_alert(anchor);
    });
}

std::vector<bool> wait_for_alerts(const std::vector<FaultSpec>& faults) {
    std::vector<Whens> starts;
    for (const FaultSpec& fault : faults) starts.push_back({fault.start, std::nullopt});
    return followers_of(starts, is_of_alert);
}

Schedule plan_faults(const ScheduleOptions& options, const Random& random) {
    Times times(options, random);
    Schedule schedule;
    std::vector<PlannedFault> planned;
    for (std::uint32_t i = 0; i < options.faults.size(); ++i) {
        const FaultSpec& spec = options.faults[i];
        FaultSpan& span = schedule.spans.emplace_back(FaultSpan{times.start(i), std::nullopt});
        if (spec.end && times.end(i) != Instant::never()) span.end = times.end(i);
        if (const auto* kind = std::get_if<FaultKind>(&spec.what)) {
            planned.push_back({spec.id, spec.inject, *kind, spec.target, span.start, span.end,
                               times.strike_stream(spec.id), i, false});
        } else {
            add_random_faults(planned, spec, times, i, options);
        }
    }

    schedule.faults_end = times.faults_end();
    schedule.on_alert = wait_for_alerts(options.faults);

    std::vector<std::uint32_t> order(planned.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return planned[a].start < planned[b].start;
    });
    schedule.first_of.resize(options.faults.size());
    for (const std::uint32_t i : order) {
        if (planned[i].start >= Instant{options.duration.ns}) continue;
        auto& first = schedule.first_of[planned[i].origin];
        if (!first) first = static_cast<std::uint32_t>(schedule.faults.size());
        schedule.faults.push_back(planned[i]);
    }
    return schedule;
}

}  // namespace shaketable
