// SPDX-License-Identifier: MIT
//
// The table itself. Lines are laid out to be read as a table.
#include "sim/alert/metric_table.hpp"

#include <algorithm>
#include <array>

namespace shaketable {
namespace {

// clang-format off
// name, type, labels, needs, help
constexpr MetricDescriptor kTable[] = {
{"up", "gauge", "node, site, zone", "", "1 if the node answered the scrape, 0 if not: its process is down or paused, or the way to it is cut."},
{"raft_term", "gauge", "node, site, zone", "", "The term that the node is in."},
{"raft_has_leader", "gauge", "node, site, zone", "", "1 if the node knows of a leader, itself included."},
{"raft_is_leader", "gauge", "node, site, zone", "", "1 if the node leads its group, as far as it knows."},
{"raft_commit_index", "gauge", "node, site, zone", "", "The last entry that the node knows to be committed."},
{"raft_leader_changes_total", "counter", "node, site, zone", "", "How often the node has become leader since its process began."},
{"raft_commit_duration_seconds", "histogram", "node, site, zone", "", "From the moment an entry is in the leader's log to the moment the leader knows it to be committed, since its process began."},
{"phi_accrual", "gauge", "node, peer, site, zone", "cluster.failure_detector with detector: phi", "How far the node suspects the peer; where the labels site and zone are the node's."},
{"peer_suspected", "gauge", "node, peer, site, zone", "cluster.failure_detector", "1 while the node suspects the peer, 2 when it has given it up."},
{"shaketable_requests_total", "counter", "operation, outcome, workload", "workload", "Operations of clients that have ended: acknowledged, or unknown when the deadline passed."},
{"shaketable_request_duration_seconds", "histogram", "operation, workload", "workload", "From the issue of an operation to its acknowledgement."},
{"site_primary", "gauge", "site", "cluster.replication", "1 for the site that is primary as operators know, 0 for the others; whether it is up or not."},
{"replication_lag_seconds", "gauge", "site", "cluster.replication", "The age of the oldest record that the standby has not reported durable, as its primary knows; stale while no node of the primary answers."},
{"replication_lag_records", "gauge", "site", "cluster.replication", "How many records that is."},
{"backup_last_success_timestamp_seconds", "gauge", "kind", "backup", "When the last backup of the kind was completed, as Unix time; nothing before the first."},
{"backup_failures_total", "counter", "kind", "backup", "Backups that failed, or could not begin."},
{"backup_bad_objects", "gauge", "", "backup", "Objects that the last verification found damaged or missing; nothing before the first."},
{"archive_backlog_bytes", "gauge", "", "backup", "Bytes of the log that wait to be archived, as of the last time they had doubled or halved."},
{"service_requests_total", "counter", "clients, outcome, service", "services", "Requests of clients of services that have ended."},
{"service_request_duration_seconds", "histogram", "clients, service", "services", "From the issue of a request to its success."},
{"service_up", "gauge", "instance, node, service", "services", "1 while the instance serves."},
{"circuit_breaker_state", "gauge", "from, to", "services", "Of the breakers of all instances of the caller the one that stands worst: 0 closed, 1 half open, 2 open."},
};
// clang-format on

constexpr std::array<std::int64_t, 13> kBounds = {
    1'000'000,   2'500'000,   5'000'000,   10'000'000,    25'000'000,    50'000'000,   100'000'000,
    200'000'000, 300'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000};
constexpr std::array<std::string_view, kBounds.size()> kLabels = {
    "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
    "0.2",   "0.3",    "0.5",   "1",    "2.5",   "5"};
constexpr std::array<std::string_view, 3> kParts = {"_bucket", "_sum", "_count"};

}  // namespace

std::span<const MetricDescriptor> metric_table() { return kTable; }

const MetricDescriptor* find_metric(std::string_view name) {
    for (const MetricDescriptor& metric : kTable) {
        if (metric.type != "histogram" && name == metric.name) return &metric;
        if (metric.type != "histogram" || !name.starts_with(metric.name)) continue;
        const std::string_view rest = name.substr(metric.name.size());
        if (std::find(kParts.begin(), kParts.end(), rest) != kParts.end()) return &metric;
    }
    return nullptr;
}

std::vector<std::string> metric_names() {
    std::vector<std::string> names;
    for (const MetricDescriptor& metric : kTable) {
        if (metric.type != "histogram") {
            names.emplace_back(metric.name);
            continue;
        }
        for (const std::string_view part : kParts) {
            names.push_back(std::string(metric.name) + std::string(part));
        }
    }
    return names;
}

std::span<const std::int64_t> bucket_bounds() { return kBounds; }

std::string bucket_label(std::int64_t bound) {
    const auto* found = std::find(kBounds.begin(), kBounds.end(), bound);
    return std::string(kLabels.at(static_cast<std::size_t>(found - kBounds.begin())));
}

}  // namespace shaketable
