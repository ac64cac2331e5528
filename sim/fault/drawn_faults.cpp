// SPDX-License-Identifier: MIT
#include "sim/fault/drawn_faults.hpp"

#include <cstdint>

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;

constexpr std::uint64_t kKibi = 1024;

class Draws {
public:
    explicit Draws(Random& random) : random_(random) {}

    // From 1 on, each equally likely.
    std::uint32_t up_to(std::uint32_t most) {
        return static_cast<std::uint32_t>(1 + random_.below(most));
    }
    double percent(std::uint32_t most) { return 0.01 * static_cast<double>(up_to(most)); }
    Duration either_way(Duration time) { return random_.below(2) == 0 ? time : time * -1; }
    bool toss() { return random_.below(2) == 0; }

private:
    Random& random_;
};

NetworkBurstLoss draw_bursts(Draws& draws) {
    BurstLossOptions options{};
    options.good = milliseconds(100) * draws.up_to(30);
    options.bad = milliseconds(10) * draws.up_to(50);
    options.loss = draws.percent(100);
    options.good_loss = draws.toss() ? 0 : draws.percent(2);
    return {options};
}

NetworkBandwidth draw_bandwidth(Draws& draws) {
    BottleneckOptions options{};
    options.bytes_per_second = 16 * kKibi * draws.up_to(64);
    options.queue = kKibi * draws.up_to(64);
    return {options};
}

NetworkFlap draw_flap(Draws& draws) {
    NetworkFlap flap{};
    flap.down = milliseconds(10) * draws.up_to(100);
    flap.up = milliseconds(10) * draws.up_to(200);
    return flap;
}

LoadRamp draw_ramp(Draws& draws) {
    LoadRamp ramp{};
    ramp.factor = 1 + draws.up_to(5);
    ramp.over = milliseconds(100) * draws.up_to(50);
    return ramp;
}

ClockSmear draw_smear(Draws& draws) {
    ClockSmear smear{};
    smear.offset = draws.either_way(milliseconds(draws.up_to(2000)));
    smear.over = milliseconds(100) * draws.up_to(100);
    return smear;
}

RepeatedRemoval draw_removal(Draws& draws) {
    RepeatedRemoval removal{};
    removal.times = 1 + draws.up_to(4);
    removal.every = milliseconds(10) * draws.up_to(100);
    removal.keep = 3;
    return removal;
}

// From far too short to rather long, with a heartbeat that goes with it.
PushedConfiguration draw_configuration(Draws& draws) {
    PushedConfiguration pushed;
    const Duration heartbeat = milliseconds(draws.up_to(100));
    const Duration shortest = heartbeat * (1 + draws.up_to(9));
    pushed.heartbeat_interval = heartbeat;
    pushed.election_timeout_min = shortest;
    pushed.election_timeout_max = shortest + milliseconds(10) * draws.up_to(50);
    pushed.pre_vote = draws.toss();
    pushed.step = milliseconds(100) * draws.up_to(20);
    return pushed;
}

}  // namespace

bool is_of_load(const std::string& inject) {
    return inject.starts_with("load.") || inject == "operator.mistake";
}

bool is_done_at_once(const FaultKind& kind) {
    return std::holds_alternative<LoadHerd>(kind) || std::holds_alternative<KeyMistake>(kind);
}

std::optional<FaultKind> draw_kind(const std::string& inject, Random& random) {
    Draws draws(random);
    if (inject == "network.jitter") {
        return NetworkJitter{Exponential{milliseconds(draws.up_to(100))}};
    }
    if (inject == "network.burst_loss") return draw_bursts(draws);
    if (inject == "network.corrupt") return NetworkCorrupt{draws.percent(30)};
    if (inject == "network.bandwidth") return draw_bandwidth(draws);
    if (inject == "network.hold") return NetworkHold{};
    if (inject == "network.flap") return draw_flap(draws);
    if (inject == "network.swizzle") return NetworkSwizzle{milliseconds(10) * draws.up_to(50)};
    if (inject == "load.spike") return LoadSpike{1.0 + draws.up_to(5)};
    if (inject == "load.ramp") return draw_ramp(draws);
    if (inject == "load.hot_key") return LoadHotKey{draws.percent(100)};
    if (inject == "load.herd") return LoadHerd{10 * draws.up_to(50)};
    if (inject == "clock.step") return ClockStep{draws.either_way(seconds(draws.up_to(7200)))};
    if (inject == "clock.smear") return draw_smear(draws);
    if (inject == "clock.freeze") return ClockFreeze{};
    if (inject == "operator.restart_wrong_node") return WrongRestart{};
    if (inject == "operator.repeat_removal") return draw_removal(draws);
    if (inject == "operator.push_configuration") return draw_configuration(draws);
    if (inject == "operator.mistake") return KeyMistake{draws.percent(50)};
    return std::nullopt;
}

Partition draw_partition(const Selector& group, Random& random) {
    using Shape = Partition::Shape;
    using Direction = Partition::Direction;
    constexpr Shape kShapes[] = {Shape::split,  Shape::halves,          Shape::isolate,
                                 Shape::minority, Shape::bridge, Shape::majorities_ring,
                                 Shape::partial_mesh};
    Partition partition;
    partition.shape = kShapes[random.below(std::size(kShapes))];
    const std::uint64_t way = random.below(4);
    if (way == 2) partition.direction = Direction::inward;
    if (way == 3) partition.direction = Direction::outward;
    if (partition.shape == Shape::majorities_ring) partition.direction = Direction::both;
    if (partition.shape == Shape::split) {
        Selector rest;
        rest.others = true;
        partition.groups = {group, rest};
    }
    return partition;
}

}  // namespace shaketable
