// SPDX-License-Identifier: MIT
#include "sim/fault/injector.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"
#include "sim/fault/partition_shapes.hpp"

namespace shaketable {
namespace {

// How many of so many a selector wants.
std::size_t wanted(const Selector& selector, std::size_t among) {
    if (selector.pick) return *selector.pick;
    const double part = *selector.share * static_cast<double>(among) + 0.5;
    return std::max<std::size_t>(1, static_cast<std::size_t>(part));
}

}  // namespace

Injector::Injector(std::vector<PlannedFault> faults, EventQueue& queue, Record& record,
                   Receipts& receipts, Fleet& fleet, Sites* sites, NameService* names)
    : faults_(std::move(faults)),
      queue_(queue),
      record_(record),
      receipts_(receipts),
      fleet_(fleet),
      sites_(sites),
      names_(names),
      operator_(queue, receipts, fleet),
      surges_(queue, receipts, fleet),
      rollout_(queue, receipts, fleet),
      breaker_(queue, receipts, fleet),
      service_breaker_(fleet),
      hit_(faults_.size()) {}

Instant Injector::next_time() const {
    const Instant start = struck_ < faults_.size() ? faults_[struck_].start : Instant::never();
    return ends_.empty() ? start : std::min(start, ends_.begin()->first);
}

void Injector::do_next() {
    const Instant now = next_time();
    queue_.wait_until(now);
    if (!ends_.empty() && ends_.begin()->first == now) {
        const std::uint32_t number = ends_.begin()->second;
        ends_.erase(ends_.begin());
        done_ = {now, Edge::end, number};
        lift_fault(number);
        record_.add(now, FaultEnded{FaultId{number}});
    } else {
        const std::uint32_t number = struck_++;
        if (faults_[number].end) ends_.emplace(*faults_[number].end, number);
        done_ = {now, Edge::start, number};
        strike_fault(now, number);
    }
}

std::optional<std::uint32_t> Injector::contradiction(
    const std::vector<PlannedFault>& faults) const {
    for (std::uint32_t i = 0; i < std::max<std::size_t>(faults.size(), struck_); ++i) {
        if (i >= faults.size()) return i;
        const PlannedFault& fault = faults[i];
        if (i >= struck_) {
            if (!is_to_come({fault.start, Edge::start, i})) return i;
            continue;
        }
        if (fault.id != faults_[i].id || fault.start != faults_[i].start) return i;
        if (!acts(i) && fault.end != faults_[i].end) return i;
        if (acts(i) && fault.end && !is_to_come({*fault.end, Edge::end, i})) return i;
    }
    return std::nullopt;
}

void Injector::reschedule(std::vector<PlannedFault> faults) {
    novacron::check(!contradiction(faults), "a new schedule leaves the past as it was");
    for (std::uint32_t i = 0; i < struck_; ++i) {
        if (!acts(i)) continue;
        if (faults_[i].end) ends_.erase({*faults_[i].end, i});
        if (faults[i].end) ends_.emplace(*faults[i].end, i);
    }
    faults_ = std::move(faults);
    hit_.resize(faults_.size());
}

HostSet Injector::select(const Selector& selector, Random& random) const {
    HostSet set;
    set.clients = selector.clients;
    set.workloads = selector.workloads;
    set.services = selector.services;
    const auto leader = fleet_.leader();
    const auto is_stranger = [&](NodeId node) {
        return leader && !fleet_.node(*leader).node()->raft().membership().active().contains(node);
    };
    for (const NodeId node : selector.among) {
        if (selector.role == Selector::Role::leader && leader != node) continue;
        if (selector.role == Selector::Role::follower &&
            (leader == node || !fleet_.node(node).running() || is_stranger(node))) {
            continue;
        }
        set.nodes.push_back(node);
    }
    if (!selector.pick && !selector.share) return set;
    // A partial shuffle draws `pick` of them without replacement.
    const std::size_t pick = std::min(wanted(selector, set.nodes.size()), set.nodes.size());
    for (std::size_t i = 0; i < pick; ++i) {
        std::swap(set.nodes[i], set.nodes[i + random.below(set.nodes.size() - i)]);
    }
    set.nodes.resize(pick);
    std::sort(set.nodes.begin(), set.nodes.end());
    return set;
}

std::vector<HostSet> Injector::select_groups(const Partition& partition, Random& random) const {
    if (partition.shape == Partition::Shape::split) return select_split(partition, random);
    if (partition.shape == Partition::Shape::links) return select_links(partition, random);
    std::vector<NodeId> nodes;
    for (std::uint32_t n = 0; n < fleet_.node_count(); ++n) nodes.push_back(NodeId{n});
    std::vector<HostSet> sets;
    if (nodes.size() < fewest_nodes(partition.shape)) return {HostSet{}};
    if (!cuts_links(partition.shape)) {
        for (const auto& group : draw_groups(partition.shape, nodes, random)) {
            sets.push_back({group});
        }
        return sets;
    }
    for (const auto& [one, other] : draw_links(partition.shape, partition.share, nodes, random)) {
        sets.push_back({{one}});
        sets.push_back({{other}});
    }
    return sets;
}

// A link that finds nobody at one of its ends is left out.
std::vector<HostSet> Injector::select_links(const Partition& partition, Random& random) const {
    std::vector<HostSet> sets;
    const auto is_empty = [](const HostSet& set) { return set.nodes.empty() && !set.clients; };
    for (const Partition::Link& link : partition.links) {
        HostSet from = select(link.from, random);
        HostSet to = select(link.to, random);
        if (is_empty(from) || is_empty(to)) continue;
        sets.push_back(std::move(from));
        sets.push_back(std::move(to));
    }
    if (sets.empty()) sets.resize(2);
    return sets;
}

std::vector<HostSet> Injector::select_wrong(const PlannedFault& fault, Random& random) const {
    const HostSet meant = select(fault.target, random);
    Selector others;
    others.among = std::get<WrongRestart>(fault.kind).instead;
    if (others.among.empty() && !meant.nodes.empty()) {
        for (std::uint32_t n = 0; n < fleet_.node_count(); ++n) {
            if (!contains(meant, n)) others.among.push_back(NodeId{n});
        }
        others.pick = 1;
    }
    return {select(others, random), meant};
}

std::vector<HostSet> Injector::select_split(const Partition& partition, Random& random) const {
    std::vector<HostSet> groups;
    std::vector<bool> taken(fleet_.node_count());
    for (const Selector& selector : partition.groups) {
        groups.push_back(select(selector, random));
        for (const NodeId node : groups.back().nodes) taken[node.value] = true;
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (!partition.groups[i].others) continue;
        for (std::uint32_t n = 0; n < fleet_.node_count(); ++n) {
            if (!taken[n]) groups[i].nodes.push_back(NodeId{n});
        }
    }
    return groups;
}

bool Injector::contains(const HostSet& set, std::uint32_t host) const {
    if (host >= fleet_.node_count()) return set.clients;
    return std::binary_search(set.nodes.begin(), set.nodes.end(), NodeId{host});
}

std::vector<std::uint32_t> Injector::workloads(std::uint32_t i) const {
    const HostSet& set = hit_[i][0];
    std::vector<std::uint32_t> numbers = set.workloads;
    if (set.clients && numbers.empty()) {
        for (std::uint32_t n = 0; n < fleet_.client_count(); ++n) numbers.push_back(n);
    }
    return numbers;
}

std::vector<bool> Injector::is_hit(std::uint32_t number) const {
    std::vector<bool> hosts;
    for (std::uint32_t host = 0; host < fleet_.host_count(); ++host) {
        hosts.push_back(contains(hit_[number][0], host));
    }
    return hosts;
}

// Covers what comes from or goes to those that are hit.
PathRule Injector::rule_of(std::uint32_t number, PathRule::Action action) const {
    const std::vector<bool> hit = is_hit(number);
    PathRule rule{FaultId{number}, action, Chance(), nullptr, {},
                  faults_[number].random.fork("packets")};
    for (std::size_t from = 0; from < hit.size(); ++from) {
        for (std::size_t to = 0; to < hit.size(); ++to) {
            rule.covers.push_back(hit[from] || hit[to]);
        }
    }
    return rule;
}

void Injector::add_rule(std::uint32_t number, PathRule::Action action, Chance chance,
                        const Distribution* latency) {
    PathRule rule = rule_of(number, action);
    rule.chance = chance;
    rule.latency = latency;
    fleet_.network().add_rule(std::move(rule));
}

void Injector::add_model(std::uint32_t number, PathRule::Model model) {
    PathRule rule = rule_of(number, PathRule::Action::by_model);
    rule.model = std::move(model);
    fleet_.network().add_rule(std::move(rule));
}

void Injector::add_partition(std::uint32_t number, const Partition& partition) {
    using Direction = Partition::Direction;
    const std::uint32_t hosts = fleet_.host_count();
    const std::vector<HostSet>& sets = hit_[number];
    PathRule rule{FaultId{number}, PathRule::Action::drop, Chance(), nullptr,
                  std::vector<bool>(std::size_t{hosts} * hosts),
                  faults_[number].random.fork("packets")};
    const auto cut = [&](const HostSet& senders, const HostSet& receivers) {
        for (std::uint32_t from = 0; from < hosts; ++from) {
            for (std::uint32_t to = 0; to < hosts; ++to) {
                if (from == to || !contains(senders, from) || !contains(receivers, to)) continue;
                rule.covers[std::size_t{from} * hosts + to] = true;
            }
        }
    };
    const bool links = cuts_links(partition.shape);
    for (std::size_t a = 0; a < sets.size(); ++a) {
        for (std::size_t b = 0; b < sets.size(); ++b) {
            if (a == b || (links && a / 2 != b / 2)) continue;
            const std::size_t first = links ? a / 2 * 2 : 0;
            if (partition.direction == Direction::outward && a != first) continue;
            if (partition.direction == Direction::inward && b != first) continue;
            cut(sets[a], sets[b]);
        }
    }
    fleet_.network().add_rule(std::move(rule));
}

bool Injector::hand_over(const std::vector<NodeId>& targets) {
    const auto leader = fleet_.leader();
    if (!leader) return false;
    const auto target = std::find_if(targets.begin(), targets.end(),
                                     [&](NodeId node) { return node != *leader; });
    return target != targets.end() && fleet_.node(*leader).transfer(*target);
}

// Which key it is, is drawn for each workload.
void Injector::heat_keys(std::uint32_t number, const LoadHotKey& fault) {
    const Random random = faults_[number].random.fork("load");
    for (const std::uint32_t n : workloads(number)) {
        if (n >= fleet_.workload_count()) continue;
        Workload& workload = fleet_.workload(n);
        Random own = random.fork("workload", n);
        const auto key = static_cast<std::uint32_t>(own.below(workload.options().keys));
        workload.begin_hot_key(FaultId{number}, Chance(fault.share), key, own.fork("share"),
                               receipts_);
    }
}

void Injector::spoil_keys(std::uint32_t number, const KeyMistake& mistake) {
    const Random random = faults_[number].random.fork("keys");
    for (const std::uint32_t n : workloads(number)) {
        if (n >= fleet_.workload_count()) continue;
        Workload& workload = fleet_.workload(n);
        if (workload.options().kind != OperationKind::write) continue;
        Random own = random.fork("workload", n);
        const std::uint32_t keys = workload.options().keys;
        const auto first = static_cast<std::uint32_t>(own.below(keys));
        const Chance chance(mistake.share);
        for (std::uint32_t i = 0; i < keys; ++i) {
            if (!chance.draw(own) && i > 0) continue;
            workload.overwrite((first + i) % keys);
            receipts_.effect(queue_.now(), FaultId{number}, FaultEffect::mistake_made);
        }
    }
}

void Injector::mislead(std::uint32_t number, const NameFault& fault) {
    novacron::check(names_ != nullptr, "there is a name service to go wrong");
    const FaultId id{number};
    switch (fault.what) {
        case NameFault::What::stale: names_->begin_stale(id); break;
        case NameFault::What::empty: names_->begin_empty(id); break;
        case NameFault::What::slow:
            names_->begin_slow(id, latencies_.emplace_back(fault.latency),
                               faults_[number].random.fork("lookups"));
            break;
    }
}

void Injector::spare(const PlannedFault& fault, std::vector<NodeId>& nodes) const {
    if (std::holds_alternative<PowerLoss>(fault.kind) ||
        std::holds_alternative<LostDisk>(fault.kind)) {
        std::erase_if(nodes, [&](NodeId n) { return fleet_.node(n).disk().holds_lies(); });
    }
    if (std::holds_alternative<ClockFreeze>(fault.kind) ||
        std::holds_alternative<PushedConfiguration>(fault.kind)) {
        std::erase_if(nodes, [&](NodeId n) {
            return fleet_.node(n).first_consensus().reads == novacron::raft::ReadMode::lease;
        });
    }
    if (!std::holds_alternative<DiskBitRot>(fault.kind) &&
        !std::holds_alternative<MisdirectedWrite>(fault.kind) &&
        !std::holds_alternative<LostDisk>(fault.kind)) {
        return;
    }
    std::size_t ruined = 0;
    std::size_t members = 0;
    for (std::uint32_t n = 0; n < fleet_.node_count(); ++n) {
        ruined += fleet_.node(NodeId{n}).is_ruined() ? 1 : 0;
        members = std::max(members, fleet_.node(NodeId{n}).first_voters().size());
    }
    const std::size_t most = (std::max<std::size_t>(members, 1) - 1) / 2;
    std::erase_if(nodes, [&](NodeId n) {
        return !fleet_.node(n).is_ruined() && ++ruined > most;
    });
}

std::vector<HostSet> Injector::select_hit(const PlannedFault& fault, Random& random) const {
    if (const auto* partition = std::get_if<Partition>(&fault.kind)) {
        return select_groups(*partition, random);
    }
    if (std::holds_alternative<WrongRestart>(fault.kind)) return select_wrong(fault, random);
    return {select(fault.target, random)};
}

void Injector::strike_fault(Instant now, std::uint32_t number) {
    PlannedFault& fault = faults_[number];
    const FaultId id{number};
    record_.add(now, FaultStarted{id});
    Random targets = fault.random.fork("target");
    hit_[number] = select_hit(fault, targets);
    if (fault.tolerance == RandomFaults::Tolerance::within) spare(fault, hit_[number][0].nodes);
    const std::vector<NodeId>& nodes = hit_[number][0].nodes;
    const auto latency = [&](const DistributionOptions& options) {
        return &latencies_.emplace_back(options);
    };
    std::visit(
        novacron::Overloaded{
            [&](const OfHosts auto& f) { breaker_.strike({id, fault, nodes}, f); },
            [&](const OfServices auto& f) {
                service_breaker_.strike({id, fault, hit_[number][0].services}, f);
            },
            [&](const OfBackups auto& f) {
                if (backups_ != nullptr) backups_->strike(id, f, fault.random.fork("backups"));
            },
            [&](const NodePause&) {
                for (const NodeId node : nodes) {
                    const bool was_running = fleet_.node(node).running();
                    fleet_.hold_paused(node);
                    if (was_running) receipts_.effect(now, id, FaultEffect::node_paused);
                }
            },
            [&](const Partition& p) { add_partition(number, p); },
            [&](const NetworkDelay& f) {
                add_rule(number, PathRule::Action::delay, Chance(), latency(f.latency));
            },
            [&](const NetworkLoss& f) {
                add_rule(number, PathRule::Action::lose, Chance(f.probability), nullptr);
            },
            [&](const NetworkDuplicate& f) {
                add_rule(number, PathRule::Action::duplicate, Chance(f.probability), nullptr);
            },
            [&](const NetworkReorder& f) {
                add_rule(number, PathRule::Action::reorder, Chance(f.probability), nullptr);
            },
            [&](const NetworkJitter& f) {
                add_rule(number, PathRule::Action::jitter, Chance(), latency(f.latency));
            },
            [&](const NetworkBurstLoss& f) {
                const std::size_t hosts = fleet_.host_count();
                add_model(number,
                          BurstLoss(f.options, hosts * hosts, fault.random.fork("bursts")));
            },
            [&](const NetworkCorrupt& f) {
                add_rule(number, PathRule::Action::corrupt, Chance(f.probability), nullptr);
            },
            [&](const NetworkBandwidth& f) {
                add_model(number, Bottleneck(f.options, is_hit(number)));
            },
            [&](const NetworkHold&) {
                add_rule(number, PathRule::Action::hold, Chance(), nullptr);
            },
            [&](const NetworkFlap& f) { add_model(number, Flapping(now, f.down, f.up)); },
            [&](const NetworkSwizzle& f) {
                add_model(number,
                          Swizzle(now, f.step, is_hit(number), fault.random.fork("orders")));
            },
            [&](const LoadSpike& f) {
                surges_.begin({id, f.factor, Duration{}, f.closed_loop}, workloads(number),
                              fault.random.fork("load"));
            },
            [&](const LoadRamp& f) {
                surges_.begin({id, f.factor, f.over, f.closed_loop}, workloads(number),
                              fault.random.fork("load"));
            },
            [&](const LoadHotKey& f) { heat_keys(number, f); },
            [&](const LoadHerd& f) {
                surges_.herd(id, f.operations, workloads(number), fault.random.fork("load"));
            },
            [&](const ClockStep& f) {
                for (const NodeId node : nodes) {
                    fleet_.node(node).move_wall_clock(id, f.offset, Duration{});
                    receipts_.effect(now, id, FaultEffect::wall_clock_set);
                }
            },
            [&](const ClockSmear& f) {
                for (const NodeId node : nodes) {
                    fleet_.node(node).move_wall_clock(id, f.offset, f.over);
                    receipts_.effect(now, id, FaultEffect::wall_clock_smeared);
                }
            },
            [&](const ClockFreeze&) {
                for (const NodeId node : nodes) {
                    fleet_.node(node).begin_freeze(id);
                    if (!fleet_.node(node).running()) continue;
                    receipts_.effect(now, id, FaultEffect::clock_frozen);
                }
            },
            [&](const KeyMistake& f) { spoil_keys(number, f); },
            [&](const WrongRestart&) { breaker_.strike({id, fault, nodes}, NodeCrash{}); },
            [&](const RepeatedRemoval& f) { rollout_.begin(id, f, nodes); },
            [&](const PushedConfiguration& f) { rollout_.begin(id, f, nodes); },
            [&](const DiskSlow& f) {
                const Distribution* slow = latency(f.sync_latency);
                for (const NodeId node : nodes) fleet_.node(node).disk().begin_slow(id, *slow);
            },
            [&](const DiskStall&) {
                for (const NodeId node : nodes) fleet_.node(node).disk().begin_stall(id);
            },
            [&](const DiskSyncIgnored&) {
                for (const NodeId node : nodes) fleet_.node(node).disk().begin_sync_ignored(id);
            },
            [&](const DiskSyncError&) {
                for (const NodeId node : nodes) fleet_.node(node).disk().begin_sync_error(id);
            },
            [&](const DiskReadError&) {
                for (const NodeId node : nodes) fleet_.node(node).disk().begin_read_error(id);
            },
            [&](const DiskFull& f) {
                for (const NodeId node : nodes) fleet_.node(node).fill_disk(id, f.free);
            },
            [&](const DiskBitRot&) {
                const Random bits = fault.random.fork("bit");
                for (const NodeId node : nodes) {
                    Random bit = bits.fork("node", node.value);
                    fleet_.node(node).disk().rot(id, bit);
                }
            },
            [&](const LeadershipTransfer&) {
                if (hand_over(nodes)) receipts_.effect(now, id, FaultEffect::hand_over_begun);
            },
            [&](const ClockDrift& f) {
                for (const NodeId node : nodes) fleet_.node(node).begin_drift(id, f.drift_ppb);
                if (!nodes.empty()) receipts_.effect(now, id, FaultEffect::clock_drifting);
            },
            [&](const MembershipChange& f) {
                operator_.begin(id, f, nodes, fault.random.fork("change"));
            },
            [&](const SiteOrder& f) {
                novacron::check(sites_ != nullptr && !nodes.empty(), "an order is about a site");
                sites_->begin(id, f, sites_->site_of(nodes.front()), fault.random.fork("order"));
            },
            [&](const DeployOrder& f) {
                if (deployer_ != nullptr) deployer_->begin(id, f, nodes);
            },
            [&](const TrafficOrder& f) {
                if (shifter_ != nullptr) shifter_->begin(id, f);
            },
            [&](const NameFault& f) { mislead(number, f); }},
        fault.kind);
}

void Injector::lift_fault(std::uint32_t number) {
    const FaultId id{number};
    const std::vector<NodeId>& nodes = hit_[number][0].nodes;
    const auto each = [&](const auto& action) {
        for (const NodeId node : nodes) action(node);
    };
    const auto remove_rules = [&](const auto&) { fleet_.network().remove_rules(id); };
    std::visit(
        novacron::Overloaded{
            [&](const OfHosts auto& f) { breaker_.lift({id, faults_[number], nodes}, f); },
            [&](const OfServices auto&) { service_breaker_.lift(id); },
            [&](const OfBackups auto&) {
                if (backups_ != nullptr) backups_->lift(id);
            },
            [&](const NodePause&) { each([&](NodeId n) { fleet_.let_go_on(n); }); },
            [&](const Partition& f) { remove_rules(f); },
            [&](const NetworkDelay& f) { remove_rules(f); },
            [&](const NetworkLoss& f) { remove_rules(f); },
            [&](const NetworkDuplicate& f) { remove_rules(f); },
            [&](const NetworkReorder& f) { remove_rules(f); },
            [&](const NetworkJitter& f) { remove_rules(f); },
            [&](const NetworkBurstLoss& f) { remove_rules(f); },
            [&](const NetworkCorrupt& f) { remove_rules(f); },
            [&](const NetworkBandwidth& f) { remove_rules(f); },
            [&](const NetworkHold& f) { remove_rules(f); },
            [&](const NetworkFlap& f) { remove_rules(f); },
            [&](const NetworkSwizzle& f) { remove_rules(f); },
            [&](const LoadSpike&) { surges_.end(id); },
            [&](const LoadRamp&) { surges_.end(id); },
            [&](const LoadHotKey&) {
                for (const std::uint32_t n : workloads(number)) {
                    if (n < fleet_.workload_count()) fleet_.workload(n).end_hot_key(id);
                }
            },
            [](const LoadHerd&) {},
            [](const KeyMistake&) {},
            [&](const ClockStep&) {
                each([&](NodeId n) { fleet_.node(n).set_wall_clock_right(id); });
            },
            [&](const ClockSmear&) {
                each([&](NodeId n) { fleet_.node(n).set_wall_clock_right(id); });
            },
            [&](const ClockFreeze&) { each([&](NodeId n) { fleet_.node(n).end_freeze(id); }); },
            [&](const WrongRestart&) { breaker_.lift({id, faults_[number], nodes}, NodeCrash{}); },
            [&](const RepeatedRemoval&) { rollout_.end(id); },
            [&](const PushedConfiguration&) { rollout_.end(id); },
            [&](const DiskSlow&) { each([&](NodeId n) { fleet_.node(n).disk().end_slow(id); }); },
            [&](const DiskStall&) { each([&](NodeId n) { fleet_.node(n).disk().end_stall(id); }); },
            [&](const DiskSyncIgnored&) {
                each([&](NodeId n) { fleet_.node(n).disk().end_sync_ignored(id); });
            },
            [&](const DiskSyncError&) {
                each([&](NodeId n) { fleet_.node(n).disk().end_sync_error(id); });
            },
            [&](const DiskReadError&) {
                each([&](NodeId n) { fleet_.node(n).disk().end_read_error(id); });
            },
            [&](const DiskFull&) { each([&](NodeId n) { fleet_.node(n).disk().end_full(id); }); },
            [](const DiskBitRot&) {},
            [](const LeadershipTransfer&) {},
            [&](const ClockDrift&) { each([&](NodeId n) { fleet_.node(n).end_drift(id); }); },
            [&](const MembershipChange&) { operator_.end(id); },
            [&](const SiteOrder&) { sites_->end(id); },
            [&](const DeployOrder&) {
                if (deployer_ != nullptr) deployer_->end(id);
            },
            [&](const TrafficOrder&) {
                if (shifter_ != nullptr) shifter_->end(id);
            },
            [&](const NameFault&) { names_->end(id); }},
        faults_[number].kind);
}

}  // namespace shaketable
