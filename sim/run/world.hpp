// SPDX-License-Identifier: MIT
//
// Everything a run consists of, built from a scenario and a seed: the fleet and its faults on one
// side, those who watch the facts on the other.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/alert/monitor.hpp"
#include "sim/check/probes.hpp"
#include "sim/check/restored_states.hpp"
#include "sim/fault/injector.hpp"
#include "sim/measure/backups.hpp"
#include "sim/measure/deploys.hpp"
#include "sim/measure/detection.hpp"
#include "sim/measure/loss.hpp"
#include "sim/measure/requests.hpp"
#include "sim/measure/roles.hpp"
#include "sim/measure/service_calls.hpp"
#include "sim/measure/site_duty.hpp"
#include "sim/measure/site_history.hpp"
#include "sim/run/group.hpp"
#include "sim/run/run.hpp"
#include "sim/run/timeline.hpp"

namespace shaketable {

// Looks for the cluster's health on behalf of a check that does not look from the end of all faults
// on.
struct CheckWatch {
    CheckWatch(std::size_t number, Instant since, Group& group)
        : check(number), from(since), of(&group), health(group.record, group.logs, since) {}

    std::size_t check;  // its number
    Instant from;
    const Group* of;    // one that is renewed is watched anew
    HealthWatch health;
};

// Groups that are made anew are watched anew.
struct World;
class Renewal final : public ListensTo<SiteReseeded, NodesRestored> {
public:
    explicit Renewal(World& world);

private:
    void on(Instant at, const SiteReseeded& fact) override;
    void on(Instant at, const NodesRestored& fact) override;
    World& world_;
};

struct World {
    World(const Scenario& scenario_to_run, std::uint64_t seed_of_the_run,
          const ConsensusTrace& trace = {});

    // Starts nodes and workloads: the first facts of the run.
    void start();
    Instant next_time() {
        return std::min({monitor_time(), injector.next_time(), queue.next_time()});
    }
    Instant monitor_time() const { return monitor ? monitor->next_time() : Instant::never(); }
    // The monitor first, then faults: see sim/alert/monitor.hpp and sim/fault/injector.hpp.
    // REQUIRES: next_time() is an instant.
    void do_next_event();
    // All events before an instant, and what the monitor and faults do up to another, which is at
    // most a nanosecond less.
    void do_events(Instant before, Instant last_fault);
    // Goes on by another scenario, which differs in faults only. Returns the id of a fault that by
    // now should have started or ended otherwise than it has, and then nothing has changed.
    std::optional<std::string> amend(const Scenario& amended);
    // What the monitor does next. What waits for an alert that has come begins to be planned.
    void let_monitor_act();
    // Goes on by a schedule. REQUIRES: it contradicts nothing that has happened.
    void follow(Schedule changed);
    // The group's nodes start anew, with another history: who watched the old one is done.
    void renew_group(std::size_t number);

    // The instant at which the last fault that ends has ended; the warm-up's end if there is none.
    Instant faults_end() const;
    std::vector<std::string> node_names() const;
    // The group that serves clients.
    Group& group() { return *groups[serving()]; }
    const Group& group() const { return *groups[serving()]; }
    // Its number: that of the site that is primary.
    std::size_t serving() const {
        return groups.size() == 1
                   ? 0
                   : site_history.primary_at(Instant::never()).value_or(first_primary()).value;
    }
    SiteId first_primary() const {
        return scenario.replication ? scenario.replication->options.primary : SiteId{0};
    }
    // By number: which site each node stands in; sites count in the order of the scenario.
    std::vector<SiteId> sites_of_nodes() const;
    const Group& group_of(NodeId node) const;
    Instant run_end() const { return Instant{scenario.duration.ns}; }

    Scenario scenario;
    std::uint64_t seed;
    Schedule schedule;

    EventQueue queue;
    std::uint64_t events = 0;
    bool started = false;
    bool finished = false;  // everything up to the scenario's end has happened
    Record record;
    Receipts receipts{record};

    // Watchers come before the world: they see its first fact.
    Findings findings;
    std::vector<std::unique_ptr<Group>> groups;   // by number: of all nodes, or one a site
    std::vector<std::unique_ptr<Group>> retired;  // that were renewed since
    std::optional<Detection> detection;  // nothing if nobody watches anybody
    std::optional<Monitor> monitor;      // nothing without alerts
    Operations operations;
    Requests requests;
    ServiceCalls service_calls;
    SiteHistory site_history;
    SiteDuty site_duty;
    RoleHistory roles;
    Timeline timeline;
    Renewal renewal;
    std::optional<Probes> probes;  // nothing unless asked for
    std::optional<SiteLogs> site_logs;             // if there are backups of sites
    std::optional<BackupHistory> backup_history;   // if there are backups; so is one of the next
    std::optional<RestoredStates> restored_states;
    std::optional<RestoredSiteStates> restored_site_states;
    std::optional<DeployHistory> deploy_history;   // if there are versions, of services or nodes
    std::deque<CheckWatch> check_watches;  // addresses stay valid

    std::deque<Distribution> link_latencies;  // addresses stay valid
    Distribution sync_latency;
    std::unique_ptr<NameService> names;  // null: clients try all nodes
    Fleet fleet;
    std::optional<Backups> backups;  // if the scenario has them; so is the next
    std::optional<Deployer> deployer;
    std::optional<TrafficShifter> shifter;  // if services have versions
    std::unique_ptr<Sites> sites;        // null: all nodes are one group
    Injector injector;
};

}  // namespace shaketable
