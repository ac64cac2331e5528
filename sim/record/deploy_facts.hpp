// SPDX-License-Identifier: MIT
//
// What can be known about versions of the software on nodes, about the format of their data, and
// about versions of services: one plain struct for each kind of fact, as facts.hpp has them.
//
// Runs of scenarios without versions have none of these.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"
#include "sim/record/site_facts.hpp"

namespace shaketable {

// Drain: the leader among the nodes hands over. Install: they are stopped, and started with the
// version. Gate: they must be healthy. Back out: those that were reached get back what they had.
// Finalise: the group is to go on in another format. Order: all of it. Of requests that are shifted
// to another version of a service. Install: its instances start. Gate: it is compared with the one
// that serves, once a step. Back out: requests go where they went before.
enum class DeployStep : std::uint8_t { order, drain, install, gate, back_out, finalize };
constexpr std::array<std::string_view, 6> kDeployStepNames = {
    "order", "drain", "install", "gate", "back-out", "finalize"};

// Refused: somebody would not be able to read the data. Failed: it did not get so far in time.
// Stopped: a gate failed. Given up: the order ended before.
enum class DeployOutcome : std::uint8_t { begun, done, refused, failed, stopped, given_up };
constexpr std::array<std::string_view, 6> kDeployOutcomeNames = {
    "begun", "done", "refused", "failed", "stopped", "given-up"};

// A step of an operator's order begins, or has come to its end; `reached` nodes have what the order
// is to give them, or so many steps of a shift have been begun.
struct DeployStepped {
    FaultId fault;
    DeployStep step;
    DeployOutcome outcome;
    std::uint32_t reached;
    static constexpr std::string_view name = "deploy-stepped";
    static constexpr std::array<std::string_view, 4> fields = {"fault", "step", "outcome",
                                                               "reached"};
    auto values() const { return std::tie(fault, step, outcome, reached); }
};
// The node's process is of this version from its next start on.
struct VersionInstalled {
    novacron::NodeId node;
    std::uint32_t version;
    static constexpr std::string_view name = "version-installed";
    static constexpr std::array<std::string_view, 2> fields = {"node", "version"};
    auto values() const { return std::tie(node, version); }
};
// The process can't read the data that it has: it ends.
struct FormatRefused {
    novacron::NodeId node;
    std::uint32_t version;
    std::uint32_t format;
    static constexpr std::string_view name = "format-refused";
    static constexpr std::array<std::string_view, 3> fields = {"node", "version", "format"};
    auto values() const { return std::tie(node, version, format); }
};
// From now on so many requests of a million for the service go to this version, each by chance.
struct TrafficShifted {
    FaultId fault;
    std::uint32_t service;
    std::uint32_t version;
    std::uint32_t share_ppm;
    static constexpr std::string_view name = "traffic-shifted";
    static constexpr std::array<std::string_view, 4> fields = {"fault", "service", "version",
                                                               "share_ppm"};
    auto values() const { return std::tie(fault, service, version, share_ppm); }
};
// What callers met at this version of a service since the step began, and at the one before: calls
// that were sent and have ended since, how many of them badly, and the time that 95 % of the good
// ones did not exceed; 0 if there were none.
struct VersionsCompared {
    FaultId fault;
    std::uint32_t version;
    std::uint64_t calls;
    std::uint64_t failed;
    std::uint64_t p95_ns;
    std::uint64_t former_calls;
    std::uint64_t former_failed;
    std::uint64_t former_p95_ns;
    bool is_worse;
    static constexpr std::string_view name = "versions-compared";
    static constexpr std::array<std::string_view, 9> fields = {
        "fault", "version", "calls", "failed", "p95_ns", "former_calls", "former_failed",
        "former_p95_ns", "is_worse"};
    auto values() const {
        return std::tie(fault, version, calls, failed, p95_ns, former_calls, former_failed,
                        former_p95_ns, is_worse);
    }
};
// The group's data are in this format from now on, as its leader has applied.
struct FormatFinalized {
    std::uint32_t format;
    static constexpr std::string_view name = "format-finalized";
    static constexpr std::array<std::string_view, 1> fields = {"format"};
    auto values() const { return std::tie(format); }
};

}  // namespace shaketable
