// SPDX-License-Identifier: MIT
//
// What failure detectors say to one another on the simulated network.
#include "tests/catch.hpp"
#include "tests/net/wire.hpp"

using namespace shaketable;
using novacron::milliseconds;
using test::Wire;
using Action = PathRule::Action;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

}  // namespace

TEST_CASE("watching: messages arrive, and leave no facts of their own") {
    Wire wire({});
    wire.network->begin_watching(3);
    wire.send_watch(0, 2, 7);
    wire.run_all();
    REQUIRE(wire.watch_arrivals.size() == 1);
    CHECK(wire.watch_arrivals[0] == Wire::Arrival{at_ms(1), HostId{0}, HostId{2}, 7});
    CHECK(wire.record.count() == 0);
    CHECK(wire.network->watch_messages() == 1);
    CHECK(wire.network->peer_messages() == 0);
}

TEST_CASE("watching: whatever detectors say, all other messages fare as they would without") {
    const auto arrivals = [](bool watched) {
        test::WireOptions options;
        options.latency = Uniform{milliseconds(1), milliseconds(9)};
        options.loss = 0.2;
        options.duplicate = 0.2;
        options.reorder = 0.2;
        Wire wire(options);
        wire.network->begin_watching(2);
        wire.network->add_rule(wire.rule(0, Action::lose, {{0, 1}}, 0.2));
        wire.network->add_rule(
            wire.rule(1, Action::jitter, {{0, 1}}, 0, Uniform{milliseconds(0), milliseconds(5)}));
        for (std::uint64_t i = 1; i <= 200; ++i) {
            if (watched) wire.send_watch(0, 1, i);
            wire.send(0, 1, i);
        }
        wire.run_all();
        CHECK(wire.watch_arrivals.empty() != watched);
        return wire.arrivals;
    };
    CHECK(arrivals(true) == arrivals(false));
}

TEST_CASE("watching: facts say when a way is cut and when it is back, once") {
    Wire wire({});
    wire.network->begin_watching(2);
    wire.run_until(at_ms(10));
    wire.queue.wait_until(at_ms(10));
    wire.network->add_rule(wire.rule(0, Action::drop, {{0, 1}}));
    wire.network->add_rule(wire.rule(1, Action::hold, {{0, 1}, {0, 2}}));
    wire.network->add_rule(wire.rule(2, Action::lose, {{1, 0}}, 1));
    wire.queue.wait_until(at_ms(20));
    wire.network->remove_rules(FaultId{0});
    CHECK(wire.path_changes.size() == 1);  // another fault holds it
    wire.network->remove_rules(FaultId{1});
    REQUIRE(wire.path_changes.size() == 2);
    CHECK(wire.path_changes[0].first == at_ms(10));
    CHECK(wire.path_changes[0].second.from == NodeId{0});
    CHECK(wire.path_changes[0].second.to == NodeId{1});
    CHECK(wire.path_changes[0].second.cut);
    CHECK(wire.path_changes[1].first == at_ms(20));
    CHECK_FALSE(wire.path_changes[1].second.cut);
}

TEST_CASE("watching: a way that flaps is told of by the messages that meet it") {
    Wire wire({});
    wire.network->begin_watching(2);
    PathRule rule = wire.rule(0, Action::by_model, {{0, 1}});
    rule.model = Flapping(at_ms(0), milliseconds(10), milliseconds(10));
    wire.network->add_rule(std::move(rule));
    CHECK(wire.path_changes.size() == 1);
    wire.queue.wait_until(at_ms(5));
    wire.send_watch(0, 1, 1);
    wire.queue.wait_until(at_ms(15));
    wire.send_watch(0, 1, 2);
    wire.run_all();
    REQUIRE(wire.path_changes.size() == 2);
    CHECK(wire.path_changes[1].first == at_ms(15));
    CHECK_FALSE(wire.path_changes[1].second.cut);
    REQUIRE(wire.watch_arrivals.size() == 1);
    CHECK(wire.watch_arrivals[0].serial == 2);
}

TEST_CASE("watching: what is held comes at the end, what is doubled twice, the damaged never") {
    Wire wire({});
    wire.network->begin_watching(3);
    wire.network->add_rule(wire.rule(0, Action::hold, {{0, 1}}));
    wire.network->add_rule(wire.rule(1, Action::duplicate, {{0, 2}}, 1));
    wire.network->add_rule(wire.rule(2, Action::corrupt, {{1, 2}}, 1));
    wire.send_watch(0, 1, 1);
    wire.send_watch(0, 2, 2);
    wire.send_watch(1, 2, 3);
    wire.run_until(at_ms(5));
    CHECK(wire.watch_arrivals.size() == 2);
    wire.queue.wait_until(at_ms(5));
    wire.network->remove_rules(FaultId{0});
    wire.run_all();
    REQUIRE(wire.watch_arrivals.size() == 3);
    CHECK(wire.watch_arrivals[2] == Wire::Arrival{at_ms(6), HostId{0}, HostId{1}, 1});
    CHECK(wire.watch_arrivals[0].serial == 2);
    CHECK(wire.watch_arrivals[1].serial == 2);
    REQUIRE(wire.observed.size() == 3);
    CHECK(wire.observed[2].effect == FaultEffect::packet_corrupted);
}

TEST_CASE("watching: a narrow line carries it, too, and who is down hears nothing") {
    Wire wire({});
    wire.network->begin_watching(3);
    PathRule rule = wire.rule(0, Action::by_model, {{0, 1}});
    rule.model = Bottleneck({1000, 40}, {true, false, false});
    wire.network->add_rule(std::move(rule));
    for (std::uint64_t i = 1; i <= 3; ++i) wire.send_watch(0, 1, i);
    wire.network->set_state(HostId{2}, HostState::refusing);
    wire.send_watch(1, 2, 4);
    wire.run_all();
    // Of 29 bytes each one takes 29 ms, a second would have to wait within 40, a third beyond.
    CHECK(wire.watch_arrivals.size() == 1);
    CHECK(wire.watch_arrivals[0].at == at_ms(30));
}
