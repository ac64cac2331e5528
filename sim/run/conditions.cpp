// SPDX-License-Identifier: MIT
#include "sim/run/conditions.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/run/assess.hpp"
#include "sim/run/assess_services.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

std::string text_of(Instant at) { return format_duration_brief(at - Instant{}); }

CheckRow open(std::string why) {
    CheckRow row;
    row.detail = std::move(why);
    return row;
}
CheckRow judged(bool held, std::string detail) {
    CheckRow row;
    row.verdict = held ? Verdict::pass : Verdict::fail;
    row.detail = std::move(detail);
    return row;
}

// The stretches in which some node leads, in the order of their starts; they may overlap.
std::vector<Stretch> leaderships(const World& world) {
    std::vector<Stretch> led;
    for (const std::vector<RoleSpan>& spans : world.roles.nodes()) {
        for (std::size_t i = 0; i < spans.size(); ++i) {
            if (spans[i].standing != Standing::leader) continue;
            const bool last = i + 1 == spans.size();
            led.push_back({spans[i].start, last ? Instant::never() : spans[i + 1].start});
        }
    }
    std::sort(led.begin(), led.end(),
              [](const Stretch& a, const Stretch& b) { return a.start < b.start; });
    return led;
}

CheckRow always_led(const World& world, const Stretch& stretch) {
    Instant led_until = stretch.start;
    for (const Stretch& led : leaderships(world)) {
        if (led.start > led_until) break;
        led_until = std::max(led_until, led.end);
    }
    if (led_until >= stretch.end) return judged(true, "");
    const std::optional<Instant> again = led_from(world, led_until);
    return judged(false, "nobody led from " + text_of(led_until) +
                             (again ? " to " + text_of(*again) : " on"));
}

// Operations of the kind that were issued in the stretch and can be judged.
std::uint64_t evidence(const World& world, OperationKind kind, const Stretch& stretch) {
    const Duration limit = world.scenario.service_level.latency_p95;
    const auto& all = world.operations.all();
    return static_cast<std::uint64_t>(
        std::count_if(all.begin(), all.end(), [&](const OperationView& operation) {
            return operation.kind == kind && operation.issued >= stretch.start &&
                   operation.issued < stretch.end &&
                   (operation.ended || world.run_end() - operation.issued >= limit);
        }));
}

CheckRow always_served(const World& world, OperationKind kind, const Stretch& stretch) {
    const std::uint64_t operations = evidence(world, kind, stretch);
    if (operations == 0) return open("no operation was issued in that time");
    const std::vector<Outage> outages = outages_between(
        world.operations.all(), kind,
        {stretch.start, stretch.end, world.run_end(), world.scenario.service_level.latency_p95});
    if (outages.empty()) {
        return judged(true, std::to_string(operations) + " operations without an outage");
    }
    return judged(false, "out of service from " + text_of(outages.front().start) + " to " +
                             text_of(outages.front().end));
}

// What the service level says of the operations of one kind before the first fault.
struct Tally {
    std::uint64_t judged = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;
};

Tally tally_before(const World& world, OperationKind kind, Instant fault) {
    const ServiceLevelSpec& level = world.scenario.service_level;
    const Instant from = std::max(Instant{world.scenario.warmup.ns}, fault - level.hold);
    Tally tally;
    for (const OperationView& operation : world.operations.all()) {
        if (operation.kind != kind || operation.issued < from || operation.issued >= fault)
            continue;
        const bool ended = operation.ended && operation.finished < fault;
        if (!ended && fault - operation.issued < level.latency_p95) continue;
        const bool failed = ended && !operation.acknowledged();
        const bool quick = ended && operation.latency() <= level.latency_p95;
        ++tally.judged;
        tally.failed += failed ? 1 : 0;
        tally.slow += !failed && !quick ? 1 : 0;
    }
    return tally;
}

}  // namespace

Stretch stretch_of(const World& world, const CheckSpec& check) {
    if (!check.during) return {Instant{world.scenario.warmup.ns}, world.run_end()};
    const FaultSpan& span = world.schedule.spans.at(*check.during);
    return {span.start, std::min(span.end.value_or(world.run_end()), world.run_end())};
}

Instant clock_of(const World& world, const CheckSpec& check) {
    if (!check.after) return world.faults_end();
    const When& when = *check.after;
    switch (when.anchor) {
        case When::Anchor::run_start: return Instant{} + when.offset;
        case When::Anchor::warmup_end: return Instant{world.scenario.warmup.ns} + when.offset;
        case When::Anchor::faults_end: return world.faults_end() + when.offset;
        case When::Anchor::fault_start:
            return std::min(world.schedule.spans.at(when.fault).start, world.run_end()) +
                   when.offset;
        case When::Anchor::fault_end:
            return world.schedule.spans.at(when.fault).end.value_or(world.run_end()) + when.offset;
        case When::Anchor::alert_firing:
        case When::Anchor::alert_resolved: break;
    }
    throw novacron::BugError("no check waits for an alert itself");
}

CheckRow happened(const World& world, Instant from, std::optional<Instant> at, Duration within) {
    if (at && *at <= from + within) return judged(true, "after " + format_duration(*at - from));
    if (from + within > world.run_end()) return open("the run ends too early to tell");
    return judged(false, at ? "only after " + format_duration(*at - from) : "never");
}

std::optional<Instant> led_from(const World& world, Instant from) {
    std::optional<Instant> first;
    for (const Stretch& led : leaderships(world)) {
        if (led.end <= from) continue;
        const Instant at = std::max(from, led.start);
        if (!first || at < *first) first = at;
    }
    return first;
}

std::optional<Instant> served_from(const World& world, OperationKind kind, Instant from,
                                   Instant until) {
    std::optional<Instant> first;
    for (const OperationView& operation : world.operations.all()) {
        if (operation.kind != kind || !operation.acknowledged() || operation.issued < from ||
            operation.issued >= until) {
            continue;
        }
        if (!first || operation.finished < *first) first = operation.finished;
    }
    return first;
}

std::optional<Instant> healthy_from(const World& world, const CheckSpec& check) {
    const auto number = static_cast<std::size_t>(&check - world.scenario.checks.data());
    bool is_watched = false;
    for (const CheckWatch& watch : world.check_watches) {
        if (watch.check != number) continue;
        if (const auto at = watch.health.healthy_at()) return at;
        is_watched = true;
    }
    return is_watched ? std::nullopt : world.group().health.healthy_at();
}

CheckRow judge_always(const World& world, const CheckSpec& check) {
    const Stretch stretch = stretch_of(world, check);
    if (stretch.start >= stretch.end) return open("the fault did not strike");
    switch (check.predicate) {
        case Predicate::cluster_has_leader: return always_led(world, stretch);
        case Predicate::service_writable:
            return always_served(world, OperationKind::write, stretch);
        case Predicate::service_readable: return always_served(world, OperationKind::read, stretch);
        default: throw novacron::BugError("the language has no such check of always");
    }
}

CheckRow judge_sometime(const World& world, const CheckSpec& check) {
    const Stretch stretch = stretch_of(world, check);
    if (stretch.start >= stretch.end) return open("the fault did not strike");
    std::optional<Instant> at;
    switch (check.predicate) {
        case Predicate::cluster_has_leader: at = led_from(world, stretch.start); break;
        case Predicate::cluster_healthy: at = healthy_from(world, check); break;
        case Predicate::service_writable:
        case Predicate::service_readable: {
            const bool writes = check.predicate == Predicate::service_writable;
            const OperationKind kind = writes ? OperationKind::write : OperationKind::read;
            if (evidence(world, kind, stretch) == 0) {
                return open("no operation was issued in that time");
            }
            at = served_from(world, kind, stretch.start, stretch.end);
            break;
        }
        default: throw novacron::BugError("the language has no such check of sometime");
    }
    if (at && *at < stretch.end) return judged(true, "at " + text_of(*at));
    return judged(false, "not from " + text_of(stretch.start) + " to " + text_of(stretch.end));
}

std::optional<std::string> unsteady(const World& world) {
    const PlannedFault* first = clock_fault(world, std::nullopt);
    if (first == nullptr) return std::nullopt;
    if (auto why = unsteady_services(world, *first)) return why;
    if (world.scenario.workloads.empty()) return std::nullopt;
    const std::string where = "before " + first->id + ", at " + text_of(first->start);
    const auto& all = world.operations.all();
    const bool served = std::any_of(all.begin(), all.end(), [&](const OperationView& operation) {
        return operation.acknowledged() && operation.finished < first->start;
    });
    if (!served) return "no steady state: no operation was acknowledged " + where;
    const ServiceLevelSpec& level = world.scenario.service_level;
    for (const OperationKind kind : {OperationKind::write, OperationKind::read}) {
        const Tally tally = tally_before(world, kind, first->start);
        const auto most = [&](double share) { return share * static_cast<double>(tally.judged); };
        const bool fails = static_cast<double>(tally.failed) > most(1 - level.success_ratio) + 1e-9;
        const bool slow = static_cast<double>(tally.slow) > most(0.05) + 1e-9;
        if (!fails && !slow) continue;
        return "no steady state: " + std::to_string(fails ? tally.failed : tally.slow) + " of " +
               std::to_string(tally.judged) +
               (kind == OperationKind::write ? " writes" : " reads") +
               (fails ? " failed " : " took longer than service_level.latency_p95 ") + where;
    }
    return std::nullopt;
}

}  // namespace shaketable
