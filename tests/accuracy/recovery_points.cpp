// SPDX-License-Identifier: MIT
//
// What is lost with a site whose log is shipped to another: whole runs of two sites, a hundred
// writes a second, and the primary's power gone at a moment that is drawn.
//
// What has left the site when it is lost arrives. So a log that is shipped at once loses nothing
// that was on its way, one that is shipped each B loses what came since then, U(0, B), and one
// whose line was cut L before loses L.
#include <string>

#include <fmt/format.h>

#include "core/base/check.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/accuracy/rows.hpp"

namespace shaketable::accuracy {
namespace {

// `replication` is of the primary; `faults` has the loss of the site, as `dark`.
Scenario two_sites(const std::string& replication, const std::string& faults) {
    const LoadResult loaded = load_scenario_text(
        "version: 1\nname: accuracy\ntime: {warmup: 2s, duration: 15s}\n"
        "cluster:\n"
        "  sites: {east: {nodes: [east-1], zone: a}, west: {nodes: [west-1], zone: b}}\n"
        "  replication: {primary: east, " + replication + "}\n"
        "network: {latency: 100us, links: [{from: zone:a, to: zone:b, latency: 20ms}]}\n"
        "disk: {sync_latency: 0ms}\n"
        "workload: [{id: writes, rate: 100/s}]\n"
        "service_level: {hold: 1s}\n"
        "targets: {rpo: {from: dark.start, max: \"< 1h\"}}\n"
        "faults:\n" + faults +
        "  - {id: promote, at: dark.start + 1s, inject: site.promote, target: site:west,"
        " with: {force: true, command_time: 0s}, permanent: true}\n",
        "accuracy.yaml", {});
    novacron::check(loaded.ok(), "the scenario of recovery points is one");
    return *loaded.scenario;
}

const std::string kDark =
    "  - {id: dark, between: [5s, 9s], inject: site.loss, target: site:east, permanent: true}\n";
const std::string kCutBefore =
    "  - {id: cut, between: [5s, 9s], inject: network.partition,"
    " target: {split: [[zone:a], [zone:b]]}, permanent: true}\n"
    "  - {id: dark, at: cut.start + 3s, inject: site.loss, target: site:east, permanent: true}\n";

// From the loss of the site back to the oldest write that was lost, of each seed.
std::vector<double> rpo_ms(const Effort& effort, const Scenario& scenario) {
    return by_seed(effort, [&](std::uint64_t seed) {
        const Result result = run(scenario, seed);
        novacron::check(result.loss.has_value() && result.loss->fault == "dark",
                        "a run that loses a site says what is lost with it");
        return static_cast<double>(result.loss->rpo_time.ns) / 1e6;
    });
}

}  // namespace

std::vector<Row> recovery_point_rows(const Effort& effort) {
    std::vector<Row> rows;
    for (const int seconds : {1, 2}) {
        const std::string shipping =
            fmt::format("shipping: {{mode: batch, interval: {}s, bytes: 1GiB}}", seconds);
        rows.push_back(estimated(fmt::format("RPO, a batch every {} s", seconds), "B/2",
                                 seconds * 500.0,
                                 rpo_ms(effort, two_sites(shipping, kDark)), "ms"));
    }
    // A record has 64 bytes: a hundred of them fill it in a second.
    rows.push_back(estimated(
        "RPO, a segment that fills in 1 s", "fill/2", 500,
        rpo_ms(effort, two_sites("shipping: {mode: segment, interval: 1h, bytes: 6400B}", kDark)),
        "ms"));
    rows.push_back(estimated("RPO, a stream whose line was cut 3 s before", "lag", 3000,
                             rpo_ms(effort, two_sites("mode: asynchronous", kCutBefore)), "ms"));
    rows.push_back(estimated("RPO, a stream", "0, what has left arrives", 0,
                             rpo_ms(effort, two_sites("mode: asynchronous", kDark)), "ms"));
    rows.push_back(estimated("RPO, synchronous", "0", 0,
                             rpo_ms(effort, two_sites("mode: synchronous", kDark)), "ms"));
    return rows;
}

}  // namespace shaketable::accuracy
