// SPDX-License-Identifier: MIT
//
// Two sites of a few nodes each, a wide link between them, a workload that writes, and every fact
// that tells of sites, clients and faults.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/kv/store.hpp"
#include "sim/site/sites.hpp"

namespace shaketable::test {

struct TwoSitesOptions {
    std::uint64_t seed = 1;
    std::uint32_t nodes = 3;  // of each site
    Duration wan = novacron::milliseconds(20);
    double wan_loss = 0;
    double rate = 200;
    std::uint32_t keys = 50;
    SitesOptions sites = {};
    std::optional<NamesOptions> names = {};
};

class TwoSites final : private Subscriber, private EventHandler {
public:
    static constexpr SiteId kA{0};
    static constexpr SiteId kB{1};

    explicit TwoSites(const TwoSitesOptions& options = {})
        : options_(options),
          lan_(Constant{novacron::microseconds(500)}),
          wan_(Constant{options.wan}),
          sync_latency_(Constant{novacron::milliseconds(1)}) {
        record.subscribe<OperationIssued, OperationEnded, FaultObserved, SiteRoleChanged,
                         SiteReadOnly, SiteLagged, SiteDiverged, StaleEpochRefused, SiteReseeded,
                         DivergentWrite, FailoverStep, DnsChanged, ClientRouted,
                         NodeStopped>(*this);
        if (options.names) names.emplace(*options.names, queue, record, receipts, kA);
        fleet = std::make_unique<Fleet>(
            fleet_options(),
            FleetParts{queue, record, receipts, sync_latency_, names ? &*names : nullptr},
            Random(options.seed));
        SitesOptions of_sites = options.sites;
        of_sites.primary = kA;
        of_sites.nodes = {nodes_of(kA), nodes_of(kB)};
        sites = std::make_unique<Sites>(of_sites, queue, record, receipts, *fleet,
                                        names ? &*names : nullptr, Random(options.seed));
        fleet->start();
        sites->start();
    }

    std::vector<NodeId> nodes_of(SiteId site) const {
        std::vector<NodeId> nodes;
        for (std::uint32_t i = 0; i < options_.nodes; ++i) {
            nodes.push_back(NodeId{site.value * options_.nodes + i});
        }
        return nodes;
    }
    // It is exactly so much later afterwards, and all that is due has happened.
    void run_for(Duration time) {
        const Instant until = queue.now() + time;
        queue.push(until, {this, 0, 0, 0});
        while (queue.next_time() <= until) queue.do_next();
    }
    void lose(SiteId site) {
        for (const NodeId node : nodes_of(site)) fleet->hold_down(node, StopCause::power_loss);
    }
    void bring_back(SiteId site) {
        for (const NodeId node : nodes_of(site)) fleet->let_up(node);
    }
    // Nothing passes between the sites; with `clients` nothing between site A and anybody.
    enum class Clients : std::uint8_t { reach_both, are_cut_off };
    void cut(FaultId fault, Clients clients = Clients::reach_both) {
        const std::size_t hosts = fleet->host_count();
        PathRule rule{fault, PathRule::Action::drop, Chance(), nullptr,
                      std::vector<bool>(hosts * hosts), Random(7)};
        const std::size_t nodes = fleet->node_count();
        for (std::size_t from = 0; from < hosts; ++from) {
            for (std::size_t to = 0; to < hosts; ++to) {
                const bool of_a_from = from < options_.nodes;
                const bool of_a_to = to < options_.nodes;
                const bool both_nodes = from < nodes && to < nodes;
                const bool counts = both_nodes || clients == Clients::are_cut_off;
                rule.covers[from * hosts + to] = of_a_from != of_a_to && counts;
            }
        }
        fleet->network().add_rule(std::move(rule));
    }
    void heal(FaultId fault) { fleet->network().remove_rules(fault); }

    SiteOrder order(SiteOrder::Verb verb) const {
        SiteOrder order;
        order.verb = verb;
        return order;
    }
    void give(std::uint32_t fault, const SiteOrder& order, SiteId target) {
        sites->begin(FaultId{fault}, order, target, Random(11).fork("order", fault));
    }
    void promote(SiteId target, std::uint32_t fault = 100) {
        SiteOrder forced = order(SiteOrder::Verb::promote);
        forced.force = true;
        give(fault, forced, target);
    }

    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        std::vector<std::pair<Instant, F>> found;
        for (const auto& [at, any] : facts) {
            if (const auto* fact = std::get_if<F>(&any)) found.emplace_back(at, *fact);
        }
        return found;
    }
    // Of the last step of this kind; nothing if there was none, or it goes on.
    std::optional<StepOutcome> outcome(SiteStep step) const {
        std::optional<StepOutcome> last;
        for (const auto& [at, fact] : all<FailoverStep>()) {
            if (fact.step == step) last = fact.outcome;
        }
        return last == StepOutcome::begun ? std::nullopt : last;
    }

    // Writes whose clients have been told so within these times.
    std::vector<std::pair<Instant, OperationEnded>> acknowledged(Instant from, Instant to) const {
        std::vector<std::pair<Instant, OperationEnded>> found;
        for (const auto& [at, fact] : all<OperationEnded>()) {
            if (fact.outcome == Outcome::acknowledged && at >= from && at < to) {
                found.emplace_back(at, fact);
            }
        }
        return found;
    }
    // What the site's log holds.
    std::set<std::uint64_t> contents(SiteId site) const {
        std::set<std::uint64_t> found;
        for (const auto& each : sites->ledger(site).durable().records) {
            found.insert(each.data.digest());
        }
        return found;
    }
    // Of those acknowledged by then, those that the site has not, by the time of acknowledgement.
    std::vector<Instant> lost(SiteId site, Instant before) const {
        const std::set<std::uint64_t> kept = contents(site);
        std::vector<Instant> found;
        for (const auto& [at, fact] : acknowledged(Instant{}, before)) {
            if (!kept.contains(fact.content)) found.push_back(at);
        }
        return found;
    }
    bool panicked() const {
        const auto stops = all<NodeStopped>();
        return std::any_of(stops.begin(), stops.end(), [](const auto& stop) {
            return stop.second.cause == StopCause::panic ||
                   stop.second.cause == StopCause::corruption;
        });
    }
    // Whether the leaders of both sites hold the same registers.
    bool agree() const {
        const SiteAgent* a = sites->agent(kA);
        const SiteAgent* b = sites->agent(kB);
        if (a == nullptr || b == nullptr) return false;
        const auto& one = fleet->node(a->node()).node()->store();
        const auto& other = fleet->node(b->node()).node()->store();
        for (novacron::kv::Key key = 0; key < options_.keys; ++key) {
            if (one.read(key) != other.read(key)) return false;
        }
        return true;
    }

private:
    FleetOptions fleet_options() const {
        FleetOptions of_fleet;
        for (std::uint32_t site = 0; site < 2; ++site) {
            const auto voters = nodes_of(SiteId{site});
            for (const NodeId node : voters) {
                of_fleet.nodes.push_back({node, voters, {}, novacron::milliseconds(500), {}, 0});
            }
        }
        WorkloadOptions writes{0, HostId{}, 0, OperationKind::write, options_.rate, options_.keys,
                               0, novacron::milliseconds(500), novacron::seconds(5),
                               novacron::milliseconds(10), novacron::milliseconds(500)};
        if (options_.names) writes.sites = {0, options_.nodes, 2 * options_.nodes};
        of_fleet.workloads.push_back(writes);
        of_fleet.observers = 1;
        const std::size_t nodes = of_fleet.nodes.size();
        const std::size_t hosts = nodes + 2;
        for (std::size_t from = 0; from < hosts; ++from) {
            for (std::size_t to = 0; to < hosts; ++to) {
                const bool wide = from < nodes && to < nodes &&
                                  from / options_.nodes != to / options_.nodes;
                of_fleet.links.push_back(LinkBehaviour{wide ? &wan_ : &lan_,
                                                       Chance(wide ? options_.wan_loss : 0),
                                                       {},
                                                       {}});
            }
        }
        return of_fleet;
    }
    void on_event(Instant, const Event&) override {}
    void on_fact(Instant at, const Fact& fact) override { facts.emplace_back(at, fact); }

    TwoSitesOptions options_;
    Distribution lan_;
    Distribution wan_;
    Distribution sync_latency_;

public:
    EventQueue queue;
    Record record;
    Receipts receipts{record};
    std::optional<NameService> names;
    std::unique_ptr<Fleet> fleet;
    std::unique_ptr<Sites> sites;
    std::vector<std::pair<Instant, Fact>> facts;
};

}  // namespace shaketable::test
