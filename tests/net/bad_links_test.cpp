// SPDX-License-Identifier: MIT
//
// What bad links do to messages: jitter, damage, narrow lines, holding back, flapping.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/raft/codec.hpp"
#include "tests/catch.hpp"
#include "tests/net/wire.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::Wire;
using Action = PathRule::Action;
using Serials = std::vector<std::uint64_t>;

PathRule with_model(PathRule rule, PathRule::Model model) {
    rule.action = Action::by_model;
    rule.model = std::move(model);
    return rule;
}

Serials counted(std::uint64_t to) {
    Serials all;
    for (std::uint64_t i = 1; i <= to; ++i) all.push_back(i);
    return all;
}

}  // namespace

TEST_CASE("bad links: jitter lets messages overtake each other, a delay does not") {
    for (const Action action : {Action::jitter, Action::delay}) {
        Wire wire({});
        wire.network->add_rule(
            wire.rule(0, action, {{0, 1}}, 0, Uniform{Duration{}, milliseconds(20)}));
        for (std::uint64_t i = 1; i <= 50; ++i) wire.send(0, 1, i);
        wire.send(0, 2, 99);
        wire.run_all();
        Serials arrived = wire.serials();
        REQUIRE(arrived.front() == 99);
        arrived.erase(arrived.begin());
        REQUIRE((arrived == counted(50)) == (action == Action::delay));
        std::sort(arrived.begin(), arrived.end());
        REQUIRE(arrived == counted(50));
        for (const Wire::Arrival& arrival : wire.arrivals) {
            REQUIRE(arrival.at <= Instant{} + milliseconds(21));
        }
        REQUIRE(wire.observed.at(0).effect == FaultEffect::packet_delayed);
    }
}

TEST_CASE("bad links: what is damaged is refused where it arrives, and counted as such") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::corrupt, {{0, 1}}, 1));
    for (std::uint64_t i = 1; i <= 500; ++i) wire.send(0, 1, i);
    wire.send_request(0, 1, 501);
    wire.send_response(0, 1, 502);
    wire.send(1, 0, 503);
    REQUIRE(wire.observed.empty());  // nobody can know yet
    wire.run_all();
    REQUIRE(wire.serials() == Serials{503});
    REQUIRE(wire.dropped(DropCause::corrupted) == 502);
    REQUIRE(wire.observed.size() == 1);
    REQUIRE(wire.observed[0].effect == FaultEffect::packet_corrupted);
    REQUIRE(wire.sent.size() == wire.deliveries.size() + wire.drops.size());
}

TEST_CASE("bad links: only the share that is meant is damaged, and the rest arrives whole") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::corrupt, {{0, 1}}, 0.25));
    for (std::uint64_t i = 1; i <= 10'000; ++i) wire.send(0, 1, i);
    wire.run_all();
    const auto refused = static_cast<double>(wire.dropped(DropCause::corrupted));
    REQUIRE(refused > 2500 - 4 * 43.4);
    REQUIRE(refused < 2500 + 4 * 43.4);
    const Serials arrived = wire.serials();
    REQUIRE(std::is_sorted(arrived.begin(), arrived.end()));
    REQUIRE(arrived.size() + wire.dropped(DropCause::corrupted) == 10'000);
}

TEST_CASE("bad links: a damaged message that finds nobody is lost as any other") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::corrupt, {{0, 1}}, 1));
    wire.network->set_state(HostId{1}, HostState::silent);
    wire.send(0, 1, 1);
    wire.run_all();
    REQUIRE(wire.dropped(DropCause::host_down) == 1);
    REQUIRE(wire.observed.empty());
}

TEST_CASE("bad links: what is held arrives after the end, in the order in which it was sent") {
    Wire wire({3, Uniform{milliseconds(1), milliseconds(30)}});
    wire.send(0, 1, 1);  // left before
    wire.network->add_rule(wire.rule(0, Action::hold, {{0, 1}, {1, 0}}));
    for (std::uint64_t i = 2; i <= 20; ++i) wire.send(0, 1, i);
    wire.send_request(0, 1, 21);
    wire.send(0, 2, 100);
    wire.run_until(Instant{} + seconds(5));
    REQUIRE(wire.arrivals.size() == 2);
    REQUIRE(wire.observed.at(0).effect == FaultEffect::packet_held);
    wire.send_at(Instant{} + seconds(6), 0, 1, 22);
    wire.run_until(Instant{} + seconds(6));
    wire.network->remove_rules(FaultId{0});
    wire.send(0, 1, 23);
    wire.run_all();
    Serials arrived = wire.serials();
    std::erase(arrived, 100);
    REQUIRE(arrived == counted(23));
    REQUIRE(wire.arrivals.at(2).at > Instant{} + seconds(6));
    REQUIRE(wire.drops.empty());
}

TEST_CASE("bad links: the end of one fault releases what it holds, and not what another does") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::hold, {{0, 1}}));
    wire.network->add_rule(wire.rule(1, Action::hold, {{0, 2}}));
    wire.send(0, 1, 1);
    wire.send(0, 2, 2);
    wire.network->remove_rules(FaultId{1});
    wire.run_all();
    REQUIRE(wire.serials() == Serials{2});
    wire.network->remove_rules(FaultId{0});
    wire.run_all();
    REQUIRE(wire.serials() == Serials{2, 1});
}

TEST_CASE("bad links: a narrow line takes the time of the message's bytes, and drops the rest") {
    Wire wire({});
    std::vector<std::byte> bytes;
    encode(novacron::raft::Message{}, bytes);
    const std::uint64_t size = bytes.size();
    // Two messages wait besides the one that passes, which takes 100 ms.
    wire.network->add_rule(with_model(wire.rule(0, Action::drop, {{0, 1}}),
                                      Bottleneck({size * 10, size * 3}, {true, false, false})));
    for (std::uint64_t i = 1; i <= 6; ++i) wire.send(0, 1, i);
    wire.run_all();
    REQUIRE(wire.serials() == Serials{1, 2, 3});
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(wire.arrivals[i].at ==
                Instant{} + milliseconds(1) + milliseconds(100) * static_cast<std::int64_t>(i + 1));
    }
    REQUIRE(wire.dropped(DropCause::queue_full) == 3);
    REQUIRE(wire.observed.at(0).effect == FaultEffect::packet_delayed);
}

TEST_CASE("bad links: a flapping link drops while it is down, as a cut does") {
    Wire wire({});
    wire.network->add_rule(with_model(wire.rule(0, Action::drop, {{0, 1}}),
                                      Flapping(Instant{}, milliseconds(10), milliseconds(30))));
    for (std::uint64_t i = 0; i < 8; ++i) {
        wire.send_at(Instant{} + milliseconds(10) * static_cast<std::int64_t>(i), 0, 1, i);
    }
    wire.run_all();
    REQUIRE(wire.serials() == Serials{1, 2, 3, 5, 6, 7});
    REQUIRE(wire.dropped(DropCause::partition) == 2);
}

TEST_CASE("bad links: a swizzle cuts every path of a host that is cut off") {
    Wire wire({3});
    PathRule rule = wire.rule(0, Action::drop, {{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}});
    const Swizzle model(Instant{}, milliseconds(10), {true, true, false}, Random(1));
    Swizzle oracle = model;
    wire.network->add_rule(with_model(std::move(rule), model));
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < 40; ++i) {
        const Instant at = Instant{} + milliseconds(5) * static_cast<std::int64_t>(i);
        const std::uint32_t host = i % 2 == 0 ? 0 : 1;
        wire.send_at(at, host, 2, i);
        if (!oracle.is_cut(at, host)) expected.push_back(i);
    }
    wire.run_all();
    REQUIRE(wire.serials() == expected);
    REQUIRE_FALSE(expected.empty());
    REQUIRE(wire.dropped(DropCause::partition) == 40 - expected.size());
}

TEST_CASE("bad links: losses in bursts are losses") {
    Wire wire({});
    wire.network->add_rule(with_model(wire.rule(0, Action::drop, {{0, 1}}),
                                      BurstLoss({milliseconds(1), seconds(1000), 1, 0}, 9,
                                                Random(5))));
    for (std::uint64_t i = 0; i < 100; ++i) wire.send(0, 1, i);
    wire.send(0, 2, 100);
    wire.run_all();
    REQUIRE(wire.dropped(DropCause::loss) == 100);
    REQUIRE(wire.serials() == Serials{100});
}
