// SPDX-License-Identifier: MIT
#include "sim/run/assess_services.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/check.hpp"
#include "sim/run/assess.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

std::string criticality_word(Criticality criticality) {
    switch (criticality) {
        case Criticality::critical: return "critical";
        case Criticality::standard: return "standard";
        case Criticality::background: return "background";
    }
    return {};
}

void count(OutcomeCounts& counts, CallOutcome outcome, std::uint64_t times) {
    switch (outcome) {
        case CallOutcome::ok: counts.ok += times; break;
        case CallOutcome::failed: counts.failed += times; break;
        case CallOutcome::timed_out: counts.timed_out += times; break;
        case CallOutcome::rejected: counts.rejected += times; break;
        case CallOutcome::refused: counts.refused += times; break;
        case CallOutcome::cancelled: counts.cancelled += times; break;
    }
}

using Causes = std::array<std::uint64_t, kCallCauseNames.size()>;

void name_causes(const Causes& causes, OutcomeCounts& counts) {
    for (std::size_t i = 1; i < causes.size(); ++i) {
        if (causes[i] > 0) counts.causes.emplace_back(kCallCauseNames[i], causes[i]);
    }
}

// Populations that ask the service.
std::vector<bool> clients_of(const World& world, std::uint32_t service) {
    std::vector<bool> of;
    for (const ClientSpec& client : world.scenario.graph.clients) {
        of.push_back(client.to == service);
    }
    return of;
}

bool has_clients(const World& world, std::uint32_t service) {
    const auto& clients = world.scenario.graph.clients;
    return std::any_of(clients.begin(), clients.end(),
                       [&](const ClientSpec& client) { return client.to == service; });
}

// Such a fault has no end, and acts no longer than an instant.
bool is_at_once(const PlannedFault& fault) {
    const FaultWord* word = find_fault_word(fault.inject);
    return word != nullptr && word->at_once;
}

// From the first start of a fault to the last end; an end is missing if a fault never ends.
GoodputQuestion goodput_question(const World& world) {
    GoodputQuestion question{Instant{world.scenario.warmup.ns}, {}, Instant{}, world.run_end()};
    for (const PlannedFault& fault : world.injector.faults()) {
        if (!question.trigger || fault.start < *question.trigger) question.trigger = fault.start;
        const std::optional<Instant> end = is_at_once(fault) ? fault.start : fault.end;
        if (!end) {
            question.trigger_end.reset();
        } else if (question.trigger_end) {
            question.trigger_end = std::max(*question.trigger_end, *end);
        }
    }
    if (!question.trigger) question.trigger_end.reset();
    return question;
}

ServiceRow service_row(const World& world, std::uint32_t service) {
    const CallTally& tally = world.service_calls.services()[service];
    ServiceRow row;
    row.id = world.scenario.graph.services[service].id;
    for (std::size_t i = 0; i < tally.outcomes.size(); ++i) {
        count(row.calls, static_cast<CallOutcome>(i), tally.outcomes[i]);
    }
    name_causes(tally.causes, row.calls);
    if (!tally.latency.empty()) {
        row.latency_p50 = Duration{static_cast<std::int64_t>(tally.latency.quantile({1, 2}))};
        row.latency_p99 = Duration{static_cast<std::int64_t>(tally.latency.quantile({99, 100}))};
    }
    row.stops = tally.stops;
    row.opened = tally.opened;
    const Goodput goodput = judge_goodput(successes_of(world, service), goodput_question(world));
    row.goodput_before = goodput.before;
    row.goodput_after = goodput.after;
    row.goodput_end = goodput_at_end(world, service);
    row.metastable = kMetastableNames.at(static_cast<std::size_t>(goodput.metastable));
    row.back = goodput.back;
    return row;
}

std::vector<ClientsRow> clients_rows(const World& world) {
    const ServiceGraph& graph = world.scenario.graph;
    std::vector<ClientsRow> rows(graph.clients.size());
    std::vector<Causes> causes(rows.size(), Causes{});
    std::vector<std::vector<Duration>> latencies(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].id = graph.clients[i].id;
        rows[i].service = graph.services[graph.clients[i].to].id;
        rows[i].criticality = criticality_word(graph.clients[i].criticality);
    }
    for (const RequestView& request : world.requests.all()) {
        if (!request.ended || request.issued < Instant{world.scenario.warmup.ns}) continue;
        ClientsRow& row = rows[request.population];
        count(row.requests, request.outcome, 1);
        ++causes[request.population][static_cast<std::size_t>(request.cause)];
        row.attempts += request.attempts;
        if (request.ok()) latencies[request.population].push_back(request.latency());
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        name_causes(causes[i], rows[i].requests);
        std::vector<Duration>& sample = latencies[i];
        if (sample.empty()) continue;
        rows[i].latency_p50 = quantile(sample, 0.50);
        rows[i].latency_p95 = quantile(sample, 0.95);
        rows[i].latency_p99 = quantile(sample, 0.99);
        rows[i].latency_max = quantile(sample, 1);
    }
    return rows;
}

std::vector<BreakerRow> breaker_rows(const World& world) {
    const ServiceGraph& graph = world.scenario.graph;
    const ServiceNumbers& numbers = world.service_calls.numbers();
    const Instant end = world.finished ? world.run_end() : world.queue.now();
    std::vector<BreakerRow> rows;
    for (const BreakerView& view : world.service_calls.breakers()) {
        const ServiceNumbers::Edge& edge = numbers.edges.at(view.edge.value);
        const std::string& from =
            edge.of_clients ? graph.clients[edge.from].id : graph.services[edge.from].id;
        BreakerRow row;
        row.edge = from + "->" + graph.services[edge.to].id;
        row.caller = from;
        if (!edge.of_clients) {
            const std::uint32_t place = numbers.place_of.at(view.caller.value);
            const NodeId node = graph.services[edge.from].on[place];
            const std::uint32_t version = numbers.version_of.at(view.caller.value);
            if (version > 0) row.caller += ":" + graph.services[edge.from].version_name(version);
            row.caller +=
                "/" + std::to_string(place) + "@" + world.scenario.nodes.at(node.value).name;
        }
        BreakerSpanRow span{"closed", Instant{}, end};
        for (const BreakerView::Change& change : view.changes) {
            span.end = change.at;
            if (span.start < span.end) row.spans.push_back(span);
            const auto state = static_cast<std::size_t>(change.to);
            span = {std::string(kBreakerStateNames.at(state)), change.at, end};
        }
        if (span.start < span.end) row.spans.push_back(span);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<RecoveryRow> service_recovery(const World& world, std::uint32_t service) {
    const std::string scope = "service:" + world.scenario.graph.services[service].id;
    const PlannedFault* fault = recovery_clock(world);
    if (fault == nullptr || !has_clients(world, service)) return std::nullopt;
    const ServiceLevelSpec& level = world.scenario.service_level;
    const auto recovery = find_recovery(
        as_operations(world.requests.all(), clients_of(world, service)),
        {OperationKind::read, fault->start, world.run_end(),
         {level.success_ratio, level.latency_p95, level.hold}});
    if (!recovery) return std::nullopt;
    return recovery_row(scope, *fault, *recovery);
}

// Of a service, or of a version of it.
template <class Tally>
std::vector<Bucket> calls_in(const Tally& tally, const Buckets& buckets) {
    std::vector<Bucket> values(buckets.count);
    for (std::size_t i = 0; i < buckets.count; ++i) {
        const Instant from = buckets.start + buckets.width * static_cast<std::int64_t>(i);
        const Instant until = from + buckets.width;
        values[i].issued = tally.sent.between(from, until);
        values[i].acknowledged = tally.ok.between(from, until);
        values[i].unknown = tally.rest.between(from, until);
    }
    return values;
}

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
}

// Nothing if it was not measured.
std::optional<double> measured_value(ServiceMeasure measure, const ServiceRow& row,
                                     const Result& measured) {
    std::uint64_t requests = 0;
    std::uint64_t ok = 0;
    std::uint64_t attempts = 0;
    for (const ClientsRow& clients : measured.clients) {
        if (clients.service != row.id) continue;
        requests += clients.requests.ended();
        ok += clients.requests.ok;
        attempts += clients.attempts;
    }
    switch (measure) {
        case ServiceMeasure::goodput: return row.goodput_end;
        case ServiceMeasure::goodput_share:
            if (!row.goodput_before || *row.goodput_before <= 0) return std::nullopt;
            return row.goodput_end / *row.goodput_before;
        case ServiceMeasure::success: return share(ok, requests);
        case ServiceMeasure::rejected: return share(row.calls.rejected, row.calls.ended());
        case ServiceMeasure::attempts: return share(attempts, requests);
        case ServiceMeasure::p99:
            if (!row.latency_p99) return std::nullopt;
            return static_cast<double>(row.latency_p99->ns);
        case ServiceMeasure::metastable:
            if (row.metastable == "unknown") return std::nullopt;
            return row.metastable == "yes" ? 1 : 0;
        case ServiceMeasure::stops: return static_cast<double>(row.stops);
        case ServiceMeasure::opened: return static_cast<double>(row.opened);
    }
    return std::nullopt;
}

}  // namespace

Slices successes_of(const World& world, std::uint32_t service) {
    if (!has_clients(world, service)) return world.service_calls.services()[service].ok;
    Slices slices;
    const std::vector<bool> wanted = clients_of(world, service);
    for (const RequestView& request : world.requests.all()) {
        if (request.ok() && wanted[request.population]) slices.add(request.finished);
    }
    return slices;
}

std::string brief_measured(ServiceMeasure measure, double value) {
    const bool share_of = measure == ServiceMeasure::goodput_share ||
                          measure == ServiceMeasure::success || measure == ServiceMeasure::rejected;
    if (measure == ServiceMeasure::p99) {
        return format_duration_brief(Duration{static_cast<std::int64_t>(value)});
    }
    const double places = share_of ? 10'000 : 100;
    return format_measured(measure, static_cast<double>(std::llround(value * places)) / places);
}

bool holds(const ServicePredicate& predicate, double value) {
    constexpr double kRounding = 1e-9;
    const double over = value - predicate.value;
    switch (predicate.bound) {
        case ServicePredicate::Bound::at_least: return over >= -kRounding;
        case ServicePredicate::Bound::at_most: return over <= kRounding;
        case ServicePredicate::Bound::equal: return over * over == 0;
    }
    return false;
}

double goodput_at_end(const World& world, std::uint32_t service) {
    const Instant end = world.run_end();
    const Instant from = std::max(Instant{}, end - world.scenario.service_level.hold);
    return from < end ? goodput_between(successes_of(world, service), from, end) : 0;
}

void assess_services(const World& world, Result& result) {
    const ServiceGraph& graph = world.scenario.graph;
    if (graph.empty()) return;
    for (std::uint32_t service = 0; service < graph.services.size(); ++service) {
        result.services.push_back(service_row(world, service));
        if (auto row = service_recovery(world, service)) result.recovery.push_back(*std::move(row));
    }
    result.clients = clients_rows(world);
    result.breakers = breaker_rows(world);
}

void add_service_series(const World& world, const char* part, const Buckets& buckets,
                        std::vector<SeriesRow>& rows) {
    const ServiceGraph& graph = world.scenario.graph;
    if (graph.empty()) return;
    const std::vector<bool> everybody(graph.clients.size(), true);
    auto counted = count_operations(as_operations(world.requests.all(), everybody),
                                    graph.clients.size(), buckets);
    for (std::size_t i = 0; i < graph.clients.size(); ++i) {
        rows.push_back({graph.clients[i].id, part, buckets, std::move(counted[i])});
    }
    // Slices are too coarse for narrower buckets.
    if (buckets.width < Slices{}.width()) return;
    for (std::size_t i = 0; i < graph.services.size(); ++i) {
        rows.push_back({"service:" + graph.services[i].id, part, buckets,
                        calls_in(world.service_calls.services()[i], buckets)});
        const auto& versions = world.service_calls.versions()[i];
        for (std::uint32_t v = 0; v < versions.size(); ++v) {
            rows.push_back({"service:" + graph.services[i].id + "@" +
                                graph.services[i].version_name(v),
                            part, buckets, calls_in(versions[v], buckets)});
        }
    }
}

CheckRow judge_service(const ServicePredicate& predicate, const Result& measured) {
    const auto row = std::find_if(measured.services.begin(), measured.services.end(),
                                  [&](const ServiceRow& s) { return s.id == predicate.service; });
    novacron::check(row != measured.services.end(), "a check names a service that there is");
    CheckRow result;
    const std::optional<double> actual = measured_value(predicate.measure, *row, measured);
    if (!actual) {
        result.detail = predicate.measure == ServiceMeasure::metastable
                            ? "unknown: a fault never ends, or the run ends within five minutes"
                            : "nothing was measured";
        return result;
    }
    result.verdict = holds(predicate, *actual) ? Verdict::pass : Verdict::fail;
    result.detail = brief_measured(predicate.measure, *actual);
    if (row->goodput_before && predicate.measure == ServiceMeasure::goodput_share) {
        result.detail += " of " + brief_measured(ServiceMeasure::goodput, *row->goodput_before);
    }
    return result;
}

std::optional<std::string> unsteady_services(const World& world, const PlannedFault& first) {
    const ServiceGraph& graph = world.scenario.graph;
    const ServiceLevelSpec& level = world.scenario.service_level;
    const Instant from =
        std::max(Instant{world.scenario.warmup.ns}, first.start - level.hold);
    for (std::size_t i = 0; i < graph.clients.size(); ++i) {
        std::uint64_t all = 0;
        std::uint64_t failed = 0;
        std::uint64_t slow = 0;
        for (const RequestView& request : world.requests.all()) {
            if (!request.ended || request.population != i || request.issued < from ||
                request.finished >= first.start) {
                continue;
            }
            ++all;
            if (!request.ok()) ++failed;
            if (request.ok() && request.latency() > level.latency_p95) ++slow;
        }
        const std::string where = " of " + graph.clients[i].id + " before " + first.id + ", at " +
                                  format_duration_brief(Duration{first.start.ns});
        if (all == 0) return "no steady state: no request" + where + " was answered";
        const auto most = [&](double share) { return share * static_cast<double>(all) + 1e-9; };
        const bool fails = static_cast<double>(failed) > most(1 - level.success_ratio);
        if (!fails && static_cast<double>(slow) <= most(0.05)) continue;
        return "no steady state: " + std::to_string(fails ? failed : slow) + " of " +
               std::to_string(all) + " requests" + where +
               (fails ? " failed" : " took longer than service_level.latency_p95");
    }
    return std::nullopt;
}

}  // namespace shaketable
