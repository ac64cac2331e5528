// SPDX-License-Identifier: MIT
//
// The configuration files of the runbook, as it prints them, laid under a scenario.
#include "sim/scenario/assemble.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;

const std::string kFolder = std::string(SHAKETABLE_SOURCE_DIR) + "/tests/scenario/configuration/";

LoadResult with_all(const std::string& more = "") {
    return check_scenario_text(
        testing::scenario_text(
            "extends: [raft_config.yaml, resilience_config.yaml, phi_detector_config.yaml]\n" +
            more),
        kFolder + "sample.yaml");
}

TEST_CASE("configuration: the runbook's files load unchanged, and Raft goes by them",
          "[scenario]") {
    const LoadResult result = with_all();
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    const novacron::raft::Options& options = result.scenario->consensus;
    CHECK(options.election_timeout_min == milliseconds(150));
    CHECK(options.election_timeout_max == milliseconds(300));
    CHECK(options.heartbeat_interval == milliseconds(50));
    CHECK(options.snapshot_threshold == 10'000);
    CHECK(options.max_append_entries == 100);
    const std::string& text = result.scenario->resolved;
    for (const char* kept : {"threshold: 8", "network_jitter_factor: 0.3", "burst: 2000",
                             "half_open_max_requests: 3", "max_queue: 500", "multiplier: 2"}) {
        INFO(kept);
        CHECK(text.find(kept) != std::string::npos);
    }
    CHECK(load_scenario_text(text, "again.yaml").scenario->hash == result.scenario->hash);
}

TEST_CASE("configuration: what a file says of Raft is what its knobs become", "[scenario]") {
    const LoadResult plain = testing::load("");
    const LoadResult result =
        with_all("cluster:\n  sites: {a: {nodes: [n-1, n-2, n-3]}}\n"
                 "  consensus: {election_timeout_max: 500ms}\n");
    REQUIRE(result.ok());
    CHECK(result.scenario->consensus.election_timeout_max == milliseconds(500));
    CHECK(result.scenario->consensus.election_timeout_min == milliseconds(150));
    CHECK(result.scenario->hash != plain.scenario->hash);
}

TEST_CASE("configuration: check says which knobs nothing uses, and which is dead", "[scenario]") {
    std::string text;
    for (const Diagnostic& warning : with_all().warnings) {
        CHECK(warning.severity == Severity::warning);
        text += warning.message + "\n";
    }
    CHECK(text ==
          "nothing goes by circuit_breaker: no service calls another\n"
          "nothing goes by rate_limiter: there are no services\n"
          "nothing goes by bulkhead: no service calls another\n"
          "nothing goes by retry: no service calls another\n"
          "max_delay is never reached: the longest of 2 delays is 200 ms\n");
}

}  // namespace
}  // namespace shaketable
