// SPDX-License-Identifier: MIT
//
// What takes more than one value to see. Each case says what is wrong, and what is nearly wrong.
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using testing::fault_messages;
using testing::load;
using testing::messages;

const std::string kCrash = "inject: node.crash, target: node-1, ";

TEST_CASE("relations: the sample itself is right", "[scenario]") {
    CHECK(messages(load("")).empty());
}

TEST_CASE("relations: the warm-up is shorter than the run", "[scenario]") {
    CHECK(messages(load("time: {warmup: 60s, duration: 60s}\n")) ==
          "the warm-up takes the whole run: 1m of 1m\n");
    CHECK(messages(load("time: {warmup: 49s, duration: 60s}\n")).empty());
}

TEST_CASE("relations: election timeouts leave room for heartbeats", "[scenario]") {
    const auto consensus = [](const std::string& knobs) {
        return messages(load("cluster: {sites: {a: {nodes: [n]}}, consensus: {" + knobs + "}}\n"));
    };
    CHECK(consensus("election_timeout_min: 100ms, heartbeat_interval: 50ms").empty());
    CHECK(consensus("election_timeout_min: 99ms, heartbeat_interval: 50ms") ==
          "election_timeout_min is less than twice the heartbeat_interval, 50ms\n");
    CHECK(consensus("election_timeout_max: 149ms") ==
          "election_timeout_max is below election_timeout_min, 150ms\n");
    CHECK(consensus("election_timeout_max: 150ms").empty());
    CHECK(consensus("max_append_entries: 0") == "at least 1 is possible here, not 0\n");
}

TEST_CASE("relations: a message fits into the window of its follower", "[scenario]") {
    const auto consensus = [](const std::string& knobs) {
        return messages(load("cluster: {sites: {a: {nodes: [n]}}, consensus: {" + knobs + "}}\n"));
    };
    CHECK(consensus("max_message_bytes: 2MiB, max_inflight_bytes: 2MiB").empty());
    CHECK(consensus("max_message_bytes: 2MiB, max_inflight_bytes: 2MB") ==
          "max_message_bytes is above max_inflight_bytes, 2MB\n");
    CHECK(consensus("max_inflight_bytes: 1023KiB") ==
          "max_message_bytes is above max_inflight_bytes, 1023KiB\n");
    CHECK(consensus("max_message_bytes: 0B") == "at least 1B is possible here, not 0B\n");
    CHECK(consensus("max_uncommitted_bytes: 0B") == "at least 1B is possible here, not 0B\n");
    CHECK(consensus("max_apply_bytes: 0B").empty());
    CHECK(consensus("snapshot_part_bytes: 2GiB") == "at most 1GiB is possible here, not 2GiB\n");
    CHECK(consensus("max_inflight_bytes: 64") == "a size needs a unit: '64'\n");
}

TEST_CASE("relations: leases need check_quorum and a bound on drift", "[scenario]") {
    const auto consensus = [](const std::string& knobs) {
        return messages(load("cluster: {sites: {a: {nodes: [n]}}, consensus: {" + knobs + "}}\n"));
    };
    CHECK(consensus("reads: lease").empty());
    CHECK(consensus("reads: safe, check_quorum: false").empty());
    CHECK(consensus("reads: lease, check_quorum: false") ==
          "reads by lease need check_quorum\n");
    CHECK(consensus("reads: lease, max_clock_drift: 0ppm").empty());
    CHECK(consensus("max_clock_drift: -1ppm") ==
          "max_clock_drift is a bound either way, and not negative\n");
    CHECK(consensus("max_clock_drift: 100001ppm") ==
          "a drift is within 100000ppm either way: '100001ppm'\n");
    CHECK(consensus("max_pending_reads: 0") == "at least 1 is possible here, not 0\n");
    CHECK(messages(load("cluster: {sites: {a: {nodes: [n]}}, election_delays: {m: 1ms}}\n")) ==
          "unknown node 'm'\n");
}

TEST_CASE("relations: nodes have names of their own, and there are 1 to 99", "[scenario]") {
    const auto sites = [](const std::string& text) {
        return messages(load("cluster: {sites: {" + text + "}}\n"));
    };
    CHECK(sites("a: {nodes: [n]}, b: {nodes: [n]}") ==
          "two nodes are called 'n', the first in site a\n");
    CHECK(sites("a: {nodes: []}") == "site 'a' has no nodes\n");
    CHECK(sites("") == "the cluster has no nodes\n");
    CHECK(sites("a: {nodes: [leader]}").substr(0, 32) == "a node can't be called 'leader',");
    CHECK(sites("a: {nodes: [Node_1]}") == "not a name: 'Node_1'\n");
    std::string many;
    for (int i = 0; i < 99; ++i) many += "n" + std::to_string(i) + ", ";
    CHECK(sites("a: {nodes: [" + many + "]}").empty());
    CHECK(sites("a: {nodes: [" + many + "one-more, and-more]}") == "more than 99 nodes\n");
}

TEST_CASE("relations: clocks belong to nodes that exist", "[scenario]") {
    const auto result =
        load("cluster: {sites: {a: {nodes: [node-1]}}, clocks: {nod-1: {drift: 5ppm}}}\n");
    CHECK(messages(result) == "unknown node 'nod-1'\n");
    CHECK(result.diagnostics[0].hint == "did you mean node-1?");
}

TEST_CASE("relations: links connect places that exist", "[scenario]") {
    const auto link = [](const std::string& text) {
        return messages(load("network: {links: [{" + text + "}]}\n"));
    };
    CHECK(link("from: zone:a, to: [node-4, site:west]").empty());
    CHECK(link("from: zone:c, to: site:est") == "unknown zone 'c'\nunknown site 'est'\n");
    CHECK(link("from: all, to: {role: leader}") ==
          "a link connects nodes, zones or sites, not a choice of them\n");
    CHECK(link("from: all, to: []") == "nobody is meant here\n");
    CHECK(link("from: all") == "the key 'to' is missing\n");
}

TEST_CASE("relations: distributions have the keys of their shape, in order", "[scenario]") {
    const auto latency = [](const std::string& text) {
        return messages(load("network: {latency: " + text + "}\n"));
    };
    for (const char* good :
         {"1ms", "0s", "1ms..2ms", "{dist: constant, value: 1ms}",
          "{dist: uniform, low: 0s, high: 0s}", "{dist: exponential, mean: 1ms}",
          "{dist: normal, mean: 1ms, stddev: 0s}", "{dist: lognormal, median: 1ms, p99: 2ms}",
          "{dist: pareto, scale: 1ms, shape: 1.5}",
          "{dist: empirical, quantiles: [0s, 1ms, 1ms]}"}) {
        INFO(good);
        CHECK(latency(good).empty());
    }
    CHECK(latency("{dist: lognormal, median: 1ms, p99: 1ms}") ==
          "the p99 of a lognormal is above its median\n");
    CHECK(latency("{dist: lognormal, median: 1ms}") == "a lognormal distribution needs 'p99'\n");
    CHECK(latency("{dist: constant, value: 1ms, mean: 1ms}") ==
          "a constant distribution has no 'mean'\n");
    CHECK(latency("{dist: uniform, low: 2ms, high: 1ms}") == "a range goes from low to high\n");
    CHECK(latency("2ms..1ms") == "a range goes from low to high: '2ms..1ms'\n");
    CHECK(latency("{dist: exponential, mean: 0s}") == "the mean of an exponential is above 0s\n");
    CHECK(latency("{dist: pareto, scale: 1ms, shape: 1}") ==
          "at least 1.01 is possible here, not 1\n");
    CHECK(latency("{dist: empirical, quantiles: [1ms]}") ==
          "an empirical distribution has two or more quantiles\n");
    CHECK(latency("{dist: empirical, quantiles: [2ms, 1ms]}") == "quantiles ascend\n");
    CHECK(latency("{median: 1ms}") == "the key 'dist' is missing\n");
    CHECK(latency("{dist: lognormal, median: nan, p99: 1}") ==
          "not a duration: 'nan'\na duration needs a unit: 1\n");
    CHECK(latency("-1ms") == "may not be negative: '-1ms'\n");
    CHECK(latency("[1ms]") ==
          "a duration, a range or a map with dist is expected here, not a list\n");
}

TEST_CASE("relations: workloads have ids of their own, and limits that agree", "[scenario]") {
    const auto loads = [](const std::string& text) {
        return messages(load("workload: [" + text + "]\n"));
    };
    CHECK(loads("{id: a, rate: 1/s}, {id: a, rate: 1/s}") == "two workloads are called 'a'\n");
    CHECK(loads("{id: a, rate: 1/s, attempt_timeout: 2s, deadline: 1s}") ==
          "the deadline is shorter than one attempt, 2s\n");
    CHECK(loads("{id: a, rate: 1/s, backoff: {initial: 1s}}") ==
          "backoff.max is below backoff.initial, 1s\n");
    CHECK(loads("{id: a, rate: 1/s, keys: {dist: zipf}}") == "zipf needs its exponent s\n");
    CHECK(loads("{id: a, rate: 1/s, keys: {s: 1.1}}") == "only zipf has an exponent s\n");
    CHECK(loads("{id: a, rate: 0/s}") == "a rate is above 0: '0/s'\n");
}

TEST_CASE("relations: a fault starts within the run", "[scenario]") {
    CHECK(fault_messages(kCrash + "at: 59s, for: 1s").empty());
    CHECK(fault_messages(kCrash + "at: 60s, for: 1s") ==
          "the fault starts after the end of the run: at 1m of 1m\n");
    CHECK(fault_messages(kCrash + "between: [50s, 60s], for: 1s") ==
          "the fault may start after the end of the run: at 1m of 1m\n");
    CHECK(fault_messages(kCrash + "at: warmup.end + 55s, permanent: true") ==
          "the fault starts after the end of the run: at 1m of 1m\n");
}

TEST_CASE("relations: a fault ends within the run, or says that it does not", "[scenario]") {
    CHECK(fault_messages(kCrash + "at: 50s, for: 10s").empty());
    CHECK(fault_messages(kCrash + "at: 50s, for: 11s") ==
          "the fault would end after the run: at 1m1s of 1m\n");
    CHECK(fault_messages(kCrash + "at: 50s, permanent: true").empty());
    CHECK(fault_messages(kCrash + "at: 50s") == "a fault ends, or says that it does not\n");
    CHECK(fault_messages(kCrash + "at: 50s, permanent: false") ==
          "a fault that is not permanent says when it ends\n");
    CHECK(fault_messages(kCrash + "at: 5s, for: 1s, until: 9s") == "both 'for' and 'until'\n");
}

TEST_CASE("relations: a fault ends after it starts", "[scenario]") {
    CHECK(fault_messages(kCrash + "at: 20s, until: 20s") == "the fault ends before it starts\n");
    CHECK(fault_messages(kCrash + "between: [10s, 20s], until: 15s") ==
          "the fault may end before it starts, or as it does\n");
    CHECK(fault_messages(kCrash + "between: [10s, 20s], until: f.start + 1ms").empty());
    CHECK(fault_messages(kCrash + "at: 20s, for: 0s") == "at least 1us is possible here, not 0s\n");
}

TEST_CASE("relations: a fault strikes once, at a time or between two", "[scenario]") {
    CHECK(fault_messages(kCrash + "for: 1s") == "when does it strike?\n");
    CHECK(fault_messages(kCrash + "at: 9s, between: [9s, 10s], for: 1s") ==
          "both 'at' and 'between'\n");
    CHECK(fault_messages(kCrash + "between: [9s], for: 1s") ==
          "between has two times: the earliest and the latest\n");
    CHECK(fault_messages(kCrash + "between: [10s, 9s], for: 1s") ==
          "the latest time of between is before the earliest\n");
    CHECK(fault_messages(kCrash + "between: [9s, warmup.end + 9s], for: 1s") ==
          "both times of between have the same anchor\n");
}

TEST_CASE("relations: anchors exist and do not go in a circle", "[scenario]") {
    CHECK(fault_messages(kCrash + "at: g.end, for: 1s") == "unknown fault 'g'\n");
    CHECK(fault_messages(kCrash + "at: warmup.start, for: 1s") == "the warm-up starts at 0s\n");
    CHECK(fault_messages(kCrash + "at: f.end, for: 1s") ==
          "times go in a circle: f.start -> f.end -> f.start\n");
    CHECK(fault_messages(kCrash + "at: f.start + 1s, for: 1s") ==
          "times go in a circle: f.start -> f.start\n");
    CHECK(
        messages(load("faults:\n"
                      "  - {id: a, at: b.end, inject: node.crash, target: all, permanent: true}\n"
                      "  - {id: b, at: 9s, inject: node.crash, target: all, permanent: true}\n")) ==
        "'b' is permanent and has no end\n");
    CHECK(fault_messages(kCrash + "at: warmup, for: 1s") == "not a time: 'warmup'\n");
    CHECK(fault_messages(kCrash + "at: -5s, for: 1s") == "may not be negative: '-5s'\n");
}

TEST_CASE("relations: faults have ids of their own that mean nothing else", "[scenario]") {
    CHECK(messages(load("faults:\n"
                        "  - {id: a, at: 9s, inject: node.crash, target: all, for: 1s}\n"
                        "  - {id: a, at: 9s, inject: node.crash, target: all, for: 1s}\n")) ==
          "two faults are called 'a'\n");
    CHECK(
        messages(load("faults: [{id: warmup, at: 9s, inject: node.crash, target: all, for: 1s}]\n"))
            .substr(0, 33) == "a fault can't be called 'warmup',");
}

TEST_CASE("relations: targets name hosts that exist and that the fault can hit", "[scenario]") {
    const auto crash = [](const std::string& target) {
        return fault_messages("at: 9s, for: 1s, inject: node.crash, target: " + target);
    };
    for (const char* good :
         {"node-1", "zone:a", "site:west", "all", "[node-1, zone:b]", "{role: leader}",
          "{role: follower, zone: a, site: east}", "{pick: 2, of: all}",
          "{pick: 1, of: {role: follower}}", "{zone: b}", "{pick: 2, of: [node-1, node-2]}"}) {
        INFO(good);
        CHECK(crash(good).empty());
    }
    CHECK(crash("nod-1") == "unknown node 'nod-1'\n");
    CHECK(crash("zone:c") == "unknown zone 'c'\n");
    CHECK(crash("{site: nowhere}") == "unknown site 'nowhere'\n");
    CHECK(crash("[]") == "nobody is meant here\n");
    CHECK(crash("{}") == "nobody is meant here\n");
    CHECK(crash("clients") == "clients can't be hit by this\n");
    CHECK(crash("leader") == "'leader' is a role, not a node\n");
    CHECK(crash("others") == "'others' is for the groups of a split only\n");
    CHECK(crash("{zone: a, site: west}") == "no node is in all of these places\n");
    CHECK(crash("{pick: 6, of: all}") == "there are only 5 to pick from\n");
    CHECK(crash("{pick: 2, of: {role: leader}}") == "there is one leader to pick from\n");
    CHECK(crash("{pick: 0, of: all}") == "at least 1 is possible here, not 0\n");
    CHECK(crash("{pick: 1}") == "pick and of go together\n");
    CHECK(crash("{pick: 1, of: {pick: 1, of: all}}") == "pick inside of pick\n");
    CHECK(crash("{pick: 1, of: all, role: leader}") == "pick goes with of, and nothing else\n");
    CHECK(crash("{split: [[node-1], [others]]}") == "'split' is for network.partition only\n");
    CHECK(crash("~") == "hosts are expected here, not nothing\n");
    CHECK(fault_messages("at: 9s, for: 1s, inject: node.crash") == "the key 'target' is missing\n");
    CHECK(fault_messages(
              "at: 9s, for: 1s, inject: network.delay, with: {latency: 1ms}, target: clients")
              .empty());
}

TEST_CASE("relations: a partition splits hosts in groups that do not overlap", "[scenario]") {
    const auto cut = [](const std::string& split) {
        return fault_messages(
            "at: 9s, for: 1s, inject: network.partition, target: {split: " + split + "}");
    };
    for (const char* good :
         {"[[node-1], [others]]", "[[leader, clients], [others]]", "[[zone:a], [zone:b]]",
          "[[node-1], [node-2], [node-3, clients]]", "[{pick: 2, of: all}, [others]]",
          "[[others, clients], [leader]]", "[{role: leader}, [others]]"}) {
        INFO(good);
        CHECK(cut(good).empty());
    }
    CHECK(cut("[[{role: leader}], [others]]") == "a list of targets holds names, not a map\n");
    CHECK(cut("[[node-1]]") == "a split has two groups or more\n");
    CHECK(cut("[[node-1], []]") == "nobody is meant here\n");
    CHECK(cut("[[node-1], [zone:a]]") == "node-1 is in two groups of the split\n");
    CHECK(cut("[[others], [others]]") == "'others' in two groups\n");
    CHECK(cut("[[clients], [node-1, clients]]") == "'clients' in two groups\n");
    CHECK(cut("[[all], [others]]") == "no node is left for 'others'\n");
    CHECK(cut("[[leader, node-1], [others]]") ==
          "'leader' and 'others' stand alone in their group, clients aside\n");
    CHECK(cut("[[node-1], [others]], role: leader") == "'role' does not go with split\n");
    CHECK(cut("[[node-1], [others]], direction: inwards") == "no such choice: 'inwards'\n");
    CHECK(fault_messages("at: 9s, for: 1s, inject: network.partition, target: all") ==
          "network.partition needs a split in groups\n");
}

TEST_CASE("relations: a fault is told what it needs and nothing else", "[scenario]") {
    const auto with = [](const std::string& text) {
        return fault_messages("at: 9s, for: 1s, target: all, " + text);
    };
    CHECK(with("inject: network.loss") == "network.loss needs 'probability'\n");
    CHECK(with("inject: network.loss, with: {probability: 5%, latency: 1ms}") ==
          "network.loss has no 'latency'\n");
    CHECK(with("inject: node.crash, with: {probability: 5%}") ==
          "node.crash has no 'probability'\n");
    CHECK(with("inject: disk.slow, with: {sync_latncy: 5ms}") ==
          "unknown key 'sync_latncy' in faults[].with\n");
    CHECK(with("inject: network.loss, with: {probability: 5}") ==
          "a probability is at most 100%: '5'\n");
}

TEST_CASE("relations: a storm has kinds, an end, and nothing of a single fault", "[scenario]") {
    const std::string storm = "at: 9s, random: {rate: 6/min, for: 1s..2s, pick: [node.crash]}";
    CHECK(fault_messages(storm + ", until: 50s").empty());
    CHECK(fault_messages(storm + ", for: 10s").substr(0, 20) == "a storm ends by unti");
    CHECK(fault_messages(storm + ", permanent: true") == "a storm ends\n");
    CHECK(fault_messages(storm + ", until: 50s, target: all").substr(0, 13) == "a storm draws");
    CHECK(fault_messages(storm + ", until: 50s, inject: node.crash") ==
          "both 'inject' and 'random'\n");
    CHECK(fault_messages("at: 9s, for: 1s") == "what breaks?\n");
    CHECK(fault_messages("at: 9s, until: 50s, random: {rate: 6/min, for: 1s, pick: []}") ==
          "nothing to pick from\n");
    CHECK(
        fault_messages("at: 9s, until: 50s, random: {rate: 1000/s, for: 1s, pick: [node.crash]}") ==
        "the storm would hold about 41000 faults; at most 10000 are possible\n");
    CHECK(
        fault_messages(
            "at: 9s, until: 50s, random: {rate: 6/min, for: 1s, pick: [node.crash, node.crash]}") ==
        "'node.crash' is picked from twice\n");
}

const std::string kFault = "faults: [{id: f, at: 10s, inject: node.crash, target: all, for: 5s}]\n";

TEST_CASE("relations: a target has a bound, a fault and a workload to be seen by", "[scenario]") {
    const auto targets = [](const std::string& text) {
        return messages(load(kFault + "targets: {" + text + "}\n"));
    };
    CHECK(targets("rto: {from: f.start, max: \"< 30s\"}, rpo: {max_operations: 0}").empty());
    CHECK(targets("rto: {}, rpo: {}") == "a target without a bound\na target without a bound\n");
    CHECK(targets("rto: {from: g.start, max: 1s}") == "unknown fault 'g'\n");
    CHECK(targets("rto: {from: f, max: 1s}") == "not the start of a fault: 'f'\n");
    CHECK(targets("rto: {from: f.end, max: 1s}") == "not the start of a fault: 'f.end'\n");
    CHECK(targets("rto: {max: \"> 30s\"}") == "a target is an upper bound: '> 30s'\n");
    CHECK(targets("rto: {max: \"< 30\"}") == "a duration needs a unit: 30\n");
    CHECK(targets("rto: {p95: 1s, confidence: 40%}") == "at least 50% is possible here, not 40%\n");
    CHECK(targets("availability: {}") == "the key 'min' is missing\n");
    CHECK(messages(load("targets: {rto: {max: 1s}}\n")) ==
          "no fault starts the clock of this target\n");
    CHECK(messages(load(
              kFault +
              "workload: []\ntargets: {rto: {of: read, max: 1s}, availability: {min: 1%}}\n")) ==
          "no workload reads, so nothing shows when service is back\nno workload asks for "
          "anything\n");
}

TEST_CASE("relations: an objective is about what there is, and can be seen in the run",
          "[scenario]") {
    const auto slo = [](const std::string& text) {
        return messages(load("slo: [{id: a, " + text + "}]\n"));
    };
    CHECK(slo("good: requests_ok_total, total: requests_total, objective: 99.9%, window: run")
              .empty());
    CHECK(slo("of: writes, objective: 99.9%, window: 55s").empty());
    CHECK(slo("of: writes, objective: 99.9%, window: 56s") ==
          "the run measures 55s, less than this window, so nothing could be said of it\n");
    CHECK(slo("objective: 99.9%, window: 1ms") == "not a window: '1ms'\n");
    CHECK(slo("of: wrotes, objective: 99.9%") == "no workload or clients 'wrotes'\n");
    CHECK(slo("objective: 100%") == "an objective leaves some room for failure\n");
    CHECK(messages(load("slo: [{id: a, objective: 9%}, {id: a, objective: 9%}]\n")) ==
          "two objectives are called 'a'\n");
}

TEST_CASE("relations: recovery can be seen before the run ends", "[scenario]") {
    const std::string target = "targets: {rto: {from: f.start, max: 1s}}\n";
    CHECK(messages(load(kFault + target + "service_level: {hold: 49999ms}\n")).empty());
    CHECK(messages(load(kFault + target + "service_level: {hold: 50s}\n")) ==
          "after f.start only 50s remain, no more than service_level.hold, 50s\n");
    CHECK(messages(load("service_level: {hold: 56s}\n")) ==
          "hold is longer than what remains after the warm-up, 55s\n");
}

TEST_CASE("relations: a check has one moment, and evidence to go by", "[scenario]") {
    const auto checks = [](const std::string& text) {
        return messages(load(kFault + "checks: [" + text + "]\n"));
    };
    CHECK(checks("{id: a, eventually: cluster.healthy, within: 45s, after: faults.end}").empty());
    CHECK(checks("{id: a, eventually: cluster.healthy, within: 46s}") ==
          "the faults may end so late that this needs 1m1s of a run of 1m\n");
    CHECK(checks("{id: a, eventually: cluster.healthy}") == "eventually needs 'within'\n");
    CHECK(checks("{id: a, at_end: logs.agree, within: 1s}") ==
          "'within' goes with eventually only\n");
    CHECK(checks("{id: a}") == "what is checked, and when?\n");
    CHECK(checks("{id: a, at_end: logs.agree, eventually: service.writable}") ==
          "both 'at_end' and 'eventually'\n");
    CHECK(checks("{id: a, at_end: logs.agree}, {id: a, at_end: logs.agree}") ==
          "two checks are called 'a'\n");
    CHECK(checks("{id: a, at_end: logs.agre}") == "no such choice: 'logs.agre'\n");
    CHECK(
        messages(load("workload: []\nchecks: [{id: a, at_end: acknowledged_writes.survive}]\n")) ==
        "no workload writes, so this would hold for lack of evidence\n");
    CHECK(messages(load("workload: []\nchecks: [{id: a, at_end: history.linearizable}]\n")) ==
          "no workload reads or writes, so this would hold for lack of evidence\n");
    CHECK(messages(load("workload: []\nchecks: [{id: a, at_end: service.readable}]\n")) ==
          "no workload reads, so this would hold for lack of evidence\n");
}

TEST_CASE("relations: one mistake does not raise a second where it is not one", "[scenario]") {
    CHECK(messages(load("time: {warmup: 5, duration: 60s}\n" + kFault)) ==
          "a duration needs a unit: 5\n");
    CHECK(messages(load("time: {warmup: 5s, duration: 60}\n" + kFault)) ==
          "a duration needs a unit: 60\n");
    CHECK(messages(load(kFault + "targets: {rto: {max: 30}}\n")) ==
          "a duration needs a unit: 30\n");
    CHECK(fault_messages(kCrash + "at: 9, for: 1s") == "a duration needs a unit: 9\n");
    CHECK(fault_messages(kCrash + "at: 9s, for: 1") == "a duration needs a unit: 1\n");
    CHECK(fault_messages(kCrash + "at: \"${x}\", for: \"${y}\"") ==
          "unknown parameter 'x'\nunknown parameter 'y'\n");
}

}  // namespace
}  // namespace shaketable
