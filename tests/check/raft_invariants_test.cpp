// SPDX-License-Identifier: MIT
//
// Elections, votes, terms and roles (S1, S2, S5, S9, S18), messages (S10), and servers that stop
// (S17): each rule with a legal tale and the nearest one that is not.
#include "sim/check/raft_invariants.hpp"

#include "tests/catch.hpp"
#include "tests/check/tale.hpp"

using namespace shaketable;

namespace {

using Rules = std::set<std::string>;

const NodeId kNobody = NodeId::none();
constexpr NodeId kA{0};
constexpr NodeId kC{2};

}  // namespace

TEST_CASE("invariants: a sound cluster breaks no rule") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    tale.apply(0, 1, 100);
    tale.commit(1, 1);
    tale.apply(1, 1, 100);
    tale.stop(0);
    tale.start(0, 1, kA, {{1, 10}});
    tale.elect(1, 0, 2, 1);
    tale.replicate(1, 0, 2, 2, 20);
    CHECK(tale.broken() == Rules{});
}

// ---- S1

TEST_CASE("S1: two leaders of one term are found, even if the first is long gone") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.role(0, Role::follower, 2);
    tale.role(2, Role::candidate, 2, kC);
    tale.vote(1, 2, 2);
    tale.role(2, Role::leader, 2, kC);
    CHECK(tale.broken() == Rules{});

    Tale twice;
    twice.elect(0, 1, 1);
    twice.stop(0);
    twice.role(2, Role::candidate, 1, kC);
    twice.role(2, Role::leader, 1, kC);
    CHECK(twice.broken() == Rules{"S1"});
}

TEST_CASE("S1: who leads without the votes of a quorum is found") {
    Tale tale;
    tale.elect(0, 1, 1);
    CHECK(tale.broken() == Rules{});

    Tale alone;
    alone.role(0, Role::candidate, 1, kA);
    alone.persist(0, 1, kA, 0);
    alone.role(0, Role::leader, 1, kA);
    CHECK(alone.broken() == Rules{"S1"});
}

// ---- S2

TEST_CASE("S2: a second vote in a term is found, one in the next term is not") {
    Tale tale;
    tale.role(1, Role::follower, 1, kA);
    tale.persist(1, 1, kA, 0);
    tale.grant(1, 0, 1);
    tale.role(1, Role::follower, 2, kC);
    tale.persist(1, 2, kC, 0);
    tale.grant(1, 2, 2);
    CHECK(tale.broken() == Rules{});

    Tale twice;
    twice.role(1, Role::follower, 1, kA);
    twice.persist(1, 1, kA, 0);
    twice.grant(1, 0, 1);
    twice.role(1, Role::follower, 1, kC);
    CHECK(twice.broken() == Rules{"S2"});
}

TEST_CASE("S2: a second vote after a restart is found if the first was durable") {
    Tale tale;
    tale.role(1, Role::follower, 1, kA);
    tale.persist(1, 1, kA, 0);
    tale.stop(1, StopCause::power_loss);
    tale.start(1, 1, kA);
    tale.grant(1, 0, 1);
    CHECK(tale.broken() == Rules{});

    Tale forgot;
    forgot.role(1, Role::follower, 1, kA);
    forgot.persist(1, 1, kA, 0);
    forgot.stop(1, StopCause::power_loss);
    forgot.start(1, 1, kNobody);
    CHECK(forgot.broken() == Rules{"S2"});

    Tale twice;
    twice.role(1, Role::follower, 1, kA);
    twice.persist(1, 1, kA, 0);
    twice.stop(1, StopCause::power_loss);
    twice.start(1, 1, kC);
    CHECK(twice.broken() == Rules{"S2"});
}

// Nobody had seen it, and the disk had not kept it.
TEST_CASE("S2: a vote that a power loss took before it was durable may be given anew") {
    Tale tale;
    tale.role(1, Role::follower, 1, kA);
    tale.stop(1, StopCause::power_loss);
    tale.start(1, 0);
    tale.role(1, Role::follower, 1, kC);
    tale.persist(1, 1, kC, 0);
    tale.grant(1, 2, 1);
    CHECK(tale.broken() == Rules{});
}

TEST_CASE("S2: a vote is also known by the message that carried it") {
    Tale tale;
    tale.persist(1, 1, kA, 0);
    tale.grant(1, 0, 1);
    CHECK(tale.broken() == Rules{});
    tale.grant(1, 2, 1);
    CHECK(tale.broken() == Rules{"S2", "S10"});  // the disk knows of the first vote only
}

// ---- S5

TEST_CASE("S5: a leader without a committed entry is found") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    tale.elect(1, 0, 2, 1);
    CHECK(tale.broken() == Rules{});

    Tale incomplete;
    incomplete.elect(0, 1, 1);
    incomplete.replicate(0, 1, 1, 1, 10);
    incomplete.role(2, Role::candidate, 2, kC);
    incomplete.vote(1, 2, 2);
    incomplete.role(2, Role::leader, 2, kC);
    CHECK(incomplete.broken() == Rules{"S5"});
}

TEST_CASE("S5: a leader with another entry in a committed place is found") {
    Tale tale;
    tale.role(2, Role::follower, 1);
    tale.append(2, 1, 1, 10);
    tale.elect(0, 1, 2);
    tale.replicate(0, 1, 2, 1, 20);
    CHECK(tale.broken() == Rules{});
    tale.role(2, Role::candidate, 3, kC);
    tale.vote(1, 2, 3);
    tale.role(2, Role::leader, 3, kC);
    CHECK(tale.broken() == Rules{"S5"});
}

// It stood in term 2, slept while term 3 committed, and woke to its old votes. No promise is
// broken: it can commit nothing, since a quorum has moved on.
TEST_CASE("S5: a late leader of an earlier term may lack what a later term has committed") {
    Tale tale;
    tale.role(2, Role::candidate, 2, kC);
    tale.vote(1, 2, 2);
    tale.elect(0, 1, 3);
    tale.replicate(0, 1, 3, 1, 10);
    tale.role(2, Role::leader, 2, kC);
    CHECK(tale.broken() == Rules{});

    Tale early;
    early.elect(0, 1, 1);
    early.replicate(0, 1, 1, 1, 10);
    early.vote(0, 2, 2);
    early.elect(1, 0, 3, 1);
    early.replicate(1, 0, 3, 2, 20);
    early.role(2, Role::candidate, 2, kC);
    early.role(2, Role::leader, 2, kC);
    CHECK(early.broken() == Rules{"S5"});
}

// ---- S9

TEST_CASE("S9: a term that goes back is found") {
    Tale tale;
    tale.role(1, Role::follower, 3);
    tale.role(1, Role::follower, 4);
    CHECK(tale.broken() == Rules{});
    tale.role(1, Role::follower, 3);
    CHECK(tale.broken() == Rules{"S9"});
}

TEST_CASE("S9: a durable term that goes back is found, across a restart too") {
    Tale tale;
    tale.role(1, Role::follower, 3);
    tale.stop(1, StopCause::power_loss);
    tale.start(1, 0);  // term 3 was not durable
    CHECK(tale.broken() == Rules{});

    Tale lost;
    lost.role(1, Role::follower, 3);
    lost.persist(1, 3, kNobody, 0);
    lost.stop(1, StopCause::power_loss);
    lost.start(1, 2);
    CHECK(lost.broken() == Rules{"S9"});

    Tale back;
    back.role(1, Role::follower, 3);
    back.persist(1, 3, kNobody, 0);
    back.persist(1, 2, kNobody, 0);
    CHECK(back.broken() == Rules{"S9"});
}

TEST_CASE("S9: a commit index that goes back is found, unless the process has ended") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    tale.replicate(0, 1, 1, 2, 20);
    tale.commit(1, 2);
    tale.stop(1);
    tale.start(1, 1, kA, {{1, 10}, {1, 20}});
    tale.commit(1, 1);
    CHECK(tale.broken() == Rules{});
    tale.commit(1, 2);
    tale.commit(1, 1);
    CHECK(tale.broken() == Rules{"S9"});
}

TEST_CASE("S9: a follower that leads without standing is found, a candidate is right") {
    Tale tale;
    tale.role(0, Role::pre_candidate, 0);
    tale.role(0, Role::candidate, 1, kA);
    tale.vote(1, 0, 1);
    tale.role(0, Role::leader, 1, kA);
    tale.role(0, Role::follower, 1, kA);
    tale.role(0, Role::pre_candidate, 1, kA);
    CHECK(tale.broken() == Rules{});

    for (const Role from : {Role::follower, Role::pre_candidate}) {
        Tale risen;
        risen.role(0, from, 1, kA);
        risen.vote(1, 0, 1);
        risen.role(0, Role::leader, 1, kA);
        CHECK(risen.broken() == Rules{"S9"});
    }
    for (const Role to : {Role::candidate, Role::pre_candidate}) {
        Tale fallen;
        fallen.elect(0, 1, 1);
        fallen.role(0, to, 2);
        CHECK(fallen.broken() == Rules{"S9"});
    }
}

TEST_CASE("S9: a leader whose process has ended may stand again") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.stop(0);
    tale.start(0, 1, kA);
    tale.role(0, Role::candidate, 2, kA);
    CHECK(tale.broken() == Rules{});
}

// ---- S10

TEST_CASE("S10: an acknowledgement of what is not durable is found") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.append(0, 1, 1, 10);
    tale.append(1, 1, 1, 10);
    tale.packet(PacketKind::append_reply, 1, 0, 1, 1, true);  // a refusal promises nothing
    tale.packet(PacketKind::append, 0, 1, 1, 0);              // nor does an append
    tale.packet(PacketKind::append_reply, 1, 0, 1, 0);
    tale.persist(1, 1, kA, 1);
    tale.packet(PacketKind::append_reply, 1, 0, 1, 1);
    CHECK(tale.broken() == Rules{});

    Tale early;
    early.elect(0, 1, 1);
    early.append(0, 1, 1, 10);
    early.append(1, 1, 1, 10);
    early.packet(PacketKind::append_reply, 1, 0, 1, 1);
    CHECK(early.broken() == Rules{"S10"});
}

TEST_CASE("S10: an acknowledgement in a term that is not durable is found") {
    Tale tale;
    tale.role(1, Role::follower, 4);
    tale.packet(PacketKind::append_reply, 1, 0, 4, 0);
    CHECK(tale.broken() == Rules{"S10"});
}

TEST_CASE("S10: a vote that is not durable is found when it is sent") {
    Tale tale;
    tale.role(1, Role::follower, 1, kA);
    tale.packet(PacketKind::vote_reply, 1, 0, 1, 0, true);
    CHECK(tale.broken() == Rules{});
    tale.grant(1, 0, 1);
    CHECK(tale.broken() == Rules{"S10"});
}

TEST_CASE("S10: a request for votes before the candidate's own vote is durable is found") {
    Tale tale;
    tale.role(0, Role::candidate, 1, kA);
    tale.packet(PacketKind::pre_vote, 0, 1, 1, 0);
    CHECK(tale.broken() == Rules{});
    tale.packet(PacketKind::vote, 0, 1, 1, 0);
    CHECK(tale.broken() == Rules{"S10"});
}

TEST_CASE("S10: a durable end after the end of the log is found") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.append(0, 1, 1, 10);
    tale.persist(0, 1, kA, 1);
    CHECK(tale.broken() == Rules{});
    tale.persist(0, 1, kA, 2);
    CHECK(tale.broken() == Rules{"S10"});
}

TEST_CASE("S10: packets of clients promise nothing") {
    Tale tale;
    tale.packet(PacketKind::request, 7, 0, 0, 0);
    CHECK(tale.broken() == Rules{});
}

// ---- S17

TEST_CASE("S17: a server that stops itself is found, one that is stopped is not") {
    Tale tale;
    tale.stop(0, StopCause::crash);
    tale.stop(1, StopCause::power_loss);
    CHECK(tale.broken() == Rules{});
    for (const StopCause cause : {StopCause::panic, StopCause::corruption}) {
        Tale stopped;
        stopped.stop(2, cause);
        CHECK(stopped.broken() == Rules{"S17"});
    }
}

// ---- S18

TEST_CASE("S18: who comes to lead a term that has entries is found, even its leader of before") {
    Tale tale;
    tale.elect(0, 1, 1);
    tale.replicate(0, 1, 1, 1, 10);
    tale.role(0, Role::follower, 1, kA);
    tale.elect(0, 1, 2, 1);
    CHECK(tale.broken() == Rules{});

    Tale twice;
    twice.elect(0, 1, 1);
    twice.replicate(0, 1, 1, 1, 10);
    twice.role(0, Role::follower, 1, kA);
    twice.role(0, Role::candidate, 1, kA);
    twice.role(0, Role::leader, 1, kA);
    CHECK(twice.broken() == Rules{"S18"});
}
