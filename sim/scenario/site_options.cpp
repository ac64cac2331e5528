// SPDX-License-Identifier: MIT
#include "sim/scenario/site_options.hpp"

#include <array>
#include <string>
#include <utility>

namespace shaketable {
namespace {

using Verb = SiteOrder::Verb;

constexpr std::array<std::pair<std::string_view, Verb>, 10> kVerbs{{
    {"site.set_readonly", Verb::set_readonly},
    {"site.wait_sync", Verb::wait_sync},
    {"site.promote", Verb::promote},
    {"site.switch_over", Verb::switch_over},
    {"site.fence", Verb::fence},
    {"site.verify", Verb::verify},
    {"site.resync", Verb::resync},
    {"site.reconcile", Verb::reconcile},
    {"dns.update", Verb::update_dns},
    {"operator.failover", Verb::failover},
}};

}  // namespace

std::optional<Verb> verb_of(std::string_view word) {
    for (const auto& [name, verb] : kVerbs) {
        if (name == word) return verb;
    }
    return std::nullopt;
}

SiteOrder site_order(Verb verb, const Fields& with) {
    SiteOrder order;
    order.verb = verb;
    assign(order.force, with.boolean("force"));
    assign(order.fence, with.boolean("fence"));
    assign(order.skip_wait, with.boolean("skip_wait"));
    assign(order.rejoin, with.boolean("rejoin"));
    assign(order.timeout, with.duration("timeout"));
    assign(order.command_time, with.distribution("command_time"));
    assign(order.detect_after, with.duration("detect_after"));
    assign(order.decide, with.distribution("decide"));
    const auto writes = with.text("writes");
    for (std::size_t i = 0; writes && i < kAgainWords.size(); ++i) {
        if (*writes == kAgainWords[i]) order.again = static_cast<SiteOrder::Again>(i);
    }
    return order;
}

std::optional<FaultKind> site_fault_of(std::string_view word, const Fields& with) {
    if (const auto verb = verb_of(word)) return site_order(*verb, with);
    if (word == "dns.stale") return NameFault{NameFault::What::stale};
    if (word == "dns.empty") return NameFault{NameFault::What::empty};
    if (word == "dns.slow") {
        return NameFault{NameFault::What::slow,
                         with.distribution("latency").value_or(Constant{})};
    }
    return std::nullopt;
}

void check_site_fault(const FaultSpec& fault, const Node& at, const Scenario& scenario,
                      Diagnostics& diagnostics) {
    const auto* kind = std::get_if<FaultKind>(&fault.what);
    if (kind == nullptr) return;
    const auto* order = std::get_if<SiteOrder>(kind);
    const bool is_of_names = std::holds_alternative<NameFault>(*kind) ||
                             (order != nullptr && order->verb == Verb::update_dns);
    if (order == nullptr && !is_of_names) return;
    const Node* inject = at.find("inject");
    const Node& place = inject == nullptr ? at : *inject;
    if (is_of_names && !scenario.names) {
        diagnostics.add(about(place, fault.inject + " is about the name service, and there is none",
                              "write network: {dns: {ttl: 30s}}"));
    }
    if (order == nullptr) return;
    if (!scenario.replication) {
        diagnostics.add(about(place, fault.inject + " is about sites, and all nodes are one group",
                              "write cluster: {replication: {primary: ...}}"));
        return;
    }
    const auto& among = fault.target.among;
    const Node* target = at.find("target");
    if (among.empty() || target == nullptr) return;
    const std::string& site = scenario.nodes[among.front().value].site;
    for (const NodeId node : among) {
        if (scenario.nodes[node.value].site == site) continue;
        diagnostics.add(about(*target, fault.inject + " is an order about one site",
                              "write target: site:" + site));
        return;
    }
}

}  // namespace shaketable
