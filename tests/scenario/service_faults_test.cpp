// SPDX-License-Identifier: MIT
//
// Faults of services as a file spells them, and as a run writes them out again.
#include "sim/scenario/schema.hpp"
#include "sim/scenario/spell_out.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;

const std::string kServices =
    "services:\n"
    "  frontend: {nodes: [node-1, node-2], service_time: 1ms, calls: {payments: {}},"
    " versions: {v2: {}}}\n"
    "  payments: {nodes: [node-3, node-4, node-5], service_time: 1ms}\n"
    "clients:\n"
    "  people: {to: frontend, rate: 10/s}\n"
    "  batch: {to: payments, rate: 10/s}\n";

LoadResult with_fault(const std::string& fault) {
    return testing::load(kServices + "faults:\n  - {id: f, " + fault + "}\n");
}
std::string said(const std::string& fault) { return testing::messages(with_fault(fault)); }

FaultSpec fault_of(const std::string& fault) {
    const LoadResult result = with_fault(fault);
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    return result.scenario->faults.at(0);
}
FaultKind kind_of(const std::string& fault) {
    return std::get<FaultKind>(fault_of("at: 10s, for: 5s, " + fault).what);
}

// As a run that it struck writes it out.
FaultSpec written_out(const std::string& fault) {
    const LoadResult result = with_fault(fault);
    REQUIRE(result.ok());
    const FaultSpec& spec = result.scenario->faults.at(0);
    const PlannedFault planned{spec.id, spec.inject, std::get<FaultKind>(spec.what), spec.target,
                               Instant{} + seconds(10), Instant{} + seconds(15), Random(1), 0,
                               false};
    HostSet hit;
    hit.workloads = spec.target.workloads;
    hit.services = spec.target.services;
    const std::string text = spell_out(*result.scenario, {{planned, {hit}}});
    const LoadResult again = load_scenario_text(text, "again.yaml", {});
    INFO(text << format(again.diagnostics));
    REQUIRE(again.ok());
    return again.scenario->faults.at(0);
}

}  // namespace

TEST_CASE("service faults: the example of each loads", "[scenario]") {
    std::size_t count = 0;
    for (const FaultWord& fault : fault_table()) {
        if (fault.hosts != FaultWord::Hosts::service) continue;
        INFO(std::string(fault.word));
        const LoadResult result =
            testing::load(kServices + "faults:\n  - " + std::string(fault.example) + "\n");
        CHECK(format(result.diagnostics).empty());
        REQUIRE(result.ok());
        CHECK(result.scenario->faults.at(0).inject == fault.word);
        ++count;
    }
    CHECK(count == 9);
}

TEST_CASE("service faults: what they do is read, and whose calls they hit", "[scenario]") {
    CHECK(kind_of("inject: dependency.errors, target: payments, with: {probability: 5%}") ==
          FaultKind{DependencyErrors{0.05}});
    CHECK(kind_of("inject: dependency.errors, target: payments, "
                  "with: {probability: 5%, caller: frontend}") ==
          FaultKind{DependencyErrors{0.05, {0, std::nullopt}}});
    CHECK(kind_of("inject: dependency.latency, target: payments, "
                  "with: {latency: 20ms, caller: batch}") ==
          FaultKind{DependencyLatency{Constant{milliseconds(20)}, {std::nullopt, 1}}});
    CHECK(kind_of("inject: dependency.black_hole, target: payments") ==
          FaultKind{DependencyBlackHole{}});
    CHECK(kind_of("inject: resource.threads, target: payments, with: {workers: 3}") ==
          FaultKind{StuckThreads{3}});
    CHECK(kind_of("inject: resource.descriptors, target: payments, with: {connections: 0}") ==
          FaultKind{DescriptorLimit{0}});
    CHECK(kind_of("inject: service.crash, target: payments") == FaultKind{ServiceCrash{}});
    CHECK(kind_of("inject: service.crash, target: payments, with: {instance: 2}") ==
          FaultKind{ServiceCrash{2}});
    CHECK(kind_of("inject: load.spike, target: batch, "
                  "with: {factor: 2, closed_loop: less_thought}") ==
          FaultKind{LoadSpike{2, ClosedLoopSurge::less_thought}});
}

TEST_CASE("service faults: their targets are services, one or several", "[scenario]") {
    const auto target = [](const std::string& text) {
        return fault_of("at: 10s, for: 5s, inject: dependency.black_hole, target: " + text)
            .target.services;
    };
    CHECK(target("payments") == std::vector<std::uint32_t>{1});
    CHECK(target("[payments, frontend, payments]") == std::vector<std::uint32_t>{0, 1});
    CHECK(target("all") == std::vector<std::uint32_t>{0, 1});
    CHECK(said("at: 10s, for: 5s, inject: dependency.black_hole, target: paymnts") ==
          "unknown service 'paymnts'\n");
    CHECK(said("at: 10s, for: 5s, inject: dependency.black_hole, target: [node-1, payment]") ==
          "unknown service 'node-1'\nunknown service 'payment'\n");
    CHECK(said("at: 10s, for: 5s, inject: dependency.black_hole, target: {role: leader}") ==
          "this is about services, and not about nodes\n");
    CHECK(said("at: 10s, for: 5s, inject: dependency.black_hole") ==
          "the key 'target' is missing\n");
    CHECK(testing::fault_messages("at: 10s, for: 5s, inject: cache.loss, target: frontend")
              .find("there are no services\n") != std::string::npos);
}

TEST_CASE("service faults: callers and instances that are not there", "[scenario]") {
    const LoadResult result = with_fault("at: 10s, for: 5s, inject: dependency.black_hole, "
                                         "target: payments, with: {caller: frontent}");
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics[0].message == "nobody who calls is named 'frontent'");
    CHECK(result.diagnostics[0].hint == "did you mean frontend?");
    CHECK(said("at: 10s, for: 5s, inject: service.crash, target: payments, "
               "with: {instance: 3}") == "'payments' has 3 instances\n");
    CHECK(said("at: 10s, for: 5s, inject: service.crash, target: [payments, frontend], "
               "with: {instance: 2}") == "'frontend' has 2 instances\n");
    CHECK(said("at: 10s, for: 5s, inject: resource.threads, target: payments") ==
          "resource.threads needs 'workers'\n");
    CHECK(said("at: 10s, for: 5s, inject: cache.loss, target: frontend") ==
          "cache.loss is done at once\n");
}

TEST_CASE("service faults: a storm has no service to hit", "[scenario]") {
    const LoadResult result = testing::load(
        kServices +
        "faults:\n  - {id: storm, at: 10s, until: 50s, random: {rate: 1/s, for: 1s..2s, "
        "pick: [node.crash, service.crash]}}\n");
    CHECK(testing::messages(result) ==
          "service.crash needs a service, and a storm has no target\n");
}

TEST_CASE("service faults: faults of the load know clients of services by name", "[scenario]") {
    const FaultSpec spec =
        fault_of("at: 10s, for: 5s, inject: load.spike, target: [reads, batch], with: {factor: 2}");
    CHECK(spec.target.workloads == std::vector<std::uint32_t>{1, 3});
    CHECK(said("at: 10s, for: 5s, inject: load.spike, target: peopl, with: {factor: 2}") ==
          "unknown workload 'peopl'\n");
}

TEST_CASE("service faults: what a run writes out of them reads back equal", "[scenario]") {
    for (const char* fault :
         {"inject: dependency.errors, target: payments, with: {probability: 5%, caller: batch}",
          "inject: dependency.errors, target: payments, with: {probability: 5%, caller: frontend}",
          "inject: dependency.latency, target: payments, with: {latency: {dist: exponential, mean: "
          "20ms}, caller: batch}",
          "inject: dependency.black_hole, target: [payments, frontend]",
          "inject: resource.threads, target: payments, with: {workers: 3}",
          "inject: resource.descriptors, target: payments, with: {connections: 0}",
          "inject: service.crash, target: payments, with: {instance: 2}",
          "inject: service.crash, target: payments",
          "inject: load.spike, target: [reads, batch], with: {factor: 2}",
          "inject: deploy.shift, target: frontend, "
          "with: {version: v2, steps: [1%, 100%], soak: 1s, on_unhealthy: stop}",
          "inject: load.spike, target: batch, with: {factor: 2, closed_loop: less_thought}",
          "inject: load.ramp, target: batch, "
          "with: {factor: 2, over: 3s, closed_loop: less_thought}"}) {
        INFO(fault);
        const FaultSpec before = fault_of("at: 10s, for: 5s, " + std::string(fault));
        const FaultSpec after = written_out("at: 10s, for: 5s, " + std::string(fault));
        CHECK(after.what == before.what);
        CHECK(after.target == before.target);
        CHECK(after.inject == before.inject);
    }
    CHECK(written_out("at: 10s, inject: cache.loss, target: frontend").target.services ==
          std::vector<std::uint32_t>{0});
    const FaultSpec reset = written_out(
        "at: 10s, inject: operator.reset_breakers, target: all, with: {caller: frontend}");
    CHECK(reset.target.services == std::vector<std::uint32_t>{0, 1});
    CHECK(std::get<FaultKind>(reset.what) == FaultKind{BreakerReset{{0, std::nullopt}}});
}

}  // namespace shaketable
