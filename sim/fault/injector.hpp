// SPDX-License-Identifier: MIT
//
// Strikes the fleet with the faults of a schedule, and lifts them again.
//
// Whom a fault hits is decided when it strikes: `leader` is whoever leads then. A fault that finds
// nobody (no leader, say) strikes nobody and stays without an effect, which the run's verdict
// counts as no evidence.
//
// Order: of what happens at one instant, faults that end come first, then faults that start, both
// by number, then all other events. So the order hangs on the schedule alone and not on when it was
// made, and a schedule that grows while the run goes on gives the run that the whole one gives.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/backup/backups.hpp"
#include "sim/deploy/deployer.hpp"
#include "sim/deploy/traffic_shifter.hpp"
#include "sim/fault/host_breaker.hpp"
#include "sim/fault/operator.hpp"
#include "sim/fault/rollout.hpp"
#include "sim/fault/schedule.hpp"
#include "sim/fault/service_breaker.hpp"
#include "sim/fault/surges.hpp"
#include "sim/fleet/fleet.hpp"
#include "sim/site/sites.hpp"

namespace shaketable {

// Hosts, as a fault found them.
struct HostSet {
    std::vector<NodeId> nodes;  // ascending
    bool clients = false;
    std::vector<std::uint32_t> workloads = {};  // with clients and none: all of them
    std::vector<std::uint32_t> services = {};
};

class Injector final {
public:
    // `sites` and `names` may be null, if no fault is about them.
    Injector(std::vector<PlannedFault> faults, EventQueue& queue, Record& record,
             Receipts& receipts, Fleet& fleet, Sites* sites = nullptr,
             NameService* names = nullptr);

    // What faults of backups strike from now on; without it they strike nothing.
    void attach(Backups& backups) { backups_ = &backups; }
    // What orders about versions go to; without it nobody carries them out.
    void attach(Deployer& deployer) { deployer_ = &deployer; }
    void attach(TrafficShifter& shifter) { shifter_ = &shifter; }

    // When the next fault starts or ends; never if none does.
    Instant next_time() const;
    // Starts or ends it; time passes until then.
    // REQUIRES: next_time() is an instant, and no event is before it.
    void do_next();

    // The first of `faults` that, by now, should have started or ended otherwise than it has.
    std::optional<std::uint32_t> contradiction(const std::vector<PlannedFault>& faults) const;
    // Goes on by another schedule. REQUIRES: it contradicts nothing that has happened.
    void reschedule(std::vector<PlannedFault> faults);

    const std::vector<PlannedFault>& faults() const { return faults_; }
    // Whom fault number i hit, one set a group; empty before it struck. Of a partition of links:
    // the two ends of each link. Of a wrong restart: who was restarted, and who was meant.
    const std::vector<HostSet>& hit(std::size_t i) const { return hit_[i]; }

private:
    // Starts and ends in the order in which they happen.
    enum class Edge : std::uint8_t { end, start };
    using Step = std::tuple<Instant, Edge, std::uint32_t>;

    void strike_fault(Instant now, std::uint32_t number);
    void lift_fault(std::uint32_t number);
    // Takes out whom a fault of a storm within tolerance must not hit now.
    void spare(const PlannedFault& fault, std::vector<NodeId>& nodes) const;
    // REQUIRES: it has struck.
    bool acts(std::uint32_t i) const {
        return !faults_[i].end || ends_.contains({*faults_[i].end, i});
    }
    bool is_to_come(const Step& step) const {
        return step >= Step{queue_.now(), {}, 0} && step > done_;
    }
    HostSet select(const Selector& selector, Random& random) const;
    std::vector<HostSet> select_hit(const PlannedFault& fault, Random& random) const;
    std::vector<HostSet> select_groups(const Partition& partition, Random& random) const;
    std::vector<HostSet> select_split(const Partition& partition, Random& random) const;
    std::vector<HostSet> select_links(const Partition& partition, Random& random) const;
    std::vector<HostSet> select_wrong(const PlannedFault& fault, Random& random) const;
    // Those that fault number i hit.
    std::vector<std::uint32_t> workloads(std::uint32_t i) const;
    PathRule rule_of(std::uint32_t number, PathRule::Action action) const;
    void add_rule(std::uint32_t number, PathRule::Action action, Chance chance,
                  const Distribution* latency);
    void add_model(std::uint32_t number, PathRule::Model model);
    std::vector<bool> is_hit(std::uint32_t number) const;  // by host
    void add_partition(std::uint32_t number, const Partition& partition);
    void mislead(std::uint32_t number, const NameFault& fault);
    void heat_keys(std::uint32_t number, const LoadHotKey& fault);
    void spoil_keys(std::uint32_t number, const KeyMistake& mistake);
    bool contains(const HostSet& set, std::uint32_t host) const;
    // Whether the leader has begun to.
    bool hand_over(const std::vector<NodeId>& targets);

    std::vector<PlannedFault> faults_;
    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    Fleet& fleet_;
    Backups* backups_ = nullptr;
    Deployer* deployer_ = nullptr;
    TrafficShifter* shifter_ = nullptr;
    Sites* sites_;
    NameService* names_;
    Operator operator_;
    Surges surges_;
    Rollout rollout_;
    HostBreaker breaker_;
    ServiceBreaker service_breaker_;
    std::vector<std::vector<HostSet>> hit_;
    std::uint32_t struck_ = 0;                          // so many of the faults have started
    std::set<std::pair<Instant, std::uint32_t>> ends_;  // of those that act and are to end
    Step done_{Instant{}, Edge::end, 0};                // the last
    std::deque<Distribution> latencies_;  // of faults that have one; addresses stay valid
};

}  // namespace shaketable
