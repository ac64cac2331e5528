// SPDX-License-Identifier: MIT
//
// Sites: what log shipping loses, how long a failover takes, how long clients take to hear of it:
// whole runs beside the closed forms.
//
// Two sites of one node each, so that nothing but what is measured takes time; the primary's power
// is cut at any moment. A record is lost if it had not arrived when the standby was promoted. So,
// with records every 1/rate in the mean that their clients hear of `answer` later:
//
//     stream                   transit - 1/rate - answer
//     batches every B          transit + B/2 - 1/rate - answer
//     segments of n records    (n - 1) / (2 rate) - answer
//     ... of an interval I     I^2 / 2 / (I + 1/rate) - answer
//
// the last two, and batches without a transit, if the promotion comes so late that what was under
// way has arrived. Clients believe a name for a TTL, each from another moment on: each asks
// again at its first use after that, n/rate later, so the middle one moves (TTL - n/rate)/2 after
// the change, the last of n after TTL n/(n+1).
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "sim/run/run.hpp"
#include "tests/accuracy/rows.hpp"

namespace shaketable::accuracy {
namespace {

using novacron::microseconds;
using novacron::milliseconds;
using novacron::seconds;
using novacron::replication::Shipping;
using novacron::replication::ShippingOptions;
using Mode = novacron::replication::SiteOptions::Mode;
using Verb = SiteOrder::Verb;

constexpr double kAnswer = 0.5;  // ms: the way of an answer to its client
constexpr Duration kLook = milliseconds(50);  // how often an operator looks: sim/site

double ms(Duration duration) { return static_cast<double>(duration.ns) / 1e6; }

// Whether something is lost hangs on one moment a run, so it takes more runs than other rows do.
Effort many(const Effort& effort) {
    return {effort.parts == 1 ? std::max<std::uint64_t>(effort.seeds, 200) : 12, effort.parts};
}

Scenario pair_of_sites(Duration transit, double rate) {
    Scenario scenario;
    scenario.name = "accuracy";
    scenario.warmup = seconds(2);
    scenario.duration = seconds(9);
    for (const char* site : {"east", "west"}) {
        NodeSpec node;
        node.name = std::string(site) + "-1";
        node.site = site;
        scenario.nodes.push_back(std::move(node));
    }
    scenario.default_link.latency = Constant{microseconds(500)};
    LinkSpec wan = scenario.default_link;
    wan.from = {NodeId{0}};
    wan.to = {NodeId{1}};
    wan.latency = Constant{transit};
    scenario.links = {wan};
    scenario.disk.sync_latency = Constant{milliseconds(1)};
    scenario.replication.emplace();
    scenario.replication->sites = {"east", "west"};
    scenario.replication->options.primary = SiteId{0};
    WorkloadSpec writes;
    writes.id = "writes";
    writes.rate_per_second = rate;
    scenario.workloads = {writes};
    scenario.service_level.hold = seconds(5);
    return scenario;
}

// At any moment of `within` after second 4, for good.
FaultSpec loss_of_east(Duration within) {
    FaultSpec fault;
    fault.id = "dark";
    fault.inject = "site.loss";
    fault.what = PowerLoss{};
    fault.target.among = {NodeId{0}};
    fault.start = When{When::Anchor::run_start, 0, seconds(4), within};
    return fault;
}

FaultSpec promotion(Duration after_the_loss) {
    FaultSpec fault;
    fault.id = "promote";
    fault.inject = "site.promote";
    SiteOrder order;
    order.force = true;
    order.command_time = Constant{};
    fault.what = order;
    fault.target.among = {NodeId{1}};
    fault.start = When{When::Anchor::fault_start, 0, after_the_loss, {}};
    return fault;
}

std::vector<double> losses(const Effort& effort, const Scenario& scenario) {
    return by_seed(many(effort), [&](std::uint64_t seed) {
        return ms(run(scenario, seed).loss->rpo_time);
    });
}

void add_recovery_points(const Effort& effort, std::vector<Row>& rows) {
    const double rate = 500;
    const double between = 1e3 / rate;
    const auto measured = [&](const ShippingOptions& shipping, double records_per_second,
                              Duration transit, Duration promoted_after) {
        Scenario scenario = pair_of_sites(transit, records_per_second);
        scenario.replication->options.shipping = shipping;
        scenario.faults = {loss_of_east(seconds(1)), promotion(promoted_after)};
        return losses(effort, scenario);
    };
    const Duration transit = milliseconds(200);
    const Duration late = seconds(1);
    const ShippingOptions stream;
    const ShippingOptions batches{Shipping::batch, seconds(1), std::uint64_t{1} << 30U};
    rows.push_back(estimated("RPO of a stream, 200 ms away, promoted at once",
                             "transit - 1/rate - answer", 200 - between - kAnswer,
                             measured(stream, rate, transit, Duration{}), "ms"));
    rows.push_back(estimated("RPO of batches each second, 200 ms away, promoted at once",
                             "transit + B/2 - 1/rate - answer", 200 + 500 - between - kAnswer,
                             measured(batches, rate, transit, Duration{}), "ms"));
    rows.push_back(estimated("RPO of batches each second, promoted later",
                             "B/2 - 1/rate - answer", 500 - between - kAnswer,
                             measured(batches, rate, milliseconds(20), late), "ms"));
    const double slow = 200;
    const ShippingOptions full{Shipping::segment, seconds(3600), 200 * 64};
    rows.push_back(estimated("RPO of segments of 200 records, 200/s", "(n - 1) / (2 rate) - answer",
                             199e3 / 2 / slow - kAnswer,
                             measured(full, slow, milliseconds(20), late), "ms"));
    const ShippingOptions timed{Shipping::segment, milliseconds(500), std::uint64_t{1} << 30U};
    rows.push_back(estimated("RPO of segments of 500 ms at most, 500/s",
                             "I^2 / 2 / (I + 1/rate) - answer",
                             500.0 * 500 / 2 / (500 + between) - kAnswer,
                             measured(timed, rate, milliseconds(20), late), "ms"));

    Scenario waits = pair_of_sites(milliseconds(20), rate);
    waits.replication->options.mode = Mode::synchronous;
    waits.faults = {loss_of_east(seconds(1)), promotion(Duration{})};
    const Effort all = many(effort);
    std::uint64_t lost = 0;
    for (std::uint64_t seed = 1; seed <= all.seeds; ++seed) {
        const Result result = run(waits, seed);
        lost += result.loss->lost_acked_ops + result.loss->lost_after_fault_ops;
    }
    rows.push_back(exact(fmt::format("lost with a synchronous primary's site, {} runs", all.seeds),
                         "an answer waits for the standby", 0, static_cast<double>(lost), 0));
}

double phase_ms(const Result& result, const std::string& name) {
    for (const PhaseRow& phase : result.recovery.front().phases) {
        if (phase.name == name) return ms(phase.duration);
    }
    return -1;
}

// An automaton probes every 500 ms, believes the third failure, takes 2 s to 4 s more, finds the
// old primary unreachable for 2 s, and gives each command 100 ms to 300 ms.
void add_failover(const Effort& effort, std::vector<Row>& rows) {
    const Duration probe = milliseconds(500);
    const std::uint32_t failures = 3;
    const Duration timeout = seconds(2);
    const double decide = 3000;
    const double command = 200;
    const double ttl = 10'000;
    const double propagation = 1000;
    const double clients = 100;
    Scenario scenario = pair_of_sites(milliseconds(20), 200);
    scenario.duration = seconds(38);
    SitesOptions& options = scenario.replication->options;
    options.prober = {probe, failures};
    SiteOrder order;
    order.verb = Verb::failover;
    order.force = true;
    order.timeout = timeout;
    order.command_time = Uniform{milliseconds(100), milliseconds(300)};
    order.decide = Uniform{seconds(2), seconds(4)};
    options.automatic = order;
    options.automatic_target = SiteId{1};
    scenario.names = NamesOptions{seconds(10), seconds(1), 0, {}, 100};
    scenario.faults = {loss_of_east(seconds(1))};

    Effort some = effort;
    some.seeds = effort.parts == 1 ? 100 : 8;
    std::vector<double> detect, decided, promoted, middle, last;
    for (std::uint64_t seed = 1; seed <= some.seeds; ++seed) {
        const Result result = run(scenario, seed);
        detect.push_back(phase_ms(result, "detect"));
        decided.push_back(phase_ms(result, "decide"));
        double sum = 0;
        for (const char* name : {"detect", "decide", "fence", "sync", "promote"}) {
            sum += phase_ms(result, name);
        }
        promoted.push_back(sum);
        middle.push_back(ms(result.routing->p50));
        last.push_back(ms(result.routing->max));
    }
    const double until_known = ms(probe) * (failures + 0.5);
    const double until_promoted =
        until_known + decide + (command + ms(timeout)) + command + command + ms(kLook);
    const double until_named = until_promoted + command + propagation;
    rows.push_back(estimated("detection by the 3rd of probes every 500 ms", "(k + 1/2) P",
                             until_known, detect, "ms"));
    rows.push_back(estimated("decision, 2 s to 4 s", "its mean", decide, decided, "ms"));
    rows.push_back(estimated("from the loss of a site to the promotion of another",
                             "detect + decide + fence + sync + promote", until_promoted, promoted,
                             "ms"));
    rows.push_back(estimated("half of 100 clients are at the new site, TTL 10 s",
                             "... + command + propagation + (TTL - n/rate)/2",
                             until_named + (ttl - clients / 200 * 1e3) / 2, middle, "ms"));
    rows.push_back(estimated("the last of 100 clients is", "... + TTL n / (n + 1)",
                             until_named + ttl * clients / (clients + 1), last, "ms"));
}

}  // namespace

std::vector<Row> site_rows(const Effort& effort) {
    std::vector<Row> rows;
    add_recovery_points(effort, rows);
    add_failover(effort, rows);
    return rows;
}

}  // namespace shaketable::accuracy
