// SPDX-License-Identifier: MIT
#include "sim/check/health.hpp"

#include "tests/catch.hpp"
#include "tests/check/tale.hpp"

using namespace shaketable;

namespace {

// A fact that makes the watch look.
constexpr FaultEnded kLook{FaultId{0}};

// A cluster that is healthy, and a watch that looks from now on.
struct Watched {
    Watched() {
        tale.elect(0, 1, 1);
        tale.replicate(0, 1, 1, 1, 10);
        tale.role(2, Role::follower, 1);
        tale.append(2, 1, 1, 10);
    }
    // Whether a look now shows the cluster healthy. The tale ends here.
    bool healthy() {
        HealthWatch watch(tale.record(), tale.logs(), tale.now());
        tale.add(kLook);
        return watch.healthy_at().has_value();
    }
    Tale tale;
};

}  // namespace

TEST_CASE("health: one leader, all in its term, none without what it has committed") {
    CHECK(Watched().healthy());
}

TEST_CASE("health: a node that is down or paused is not healthy, and one that is back is") {
    Watched down;
    down.tale.stop(2);
    CHECK_FALSE(down.healthy());
    Watched paused;
    paused.tale.add(NodePaused{NodeId{2}});
    CHECK_FALSE(paused.healthy());
    Watched resumed;
    resumed.tale.add(NodePaused{NodeId{2}});
    resumed.tale.add(NodeResumed{NodeId{2}});
    CHECK(resumed.healthy());
}

TEST_CASE("health: without a leader there is none") {
    Watched watched;
    watched.tale.role(0, Role::follower, 1, NodeId{0});
    CHECK_FALSE(watched.healthy());
}

TEST_CASE("health: a node in another term is not healthy") {
    Watched watched;
    watched.tale.role(2, Role::pre_candidate, 2);
    CHECK_FALSE(watched.healthy());
}

TEST_CASE("health: a node that lacks a committed entry is not healthy") {
    Watched watched;
    watched.tale.replicate(0, 1, 1, 2, 20);
    CHECK_FALSE(watched.healthy());
}

TEST_CASE("health: nothing counts before the watch begins, and the first moment is kept") {
    Watched watched;
    const Instant from = watched.tale.now() + novacron::milliseconds(2);
    HealthWatch watch(watched.tale.record(), watched.tale.logs(), from);
    watched.tale.add(kLook);
    CHECK_FALSE(watch.healthy_at().has_value());
    watched.tale.add(kLook);
    watched.tale.add(kLook);
    CHECK(watch.healthy_at() == from);
}

TEST_CASE("health: a cluster to which nothing more happens is as healthy as it was") {
    Watched watched;
    HealthWatch watch(watched.tale.record(), watched.tale.logs(), watched.tale.now());
    watch.look_at_end();
    CHECK(watch.healthy_at() == watched.tale.now());

    Watched ill;
    ill.tale.stop(2);
    HealthWatch other(ill.tale.record(), ill.tale.logs(), ill.tale.now());
    other.look_at_end();
    CHECK_FALSE(other.healthy_at().has_value());
}
