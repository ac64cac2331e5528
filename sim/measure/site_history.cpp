// SPDX-License-Identifier: MIT
#include "sim/measure/site_history.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

enum PhaseNumber : std::size_t { detect, decide, fence, sync, promote, route, warm_up };
constexpr std::array<const char*, 7> kPhaseNames = {"detect",  "decide", "fence",  "sync",
                                                    "promote", "route",  "warm-up"};

// Whose time a step takes; nothing if service does not wait for it.
std::optional<PhaseNumber> phase_of(SiteStep step) {
    switch (step) {
        case SiteStep::detect: return detect;
        case SiteStep::decide: return decide;
        case SiteStep::set_readonly:
        case SiteStep::fence: return fence;
        case SiteStep::wait_sync: return sync;
        case SiteStep::promote:
        case SiteStep::switch_over: return promote;
        case SiteStep::update_dns: return route;
        case SiteStep::verify:
        case SiteStep::resync:
        case SiteStep::reconcile:
        case SiteStep::rejoin: return std::nullopt;
    }
    throw novacron::BugError("a step is one of eleven");
}

}  // namespace

std::optional<SiteId> SiteHistory::primary_at(Instant at) const {
    std::optional<SiteId> primary;
    for (const Reign& reign : reigns_) {
        if (reign.since <= at) primary = reign.site;
    }
    return primary;
}

std::optional<SiteHistory::Lag> SiteHistory::lag_before(Instant at) const {
    const auto next = std::find_if(reigns_.begin(), reigns_.end(),
                                   [at](const Reign& reign) { return reign.since > at; });
    if (next == reigns_.end()) return std::nullopt;
    std::optional<Lag> found;
    for (const Lag& lag : lags_) {
        if (lag.at <= at && lag.site == next->site) found = lag;
    }
    return found && found->entries > 0 ? found : std::nullopt;
}

void SiteHistory::on(Instant at, const SiteRoleChanged& fact) {
    if (fact.role != SiteRole::primary) return;
    if (!reigns_.empty() && reigns_.back().epoch >= fact.epoch) return;  // said again, or too late
    reigns_.push_back({at, fact.site, fact.epoch});
}

void SiteHistory::on(Instant at, const SiteLagged& fact) {
    lags_.push_back({at, fact.site, fact.entries, fact.bytes, fact.oldest});
}

void SiteHistory::on(Instant, const SiteDiverged& fact) {
    std::uint64_t& records = divergence(fact.site).records;
    records = std::max(records, fact.records);
}

void SiteHistory::on(Instant, const SiteReseeded& fact) {
    divergence(fact.site).discarded += fact.discarded;
}

void SiteHistory::on(Instant, const DivergentWrite& fact) {
    Divergence& known = divergence(fact.site);
    known.reapplied += fact.fate == WriteFate::reapplied ? 1 : 0;
    known.refused += fact.fate == WriteFate::refused ? 1 : 0;
}

void SiteHistory::on(Instant at, const FailoverStep& fact) {
    steps_.push_back({at, fact.step, fact.site, fact.outcome, fact.count});
}

void SiteHistory::on(Instant at, const ClientRouted& fact) {
    routes_.push_back({at, fact.workload, fact.client, fact.site});
}

SiteHistory::Divergence& SiteHistory::divergence(SiteId site) {
    for (Divergence& known : divergences_) {
        if (known.site == site) return known;
    }
    return divergences_.emplace_back(Divergence{site});
}

std::optional<std::vector<Phase>> failover_phases(const SiteHistory& history, Instant fault,
                                                  Instant recovered) {
    const auto& reigns = history.reigns();
    const auto is_between = [&](const SiteHistory::Reign& reign) {
        return reign.since > fault && reign.since <= recovered;
    };
    const auto reign = std::find_if(reigns.rbegin(), reigns.rend(), is_between);
    if (reign == reigns.rend()) return std::nullopt;

    std::array<Duration, kPhaseNames.size()> taken{};
    Instant cursor = fault;
    for (const SiteHistory::Step& step : history.steps()) {
        const auto phase = phase_of(step.what);
        if (!phase || step.outcome == StepOutcome::begun) continue;
        if (step.at <= cursor || step.at > recovered) continue;
        taken[*phase] = taken[*phase] + (step.at - cursor);
        cursor = step.at;
    }
    Instant routed = cursor;
    for (const SiteHistory::Route& each : history.routes()) {
        if (each.site == reign->site && each.at <= recovered) routed = std::max(routed, each.at);
    }
    taken[route] = taken[route] + (routed - cursor);
    taken[warm_up] = recovered - routed;

    std::vector<Phase> phases;
    Duration sum{};
    for (std::size_t i = 0; i < taken.size(); ++i) {
        phases.push_back({kPhaseNames[i], taken[i]});
        sum = sum + taken[i];
    }
    novacron::check(sum == recovered - fault, "the phases of a failover sum to the RTO");
    return phases;
}

std::vector<Duration> routing_times(const SiteHistory& history, Instant fault) {
    const auto primary = history.primary_at(Instant::never());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<Instant, SiteId>> last;
    for (const SiteHistory::Route& each : history.routes()) {
        last[{each.workload, each.client}] = {each.at, each.site};
    }
    std::vector<Duration> times;
    for (const auto& [client, where] : last) {
        if (where.second == primary && where.first > fault) times.push_back(where.first - fault);
    }
    std::sort(times.begin(), times.end());
    return times;
}

std::uint64_t count_divergent(const std::vector<OperationView>& operations,
                              const SiteHistory& history, const std::vector<SiteId>& site_of) {
    return static_cast<std::uint64_t>(std::count_if(
        operations.begin(), operations.end(), [&](const OperationView& operation) {
            if (operation.kind != OperationKind::write || !operation.acknowledged()) return false;
            const auto primary = history.primary_at(operation.finished);
            return primary && *primary != site_of.at(operation.by.value);
        }));
}

}  // namespace shaketable
