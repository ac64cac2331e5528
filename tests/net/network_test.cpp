// SPDX-License-Identifier: MIT
#include "sim/net/network.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/net/wire.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::microseconds;
using novacron::milliseconds;
using novacron::seconds;
using test::Wire;
using test::WireOptions;

// Holds if a count of `trials` coin flips is within 4 standard deviations of what is expected.
bool is_plausible(std::size_t count, std::size_t trials, double probability) {
    const auto n = static_cast<double>(trials);
    const double sigma = std::sqrt(n * probability * (1 - probability));
    return std::abs(static_cast<double>(count) - n * probability) <= 4 * sigma;
}

constexpr std::size_t kTrials = 100'000;

}  // namespace

TEST_CASE("network: a message takes the link's latency") {
    Wire wire({.latency = Constant{microseconds(700)}});
    wire.send(0, 1, 5);
    wire.run_all();
    REQUIRE(wire.arrivals ==
            std::vector<Wire::Arrival>{{Instant{700'000}, HostId{0}, HostId{1}, 5}});
}

TEST_CASE("network: messages of one path arrive in the order in which they were sent") {
    Wire wire({.hosts = 4, .latency = Exponential{milliseconds(20)}});
    Random random(6);
    Instant at{};
    for (std::uint64_t serial = 1; serial <= 20'000; ++serial) {
        at = at + Duration{static_cast<std::int64_t>(random.below(1'000'000))};
        const auto from = static_cast<std::uint32_t>(random.below(4));
        const auto to = static_cast<std::uint32_t>(random.below(4));
        wire.send_at(at, from, to, serial);
    }
    wire.run_all();
    REQUIRE(wire.arrivals.size() == 20'000);
    std::map<std::pair<HostId, HostId>, std::uint64_t> last;
    for (const Wire::Arrival& arrival : wire.arrivals) {
        std::uint64_t& before = last[{arrival.from, arrival.to}];
        REQUIRE(arrival.serial > before);
        before = arrival.serial;
    }
    const std::vector<std::uint64_t> serials = wire.serials();
    REQUIRE_FALSE(std::is_sorted(serials.begin(), serials.end()));  // paths are not in step
}

TEST_CASE("network: messages are lost as often as the link says") {
    for (const double loss : {0.001, 0.1, 0.9}) {
        Wire wire({.loss = loss});
        for (std::size_t i = 0; i < kTrials; ++i) wire.send(0, 1, i);
        wire.run_all();
        INFO("loss " << loss << ", " << wire.drops.size() << " lost");
        REQUIRE(is_plausible(wire.dropped(DropCause::loss), kTrials, loss));
        REQUIRE(wire.arrivals.size() + wire.drops.size() == kTrials);
    }
}

TEST_CASE("network: messages arrive twice as often as the link says") {
    Wire wire({.duplicate = 0.03});
    for (std::size_t i = 0; i < kTrials; ++i) wire.send(0, 1, i);
    wire.run_all();
    REQUIRE(is_plausible(wire.arrivals.size() - kTrials, kTrials, 0.03));
    std::map<std::uint64_t, int> copies;
    for (const std::uint64_t serial : wire.serials()) ++copies[serial];
    REQUIRE(copies.size() == kTrials);
    REQUIRE(std::all_of(copies.begin(), copies.end(), [](const auto& c) { return c.second <= 2; }));
}

TEST_CASE("network: messages overtake as often as the link says") {
    // A first message that is held up for long shows who overtakes it and who waits behind it.
    Wire wire({.reorder = 0.2, .seed = 2});
    wire.network->add_rule(
        wire.rule(0, PathRule::Action::delay, {{0, 1}}, 0, Constant{seconds(10)}));
    wire.send(0, 1, 0);
    wire.network->remove_rules(FaultId{0});
    for (std::size_t i = 1; i <= kTrials; ++i) wire.send(0, 1, i);
    wire.run_until(Instant{} + seconds(5));
    const std::size_t overtook = wire.arrivals.size();
    wire.run_all();
    REQUIRE(wire.arrivals.size() == kTrials + 1);
    REQUIRE(wire.arrivals[overtook].serial == 0);
    REQUIRE(is_plausible(overtook, kTrials, 0.2));
    const std::vector<std::uint64_t> serials = wire.serials();
    const auto waited = serials.begin() + static_cast<std::ptrdiff_t>(overtook);
    REQUIRE(std::is_sorted(waited, serials.end()));
}

TEST_CASE("network: certain and impossible draws are what they are called") {
    Wire never({.loss = 0});
    Wire always({.loss = 1});
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        never.send(0, 1, i);
        always.send(0, 1, i);
    }
    never.run_all();
    always.run_all();
    REQUIRE(never.arrivals.size() == 10'000);
    REQUIRE(always.arrivals.empty());
    REQUIRE(Chance(0).is_zero());
    REQUIRE_FALSE(Chance(1).is_zero());
    REQUIRE_THROWS_AS(Chance(1.001), BugError);
    REQUIRE_THROWS_AS(Chance(-0.001), BugError);
}

TEST_CASE("network: the second copy of a message travels on its own") {
    Wire wire({.duplicate = 1});
    wire.network->add_rule(
        wire.rule(0, PathRule::Action::delay, {{0, 1}}, 0, Constant{seconds(10)}));
    wire.send(0, 1, 1);
    wire.network->remove_rules(FaultId{0});
    wire.send(0, 1, 2);
    wire.run_all();
    // The copy of 2 overtakes 1; 2 itself waits for its turn.
    REQUIRE(wire.serials() == std::vector<std::uint64_t>{2, 1, 1, 2});
}

TEST_CASE("network: what happens on one path does not disturb another") {
    const WireOptions rough{
        .latency = Exponential{milliseconds(5)}, .loss = 0.1, .duplicate = 0.1, .reorder = 0.1};
    Wire quiet(rough);
    Wire busy(rough);
    for (std::uint64_t i = 0; i < 2000; ++i) {
        const Instant at{static_cast<std::int64_t>(i) * 1'000'000};
        quiet.send_at(at, 0, 1, i);
        busy.send_at(at, 0, 1, i);
        busy.send_at(at, 1, 0, i);
        if (i % 3 == 0) busy.send_at(at, 0, 2, i);
    }
    quiet.run_all();
    busy.run_all();
    std::erase_if(busy.arrivals, [](const Wire::Arrival& arrival) {
        return arrival.from != HostId{0} || arrival.to != HostId{1};
    });
    REQUIRE(quiet.arrivals == busy.arrivals);
}

TEST_CASE("network: two paths lose different messages") {
    Wire wire({.loss = 0.5});
    for (std::uint64_t i = 0; i < 100; ++i) {
        wire.send(0, 1, i);
        wire.send(1, 0, i);
    }
    wire.run_all();
    std::map<HostId, std::set<std::uint64_t>> arrived;
    for (const Wire::Arrival& arrival : wire.arrivals) arrived[arrival.to].insert(arrival.serial);
    REQUIRE(arrived[HostId{0}] != arrived[HostId{1}]);
}

TEST_CASE("network: two paths draw different latencies") {
    Wire wire({.latency = Exponential{milliseconds(5)}});
    for (std::uint64_t i = 0; i < 50; ++i) {
        wire.send_at(Instant{static_cast<std::int64_t>(i) * 1'000'000'000}, 0, 1, i);
        wire.send_at(Instant{static_cast<std::int64_t>(i) * 1'000'000'000}, 1, 0, i);
    }
    wire.run_all();
    std::map<std::uint64_t, std::vector<Instant>> by_serial;
    for (const Wire::Arrival& arrival : wire.arrivals) {
        by_serial[arrival.serial].push_back(arrival.at);
    }
    for (const auto& [serial, times] : by_serial) REQUIRE(times[0] != times[1]);
}

TEST_CASE("network: the same seed gives the same arrivals, another seed others") {
    const auto arrivals = [](std::uint64_t seed) {
        Wire wire({.latency = Exponential{milliseconds(5)}, .loss = 0.2, .seed = seed});
        for (std::uint64_t i = 0; i < 100; ++i) wire.send(0, 1, i);
        wire.run_all();
        return wire.arrivals;
    };
    REQUIRE(arrivals(7) == arrivals(7));
    REQUIRE(arrivals(7) != arrivals(8));
}

TEST_CASE("network: sent and duplicated are delivered, dropped or in flight, at every moment") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        // Everything that leaves is doubled, so that the number of copies is known exactly.
        Wire wire({.hosts = 4,
                   .latency = Exponential{milliseconds(5)},
                   .loss = 0.1,
                   .duplicate = 1,
                   .reorder = 0.3,
                   .seed = seed});
        Random random(seed);
        for (std::uint64_t i = 0; i < 2000; ++i) {
            const Instant at{static_cast<std::int64_t>(random.below(1'000'000'000))};
            const auto from = static_cast<std::uint32_t>(random.below(4));
            const auto to = static_cast<std::uint32_t>(random.below(4));
            wire.send_at(at, from, to, i);
        }
        for (int moment = 1; moment <= 50; ++moment) {
            wire.run_until(Instant{} + milliseconds(25 * moment));
            const HostId host{static_cast<std::uint32_t>(random.below(4))};
            wire.network->set_state(host, static_cast<HostState>(random.below(3)));
            const std::size_t lost = wire.dropped(DropCause::loss);
            const std::size_t duplicated = wire.sent.size() - lost;
            REQUIRE(wire.sent.size() + duplicated ==
                    wire.deliveries.size() + wire.drops.size() + wire.in_flight());
        }
        wire.run_all();
        REQUIRE(wire.in_flight() == 0);
        REQUIRE(wire.dropped(DropCause::host_down) > 0);
        REQUIRE(wire.arrivals.size() == wire.deliveries.size());
        REQUIRE(wire.network->peer_messages() == wire.sent.size());
    }
}

TEST_CASE("network: a host whose process is dead refuses requests, and the client is told") {
    Wire wire({.latency = Constant{milliseconds(2)}});
    wire.network->set_state(HostId{1}, HostState::refusing);
    wire.send_request(2, 1, 8);
    wire.run_all();
    REQUIRE(wire.arrivals.empty());
    REQUIRE(wire.refusals ==
            std::vector<Wire::Arrival>{{Instant{} + milliseconds(4), HostId{1}, HostId{2}, 8}});
    REQUIRE(wire.dropped(DropCause::host_down) == 1);
    REQUIRE(wire.sent.size() == 2);
    REQUIRE(wire.sent[1].kind == PacketKind::refusal);
    REQUIRE(wire.deliveries.size() == 1);
}

TEST_CASE("network: a host whose process is dead says nothing to messages that are no requests") {
    Wire wire({});
    wire.network->set_state(HostId{1}, HostState::refusing);
    wire.send(0, 1, 1);
    wire.send_response(0, 1, 2);
    wire.run_all();
    REQUIRE(wire.sent.size() == 2);
    REQUIRE(wire.dropped(DropCause::host_down) == 2);
    REQUIRE(wire.refusals.empty());
}

TEST_CASE("network: a host without power is silent") {
    Wire wire({});
    wire.network->set_state(HostId{1}, HostState::silent);
    wire.send_request(2, 1, 8);
    wire.send(0, 1, 9);
    wire.run_all();
    REQUIRE(wire.refusals.empty());
    REQUIRE(wire.arrivals.empty());
    REQUIRE(wire.sent.size() == 2);
    REQUIRE(wire.dropped(DropCause::host_down) == 2);
}

TEST_CASE("network: what counts is the host's state when the message arrives") {
    Wire wire({});
    wire.send(0, 1, 1);
    wire.network->set_state(HostId{1}, HostState::silent);
    wire.run_all();
    wire.send(0, 1, 2);
    wire.network->set_state(HostId{1}, HostState::running);
    wire.run_all();
    REQUIRE(wire.serials() == std::vector<std::uint64_t>{2});
}

TEST_CASE("network: a refusal to a client that has died is dropped, and that is the end of it") {
    Wire wire({});
    wire.network->set_state(HostId{1}, HostState::refusing);
    wire.send_request(2, 1, 8);
    wire.network->set_state(HostId{2}, HostState::refusing);
    wire.run_all();
    REQUIRE(wire.refusals.empty());
    REQUIRE(wire.sent.size() == 2);
    REQUIRE(wire.drops.size() == 2);
}

TEST_CASE("network: a refusal is lost as often as any message") {
    Wire wire({.loss = 0.3});
    wire.network->set_state(HostId{1}, HostState::refusing);
    for (std::size_t i = 0; i < kTrials; ++i) wire.send_request(2, 1, i);
    wire.run_all();
    const std::size_t asked = wire.dropped(DropCause::host_down);
    REQUIRE(is_plausible(wire.refusals.size(), asked, 0.7));
}
