// SPDX-License-Identifier: MIT
#include "sim/scenario/fault_options.hpp"

#include <array>
#include <utility>

namespace shaketable {
namespace {

using novacron::milliseconds;

FaultKind burst_loss(const Fields& with) {
    BurstLossOptions options{};
    options.good = with.duration("good").value_or(milliseconds(1));
    options.bad = with.duration("bad").value_or(milliseconds(1));
    options.loss = with.probability("loss").value_or(0);
    options.good_loss = with.probability("good_loss").value_or(0);
    return NetworkBurstLoss{options};
}

FaultKind bandwidth(const Fields& with) {
    BottleneckOptions options{};
    options.bytes_per_second = with.size("bandwidth").value_or(1);
    options.queue = with.size("queue").value_or(0);
    return NetworkBandwidth{options};
}

RepeatedRemoval repeated_removal(const Fields& with) {
    RepeatedRemoval removal{};
    removal.times = static_cast<std::uint32_t>(with.integer("times").value_or(1));
    removal.every = with.duration("every").value_or(milliseconds(1));
    assign(removal.keep, with.integer("keep"));
    return removal;
}

// The knobs must go together with those that stay as they are.
void check_pushed(const PushedConfiguration& pushed, const Node& at, const Scenario& scenario,
                  Diagnostics& diagnostics) {
    const novacron::raft::Options before = scenario.consensus;
    const novacron::raft::Options after = pushed.upon(before);
    if (after == before) {
        diagnostics.add(about(at, "nothing is pushed that is not there already",
                              "write with: {election_timeout_min: 10ms, ...}"));
    }
    if (after.election_timeout_max < after.election_timeout_min) {
        diagnostics.add(about(at, "with this, election_timeout_max, " +
                                      format_duration(after.election_timeout_max) +
                                      ", is below election_timeout_min, " +
                                      format_duration(after.election_timeout_min)));
    }
    if (after.election_timeout_min < after.heartbeat_interval * 2) {
        diagnostics.add(about(at,
                              "with this, election_timeout_min, " +
                                  format_duration(after.election_timeout_min) +
                                  ", is less than twice the heartbeat_interval, " +
                                  format_duration(after.heartbeat_interval),
                              "a node refuses to start with that; push a heartbeat_interval, too"));
    }
    if (after.reads == novacron::raft::ReadMode::lease && !after.check_quorum) {
        diagnostics.add(about(at, "reads by lease need check_quorum", "leave check_quorum out"));
    }
}

PushedConfiguration pushed_configuration(const Fields& with) {
    PushedConfiguration pushed;
    pushed.election_timeout_min = with.duration("election_timeout_min");
    pushed.election_timeout_max = with.duration("election_timeout_max");
    pushed.heartbeat_interval = with.duration("heartbeat_interval");
    pushed.pre_vote = with.boolean("pre_vote");
    pushed.check_quorum = with.boolean("check_quorum");
    pushed.step = with.duration("step").value_or(milliseconds(1));
    return pushed;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 33> kExamples{{
    {"probability", "5%"},
    {"drift", "500ppm"},
    {"free", "64KiB"},
    {"by", "node-6"},
    {"good", "1s"},
    {"bad", "100ms"},
    {"loss", "90%"},
    {"bandwidth", "64KiB"},
    {"queue", "16KiB"},
    {"down", "200ms"},
    {"up", "800ms"},
    {"step", "500ms"},
    {"factor", "10"},
    {"over", "5s"},
    {"share", "80%"},
    {"operations", "500"},
    {"offset", "-1h"},
    {"times", "3"},
    {"every", "200ms"},
    {"instead", "node-2"},
    {"latency", "20ms"},
    {"sync_latency", "20ms"},
    {"downtime", "2s"},
    {"up_time", "2s"},
    {"from", "1ms"},
    {"to", "200ms"},
    {"cost", "5ms"},
    {"leak", "64MiB"},
    {"limit", "512MiB"},
    {"connections", "1"},
    {"workers", "8"},
    {"version", "v2"},
    {"point", "after_persist_before_send"},
}};

}  // namespace

std::string_view example_of_with(std::string_view key) {
    for (const auto& [name, example] : kExamples) {
        if (name == key) return example;
    }
    return "20ms";
}

std::optional<FaultKind> bind_options(std::string_view word, const Node& fault,
                                      const Scenario& scenario, const Places& places,
                                      Diagnostics& diagnostics) {
    const Fields with = Fields(fault).map("with");
    const double probability = with.probability("probability").value_or(0);
    const double factor = with.number("factor").value_or(2);
    const Duration over = with.duration("over").value_or(milliseconds(1));
    const Duration offset = with.duration("offset").value_or(Duration{});
    const Duration step = with.duration("step").value_or(milliseconds(1));
    if (word == "network.jitter") {
        return NetworkJitter{with.distribution("latency").value_or(Constant{})};
    }
    if (word == "network.burst_loss") return burst_loss(with);
    if (word == "network.corrupt") return NetworkCorrupt{probability};
    if (word == "network.bandwidth") return bandwidth(with);
    if (word == "network.hold") return NetworkHold{};
    if (word == "network.flap") {
        return NetworkFlap{with.duration("down").value_or(milliseconds(1)),
                           with.duration("up").value_or(milliseconds(1))};
    }
    if (word == "network.swizzle") return NetworkSwizzle{step};
    const auto closed_loop = with.text("closed_loop") == "less_thought"
                                 ? ClosedLoopSurge::less_thought
                                 : ClosedLoopSurge::more_clients;
    if (word == "load.spike") return LoadSpike{factor, closed_loop};
    if (word == "load.ramp") return LoadRamp{factor, over, closed_loop};
    if (word == "load.hot_key") return LoadHotKey{with.probability("share").value_or(0)};
    if (word == "load.herd") {
        return LoadHerd{static_cast<std::uint32_t>(with.integer("operations").value_or(1))};
    }
    if (word == "clock.step") return ClockStep{offset};
    if (word == "clock.smear") return ClockSmear{offset, over};
    if (word == "clock.freeze") return ClockFreeze{};
    if (word == "operator.restart_wrong_node") {
        WrongRestart wrong;
        const Node* instead = with.valid("instead");
        if (instead != nullptr) wrong.instead = places.nodes(*instead).value_or(wrong.instead);
        return wrong;
    }
    if (word == "operator.repeat_removal") return repeated_removal(with);
    if (word == "operator.mistake") return KeyMistake{with.probability("share").value_or(1)};
    if (word == "operator.push_configuration") {
        const PushedConfiguration pushed = pushed_configuration(with);
        const Node* at = Fields(fault).valid("with");
        if (at != nullptr) check_pushed(pushed, *at, scenario, diagnostics);
        return pushed;
    }
    return std::nullopt;
}

}  // namespace shaketable
