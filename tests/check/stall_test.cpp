// SPDX-License-Identifier: MIT
//
// What a cluster that stands still lacks.
#include "sim/check/stall.hpp"

#include "tests/catch.hpp"
#include "tests/check/tale.hpp"

namespace {

using namespace shaketable;

std::string missing(const Tale& tale, std::size_t nodes = 3) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= nodes; ++i) names.push_back("n" + std::to_string(i));
    return what_is_missing(tale.logs(), names);
}

}  // namespace

TEST_CASE("stall: nothing is missing where a leader has committed all it has") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    CHECK(missing(tale).empty());
}

TEST_CASE("stall: a quorum that does not run is named") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.stop(1);
    tale.add(NodePaused{NodeId{2}});
    CHECK(missing(tale) == "no quorum runs: 1 of 3; missing are n2, n3");
}

TEST_CASE("stall: in a joint phase both quorums count") {
    Tale tale(5);
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    const MemberSets joint = Tale::group({0, 3, 4}, {0, 1, 2});
    tale.go_by(0, 1, joint);
    tale.go_by(1, 1, joint);
    tale.go_by(2, 1, joint);
    tale.stop(3);
    tale.stop(4);
    CHECK(missing(tale, 5) ==
          "no quorum runs: of the old voters 3 of 3 and of the new 1 of 3; missing are n4, n5");
}

TEST_CASE("stall: of an entry it says who holds it, whose disk is silent and who lacks it") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.append(0, 1, 1, 10);
    tale.persist(0, 1, NodeId{0}, 1);
    tale.append(1, 1, 1, 10);
    CHECK(missing(tale) ==
          "n1 leads term 1 and can't commit index 1: it is in the logs of n1, n2, durable with n1; "
          "not yet vouched for by the disk of n2; not received by n3");
}

TEST_CASE("stall: without a leader it says who has all that was committed") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    tale.commit(1, 1);
    tale.stop(0);
    CHECK(missing(tale) ==
          "nobody leads; all that is committed, up to index 1, is in the logs of n2");
    tale.stop(1);
    tale.start(0, 1, NodeId{0});
    CHECK(missing(tale) ==
          "nobody leads; nobody who runs has all that is committed, up to index 1");
}

TEST_CASE("stall: nodes that go by an older configuration are named") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    tale.go_by(0, 1, Tale::group({0, 1, 2}));
    tale.go_by(1, 1, Tale::group({0, 1, 2}));
    CHECK(missing(tale) == "n3 without the newest configuration, of index 1");
}
