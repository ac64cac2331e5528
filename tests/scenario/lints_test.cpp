// SPDX-License-Identifier: MIT
//
// Scenarios that are valid and hardly meant.
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"
#include "tests/scenario/shipped.hpp"

namespace shaketable {
namespace {

// The warnings about a sample, in order, each ended by a newline.
std::string warnings(const std::string& more) {
    const LoadResult result = check_scenario_text(testing::scenario_text(more), "sample.yaml");
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    std::string text;
    for (const Diagnostic& warning : result.warnings) text += warning.message + "\n";
    return text;
}

std::string about_fault(const std::string& fault) {
    return warnings("faults:\n  - {id: f, at: 20s, " + fault + "}\n");
}

TEST_CASE("lints: scenarios that ship are as they are meant", "[scenario]") {
    for (const std::string& file : testing::shipped_scenarios()) {
        if (file.find("/canary/") != std::string::npos) continue;
        const LoadResult result = check_scenario(file);
        INFO(file << "\n" << format(result.diagnostics) << format(result.warnings));
        CHECK(result.ok());
        CHECK(result.warnings.empty());
    }
}

TEST_CASE("lints: faults that change nothing", "[scenario]") {
    CHECK(about_fault("inject: node.crash, target: {role: leader}, for: 1s") == "");
    CHECK(about_fault("inject: network.loss, target: all, with: {probability: 0%}, for: 1s") ==
          "'f' changes nothing: probability is 0%\n");
    CHECK(about_fault("inject: network.delay, target: all, with: {latency: 0s}, for: 1s") ==
          "'f' changes nothing: latency is 0s\n");
    CHECK(about_fault("inject: clock.drift, target: all, with: {drift: 0ppm}, for: 1s") ==
          "'f' changes nothing: drift is 0ppm\n");
    CHECK(about_fault("inject: disk.slow, target: all, with: {sync_latency: 1ms}, for: 1s") ==
          "'f' changes nothing: sync_latency is no longer than the disk's own\n");
    CHECK(about_fault("inject: raft.transfer_leadership, target: {role: leader}") ==
          "'f' does nothing: the leader leads already\n");
}

TEST_CASE("lints: faults that nobody could see", "[scenario]") {
    CHECK(about_fault("inject: disk.sync_ignored, target: all, for: 1s") ==
          "'f' can't be found out: no host ever loses its power\n");
    const std::string start =
        "'f' can't be seen: a disk is read when a node starts, and none does\n";
    CHECK(about_fault("inject: disk.bit_rot, target: node-1") == start);
    CHECK(about_fault("inject: disk.read_error, target: node-1, for: 1s") == start);
    CHECK(warnings("faults:\n"
                   "  - {id: lie, at: 20s, inject: disk.sync_ignored, target: all, for: 5s}\n"
                   "  - {id: dark, at: 22s, inject: node.power_loss, target: all, for: 5s}\n") ==
          "");
}

TEST_CASE("lints: faults on spares, and picks without a choice", "[scenario]") {
    const std::string cluster =
        "cluster:\n  sites: {a: {nodes: [n-1, n-2, n-3, n-4]}}\n  spares: [n-4]\n";
    const auto on_spare = [&](const std::string& target) {
        return warnings(cluster + "faults:\n  - {id: f, at: 20s, inject: node.crash, target: " +
                        target + ", for: 1s}\n");
    };
    CHECK(on_spare("n-4") == "'f' can't matter: spares do not belong to the group\n");
    CHECK(on_spare("n-1") == "");
    CHECK(warnings(cluster +
                   "faults:\n  - {id: f, at: 20s, inject: node.crash, target: n-4, for: 1s}\n"
                   "  - {id: g, at: 10s, inject: raft.add_node, target: n-4, for: 5s}\n") == "");
    CHECK(about_fault("inject: node.crash, target: {pick: 5, of: all}, for: 1s") ==
          "pick: 5 of 5 leaves no choice\n");
}

TEST_CASE("lints: a fault during the warm-up has no steady state before it", "[scenario]") {
    CHECK(warnings("faults:\n  - {id: f, at: 2s, inject: node.crash, target: all, for: 1s}\n") ==
          "'f' may strike during the warm-up, before service is steady\n");
}

TEST_CASE("lints: targets that can't be missed", "[scenario]") {
    const auto target = [](const std::string& text) {
        return warnings(
            "faults:\n  - {id: f, at: 20s, inject: node.crash, target: all, for: 1s}\n"
            "targets: {" + text + "}\n");
    };
    CHECK(target("rto: {max: \"< 39s\"}") == "");
    CHECK(target("rto: {max: \"< 40s\"}") ==
          "this can't be missed: after f only 40s of the run remain\n");
    CHECK(target("rpo: {max: \"< 19s\"}") == "");
    CHECK(target("rpo: {max: \"< 20s\"}") ==
          "this can't be missed: before f the run is no older than 20s\n");
    CHECK(target("availability: {min: 0%}") == "this can't be missed: nothing is asked\n");
}

TEST_CASE("lints: timeouts and latencies that contradict each other", "[scenario]") {
    CHECK(warnings("network: {latency: 80ms}\n") ==
          "a heartbeat may take 80ms one way, and a follower waits no longer than 150ms\n"
          "the timeouts lie 150ms apart, and a message may take 80ms\n");
    CHECK(warnings("network: {latency: 20ms}\n") ==
          "election_timeout_min is less than ten times the usual latency, 20ms\n");
    CHECK(warnings("disk: {sync_latency: 200ms}\n") ==
          "a sync takes 200ms, so no vote is durable before the next election\n");
    CHECK(warnings("workload: [{id: w, rate: 1/s, attempt_timeout: 2ms}]\n") ==
          "hardly an attempt can be answered in time: that takes about 3ms\n");
    CHECK(warnings("service_level: {latency_p95: 1ms}\n") ==
          "service can't be this quick: a question and its answer take about 1ms\n");
}

TEST_CASE("lints: knobs and checks without an effect", "[scenario]") {
    CHECK(warnings("workload: []\n") ==
          "nobody uses the cluster, so neither RTO nor RPO can be measured\n");
    CHECK(warnings("cluster:\n  sites: {a: {nodes: [n-1, n-2, n-3]}}\n"
                   "  consensus: {follower_reads: true}\n") ==
          "follower_reads changes nothing: every workload asks the leader\n");
    CHECK(warnings("faults:\n"
                   "  - {id: f, at: 20s, inject: node.crash, target: node-1, permanent: true}\n"
                   "checks: [{id: c, eventually: cluster.healthy, within: 5s}]\n") ==
          "the cluster is healthy when all nodes run, and 'f' never ends\n");
}

TEST_CASE("lints: a promotion that will be refused, and names that outlive the objective",
          "[scenario]") {
    const auto sites = [](const std::string& mode, const std::string& order) {
        return warnings("cluster:\n  sites: {east: {nodes: [a]}, west: {nodes: [b]}}\n"
                        "  replication: {primary: east, mode: " + mode + "}\n"
                        "network: {dns: {ttl: 30s}}\n"
                        "faults:\n  - {id: f, at: 20s, inject: site.promote, target: site:west, " +
                        order + "for: 5s}\n"
                        "targets: {rto: {max: \"< 20s\"}}\n");
    };
    const std::string names =
        "clients may believe an old name for 30s, and targets.rto allows 20s\n";
    CHECK(sites("asynchronous", "") ==
          names +
              "'f' will be refused: an asynchronous standby can't know that it lacks nothing\n");
    CHECK(sites("asynchronous", "with: {force: true}, ") == names);
    CHECK(sites("synchronous", "") == names);
}

// A service that calls a slow one, by a policy.
std::string about_policy(const std::string& policy) {
    return warnings(
        "services:\n"
        "  shop: {nodes: node-1, service_time: 1ms, calls: {store: {}}, policies: {store: " +
        policy + "}}\n"
        "  store: {nodes: node-2, service_time: {dist: exponential, mean: 100ms}}\n"
        "clients: {people: {to: shop, rate: 1/s}}\n");
}

TEST_CASE("lints: policies of which a part is dead", "[scenario]") {
    CHECK(about_policy("{}") == "");
    CHECK(about_policy("{bulkhead: {max_concurrent: 100, max_queue: 490, timeout: 500ms}}") == "");
    CHECK(about_policy("{bulkhead: {max_concurrent: 10, max_queue: 500, timeout: 500ms}}") ==
          "max_queue is 500, but only 50 are served within 500 ms: whoever waits behind them is "
          "served when its caller has gone\n");
    CHECK(about_policy("{timeout: 100ms, deadline: 200ms,"
                       " bulkhead: {max_concurrent: 10, max_queue: 40, timeout: 500ms}}") ==
          "max_queue is 40, but only 20 are served within 200 ms: whoever waits behind them is "
          "served when its caller has gone\n");
    CHECK(about_policy("{retry: {}}") ==
          "max_delay is never reached: the longest of 2 delays is 200 ms\n");
    CHECK(about_policy("{retry: {max_attempts: 5}}") ==
          "max_delay is never reached: the longest of 4 delays is 800 ms\n");
    CHECK(about_policy("{retry: {max_delay: 200ms}}") == "");
}

TEST_CASE("lints: services that nobody asks", "[scenario]") {
    const std::string services =
        "services:\n  a: {nodes: node-1, service_time: 1ms, calls: {b: {}}}\n"
        "  b: {nodes: node-1, service_time: 1ms}\n  c: {nodes: node-1, service_time: 1ms}\n";
    CHECK(warnings(services) == "nobody uses the services\n");
    CHECK(warnings(services + "clients: {people: {to: a, rate: 1/s}}\n") ==
          "nobody asks c, neither clients nor on their behalf\n");
}

TEST_CASE("lints: cluster.resilience without anybody who goes by it", "[scenario]") {
    const std::string cluster =
        "cluster:\n  sites: {a: {nodes: [node-1, node-2]}}\n"
        "  resilience: {rate_limiter: {burst: 5}, bulkhead: {max_queue: 0}}\n"
        "clients: {people: {to: a, rate: 1/s}}\n";
    CHECK(warnings(cluster + "services: {a: {nodes: node-1, service_time: 1ms}}\n") ==
          "nothing goes by bulkhead: no service calls another\n");
    CHECK(warnings(cluster +
                   "services: {a: {nodes: node-1, service_time: 1ms, calls: {b: {}}},"
                   " b: {nodes: node-1, service_time: 1ms}}\n") == "");
}

}  // namespace
}  // namespace shaketable
