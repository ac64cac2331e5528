// SPDX-License-Identifier: MIT
//
// What faults do to paths: rules, their order and their receipts.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/catch.hpp"
#include "tests/net/wire.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::Wire;
using Action = PathRule::Action;
using Serials = std::vector<std::uint64_t>;

constexpr std::size_t kTrials = 50'000;

bool is_plausible(std::size_t count, double probability) {
    const double sigma = std::sqrt(static_cast<double>(kTrials) * probability * (1 - probability));
    const double expected = static_cast<double>(kTrials) * probability;
    return std::abs(static_cast<double>(count) - expected) <= 4 * sigma;
}

}  // namespace

TEST_CASE("network rules: a drop covers the paths it names, in their direction only") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
    wire.send(0, 1, 1);
    wire.send(1, 0, 2);
    wire.send(0, 2, 3);
    wire.send(2, 1, 4);
    wire.run_all();
    REQUIRE(wire.serials() == Serials{2, 3, 4});
    REQUIRE(wire.dropped(DropCause::partition) == 1);
    REQUIRE(wire.drops[0].from == HostId{0});
    REQUIRE(wire.drops[0].to == HostId{1});
}

TEST_CASE("network rules: a message that left before the rule came still arrives") {
    Wire wire({});
    wire.send(0, 1, 1);
    wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
    wire.run_all();
    REQUIRE(wire.serials() == Serials{1});
    REQUIRE(wire.observed.empty());
}

TEST_CASE("network rules: a removed rule is gone, those of other faults stay") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
    wire.network->add_rule(wire.rule(1, Action::drop, {{0, 1}, {0, 2}}));
    wire.network->remove_rules(FaultId{0});
    wire.send(0, 1, 1);
    wire.network->remove_rules(FaultId{1});
    wire.send(0, 1, 2);
    wire.send(0, 2, 3);
    wire.run_all();
    REQUIRE(wire.serials() == Serials{2, 3});
}

TEST_CASE("network rules: all rules of one fault go together") {
    Wire wire({});
    wire.network->add_rule(wire.rule(4, Action::drop, {{0, 1}}));
    wire.network->add_rule(wire.rule(4, Action::drop, {{1, 0}}));
    wire.network->remove_rules(FaultId{4});
    wire.send(0, 1, 1);
    wire.send(1, 0, 2);
    wire.run_all();
    REQUIRE(wire.serials() == Serials{1, 2});
}

TEST_CASE("network rules: the first verdict against a message wins") {
    SECTION("a partition before a loss") {
        Wire wire({});
        wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
        wire.network->add_rule(wire.rule(1, Action::lose, {{0, 1}}, 1));
        wire.send(0, 1, 1);
        REQUIRE(wire.drops.size() == 1);
        REQUIRE(wire.drops[0].cause == DropCause::partition);
        REQUIRE(wire.observed.size() == 1);
        REQUIRE(wire.observed[0].fault == FaultId{0});
    }
    SECTION("a loss before a partition") {
        Wire wire({});
        wire.network->add_rule(wire.rule(1, Action::lose, {{0, 1}}, 1));
        wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
        wire.send(0, 1, 1);
        REQUIRE(wire.drops.size() == 1);
        REQUIRE(wire.drops[0].cause == DropCause::loss);
        REQUIRE(wire.observed.size() == 1);
        REQUIRE(wire.observed[0].fault == FaultId{1});
    }
    SECTION("the link's own loss before all rules") {
        Wire wire({.loss = 1});
        wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
        wire.send(0, 1, 1);
        REQUIRE(wire.drops[0].cause == DropCause::loss);
        REQUIRE(wire.observed.empty());
    }
}

TEST_CASE("network rules: loss strikes as often as the rule says") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::lose, {{0, 1}}, 0.25));
    for (std::size_t i = 0; i < kTrials; ++i) wire.send(0, 1, i);
    wire.run_all();
    REQUIRE(is_plausible(wire.dropped(DropCause::loss), 0.25));
}

TEST_CASE("network rules: duplication strikes as often as the rule says") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::duplicate, {{0, 1}}, 0.25));
    for (std::size_t i = 0; i < kTrials; ++i) wire.send(0, 1, i);
    wire.run_all();
    REQUIRE(is_plausible(wire.arrivals.size() - kTrials, 0.25));
    REQUIRE(wire.observed[0].effect == FaultEffect::packet_duplicated);
}

TEST_CASE("network rules: a message is doubled once, though link and rules both say so") {
    Wire wire({.duplicate = 1});
    wire.network->add_rule(wire.rule(0, Action::duplicate, {{0, 1}}, 1));
    wire.network->add_rule(wire.rule(1, Action::duplicate, {{0, 1}}, 1));
    wire.send(0, 1, 1);
    wire.run_all();
    REQUIRE(wire.serials() == Serials{1, 1});
}

TEST_CASE("network rules: reordering strikes as often as the rule says") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::delay, {{0, 1}}, 0, Constant{seconds(10)}));
    wire.send(0, 1, 0);
    wire.network->remove_rules(FaultId{0});
    wire.network->add_rule(wire.rule(1, Action::reorder, {{0, 1}}, 0.25));
    for (std::size_t i = 1; i <= kTrials; ++i) wire.send(0, 1, i);
    wire.run_until(Instant{} + seconds(5));
    REQUIRE(is_plausible(wire.arrivals.size(), 0.25));
    REQUIRE(wire.observed[1].effect == FaultEffect::packet_reordered);
}

TEST_CASE("network rules: delays of several faults add up") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::delay, {{0, 1}}, 0, Constant{milliseconds(10)}));
    wire.network->add_rule(wire.rule(1, Action::delay, {{0, 1}}, 0, Constant{milliseconds(200)}));
    wire.send(0, 1, 1);
    wire.run_all();
    REQUIRE(wire.arrivals[0].at == Instant{} + milliseconds(211));
    REQUIRE(wire.observed.size() == 2);
    REQUIRE(wire.observed[0].effect == FaultEffect::packet_delayed);
}

TEST_CASE("network rules: delayed messages keep their order") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::delay, {{0, 1}}, 0, Exponential{milliseconds(50)}));
    for (std::uint64_t i = 0; i < 1000; ++i) {
        wire.send_at(Instant{} + milliseconds(static_cast<std::int64_t>(i)), 0, 1, i);
    }
    wire.run_all();
    const Serials serials = wire.serials();
    REQUIRE(serials.size() == 1000);
    REQUIRE(std::is_sorted(serials.begin(), serials.end()));
}

TEST_CASE("network rules: refusals obey the rules of the path back") {
    Wire wire({});
    wire.network->set_state(HostId{1}, HostState::refusing);
    wire.network->add_rule(wire.rule(0, Action::drop, {{1, 2}}));
    wire.send_request(2, 1, 1);
    wire.run_all();
    REQUIRE(wire.refusals.empty());
    REQUIRE(wire.dropped(DropCause::partition) == 1);
    REQUIRE(wire.observed.size() == 1);
}

TEST_CASE("network rules: a fault leaves one receipt, however many packets it hits") {
    Wire wire({});
    wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
    for (std::uint64_t i = 0; i < 100; ++i) wire.send(0, 1, i);
    REQUIRE(wire.observed.size() == 1);
    REQUIRE(wire.observed[0].effect == FaultEffect::packet_dropped);
}

TEST_CASE("network rules: a rule that comes and goes leaves the link's own draws alone") {
    const test::WireOptions rough{
        .latency = Uniform{milliseconds(1), milliseconds(9)}, .loss = 0.2, .duplicate = 0.2};
    Wire plain(rough);
    Wire struck(rough);
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Instant at = Instant{} + milliseconds(static_cast<std::int64_t>(i) * 10);
        plain.send_at(at, 0, 1, i);
        struck.send_at(at, 0, 1, i);
    }
    plain.run_until(Instant{} + milliseconds(505));
    struck.run_until(Instant{} + milliseconds(505));
    struck.network->add_rule(
        struck.rule(0, Action::delay, {{0, 1}}, 0, Exponential{milliseconds(1)}));
    plain.run_until(Instant{} + seconds(1));
    struck.run_until(Instant{} + seconds(1));
    struck.network->remove_rules(FaultId{0});
    plain.run_all();
    struck.run_all();
    const auto late = [](Wire& wire) {
        std::erase_if(wire.arrivals, [](const Wire::Arrival& a) { return a.serial < 110; });
        return wire.arrivals;
    };
    REQUIRE(plain.arrivals != struck.arrivals);
    REQUIRE(late(plain) == late(struck));
}
