// SPDX-License-Identifier: MIT
#include <algorithm>

#include "sim/run/assess.hpp"
#include "sim/run/assess_services.hpp"

namespace shaketable {
namespace {

// As many buckets as a picture of ordinary width can tell apart.
constexpr std::size_t kMostBuckets = 60;

Instant end_of(const World& world) {
    return world.finished ? world.run_end() : world.queue.now();
}

// From the fault that started the clock to the return of service, with the time before and after
// that it takes to see both. Nothing if service was never out.
std::optional<Buckets> around_the_incident(const World& world, const Result& measured) {
    const Instant end = end_of(world);
    std::optional<Instant> fault;
    Instant back{};
    bool service_was_out = false;
    for (const RecoveryRow& row : measured.recovery) {
        const auto struck = std::find_if(measured.faults.begin(), measured.faults.end(),
                                         [&](const FaultRow& f) { return f.id == row.fault; });
        if (struck == measured.faults.end() || !struck->start) continue;
        if (row.scope.starts_with("site:")) continue;  // says nothing of clients
        fault = std::min(fault.value_or(*struck->start), *struck->start);
        if (row.rto) back = std::max(back, *struck->start + *row.rto);
        if (!row.outages.empty()) back = std::max(back, row.outages.back().end);
        service_was_out = service_was_out || row.rto != Duration{0} || !row.outages.empty();
    }
    if (!fault || !service_was_out || *fault >= end) return std::nullopt;
    const Duration out = std::max(*fault, std::min(back, end)) - *fault;
    Buckets buckets = Buckets::spread(std::max(Instant{}, *fault - out / 3),
                                      std::min(end, *fault + out * 2), *fault, kMostBuckets);
    // The last bucket is whole, too, unless the run ends in it.
    const Instant whole = buckets.start + buckets.width * static_cast<std::int64_t>(buckets.count);
    buckets.end = std::min(end, whole);
    return buckets;
}

void add_series(const World& world, const char* part, const Buckets& buckets,
                std::vector<SeriesRow>& rows) {
    const auto& workloads = world.scenario.workloads;
    auto counted = count_operations(world.operations.all(), workloads.size(), buckets);
    for (std::size_t i = 0; i < workloads.size(); ++i) {
        rows.push_back({workloads[i].id, part, buckets, std::move(counted[i])});
    }
    add_service_series(world, part, buckets, rows);
}

}  // namespace

std::vector<RoleRow> role_rows(const World& world) {
    std::vector<RoleRow> rows;
    const auto& nodes = world.roles.nodes();
    for (std::size_t node = 0; node < nodes.size(); ++node) {
        for (std::size_t i = 0; i < nodes[node].size(); ++i) {
            const RoleSpan& span = nodes[node][i];
            const bool last = i + 1 == nodes[node].size();
            const Instant end = last ? end_of(world) : nodes[node][i + 1].start;
            if (span.start == end) continue;  // changed at the run's last instant
            rows.push_back({world.scenario.nodes[node].name,
                            std::string(kStandingNames.at(static_cast<std::size_t>(span.standing))),
                            span.term.value, span.start, end});
        }
    }
    return rows;
}

std::vector<SeriesRow> series_rows(const World& world, const Result& measured) {
    std::vector<SeriesRow> rows;
    add_series(world, "run", Buckets::spread(Instant{}, end_of(world), Instant{}, kMostBuckets),
               rows);
    if (const auto incident = around_the_incident(world, measured)) {
        add_series(world, "incident", *incident, rows);
    }
    return rows;
}

}  // namespace shaketable
