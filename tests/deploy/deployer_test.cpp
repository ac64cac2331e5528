// SPDX-License-Identifier: MIT
#include "sim/deploy/deployer.hpp"

#include <algorithm>
#include <set>

#include "tests/catch.hpp"
#include "tests/deploy/deployed.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::at_s;
using test::Deployed;
using test::finalize;
using test::ordered;
using test::rolling;

// The most nodes that were down at a time, from second 3 on.
std::size_t most_down(const Deployed& run) {
    std::vector<std::pair<Instant, int>> changes;
    for (const auto& [at, fact] : run.all<NodeStopped>()) changes.emplace_back(at, 1);
    for (const auto& [at, fact] : run.all<NodeStarted>()) {
        if (at >= at_s(3)) changes.emplace_back(at, -1);
    }
    std::sort(changes.begin(), changes.end());
    int down = 0;
    int most = 0;
    for (const auto& [at, change] : changes) most = std::max(most, down += change);
    return static_cast<std::size_t>(most);
}

}  // namespace

TEST_CASE("deploy: nodes get the version one after the other, and the leader hands over first") {
    Deployed run({ordered(rolling(1))});
    run.struck.run_until_s(2);
    const NodeId first_leader = run.struck.small.fleet.leader().value();
    run.struck.run_until_s(20);
    CHECK(run.outcome() == DeployOutcome::done);
    const auto installed = run.installed();
    REQUIRE(installed.size() == test::kNodes);
    for (std::uint32_t i = 0; i < test::kNodes; ++i) {
        CHECK(installed[i].node == NodeId{i});
        CHECK(run.node(i).software()->number == 1);
    }
    CHECK(most_down(run) == 1);
    CHECK(run.struck.effects() == std::vector{FaultEffect::version_deployed});
    // Whoever is stopped leads no more, so that nobody has to miss a leader.
    bool leads = true;
    for (const auto& [at, any] : run.struck.small.facts) {
        if (const auto* role = std::get_if<RoleChanged>(&any); role && role->node == first_leader) {
            leads = role->role == novacron::raft::Role::leader;
        }
        const auto* stopped = std::get_if<NodeStopped>(&any);
        if (stopped == nullptr || stopped->node != first_leader) continue;
        CHECK_FALSE(leads);
        break;
    }
}

TEST_CASE("deploy: a batch is stopped together, and the next one only after the gate and a pause") {
    DeployOrder order = rolling(1);
    order.batch = 2;
    order.pause = seconds(2);
    Deployed run({ordered(order)});
    run.struck.run_until_s(30);
    CHECK(run.outcome() == DeployOutcome::done);
    CHECK(most_down(run) == 2);
    const auto installed = run.all<VersionInstalled>();
    std::vector<Instant> batches;
    for (const auto& [at, fact] : installed) {
        if (at >= at_s(3) && (batches.empty() || batches.back() != at)) batches.push_back(at);
    }
    REQUIRE(batches.size() == 3);
    for (std::size_t i = 1; i < batches.size(); ++i) {
        CHECK(batches[i] - batches[i - 1] >= order.soak + order.pause + order.install);
    }
}

TEST_CASE("deploy: a version that crashes is stopped by the gate after one node") {
    Deployed run({ordered(rolling(2))});
    run.struck.run_until_s(20);
    CHECK(run.outcome() == DeployOutcome::stopped);
    CHECK(run.installed().size() == 1);
    CHECK(run.node(1).software()->number == 0);
    CHECK(run.node(0).starts() > 5);  // it is started again and again
}

TEST_CASE("deploy: what was reached gets back what it had, if that is the order") {
    DeployOrder order = rolling(2);
    order.unhealthy = DeployOrder::Unhealthy::rollback;
    Deployed run({ordered(order)});
    run.struck.run_until_s(25);
    CHECK(run.outcome() == DeployOutcome::stopped);
    const auto installed = run.installed();
    REQUIRE(installed.size() == 2);
    CHECK(installed[1].node == NodeId{0});
    CHECK(installed[1].version == 0);
    const std::uint64_t starts = run.node(0).starts();
    run.struck.run_until_s(30);
    CHECK(run.node(0).starts() == starts);  // and stays up with it
    CHECK(run.running() == test::kNodes);
}

TEST_CASE("deploy: a rollback gives each node what it ran before, and asks nothing of the rest") {
    PlannedFault half = ordered(rolling(1), 3, 15);
    half.target = test::nodes({NodeId{0}, NodeId{1}});
    DeployOrder back = rolling(0);
    back.verb = DeployOrder::Verb::rollback;
    back.version.reset();
    Deployed run({half, ordered(back, 16, 40)});
    run.struck.run_until_s(15);
    CHECK(run.outcome(0) == DeployOutcome::done);
    CHECK(run.node(1).software()->number == 1);
    run.struck.run_until_s(40);
    CHECK(run.outcome(1) == DeployOutcome::done);
    CHECK(run.installed().size() == 4);
    for (std::uint32_t i = 0; i < test::kNodes; ++i) CHECK(run.node(i).software()->number == 0);
}

TEST_CASE("deploy: a format is finalised only when all members can write it") {
    Deployed early({ordered(finalize())});
    early.struck.run_until_s(8);
    CHECK(early.outcome() == DeployOutcome::refused);
    CHECK(early.struck.effects() == std::vector{FaultEffect::order_refused});
    CHECK(early.all<FormatFinalized>().empty());

    PlannedFault some = ordered(rolling(1), 3, 20);
    some.target = test::nodes({NodeId{0}, NodeId{1}, NodeId{2}});
    Deployed mixed({some, ordered(finalize(), 20, 30)});
    mixed.struck.run_until_s(25);
    CHECK(mixed.outcome(0) == DeployOutcome::done);
    CHECK(mixed.outcome(1) == DeployOutcome::refused);

    Deployed run({ordered(rolling(1), 3, 20), ordered(finalize(), 20, 30)});
    run.struck.run_until_s(25);
    CHECK(run.outcome(1) == DeployOutcome::done);
    REQUIRE(run.all<FormatFinalized>().size() == 1);
    for (std::uint32_t i = 0; i < test::kNodes; ++i) {
        CHECK(run.node(i).format() == 2);
        CHECK(format_of(run.node(i).node()->store()) == 2);
    }
}

TEST_CASE("deploy: after that the old version is refused, and forced it can't start") {
    DeployOrder back = rolling(0);
    back.verb = DeployOrder::Verb::rollback;
    back.version.reset();
    DeployOrder forced = back;
    forced.force = true;
    forced.gate = false;
    forced.batch = test::kNodes;
    DeployOrder forward = rolling(1);
    forward.batch = test::kNodes;
    Deployed run({ordered(rolling(1), 3, 20), ordered(finalize(), 20, 24), ordered(back, 25, 30),
                  ordered(forced, 31, 40), ordered(forward, 41, 80)});
    run.struck.run_until_s(30);
    CHECK(run.outcome(2) == DeployOutcome::refused);
    CHECK(run.running() == test::kNodes);
    run.struck.run_until_s(40);
    CHECK(run.outcome(3) == DeployOutcome::done);
    CHECK(run.running() == 0);
    const auto refused = run.all<FormatRefused>();
    REQUIRE(refused.size() == test::kNodes);
    CHECK(refused.front().second.format == 2);
    CHECK(run.all<NodeStopped>().back().second.cause == StopCause::unreadable_format);
    // The data are whole: forward it goes.
    run.struck.run_until_s(50);
    CHECK(run.outcome(4) == DeployOutcome::done);
    CHECK(run.running() == test::kNodes);
    CHECK(run.struck.small.fleet.leader().has_value());
}

TEST_CASE("deploy: a process that meets a format it can't read ends, and the rest goes on") {
    PlannedFault four = ordered(rolling(1), 3, 20);
    four.target = test::nodes({NodeId{0}, NodeId{1}, NodeId{2}, NodeId{3}});
    DeployOrder forced = finalize();
    forced.force = true;
    forced.format = 2;
    Deployed run({four, ordered(forced, 20, 30)});
    run.struck.run_until_s(30);
    CHECK(run.outcome(1) == DeployOutcome::done);
    CHECK_FALSE(run.node(4).running());
    CHECK(run.running() == 4);
    const auto refused = run.all<FormatRefused>();
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].second.node == NodeId{4});
    CHECK(refused[0].second.version == 0);
}

TEST_CASE("deploy: a version that does not read the old format yet is refused, too") {
    Deployed run({ordered(rolling(3))});
    run.struck.run_until_s(6);
    CHECK(run.outcome() == DeployOutcome::refused);
    CHECK(run.installed().empty());
}

TEST_CASE("deploy: an order that ends leaves the rest as it is, and nobody down") {
    Deployed run({ordered(rolling(1), 3, 7)});
    run.struck.run_until_s(10);
    CHECK(run.outcome() == DeployOutcome::given_up);
    const std::size_t reached = run.installed().size();
    CHECK(reached >= 1);
    CHECK(reached < test::kNodes);
    CHECK(run.running() == test::kNodes);
}
