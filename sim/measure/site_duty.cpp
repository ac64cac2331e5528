// SPDX-License-Identifier: MIT
#include "sim/measure/site_duty.hpp"

#include <algorithm>

namespace shaketable {
namespace {

constexpr Duration kFromLookToLook = novacron::seconds(1);

}  // namespace

SiteDuty::SiteDuty(Record& record, std::vector<SiteId> site_of, Duration shipping)
    : site_of_(std::move(site_of)), lag_max_(shipping + kFromLookToLook) {
    for (const SiteId site : site_of_) {
        if (site.value >= sites_.size()) sites_.resize(site.value + 1);
    }
    for (State& state : sites_) state.away.push_back({Instant{}, Instant::never()});
    if (sites_.size() > 1) record.listen(*this);
}

void SiteDuty::on(Instant at, const RoleChanged& fact) {
    if (fact.role != novacron::raft::Role::leader) {
        lose_leader(at, fact.node);
        return;
    }
    State& state = state_of(site_of_.at(fact.node.value));
    state.leader = fact.node;
    state.speaks = false;
    look(at);
}

void SiteDuty::on(Instant at, const NodeStopped& fact) { lose_leader(at, fact.node); }

void SiteDuty::lose_leader(Instant at, NodeId node) {
    State& state = state_of(site_of_.at(node.value));
    if (state.leader != node) return;
    state.leader = NodeId::none();
    state.speaks = false;
    look(at);
}

// Who takes no writes says so next.
void SiteDuty::on(Instant at, const SiteRoleChanged& fact) {
    State& state = state_of(fact.site);
    state.speaks = true;
    if (state.role != fact.role) state.lags = false;
    state.role = fact.role;
    state.epoch = fact.epoch;
    state.stop = WriteStop::none;
    if (fact.role == SiteRole::primary) state.has_diverged = false;
    look(at);
}

void SiteDuty::on(Instant at, const SiteReadOnly& fact) {
    state_of(fact.site).stop = fact.why;
    look(at);
}

void SiteDuty::on(Instant at, const SiteLagged& fact) {
    state_of(fact.site).lags = fact.entries > 0 && at - fact.oldest > lag_max_;
    look(at);
}

void SiteDuty::on(Instant at, const SiteDiverged& fact) {
    state_of(fact.site).has_diverged = true;
    look(at);
}

void SiteDuty::on(Instant at, const SiteReseeded& fact) {
    State& state = state_of(fact.site);
    state.has_diverged = false;
    state.lags = false;
    look(at);
}

void SiteDuty::look(Instant at) {
    std::uint64_t latest = 0;
    for (const State& state : sites_) {
        if (state.role == SiteRole::primary) latest = std::max(latest, state.epoch);
    }
    for (State& state : sites_) {
        const bool is_fit = state.role == SiteRole::primary
                                ? state.epoch == latest && state.stop == WriteStop::none
                                : !state.lags && !state.has_diverged;
        const bool does = state.speaks && is_fit;
        const bool did = state.away.empty() || state.away.back().end != Instant::never();
        if (does && !did) {
            state.away.back().end = at;
            if (state.away.back().start == at) state.away.pop_back();
        } else if (!does && did) {
            state.away.push_back({at, Instant::never()});
        }
    }
}

Recovery SiteDuty::find(const Question& question) const {
    Recovery recovery;
    Instant back = question.fault;  // the end of the last time away that counts
    const auto holds = [&](Instant until) { return back + question.hold <= until; };
    for (const Outage& away : sites_.at(question.site.value).away) {
        if (away.end <= question.fault || away.start >= question.run_end) continue;
        if (!recovery.first_success && away.start > question.fault) {
            recovery.first_success = back - question.fault;
        }
        if (!recovery.rto && holds(away.start)) recovery.rto = back - question.fault;
        const Outage seen{std::max(away.start, question.fault),
                          std::min(away.end, question.run_end)};
        recovery.outages.push_back(seen);
        recovery.unavailable = recovery.unavailable + (seen.end - seen.start);
        back = away.end;
    }
    recovery.flaps = recovery.outages.empty() ? 0 : recovery.outages.size() - 1;
    if (back < question.run_end) {
        if (!recovery.first_success) recovery.first_success = back - question.fault;
        if (!recovery.rto && holds(question.run_end)) recovery.rto = back - question.fault;
    }
    return recovery;
}

}  // namespace shaketable
