// SPDX-License-Identifier: MIT
//
// What scenario files say of sites, of the name service, and of orders about them.
#include "sim/scenario/schema.hpp"
#include "sim/scenario/site_options.hpp"
#include "sim/scenario/spell_out.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using testing::load;
using testing::messages;
using novacron::milliseconds;
using novacron::seconds;
using Mode = novacron::replication::SiteOptions::Mode;
using novacron::replication::Shipping;

// Two sites; `replication` is what the key of this name holds.
std::string sites(std::string_view replication, std::string_view network = "{dns: {ttl: 30s}}") {
    return "cluster:\n  sites:\n    east: {nodes: [node-1, node-2, node-3], zone: a}\n"
           "    west: {nodes: [node-4, node-5, node-6], zone: b}\n  replication: " +
           std::string(replication) + "\nnetwork: " + std::string(network) + "\n";
}

std::string said(std::string_view replication) { return messages(load(sites(replication))); }

TEST_CASE("sites: the examples of orders and of the name service's faults load", "[scenario]") {
    std::size_t count = 0;
    for (const FaultWord& fault : fault_table()) {
        if (!site_fault_of(fault.word, Fields(nullptr))) continue;
        ++count;
        INFO(std::string(fault.word));
        const auto result =
            load(sites("{primary: east}") + "faults:\n  - " + std::string(fault.example) + "\n");
        CHECK(format(result.diagnostics).empty());
        REQUIRE(result.ok());
        CHECK(result.scenario->faults.at(0).inject == fault.word);
    }
    CHECK(count == 13);
}

TEST_CASE("sites: replication is read as it is written", "[scenario]") {
    const auto result = load(sites(
        "{primary: west, standbys: [east], mode: synchronous, standbys_required: 1, "
        "shipping: {mode: batch, interval: 200ms, bytes: 4KiB}, lag_bytes_max: 1MiB, "
        "seed_bandwidth: 10MiB, prober: {interval: 500ms, failures: 5}, "
        "failover: {to: east, fence: true, timeout: 4s}}",
        "{dns: {ttl: 7s, propagation: 2s, stale_share: 10%, stale_extra: 1m, clients: 12}}"));
    CHECK(format(result.diagnostics).empty());
    REQUIRE(result.ok());
    const Scenario& scenario = *result.scenario;
    REQUIRE(scenario.replication);
    const SitesOptions& options = scenario.replication->options;
    CHECK(scenario.replication->sites == std::vector<std::string>{"east", "west"});
    CHECK(options.primary == SiteId{1});
    CHECK(options.mode == Mode::synchronous);
    CHECK(options.shipping.shipping == Shipping::batch);
    CHECK(options.shipping.interval == milliseconds(200));
    CHECK(options.shipping.bytes == 4096);
    CHECK(options.lag_bytes_max == std::uint64_t{1} << 20U);
    CHECK(options.seed_bytes_per_second == std::uint64_t{10} << 20U);
    CHECK(options.prober == ProberOptions{milliseconds(500), 5});
    REQUIRE(options.automatic);
    CHECK(options.automatic->fence);
    CHECK_FALSE(options.automatic->force);
    CHECK(options.automatic->timeout == seconds(4));
    CHECK(options.automatic_target == SiteId{0});
    REQUIRE(scenario.names);
    CHECK(*scenario.names == NamesOptions{seconds(7), seconds(2), 0.1, seconds(60), 12});
}

TEST_CASE("sites: a cluster that says nothing of replication is one group", "[scenario]") {
    const auto result = load("");
    REQUIRE(result.ok());
    CHECK_FALSE(result.scenario->replication);
    CHECK_FALSE(result.scenario->names);
    CHECK(result.scenario->resolved.find("replication") == std::string::npos);
    CHECK(result.scenario->resolved.find("dns") == std::string::npos);
}

TEST_CASE("sites: what does not go together is refused, all at once", "[scenario]") {
    CHECK(said("{}") == "the key 'primary' is missing\n");
    CHECK(said("{primary: [east, west]}") ==
          "a name of a-z, 0-9 and inner - is expected here, not a list\n");
    CHECK(said("{primary: eats}") == "unknown site 'eats'\n");
    CHECK(said("{primary: east, standbys: [east]}") ==
          "site 'west' is neither primary nor standby\n'east' is the primary\n");
    CHECK(said("{primary: east, standbys: [west, west]}") == "'west' is named twice\n");
    CHECK(said("{primary: east, standbys_required: 1}") ==
          "an asynchronous primary waits for nobody\n");
    CHECK(said("{primary: east, mode: synchronous, standbys_required: 2}") ==
          "there are only 1 standbys\n");
    CHECK(said("{primary: east, shipping: {interval: 1s, bytes: 1KiB}}") ==
          "a stream ships every record at once and has no 'interval'\n"
          "a stream ships every record at once and has no 'bytes'\n");
    CHECK(said("{primary: east, failover: {to: east}}") == "'east' is the primary already\n");
    CHECK(said("{primary: east, failover: {to: north}}") == "unknown site 'north'\n");
    CHECK(messages(load("cluster: {sites: {east: {nodes: [node-1]}}, replication: "
                        "{primary: east}}\n")) ==
          "the cluster has one site, so there is nowhere to replicate to\n");
    CHECK(messages(load("network: {dns: {ttl: 1s}}\n")) ==
          "names lead to sites, and all nodes are one group\n");
}

TEST_CASE("sites: orders need sites, names a name service, and a storm draws neither",
          "[scenario]") {
    const auto faults = [](const std::string& text) {
        return "faults:\n  - {id: f, at: 15s, for: 5s, " + text + "}\n";
    };
    CHECK(messages(load(faults("inject: site.promote, target: site:east"))) ==
          "site.promote is about sites, and all nodes are one group\n");
    CHECK(messages(load(sites("{primary: east}", "{}") +
                        faults("inject: dns.stale, target: clients"))) ==
          "dns.stale is about the name service, and there is none\n");
    CHECK(messages(load(sites("{primary: east}") +
                        faults("inject: site.promote, target: [site:east, site:west]"))) ==
          "site.promote is an order about one site\n");
    CHECK(messages(load(sites("{primary: east}") +
                        "faults:\n  - {id: s, at: 15s, until: 30s, random: {rate: 1/s, for: 1s, "
                        "pick: [site.promote, dns.empty]}}\n")) ==
          "site.promote is no fault that a storm draws\n"
          "dns.empty is no fault that a storm draws\n");
}

TEST_CASE("sites: an order is spelled out as it was read", "[scenario]") {
    const std::string order =
        "force: true, fence: true, skip_wait: false, timeout: 3s, command_time: 1s..2s, "
        "detect_after: 4s, decide: 5s, rejoin: true";
    const auto result = load(sites("{primary: east}") +
                             "faults:\n  - {id: f, at: 15s, inject: operator.failover, "
                             "target: site:west, with: {" + order + "}, for: 40s}\n");
    REQUIRE(result.ok());
    const FaultSpec& spec = result.scenario->faults.at(0);
    PlannedFault planned{spec.id, spec.inject, std::get<FaultKind>(spec.what), spec.target,
                         Instant{seconds(15).ns}, Instant{seconds(55).ns}, Random(1)};
    const std::string text =
        spell_out(*result.scenario, {{planned, {HostSet{spec.target.among}}}});
    const auto again = load_scenario_text(text, "again.yaml");
    CHECK(format(again.diagnostics).empty());
    REQUIRE(again.ok());
    CHECK(again.scenario->faults.at(0).what == spec.what);
}

TEST_CASE("sites: whoever reconciles says what becomes of the writes", "[scenario]") {
    const auto order = [](const std::string& with) {
        return load(sites("{primary: east}") +
                    "faults:\n  - {id: f, at: 15s, inject: site.reconcile, target: site:west, " +
                    with + "for: 20s}\n");
    };
    using enum SiteOrder::Again;
    const auto choice = [&](const std::string& word) {
        const auto result = order("with: {writes: " + word + "}, ");
        REQUIRE(result.ok());
        const FaultSpec& spec = result.scenario->faults.at(0);
        return std::get<SiteOrder>(std::get<FaultKind>(spec.what)).again;
    };
    CHECK(choice("discard") == none);
    CHECK(choice("reapply") == unopposed);
    CHECK(choice("overwrite") == all);
    CHECK(messages(order("")) == "site.reconcile needs 'writes'\n");
}

TEST_CASE("sites: a target may be about the part of one site", "[scenario]") {
    const auto target = [](const std::string& keys) {
        return load(sites("{primary: east}") +
                    "faults:\n  - {id: f, at: 15s, inject: site.loss, target: site:west, for: 5s}\n"
                    "targets: {rto: {" + keys + ", max: 20s}}\n");
    };
    const auto result = target("site: west");
    REQUIRE(result.ok());
    CHECK(result.scenario->rto->scope == "site:west");
    CHECK(messages(target("site: north")) == "unknown site 'north'\n");
}

}  // namespace
}  // namespace shaketable
