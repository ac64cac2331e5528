// SPDX-License-Identifier: MIT
//
// What a file says about versions of the software and orders to deploy them, and what is said about
// it when it is wrong.
#include "sim/scenario/bind_deploy.hpp"
#include "sim/scenario/bind_traffic.hpp"
#include "sim/scenario/schema.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::seconds;
using testing::messages;

// The sample's cluster is laid upon this.
LoadResult load(const std::string& cluster, const std::string& faults = "") {
    return testing::load("cluster: {sites: {primary: {nodes: [node-1, node-2, node-3]}}, " +
                         cluster + "}\n" + (faults.empty() ? "" : "faults:\n" + faults));
}
std::string fault(const std::string& text) { return "  - {id: f, at: 9s, " + text + "}\n"; }
constexpr const char* kTwo = "versions: {v1: {}, v2: {reads_to: 2}}";

TEST_CASE("deploy section: without it there is one version; with it nodes begin with the first") {
    CHECK(testing::load("").scenario->versions.empty());
    const LoadResult result =
        load("versions: {old: {}, new: {reads_to: 3, writes: 2, crashes_after: 5s}}");
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    const Scenario& scenario = *result.scenario;
    CHECK(scenario.version_names == std::vector<std::string>{"old", "new"});
    REQUIRE(scenario.versions.size() == 2);
    CHECK(scenario.versions[0] == Software{0, 1, 1, 1});
    CHECK(scenario.versions[1] == Software{1, 1, 3, 2, seconds(5)});

    const LoadResult named = load("version: new, versions: {old: {}, new: {reads_to: 2}}");
    REQUIRE(named.ok());
    CHECK(named.scenario->version_names == std::vector<std::string>{"new", "old"});
    CHECK(named.scenario->versions[1] == Software{1, 1, 1, 1});
}

TEST_CASE("deploy section: versions that can't be are refused") {
    CHECK(messages(load("version: v1")) == "the cluster names no versions\n");
    CHECK(messages(load("version: v3, versions: {v1: {}, v2: {}}")) == "unknown version 'v3'\n");
    CHECK(messages(load("versions: {v1: {reads_from: 3, reads_to: 2}}")) ==
          "reads_to is below reads_from, 3\n");
    CHECK(messages(load("versions: {v1: {reads_to: 2, writes: 3}}")) ==
          "'v1' writes what it can't read: it reads formats 1 to 2\n");
    CHECK(messages(load("versions: {v1: {crashes_after: 1s}}")) ==
          "nodes can't begin with a version that crashes\n");
}

TEST_CASE("deploy orders: every key is read, and written out again") {
    const LoadResult result = load(
        kTwo, fault("inject: deploy.rolling, target: all, with: {version: v2, batch: 2, pause: 3s, "
                    "drain: false, install: 4s, gate: false, soak: 6s, timeout: 7s, "
                    "on_unhealthy: rollback, force: true}, for: 20s"));
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    const auto& order =
        std::get<DeployOrder>(std::get<FaultKind>(result.scenario->faults[0].what));
    DeployOrder expected;
    expected.version = 1;
    expected.batch = 2;
    expected.pause = seconds(3);
    expected.drain = false;
    expected.install = seconds(4);
    expected.gate = false;
    expected.soak = seconds(6);
    expected.timeout = seconds(7);
    expected.unhealthy = DeployOrder::Unhealthy::rollback;
    expected.force = true;
    CHECK(order == expected);
    std::string options;
    for (const auto& [key, value] : deploy_options_of(order, *result.scenario)) {
        options += (options.empty() ? "" : ", ") + key + ": " + value;
    }
    const LoadResult again = load(
        kTwo, fault("inject: deploy.rolling, target: all, with: {" + options + "}, for: 20s"));
    REQUIRE(again.ok());
    CHECK(std::get<FaultKind>(again.scenario->faults[0].what) == FaultKind{expected});
}

TEST_CASE("deploy orders: what is contradicted by the versions is refused before anything runs") {
    const auto said = [](const std::string& text) { return messages(load(kTwo, fault(text))); };
    CHECK(said("inject: deploy.rolling, target: all, for: 20s") ==
          "deploy.rolling needs 'version'\n");
    CHECK(said("inject: deploy.rolling, target: all, with: {version: v3}, for: 20s") ==
          "unknown version 'v3'\n");
    CHECK(said("inject: deploy.finalize, target: all, with: {format: 3}, for: 20s") ==
          "no version writes format 3\n");
    CHECK(said("inject: deploy.finalize, target: all, with: {batch: 3}, for: 20s") ==
          "deploy.finalize has no 'batch'\n");
    CHECK(messages(load("boot_time: 1s",
                        fault("inject: deploy.rollback, target: all, for: 20s"))) ==
          "the cluster has one version only\n");
    CHECK(messages(load(kTwo, "  - {id: storm, at: 9s, until: 20s, random: {rate: 1/s, for: 1s, "
                              "pick: [node.crash, deploy.rolling]}}\n")) ==
          "deploy.rolling is no fault that a storm draws\n");
}

// A service of two versions, and an order to shift requests to the second.
std::string shift(const std::string& with) {
    return "services:\n  web: {nodes: all, service_time: 5ms, error_rate: 1%, versions: {v2: "
           "{error_rate: 2%}, v3: {service_time: 9ms}}}\n"
           "clients: {people: {to: web, rate: 10/s}}\n"
           "faults:\n  - {id: f, at: 9s, inject: deploy.shift, target: web, with: {version: v3" +
           with + "}, for: 40s}\n";
}
const TrafficOrder& shift_in(const LoadResult& result) {
    return std::get<TrafficOrder>(std::get<FaultKind>(result.scenario->faults[0].what));
}

TEST_CASE("deploy orders: a service's versions take from it what they don't say") {
    const LoadResult result = testing::load(shift(""));
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    const ServiceSpec& web = result.scenario->graph.services[0];
    CHECK(web.version_name(0) == "v1");
    CHECK(web.version_name(2) == "v3");
    CHECK(web.versions[0].error_rate == Approx(0.02));
    CHECK(web.versions[0].service_time == web.service_time);
    CHECK(web.versions[1].error_rate == Approx(0.01));
    CHECK(web.versions[1].service_time == DistributionOptions{Constant{novacron::milliseconds(9)}});
    TrafficOrder usual;
    usual.version = 2;
    CHECK(shift_in(result) == usual);
}

TEST_CASE("deploy orders: every key of a shift is read, and written out again") {
    const LoadResult result = testing::load(
        shift(", steps: [0.5%, 100%], soak: 6s, gate: true, error_margin: 2%, latency_factor: 3, "
              "min_calls: 7, timeout: 8s, on_unhealthy: stop"));
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    TrafficOrder expected;
    expected.version = 2;
    expected.steps_ppm = {5'000, 1'000'000};
    expected.soak = seconds(6);
    expected.allows = {0.02, 3, 7};
    expected.timeout = seconds(8);
    expected.unhealthy = DeployOrder::Unhealthy::stop;
    CHECK(shift_in(result) == expected);
    std::string options = ", steps: [" + share_text(5'000) + ", " + share_text(1'000'000) + "]";
    for (const auto& [key, value] : traffic_options_of(expected, result.scenario->graph)) {
        if (key != "version") options += ", " + key + ": " + value;
    }
    const LoadResult again = testing::load(shift(options));
    REQUIRE(again.ok());
    CHECK(shift_in(again) == expected);
}

TEST_CASE("deploy orders: a shift without time or without anything to compare is hardly meant") {
    const auto said = [](const std::string& with) {
        const LoadResult result =
            check_scenario_text(testing::scenario_text(shift(with)), "sample.yaml");
        std::string text;
        for (const Diagnostic& warning : result.warnings) text += warning.message + "\n";
        return text;
    };
    CHECK(said(", soak: 5s").empty());
    CHECK(said(", soak: 10s") ==
          "5 steps of 10s take 50s, and the order ends after 40s\n");
    CHECK(said(", soak: 5s, steps: [100%]") ==
          "all requests go to the version from the first step on: there is nothing to compare its "
          "latency with, and it may fail by error_margin alone\n");
    CHECK(said(", soak: 5s, steps: [100%], gate: false").empty());
}

TEST_CASE("deploy orders: a restore in place is for a group, and stops nodes for nothing else") {
    const auto said = [](const std::string& with) {
        return messages(testing::load(
            "backup: {full: {at: \"00:00\"}}\nfaults:\n  - {id: f, at: 9s, "
            "inject: backup.restore, with: {" + with + "}}\n"));
    };
    CHECK(said("in_place: true, stop_first: false").empty());
    CHECK(said("stop_first: false") == "nodes are stopped for a restore in place only\n");
}

}  // namespace
}  // namespace shaketable
