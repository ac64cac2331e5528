// SPDX-License-Identifier: MIT
#include "sim/measure/roles.hpp"

#include <string>

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::raft::kRoleNames;
using novacron::raft::Role;

// Two nodes, and what happens to the first.
struct Node {
    Record record;
    RoleHistory history{record, 2};

    void start(std::int64_t at, std::uint64_t term = 1) {
        record.add(Instant{at}, NodeStarted{NodeId{0}, Term{term}, NodeId{}, LogIndex{}});
    }
    void become(std::int64_t at, Role role, std::uint64_t term) {
        record.add(Instant{at}, RoleChanged{NodeId{0}, role, Term{term}, NodeId{0}});
    }
    void stop(std::int64_t at) {
        record.add(Instant{at}, NodeStopped{NodeId{0}, StopCause::crash});
    }
    void pause(std::int64_t at) { record.add(Instant{at}, NodePaused{NodeId{0}}); }
    void resume(std::int64_t at) { record.add(Instant{at}, NodeResumed{NodeId{0}}); }

    std::string spans(std::size_t node = 0) const {
        std::string text;
        for (const RoleSpan& span : history.nodes()[node]) {
            if (!text.empty()) text += ' ';
            text += std::to_string(span.start.ns) + ":" +
                    std::string(kStandingNames[static_cast<std::size_t>(span.standing)]) + "/" +
                    std::to_string(span.term.value);
        }
        return text;
    }
};

}  // namespace

TEST_CASE("roles: a node that never starts is down from the start of the run") {
    CHECK(Node().spans(1) == "0:down/0");
}

TEST_CASE("roles: an election, a crash and a restart follow each other without a gap") {
    Node node;
    node.start(5);
    node.become(10, Role::pre_candidate, 1);
    node.become(12, Role::candidate, 2);
    node.become(14, Role::leader, 2);
    node.stop(20);
    node.start(30, 2);
    CHECK(node.spans() ==
          "0:down/0 5:follower/1 10:pre-candidate/1 12:candidate/2 14:leader/2 20:down/2 "
          "30:follower/2");
    CHECK(node.spans(1) == "0:down/0");
}

TEST_CASE("roles: a follower in a new term is one span, a candidate in a new term another") {
    Node node;
    node.start(5);
    node.become(10, Role::follower, 2);
    node.become(11, Role::follower, 3);
    node.become(12, Role::candidate, 4);
    node.become(13, Role::candidate, 5);
    CHECK(node.spans() == "0:down/0 5:follower/1 12:candidate/4 13:candidate/5");
}

TEST_CASE("roles: who is resumed is what it was before the pause") {
    Node node;
    node.start(5);
    node.become(10, Role::leader, 2);
    node.pause(20);
    node.resume(30);
    CHECK(node.spans() == "0:down/0 5:follower/1 10:leader/2 20:paused/2 30:leader/2");
}

TEST_CASE("roles: of what changes twice at one instant the last holds, and no span is empty") {
    Node node;
    node.start(0);
    node.become(10, Role::leader, 2);
    node.become(10, Role::follower, 3);
    node.become(20, Role::leader, 4);
    node.pause(20);
    node.resume(25);
    CHECK(node.spans() == "0:follower/1 20:paused/4 25:leader/4");
}

TEST_CASE("roles: standings begin with the roles of Raft, under their names") {
    for (std::size_t i = 0; i < kRoleNames.size(); ++i) CHECK(kStandingNames[i] == kRoleNames[i]);
}
