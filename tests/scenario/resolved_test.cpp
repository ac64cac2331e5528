// SPDX-License-Identifier: MIT
#include "sim/scenario/assemble.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/node.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"
#include "tests/scenario/shipped.hpp"

namespace shaketable {
namespace {

TEST_CASE("shipped: every scenario loads, and is called as its file", "[scenario]") {
    const auto files = testing::shipped_scenarios();
    CHECK(files.size() >= 8);
    for (const std::string& file : files) {
        const auto result = load_scenario(file);
        INFO(format(result.diagnostics));
        REQUIRE(result.ok());
        CHECK(result.scenario->name == std::filesystem::path(file).stem().string());
        CHECK_FALSE(result.scenario->description.empty());
        const Scenario& scenario = *result.scenario;
        const bool judged = scenario.rto || scenario.rpo || scenario.availability ||
                            scenario.detection || scenario.restore || scenario.sweep ||
                            !scenario.checks.empty();
        CHECK(judged);
    }
}

TEST_CASE("resolved: loading the resolved text gives the same text, hash and data", "[scenario]") {
    for (const std::string& file : testing::shipped_scenarios()) {
        const auto first = load_scenario(file);
        REQUIRE(first.ok());
        const auto second = load_scenario_text(first.scenario->resolved, "resolved");
        INFO(file << "\n" << first.scenario->resolved << format(second.diagnostics));
        REQUIRE(second.ok());
        CHECK(second.scenario->resolved == first.scenario->resolved);
        CHECK(second.scenario->hash == first.scenario->hash);
        CHECK(second.scenario->faults == first.scenario->faults);
        CHECK(second.scenario->nodes == first.scenario->nodes);
        CHECK(second.scenario->workloads == first.scenario->workloads);
        CHECK(second.scenario->checks == first.scenario->checks);
        CHECK(second.scenario->consensus == first.scenario->consensus);
    }
}

std::string resolved(std::string_view more, const std::vector<Override>& overrides = {}) {
    const auto result = testing::load(more, overrides);
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    return result.scenario->resolved;
}

TEST_CASE("resolved: how a value is spelled does not matter, nor does the order of keys",
          "[scenario]") {
    CHECK(resolved("time: {duration: 60s, warmup: 5s}\n") ==
          resolved("time: {warmup: 5000ms, duration: 1m}\n"));
    CHECK(resolved("network: {loss: 0.001}\n") == resolved("network: {loss: 0.10%}\n"));
    CHECK(resolved("network: {latency: {dist: constant, value: 500us}}\n") == resolved(""));
    CHECK(resolved("disk: {sync_latency: {dist: uniform, high: 2ms, low: 1ms}}\n") ==
          resolved("disk: {sync_latency: 1ms..2ms}\n"));
    CHECK(resolved("seeds: 1..1\n") == resolved(""));
    const std::string fault =
        "faults: [{id: f, inject: node.crash, target: all, permanent: true, at: ";
    CHECK(resolved(fault + "warmup.end+0s}]\n") == resolved(fault + "\"warmup.end\"}]\n"));
    CHECK(resolved("targets: {availability: {min: 0.99}}\n") ==
          resolved("targets: {availability: {min: 99%}}\n"));
}

TEST_CASE("resolved: a parameter leaves its value and no other trace", "[scenario]") {
    const std::string text =
        "params: {length: {type: duration, default: 60s}}\ntime: {duration: \"${length}\"}\n";
    CHECK(resolved(text) == resolved(""));
    CHECK(resolved(text, {{"length", "90s"}}) == resolved("time: {duration: 90s}\n"));
    const auto result = testing::load(text, {{"length", "90s"}});
    CHECK(result.scenario->parameters == std::vector<ParameterValue>{{"length", "90s"}});
}

TEST_CASE("resolved: whatever changes a run changes the hash", "[scenario]") {
    const auto hash = [](std::string_view more) { return testing::load(more).scenario->hash; };
    CHECK(hash("").size() == 16);
    CHECK(hash("") != hash("time: {warmup: 5s, duration: 61s}\n"));
    CHECK(hash("") != hash("cluster: {sites: {east: {nodes: [node-1]}}}\n"));
    CHECK(hash("") == hash("# a comment\n"));
}

TEST_CASE("emit: any text survives as a value", "[scenario]") {
    for (const char* value : {"",
                              "~",
                              "null",
                              "true",
                              "a: b",
                              "a #b",
                              "- a",
                              "{a}",
                              "[a",
                              "\"",
                              "\\",
                              "'",
                              "a'b\"c",
                              "two\nlines\n",
                              " lead",
                              "trail ",
                              "\ttab",
                              "${",
                              "@x",
                              "`x`",
                              "&a",
                              "*a",
                              "!x",
                              "%x",
                              "1.5",
                              "0x1",
                              "a,b",
                              "a:b",
                              "a:",
                              "?",
                              "|",
                              ">",
                              "<= 3s",
                              "\xc3\xa4\xe2\x82\xac",
                              "\xe2\x80\xa8",
                              "\xef\xbb\xbf",
                              "---",
                              "...",
                              "a\r\nb",
                              "12:30",
                              "=",
                              "<<"}) {
        for (const bool flow : {true, false}) {
            Node root;
            root.kind = Node::Kind::map;
            root.entries.push_back({"key", {}, Node::scalar(value, {})});
            Node list;
            list.kind = Node::Kind::list;
            list.items.push_back(Node::scalar(value, {}));
            // A long neighbour forces the list out of one line.
            list.items.push_back(Node::scalar(std::string(flow ? 1 : 200, 'x'), {}));
            root.entries.push_back({"list", {}, list});
            const std::string text = emit_yaml(root);
            INFO(text);
            Diagnostics diagnostics;
            const auto back = parse_yaml(text, "emitted", diagnostics);
            INFO(format(diagnostics.take()));
            REQUIRE(back);
            CHECK(back->find("key")->text == value);
            CHECK(back->find("list")->items.at(0).text == value);
            CHECK(back->find("list")->items.at(0).is_scalar());
        }
    }
}

TEST_CASE("loading: the same bytes give the same scenario, whatever was loaded before",
          "[scenario]") {
    const std::string before = resolved("");
    (void)testing::load("time: {warmup: bad}\n");
    CHECK(resolved("") == before);
}

TEST_CASE("loading: a file that is not there is a diagnostic", "[scenario]") {
    const auto missing = load_scenario("no/such/file.yaml");
    CHECK(format(missing.diagnostics) ==
          "no/such/file.yaml:1:1: error: can't read the file\n1 |\n  | ^\n");
    CHECK_FALSE(load_scenario(SHAKETABLE_SOURCE_DIR).ok());
    CHECK_FALSE(load_scenario("").ok());
}

}  // namespace
}  // namespace shaketable
