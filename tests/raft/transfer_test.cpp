// SPDX-License-Identifier: MIT
#include "core/raft/transfer.hpp"

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

const auto kOrders = [](const Message& message) { return message.type == MessageType::stand_now; };

// Server 0 of three leads, and all hold its first entry.
struct Led {
    explicit Led(const Options& options = {}) : options(options), group(3, options) {
        group.elect(0);
        group.heartbeat(0);
    }
    bool leads(std::uint32_t id) { return group[id].role() == Role::leader; }
    void drop_orders() { std::erase_if(group.wire, kOrders); }

    Options options;
    Group group;
};

}  // namespace

TEST_CASE("transfer: a follower that is up to date leads at once, though all hear the leader") {
    Led led;
    const Instant before = led.group.now;
    REQUIRE(led.group.transfer(0, 1));
    led.group.deliver_all();
    CHECK(led.leads(1));
    CHECK(led.group[0].role() == Role::follower);
    CHECK(led.group[0].leader() == NodeId{1});
    CHECK(led.group[1].term() == Term{2});
    CHECK(led.group.now == before);
}

TEST_CASE("transfer: the target stands without asking around, and says whose wish it is") {
    Led led;
    led.group.transfer(0, 1);
    led.group.deliver(kOrders);
    REQUIRE(led.group.wire.size() == 2);
    for (const Message& message : led.group.wire) {
        CHECK(message.type == MessageType::vote);
        CHECK(message.by_transfer);
    }
}

TEST_CASE("transfer: a vote request that nobody wished for is ignored while the leader is heard") {
    Led led;
    led.group.step(vote_request(1, 2, 2, led.group[1].log().last()));
    CHECK(led.group[2].term() == Term{1});
    CHECK(led.group.wire.empty());
}

TEST_CASE("transfer: a target that lags behind gets the log first") {
    Led led;
    led.group.isolated.insert(1);
    led.group.propose(0, "a");
    led.group.propose(0, "b");
    led.group.deliver_all();
    led.group.isolated.clear();
    REQUIRE(led.group.transfer(0, 1));
    CHECK(led.group.deliver(kOrders) == 0);
    led.group.heartbeat(0);
    CHECK(led.leads(1));
    CHECK(led.group[1].log().last_index() == LogIndex{4});
}

TEST_CASE("transfer: meanwhile the leader takes no command, and says why") {
    Led led;
    CHECK_FALSE(led.group[0].refusal(1).has_value());
    CHECK(led.group[1].refusal(1) == Refusal::not_leader);
    led.group.transfer(0, 1);
    CHECK(led.group[0].transferee() == NodeId{1});
    CHECK(led.group[0].refusal(1) == Refusal::transferring);
    CHECK_FALSE(led.group.propose(0, "a"));
    CHECK(led.group[0].log().last_index() == LogIndex{1});
}

TEST_CASE("transfer: what has not come about by the deadline is called off") {
    Led led;
    led.group.isolated.insert(1);
    led.group.transfer(0, 1);
    const Instant deadline = led.group.now + led.options.election_timeout_max;
    while (led.group.now < deadline) {
        CHECK(led.group[0].refusal(1) == Refusal::transferring);
        led.group.heartbeat(0);
    }
    CHECK(led.group.now == deadline);
    CHECK(led.leads(0));
    CHECK_FALSE(led.group[0].refusal(1).has_value());
    led.group.isolated.clear();
    led.group.heartbeat(0);
    CHECK(led.leads(0));
}

TEST_CASE("transfer: a lost order is repeated with the next heartbeat") {
    Led led;
    led.group.transfer(0, 1);
    led.drop_orders();
    REQUIRE(led.group.wire.empty());
    led.group.heartbeat(0);
    CHECK(led.leads(1));
}

TEST_CASE("transfer: the same wish again changes nothing, another replaces it") {
    Led led;
    led.group.isolated.insert(1);
    led.group.transfer(0, 1);
    const Instant deadline = led.group.now + led.options.election_timeout_max;
    led.group.heartbeat(0);
    CHECK(led.group.transfer(0, 1));
    while (led.group.now < deadline) led.group.heartbeat(0);
    CHECK_FALSE(led.group[0].refusal(1).has_value());

    led.group.transfer(0, 1);
    CHECK(led.group.transfer(0, 2));
    CHECK(led.group[0].transferee() == NodeId{2});
    led.group.deliver_all();
    CHECK(led.leads(2));
}

TEST_CASE("transfer: to the leader itself calls it off, to a stranger is refused") {
    Led led;
    led.group.transfer(0, 1);
    led.drop_orders();
    CHECK(led.group.transfer(0, 0));
    CHECK_FALSE(led.group[0].refusal(1).has_value());
    led.group.heartbeat(0);
    CHECK(led.leads(0));
    CHECK_FALSE(led.group.transfer(0, 7));
    CHECK_FALSE(led.group.transfer(1, 2));
    CHECK(led.group.wire.empty());
}

TEST_CASE("transfer: a leader that is deposed meanwhile forgets it") {
    Led led;
    led.group.isolated.insert(1);
    led.group.transfer(0, 1);
    Message request = vote_request(2, 0, 5, led.group[2].log().last());
    request.by_transfer = true;
    led.group.step(request);
    CHECK(led.group[0].role() == Role::follower);
    CHECK(led.group[0].transferee().is_none());
}

TEST_CASE("transfer: an order that comes late, from an earlier term, moves nobody") {
    Led led;
    led.group.transfer(0, 1);
    const Message order = led.group.take_only();
    led.drop_orders();
    led.group.elect(2);
    led.group.step(order);
    led.group.deliver_all();
    CHECK(led.leads(2));
    CHECK(led.group[1].term() == Term{2});
}

TEST_CASE("transfer: there and back again") {
    Led led;
    led.group.transfer(0, 1);
    led.group.deliver_all();
    led.group.propose(1, "a");
    led.group.deliver_all();
    led.group.transfer(1, 0);
    led.group.deliver_all();
    CHECK(led.leads(0));
    CHECK(led.group[0].log().last_index() == LogIndex{4});
}

TEST_CASE("transfer: a server that restarts is under no order") {
    Led led;
    led.group.transfer(0, 1);
    led.group.crash(0);
    led.group.restart(0);
    CHECK(led.group[0].transferee().is_none());
}
