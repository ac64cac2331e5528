// SPDX-License-Identifier: MIT
//
// Facts in words. The texts are golden: timelines, traces and comparisons of runs show them.
#include <set>
#include <string>
#include <utility>

#include "sim/record/record.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::raft::Role;

template <std::size_t... K>
std::set<std::string> names(std::index_sequence<K...>) {
    return {std::string(name_of(Fact(std::variant_alternative_t<K, Fact>{})))...};
}

}  // namespace

TEST_CASE("facts in words: a process starts, pauses, goes on and stops") {
    REQUIRE(text_of(NodeStarted{NodeId{2}, Term{4}, NodeId{}, LogIndex{17}}) ==
            "node-started node=2 term=4 vote=none last=17");
    REQUIRE(text_of(NodePaused{NodeId{0}}) == "node-paused node=0");
    REQUIRE(text_of(NodeResumed{NodeId{0}}) == "node-resumed node=0");
    REQUIRE(text_of(NodeStopped{NodeId{1}, StopCause::power_loss}) ==
            "node-stopped node=1 cause=power-loss");
    REQUIRE(text_of(NodeStopped{NodeId{1}, StopCause::corruption}) ==
            "node-stopped node=1 cause=corruption");
}

TEST_CASE("facts in words: roles, entries and what the disk vouches for") {
    REQUIRE(text_of(RoleChanged{NodeId{2}, Role::leader, Term{4}, NodeId{2}}) ==
            "role-changed node=2 role=leader term=4 vote=2");
    REQUIRE(text_of(RoleChanged{NodeId{0}, Role::pre_candidate, Term{1}, NodeId{}}) ==
            "role-changed node=0 role=pre-candidate term=1 vote=none");
    REQUIRE(text_of(EntryAppended{NodeId{1}, LogIndex{3}, Term{2}, 0xabcdef}) ==
            "entry-appended node=1 index=3 term=2 content=0000000000abcdef");
    REQUIRE(text_of(LogTruncated{NodeId{1}, LogIndex{3}}) == "log-truncated node=1 from=3");
    REQUIRE(text_of(Persisted{NodeId{1}, Term{2}, NodeId{0}, LogIndex{9}}) ==
            "persisted node=1 term=2 vote=0 last=9");
    REQUIRE(text_of(CommitAdvanced{NodeId{1}, LogIndex{9}}) == "commit-advanced node=1 index=9");
    REQUIRE(text_of(EntryApplied{NodeId{1}, LogIndex{9}, 0xffffffffffffffff}) ==
            "entry-applied node=1 index=9 state=ffffffffffffffff");
}

TEST_CASE("facts in words: packets") {
    REQUIRE(text_of(PacketSent{HostId{0}, HostId{1}, PacketKind::append_reply, true, Term{2},
                               LogIndex{8}}) ==
            "packet-sent from=0 to=1 kind=append-reply reject=true term=2 index=8");
    REQUIRE(text_of(PacketDelivered{HostId{0}, HostId{1}, PacketKind::pre_vote, Term{2}}) ==
            "packet-delivered from=0 to=1 kind=pre-vote term=2");
    REQUIRE(
        text_of(PacketDropped{HostId{5}, HostId{1}, PacketKind::request, DropCause::host_down}) ==
        "packet-dropped from=5 to=1 kind=request cause=host-down");
}

TEST_CASE("facts in words: operations") {
    REQUIRE(text_of(OperationIssued{OperationId{12}, 1, OperationKind::read, 0,
                                    RegisterKey{7}, RegisterValue{0}}) ==
            "operation-issued operation=12 workload=1 kind=read content=0000000000000000 key=7 "
            "value=0");
    REQUIRE(text_of(OperationEnded{OperationId{12}, 0, OperationKind::write, Outcome::unknown,
                                   Instant{1'500}, 255, 3, LogIndex{}, NodeId{},
                                   RegisterValue{9}}) ==
            "operation-ended operation=12 workload=0 kind=write outcome=unknown issued=1500ns "
            "content=00000000000000ff attempts=3 index=0 by=none value=9");
}

TEST_CASE("facts in words: faults") {
    REQUIRE(text_of(FaultStarted{FaultId{3}}) == "fault-started fault=3");
    REQUIRE(text_of(FaultEnded{FaultId{3}}) == "fault-ended fault=3");
    REQUIRE(text_of(FaultObserved{FaultId{3}, FaultEffect::sync_delayed}) ==
            "fault-observed fault=3 effect=sync delayed");
}

TEST_CASE("facts in words: every kind of fact has a name of its own") {
    REQUIRE(names(std::make_index_sequence<kFactKinds>{}).size() == kFactKinds);
    REQUIRE(name_of(FaultStarted{FaultId{3}}) == "fault-started");
}
