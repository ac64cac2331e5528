// SPDX-License-Identifier: MIT
//
// What services say travels as all else does, and leaves facts only where it is dropped.
#include "tests/catch.hpp"
#include "tests/net/wire.hpp"

using namespace shaketable;
using namespace shaketable::test;
using novacron::milliseconds;

namespace {

using Kind = ServiceMessage::Kind;
constexpr Instant after_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

}  // namespace

TEST_CASE("service messages: they arrive whole and in order, without facts") {
    Wire wire({});
    for (std::uint64_t serial = 1; serial <= 50; ++serial) wire.send_call(0, 1, serial);
    wire.run_all();
    REQUIRE(wire.calls.size() == 50);
    for (std::uint64_t i = 0; i < 50; ++i) {
        CHECK(wire.calls[i].first == Wire::Arrival{after_ms(1), HostId{0}, HostId{1}, i + 1});
    }
    CHECK(wire.sent.empty());
    CHECK(wire.deliveries.empty());
}

TEST_CASE("service messages: calls and probes of a dead process are refused, answers are not") {
    Wire wire({});
    wire.network->set_state(HostId{1}, HostState::refusing);
    for (const Kind kind : {Kind::call, Kind::probe, Kind::answer, Kind::cancel, Kind::refusal}) {
        ServiceMessage message;
        message.kind = kind;
        message.ticket = 7;
        wire.network->send(HostId{0}, HostId{1}, message);
    }
    wire.run_all();
    CHECK(wire.dropped(DropCause::host_down) == 5);
    REQUIRE(wire.calls.size() == 2);
    CHECK(wire.calls[0].first == Wire::Arrival{after_ms(2), HostId{1}, HostId{0}, 7});
    CHECK(wire.calls[0].second.kind == Kind::refusal);
    CHECK(wire.calls[1].second.kind == Kind::probe_answer);
    CHECK(wire.calls[0].second.outcome == CallOutcome::refused);
    CHECK(wire.calls[1].second.outcome == CallOutcome::refused);
}

TEST_CASE("service messages: a host without power is silent") {
    Wire wire({});
    wire.network->set_state(HostId{1}, HostState::silent);
    wire.send_call(0, 1, 1);
    wire.run_all();
    CHECK(wire.calls.empty());
    CHECK(wire.dropped(DropCause::host_down) == 1);
}

TEST_CASE("service messages: links lose and double them") {
    WireOptions options;
    options.loss = 0.5;
    Wire lossy(options);
    for (std::uint64_t serial = 1; serial <= 400; ++serial) lossy.send_call(0, 1, serial);
    lossy.run_all();
    CHECK(lossy.calls.size() > 150);
    CHECK(lossy.calls.size() < 250);
    CHECK(lossy.calls.size() + lossy.dropped(DropCause::loss) == 400);
    CHECK(lossy.drops.at(0).kind == PacketKind::service_message);
    options.loss = 0;
    options.duplicate = 1;
    Wire twice(options);
    twice.send_call(0, 1, 1);
    twice.run_all();
    CHECK(twice.calls.size() == 2);
}

TEST_CASE("service messages: rules cut, delay, hold and corrupt them") {
    using Action = PathRule::Action;
    Wire cut({});
    cut.network->add_rule(cut.rule(0, Action::drop, {{0, 1}}));
    cut.send_call(0, 1, 1);
    cut.send_call(1, 0, 2);
    cut.run_all();
    REQUIRE(cut.calls.size() == 1);
    CHECK(cut.calls[0].first.serial == 2);
    CHECK(cut.dropped(DropCause::partition) == 1);
    Wire slow({});
    slow.network->add_rule(slow.rule(0, Action::delay, {{0, 1}}, 0, Constant{milliseconds(9)}));
    slow.send_call(0, 1, 1);
    slow.run_all();
    CHECK(slow.calls.at(0).first.at == after_ms(10));
    Wire held({});
    held.network->add_rule(held.rule(0, Action::hold, {{0, 1}}));
    held.send_call(0, 1, 1);
    held.run_until(after_ms(50));
    CHECK(held.calls.empty());
    held.queue.wait_until(after_ms(50));
    held.network->remove_rules(FaultId{0});
    held.run_all();
    CHECK(held.calls.at(0).first.at == after_ms(51));
    Wire garbled({});
    garbled.network->add_rule(garbled.rule(0, Action::corrupt, {{0, 1}}, 1));
    garbled.send_call(0, 1, 1);
    garbled.run_all();
    CHECK(garbled.calls.empty());
    CHECK(garbled.dropped(DropCause::corrupted) == 1);
}
