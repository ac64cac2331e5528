// SPDX-License-Identifier: MIT
//
// When each fault of a scenario strikes, for one seed: instants drawn, anchors followed, random
// faults spelled out.
//
// Each fault draws from a stream of its own name, so that adding one fault moves no other.
//
// What hangs on an alert is left out until that has fired: then the schedule is made anew, and
// differs from the one before in what is to come only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "sim/fault/alert_instants.hpp"
#include "sim/fault/faults.hpp"

namespace shaketable {

// One fault, ready to strike.
struct PlannedFault {
    std::string id;
    std::string inject;
    FaultKind kind;
    Selector target;
    Instant start;
    std::optional<Instant> end;  // nothing: permanent
    Random random;               // for what is drawn when it strikes
    std::uint32_t origin = 0;    // the scenario's fault that it comes from
    bool drawn = false;          // one of many that a random fault was spelled out to
    RandomFaults::Tolerance tolerance = RandomFaults::Tolerance::beyond;
};

// The nodes that stand together: a set for each zone, site and rack. What is drawn for a cluster
// without such places hits all nodes.
struct StandingPlaces {
    std::vector<std::vector<NodeId>> zones, sites, racks;
};

struct ScheduleOptions {
    std::vector<FaultSpec> faults;  // anchors without circles
    Duration warmup;
    Duration duration;              // of the run: a fault that would start later is left out
    std::uint32_t nodes;
    StandingPlaces places = {};
    std::vector<AlertInstants> alerts = {};  // by name; those that are missing have not fired
};

struct FaultSpan {
    Instant start;
    std::optional<Instant> end;  // nothing: permanent
};

// In the order of their starts; faults that start together keep the scenario's order. Ends come
// after starts. By scenario fault: `spans[i]` is when it acts, or the storm of it; `first_of[i]` is
// its place among the planned, nothing if it is left out.
struct Schedule {
    std::vector<PlannedFault> faults;
    std::vector<FaultSpan> spans;
    std::vector<std::optional<std::uint32_t>> first_of;
    std::vector<bool> on_alert;  // by scenario fault: it waits for an alert, or for one that does
    Instant faults_end;          // what the anchor of this name stands for
};

// When a fault starts and ends, as far as it says.
struct Whens {
    std::optional<When> start;
    std::optional<When> end;
};
// Which faults hang on the anchor faults_end or on an alert, by themselves or by others that they
// are anchored to: what the anchor stands for can't take them in.
std::vector<bool> hang_on_faults_end(const std::vector<Whens>& faults);
// Which faults hang on an alert, likewise; with their starts.
std::vector<bool> wait_for_alerts(const std::vector<FaultSpec>& faults);

Schedule plan_faults(const ScheduleOptions& options, const Random& random);

}  // namespace shaketable
