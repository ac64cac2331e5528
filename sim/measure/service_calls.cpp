// SPDX-License-Identifier: MIT
#include "sim/measure/service_calls.hpp"

#include <algorithm>
#include <tuple>

namespace shaketable {
namespace {

constexpr std::size_t kMostChanges = 10'000;

}  // namespace

ServiceNumbers::ServiceNumbers(const ServiceGraph& graph) {
    for (std::uint32_t service = 0; service < graph.services.size(); ++service) {
        const ServiceSpec& spec = graph.services[service];
        for (const CallSpec& call : spec.calls) edges.push_back({false, service, call.to});
        for (std::uint32_t version = 0; version < spec.version_count(); ++version) {
            for (std::uint32_t place = 0; place < spec.on.size(); ++place) {
                service_of.push_back(service);
                place_of.push_back(place);
                version_of.push_back(version);
            }
        }
    }
    for (std::uint32_t population = 0; population < graph.clients.size(); ++population) {
        edges.push_back({true, population, graph.clients[population].to});
    }
}

ServiceCalls::ServiceCalls(Record& record, const ServiceGraph& graph, Instant warmup_end)
    : numbers_(graph), warmup_end_(warmup_end), services_(graph.services.size()) {
    for (const ServiceSpec& service : graph.services) {
        versions_.emplace_back(service.versions.empty() ? 0 : service.version_count());
    }
    record.listen(*this);
}

void ServiceCalls::on(Instant at, const CallEnded& fact) {
    CallTally& tally = services_[numbers_.edges.at(fact.edge.value).to];
    const bool ok = fact.outcome == CallOutcome::ok;
    tally.sent.add(at);
    (ok ? tally.ok : tally.rest).add(at);
    auto& versions = versions_[numbers_.edges[fact.edge.value].to];
    if (!versions.empty() && !fact.asked.is_none()) {
        VersionCalls& version = versions[numbers_.version_of.at(fact.asked.value)];
        version.sent.add(at);
        (ok ? version.ok : version.rest).add(at);
    }
    if (fact.sent < warmup_end_) return;
    ++tally.outcomes[static_cast<std::size_t>(fact.outcome)];
    ++tally.causes[static_cast<std::size_t>(fact.cause)];
    if (ok) tally.latency.add(static_cast<std::uint64_t>((at - fact.sent).ns));
}

void ServiceCalls::on(Instant at, const InstanceStopped& fact) {
    if (at < warmup_end_) return;
    ++services_[numbers_.service_of.at(fact.instance.value)].stops;
}

void ServiceCalls::on(Instant at, const BreakerChanged& fact) {
    const bool opens = fact.to == BreakerState::open;
    if (opens && at >= warmup_end_) ++services_[numbers_.edges.at(fact.edge.value).to].opened;
    auto known = std::find_if(breakers_.begin(), breakers_.end(), [&](const BreakerView& view) {
        return view.edge == fact.edge && view.caller == fact.caller;
    });
    if (known == breakers_.end()) {
        breakers_.push_back({fact.edge, fact.caller, {}});
        known = breakers_.end() - 1;
    }
    if (known->changes.size() < kMostChanges) known->changes.push_back({at, fact.to});
}

std::vector<BreakerView> ServiceCalls::breakers() const {
    std::vector<BreakerView> sorted = breakers_;
    std::sort(sorted.begin(), sorted.end(), [](const BreakerView& a, const BreakerView& b) {
        return std::tie(a.edge.value, a.caller.value) < std::tie(b.edge.value, b.caller.value);
    });
    return sorted;
}

}  // namespace shaketable
