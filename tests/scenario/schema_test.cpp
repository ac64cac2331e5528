// SPDX-License-Identifier: MIT
#include "sim/scenario/schema.hpp"

#include "sim/scenario/site_options.hpp"
#include <cstdlib>
#include <fstream>
#include <set>

#include "sim/scenario/assemble.hpp"
#include "sim/scenario/scalars.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

TEST_CASE("schema: every key is described, once, below a key that is there", "[scenario]") {
    std::set<std::string> seen;
    for (const KeyDescriptor& key : keys()) {
        const std::string path(key.path);
        INFO(path);
        CHECK(seen.insert(path).second);
        CHECK(key.description.size() > 10);
        CHECK(key.description.back() == '.');
        const bool choice =
            key.type == ValueType::choice || key.type == ValueType::predicate;
        CHECK(choice == !key.choices.empty());
        if (key.type == ValueType::list) CHECK(find_key(path + "[]") != nullptr);
        const std::size_t end = path.ends_with("[]") ? path.size() - 2 : path.rfind('.');
        if (end == std::string::npos) continue;
        const std::string parent = path.substr(0, end);
        CHECK((seen.contains(parent) || parent == "distribution" || parent == "target" ||
               parent == "policy"));
    }
}

TEST_CASE("schema: defaults and bounds are values of their key, and canonical", "[scenario]") {
    for (const KeyDescriptor& key : keys()) {
        const bool compound = key.type == ValueType::map || key.type == ValueType::list ||
                              key.type == ValueType::distribution;
        for (const std::string_view text : {key.default_value, key.low, key.high}) {
            if (text.empty() || compound) continue;
            INFO(std::string(key.path) << ": " << std::string(text));
            const auto canonical = canonical_scalar(key, text);
            REQUIRE(canonical);
            CHECK(*canonical == text);
        }
    }
}

TEST_CASE("schema: the example of every fault loads", "[scenario]") {
    for (const FaultWord& fault : fault_table()) {
        if (fault.hosts == FaultWord::Hosts::service) continue;  // service_faults_test.cpp
        if (site_fault_of(fault.word, Fields(nullptr))) continue;  // site_faults_test.cpp
        INFO(std::string(fault.word));
        const auto result = testing::load(
            "cluster:\n  sites:\n"
            "    primary: {nodes: [node-1, node-2, node-3], zone: a, racks: {r1: [node-1]}}\n"
            "    annex: {nodes: [node-4, node-5], zone: b}\n"
            "  versions: {v1: {}, v2: {reads_to: 2}}\n"
            "backup: {full: {at: \"00:00\"}}\n"
            "faults:\n  - " + std::string(fault.example) + "\n");
        CHECK(format(result.diagnostics).empty());
        REQUIRE(result.ok());
        CHECK(result.scenario->faults.at(0).inject == fault.word);
    }
    constexpr std::size_t wishes = 6;  // of one kind, a change of the membership
    constexpr std::size_t places = 3;  // whose loss is a power loss of all their hosts
    constexpr std::size_t drills = 1;  // a restore, in a test environment
    constexpr std::size_t orders = 9;  // further verbs of one kind, about sites
    constexpr std::size_t deploys = 2;  // further verbs of one kind, about versions
    constexpr std::size_t names = 2;   // further ways in which the name service fails
    CHECK(fault_words().size() ==
          std::variant_size_v<FaultKind> - 1 + wishes + places + orders + deploys + names + drills);
}

TEST_CASE("explain: a key is found by its path, an index in it, a name in it, or its last words",
          "[scenario]") {
    const auto first_line = [](std::string_view key) {
        const auto text = explain(key);
        return text ? text->substr(0, text->find('\n')) : "";
    };
    CHECK(first_line("time.warmup") == "time.warmup");
    CHECK(first_line("faults[].at") == "faults[].at");
    CHECK(first_line("faults[3].at") == "faults[].at");
    CHECK(first_line("faults.at") == "faults[].at");
    CHECK(first_line("cluster.sites.primary.nodes") == "cluster.sites.*.nodes");
    CHECK(first_line("cluster.sites.primary.nodes[0]") == "cluster.sites.*.nodes[]");
    CHECK(first_line("network.latency.median") == "distribution.median");
    CHECK(first_line("faults.target.of.role") == "target.role");
    CHECK(first_line("heartbeat_interval") == "cluster.consensus.heartbeat_interval");
    CHECK(first_line("node.crash") == "node.crash");
    CHECK(first_line("distribution") == "distribution");
    CHECK(first_line("target") == "target");
    CHECK(first_line("nonsense").empty());
    CHECK(first_line("").empty());
    CHECK(first_line("..").empty());
    CHECK(first_line("faults[").empty());
    for (const KeyDescriptor& key : keys()) CHECK(first_line(key.path) == key.path);
}

TEST_CASE("explain: says type, bounds, default and what lies below", "[scenario]") {
    CHECK(*explain("time.warmup") ==
          "time.warmup\n"
          "  How long the cluster may settle before anything is measured.\n"
          "  type:     a duration with units, such as 150ms or 1h30m\n"
          "  bounds:   at least 0s\n"
          "  default:  5s\n");
    CHECK(explain("time.duration")->find("  required\n") != std::string::npos);
    CHECK(explain("time")->find("time.warmup") != std::string::npos);
    CHECK(explain("disk.sync_latency")->find("distribution.p99") != std::string::npos);
}

TEST_CASE("explain: what it does not know it guesses at", "[scenario]") {
    CHECK(explain_suggestion("tiem.warmup") == "time.warmup");
    CHECK(explain_suggestion("node.crsh") == "node.crash");
    CHECK(explain_suggestion("heartbeat_intervall") == "heartbeat_interval");
    CHECK(explain_suggestion("faults.att") == "faults.at");
    CHECK(explain_suggestion("nothing like it").empty());
}

// SHAKETABLE_REWRITE_GOLDEN=1 writes the page anew.
TEST_CASE("reference: scenarios/README.md is what the table gives", "[scenario]") {
    const std::string path = std::string(SHAKETABLE_SOURCE_DIR) + "/scenarios/README.md";
    if (std::getenv("SHAKETABLE_REWRITE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << reference_markdown();
    }
    const auto committed = read_file(path, 1U << 20U);
    REQUIRE(committed);
    CHECK(*committed == reference_markdown());
}

}  // namespace
}  // namespace shaketable
