// SPDX-License-Identifier: MIT
//
// Logs and commitment (S3, S4, S6, S7, S8, S11, S16): each rule with a legal tale and the nearest
// one that is not.
#include "tests/catch.hpp"
#include "tests/check/tale.hpp"

using namespace shaketable;

namespace {

using Rules = std::set<std::string>;

const NodeId kNobody = NodeId::none();
constexpr NodeId kA{0};

// Node 0 leads term 1 with node 1's vote; both hold entries 1 and 2 durably, committed by node 0.
struct Led : Tale {
    Led() {
        elect(0, 1, 1);
        replicate(0, 1, 1, 1, 10);
        replicate(0, 1, 1, 2, 20);
    }
};

}  // namespace

// ---- S3

TEST_CASE("S3: a leader that removes its own entries is found, a follower may remove them") {
    Led tale;
    tale.append(1, 3, 1, 30);
    tale.truncate(1, 3);
    tale.append(0, 3, 1, 30);
    tale.role(0, Role::follower, 2);
    tale.truncate(0, 3);
    CHECK(tale.broken() == Rules{});

    Led leader;
    leader.append(0, 3, 1, 30);
    leader.truncate(0, 3);
    CHECK(leader.broken() == Rules{"S3"});
}

// ---- S4

TEST_CASE("S4: two entries of one index and term that differ are found") {
    Led tale;
    tale.role(2, Role::follower, 1);
    tale.append(2, 1, 1, 10);
    CHECK(tale.broken() == Rules{});
    tale.append(2, 2, 1, 99);
    CHECK(tale.broken() == Rules{"S4"});
}

TEST_CASE("S4: a term's entry that doesn't follow that term's last one is found") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.append(0, 1, 1, 10);
    tale.role(2, Role::follower, 2);
    tale.role(0, Role::follower, 2);
    tale.append(2, 1, 2, 11);
    CHECK(tale.broken() == Rules{});
    tale.append(0, 2, 2, 20);
    CHECK(tale.broken() == Rules{"S4"});
}

TEST_CASE("S4: an entry of a term before that term's first is found") {
    Led tale;
    tale.role(0, Role::follower, 2);
    tale.append(0, 3, 2, 30);
    tale.role(2, Role::follower, 2);
    CHECK(tale.broken() == Rules{});
    tale.append(2, 1, 2, 30);
    CHECK(tale.broken() == Rules{"S4"});
}

// ---- S6

TEST_CASE("S6: another entry committed at an index is found") {
    Led tale;
    tale.commit(1, 1);
    tale.commit(1, 2);
    CHECK(tale.broken() == Rules{});

    Led other;
    other.role(2, Role::follower, 2);
    other.append(2, 1, 2, 77);
    CHECK(other.broken() == Rules{});
    other.commit(2, 1);
    CHECK(other.broken() == Rules{"S6"});
}

TEST_CASE("S6: a longer commit on another history is found") {
    Led tale;
    tale.role(2, Role::follower, 2);
    tale.append(2, 1, 1, 10);
    tale.append(2, 2, 2, 77);
    tale.append(2, 3, 2, 78);
    tale.commit(2, 1);
    CHECK(tale.broken() == Rules{});
    tale.commit(2, 3);
    CHECK(tale.broken() == Rules{"S6"});
}

TEST_CASE("S6: a committed entry that is removed is found") {
    Led tale;
    tale.append(1, 3, 1, 30);
    tale.commit(1, 1);
    tale.truncate(1, 3);
    CHECK(tale.broken() == Rules{});
    Led removed;
    removed.role(2, Role::follower, 1);
    removed.append(2, 1, 1, 10);
    removed.commit(2, 1);
    removed.truncate(2, 1);
    CHECK(removed.broken() == Rules{"S6"});
}

TEST_CASE("S6: entries applied twice, with a gap or before their commit are found") {
    Led tale;
    tale.apply(0, 1, 100);
    tale.apply(0, 2, 200);
    CHECK(tale.broken() == Rules{});

    Led twice;
    twice.apply(0, 1, 100);
    twice.apply(0, 1, 100);
    CHECK(twice.broken() == Rules{"S6"});

    Led gap;
    gap.apply(0, 2, 200);
    CHECK(gap.broken() == Rules{"S6"});

    Led early;
    early.apply(1, 1, 100);
    CHECK(early.broken() == Rules{"S6"});
}

TEST_CASE("S6: a state that differs from the first that applied the entry is found") {
    Led tale;
    tale.apply(0, 1, 100);
    tale.commit(1, 1);
    tale.apply(1, 1, 100);
    CHECK(tale.broken() == Rules{});
    Led other;
    other.apply(0, 1, 100);
    other.commit(1, 1);
    other.apply(1, 1, 101);
    CHECK(other.broken() == Rules{"S6"});
}

TEST_CASE("S6: after a restart the log is applied from its beginning again") {
    Led tale;
    tale.apply(0, 1, 100);
    tale.stop(0);
    tale.start(0, 1, kA, {{1, 10}, {1, 20}});
    tale.commit(0, 1);
    tale.apply(0, 1, 100);
    CHECK(tale.broken() == Rules{});
}

// ---- S7

TEST_CASE("S7: a leader that commits what is durable on too few is found") {
    Led tale;
    tale.append(0, 3, 1, 30);
    tale.append(1, 3, 1, 30);
    tale.persist(1, 1, kA, 3);
    tale.persist(0, 1, kA, 3);
    tale.commit(0, 3);
    CHECK(tale.broken() == Rules{});

    // The leader counts itself although its own disk has not answered.
    Led early;
    early.append(0, 3, 1, 30);
    early.append(1, 3, 1, 30);
    early.persist(1, 1, kA, 3);
    early.commit(0, 3);
    CHECK(early.broken() == Rules{"S7"});
}

TEST_CASE("S7: a majority of followers is enough without the leader's disk") {
    Led tale;
    tale.role(2, Role::follower, 1);
    tale.append(2, 1, 1, 10);
    tale.append(2, 2, 1, 20);
    for (std::uint32_t node = 0; node < 3; ++node) tale.append(node, 3, 1, 30);
    tale.persist(1, 1, kA, 3);
    tale.persist(2, 1, kNobody, 3);
    tale.commit(0, 3);
    CHECK(tale.broken() == Rules{});
}

TEST_CASE("S7: Figure 8: a leader that commits an entry of an earlier term by counting is found") {
    const auto begin = [](Tale& tale) {
        tale.elect(0, 1, 1);
        tale.append(0, 1, 1, 10);
        tale.persist(0, 1, kA, 1);
        tale.append(1, 1, 1, 10);
        tale.persist(1, 1, kA, 1);
        tale.role(0, Role::follower, 1, kA);
        tale.elect(0, 1, 2, 1);
    };
    Tale tale;
    begin(tale);
    tale.replicate(0, 1, 2, 2, 20);
    CHECK(tale.broken() == Rules{});

    Tale counted;
    begin(counted);
    counted.commit(0, 1);
    CHECK(counted.broken() == Rules{"S7"});
}

TEST_CASE("S7: an equal index with another entry does not count towards the quorum") {
    Tale tale;
    tale.role(1, Role::follower, 1);
    tale.append(1, 1, 1, 99);
    tale.persist(1, 1, kNobody, 1);
    tale.role(0, Role::candidate, 2, kA);
    tale.vote(2, 0, 2);
    tale.role(0, Role::leader, 2, kA);
    tale.append(0, 1, 2, 10);
    tale.persist(0, 2, kA, 1);
    tale.commit(0, 1);
    CHECK(tale.broken() == Rules{"S7"});
}

// ---- S8

TEST_CASE("S8: a committed entry that leaves a quorum's disks is found") {
    Led tale;
    tale.stop(1, StopCause::power_loss);
    tale.start(1, 1, kA, {{1, 10}, {1, 20}});
    CHECK(tale.broken() == Rules{});

    Led lost;
    lost.stop(1, StopCause::power_loss);
    lost.start(1, 1, kA, {{1, 10}});
    CHECK(lost.broken() == Rules{"S8", "S16"});
}

TEST_CASE("S8: a committed entry that is cut off a quorum's logs is found") {
    Led tale;
    tale.truncate(1, 2);  // its own commit index has not come that far
    CHECK(tale.broken() == Rules{"S8"});
}

TEST_CASE("S8: while a node is down its disk still counts") {
    Led tale;
    tale.stop(0);
    tale.stop(1);
    tale.start(2, 0);
    CHECK(tale.broken() == Rules{});
}

// ---- S11

TEST_CASE("S11: a gap in a log is found") {
    Tale tale;
    tale.role(0, Role::follower, 1);
    tale.append(0, 1, 1, 10);
    tale.append(0, 2, 1, 20);
    CHECK(tale.broken() == Rules{});
    tale.append(0, 4, 1, 40);
    CHECK(tale.broken() == Rules{"S11"});
}

TEST_CASE("S11: terms that decrease along a log are found") {
    Tale tale;
    tale.role(0, Role::follower, 3);
    tale.append(0, 1, 1, 10);
    tale.append(0, 2, 3, 20);
    CHECK(tale.broken() == Rules{});
    tale.append(0, 3, 2, 30);
    CHECK(tale.broken() == Rules{"S11"});
}

TEST_CASE("S11: an entry of a later term than the server's own is found") {
    Tale tale;
    tale.role(0, Role::follower, 2);
    tale.append(0, 1, 2, 10);
    CHECK(tale.broken() == Rules{});
    tale.append(0, 2, 3, 20);
    CHECK(tale.broken() == Rules{"S11"});
}

TEST_CASE("S11: a commit index after the end of the log is found") {
    Led tale;
    tale.commit(1, 2);
    CHECK(tale.broken() == Rules{});
    tale.commit(1, 3);
    CHECK(tale.broken() == Rules{"S11"});
}

// ---- S16

TEST_CASE("S16: a log that comes back shorter than its disk had vouched for is found") {
    Tale tale;
    tale.role(2, Role::follower, 1);
    tale.append(2, 1, 1, 10);
    tale.persist(2, 1, kNobody, 1);
    tale.append(2, 2, 1, 20);  // never durable
    tale.stop(2, StopCause::power_loss);
    tale.start(2, 1, kNobody, {{1, 10}});
    CHECK(tale.broken() == Rules{});
    tale.stop(2, StopCause::power_loss);
    tale.start(2, 1, kNobody, {});
    CHECK(tale.broken() == Rules{"S16"});
}

TEST_CASE("S16: what was pending may come back") {
    Tale tale;
    tale.role(2, Role::follower, 1);
    tale.append(2, 1, 1, 10);
    tale.append(2, 2, 1, 20);
    tale.persist(2, 1, kNobody, 1);
    tale.stop(2);
    tale.start(2, 1, kNobody, {{1, 10}, {1, 20}});
    CHECK(tale.broken() == Rules{});
}

TEST_CASE("S16: a ghost of entries that were replaced is found") {
    const auto replace = [](Tale& tale) {
        tale.role(2, Role::follower, 1);
        tale.append(2, 1, 1, 10);
        tale.append(2, 2, 1, 20);
        tale.persist(2, 1, kNobody, 2);
        tale.role(2, Role::follower, 2);
        tale.truncate(2, 2);
        tale.append(2, 2, 2, 30);
    };
    Tale replaced;
    replace(replaced);
    replaced.persist(2, 2, kNobody, 2);
    replaced.stop(2, StopCause::power_loss);
    replaced.start(2, 2, kNobody, {{1, 10}, {2, 30}});
    CHECK(replaced.broken() == Rules{});

    // The replacement was on its way to the disk: either may come back.
    Tale pending;
    replace(pending);
    pending.stop(2, StopCause::power_loss);
    pending.start(2, 1, kNobody, {{1, 10}, {1, 20}});
    CHECK(pending.broken() == Rules{});

    Tale ghost;
    replace(ghost);
    ghost.persist(2, 2, kNobody, 2);
    ghost.stop(2, StopCause::power_loss);
    ghost.start(2, 2, kNobody, {{1, 10}, {1, 20}});
    CHECK(ghost.broken() == Rules{"S16"});
}
