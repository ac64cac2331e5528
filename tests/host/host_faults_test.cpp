// SPDX-License-Identifier: MIT
//
// What faults do to one machine: points to die at, loops, leaks, hogs, connections, lost disks.
#include <algorithm>

#include "tests/catch.hpp"
#include "tests/host/lone_host.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::kBootTime;
using test::LoneHost;

constexpr FaultId kFault{3};

std::vector<FaultEffect> effects(const LoneHost& lone) {
    std::vector<FaultEffect> found;
    for (const auto& [at, fact] : lone.all<FaultObserved>()) found.push_back(fact.effect);
    return found;
}

// The facts of one kind that came after the process had stopped for the first time.
template <class F>
std::size_t after_stop(const LoneHost& lone) {
    const Instant stop = lone.all<NodeStopped>().at(0).first;
    const auto all = lone.all<F>();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [stop](const auto& fact) { return fact.first > stop; }));
}

}  // namespace

TEST_CASE("kill: before an entry is persisted, the disk has never heard of it") {
    LoneHost lone;
    lone.start_and_lead();
    const std::size_t before = lone.all<EntryAppended>().size();
    lone.host.begin_kill(kFault, KillPoint::before_persist);
    lone.ask(1);
    lone.run_for(milliseconds(50));
    REQUIRE(lone.host.state() == NodeHost::State::dead);
    REQUIRE(lone.all<NodeStopped>().size() == 1);
    CHECK(lone.all<NodeStopped>()[0].second.cause == StopCause::crash);
    CHECK(lone.all<EntryAppended>().size() == before + 1);  // the last thing it did
    CHECK(effects(lone) == std::vector{FaultEffect::node_stopped});
    CHECK(lone.answered().empty());

    lone.run_for(seconds(5));
    CHECK_FALSE(lone.host.running());  // held down until the fault ends
    lone.host.end_kill(kFault);
    lone.run_for(kBootTime + milliseconds(1));
    REQUIRE(lone.host.running());
    // It finds what there was before, the entry of its own election.
    CHECK(lone.all<NodeStarted>().back().second.last.value == before);
}

TEST_CASE("kill: after persisting, the entry is durable and nobody was told") {
    LoneHost lone;
    lone.start_and_lead();
    const std::size_t before = lone.all<EntryAppended>().size();
    lone.host.begin_kill(kFault, KillPoint::after_persist_before_send);
    lone.ask(1);
    lone.run_for(milliseconds(50));
    REQUIRE_FALSE(lone.host.running());
    CHECK(lone.answered().empty());
    lone.host.end_kill(kFault);
    lone.run_for(seconds(1));
    CHECK(lone.all<NodeStarted>().back().second.last.value == before + 1);
}

TEST_CASE("kill: a write that is applied is not answered") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.begin_kill(kFault, KillPoint::after_apply_before_answer);
    lone.ask(1);
    lone.run_for(milliseconds(50));
    CHECK(lone.answered().empty());
    CHECK(after_stop<EntryApplied>(lone) == 0);
    REQUIRE_FALSE(lone.host.running());
    lone.host.end_kill(kFault);
    lone.run_for(seconds(2));
    lone.ask(1);
    lone.run_for(milliseconds(50));
    CHECK(lone.answered() == std::vector<std::uint64_t>{1});  // and done once: sessions see to that
}

TEST_CASE("kill: a commit is known and not applied; a leader has said nothing") {
    for (const KillPoint point :
         {KillPoint::after_commit_before_apply, KillPoint::after_leader_elected}) {
        LoneHost lone;
        if (point == KillPoint::after_leader_elected) lone.host.begin_kill(kFault, point);
        lone.start_and_lead();
        const std::size_t applied = lone.all<EntryApplied>().size();
        if (point != KillPoint::after_leader_elected) {
            lone.host.begin_kill(kFault, point);
            lone.ask(1);
            lone.run_for(milliseconds(50));
        }
        INFO("point " << static_cast<int>(point));
        REQUIRE_FALSE(lone.host.running());
        CHECK(lone.all<EntryApplied>().size() == applied);
        if (point == KillPoint::after_leader_elected) {
            CHECK(lone.all<EntryAppended>().empty());
            CHECK(std::get<RoleChanged>(lone.facts[lone.facts.size() - 3].fact).role ==
                  novacron::raft::Role::leader);
        }
        lone.host.end_kill(kFault);
        lone.run_for(seconds(2));
        CHECK(lone.host.running());
    }
}

TEST_CASE("kill: it is spent at once, and a fault that ends before kills nobody") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.begin_kill(kFault, KillPoint::before_persist);
    lone.host.end_kill(kFault);
    lone.ask(1);
    lone.run_for(milliseconds(50));
    CHECK(lone.answered() == std::vector<std::uint64_t>{1});
    CHECK(effects(lone).empty());

    lone.host.begin_kill(kFault, KillPoint::before_persist);
    lone.ask(2);
    lone.run_for(milliseconds(50));
    lone.host.hold_down(StopCause::crash);
    lone.host.let_up();  // one of two that hold it
    lone.run_for(seconds(2));
    CHECK_FALSE(lone.host.running());
    lone.host.end_kill(kFault);
    lone.run_for(seconds(2));
    lone.ask(3);
    lone.run_for(milliseconds(50));
    CHECK(lone.answered() == std::vector<std::uint64_t>{1, 3});
    CHECK(lone.all<NodeStopped>().size() == 1);
}

TEST_CASE("torn write: the host goes dark in the middle of a write, and cuts the tail off later") {
    bool bytes_cut = false;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        LoneHost lone({seed});
        lone.start_and_lead();
        lone.ask(1);
        lone.run_for(milliseconds(50));
        const std::size_t durable = lone.all<EntryAppended>().size();
        lone.host.begin_torn_write(kFault, SimulatedDisk::Manner::reckless);
        lone.ask(2);
        lone.run_for(milliseconds(50));
        REQUIRE(lone.host.state() == NodeHost::State::off);
        CHECK(lone.all<NodeStopped>()[0].second.cause == StopCause::power_loss);
        CHECK(effects(lone) == std::vector{FaultEffect::write_torn});
        lone.host.end_kill(kFault);
        lone.run_for(seconds(2));
        REQUIRE(lone.host.running());
        CHECK(lone.host.stop_messages().empty());
        CHECK(lone.all<NodeStarted>().back().second.last.value == durable);
        bytes_cut = true;
    }
    CHECK(bytes_cut);
}

TEST_CASE("crash loop: the process dies now and so long after each start, until the loop ends") {
    LoneHost lone;
    lone.start_and_lead();
    const Instant start = lone.queue.now();
    lone.host.begin_crash_loop(kFault, seconds(2));
    lone.run_for(seconds(6));
    // Up again after 100 ms and the boot time, then two seconds until the next death.
    const Duration period = milliseconds(100) + kBootTime + seconds(2);
    const auto stops = lone.all<NodeStopped>();
    REQUIRE(stops.size() == 3);
    for (std::size_t i = 0; i < stops.size(); ++i) {
        CHECK(stops[i].first == start + period * static_cast<std::int64_t>(i));
        CHECK(stops[i].second.cause == StopCause::crash);
    }
    lone.host.end_doom(kFault);
    lone.run_for(seconds(10));
    CHECK(lone.all<NodeStopped>().size() == 3);
    CHECK(lone.host.running());
    CHECK(effects(lone) == std::vector{FaultEffect::node_stopped});
}

TEST_CASE("crash loop: who is held down by something else is left alone, and goes on later") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.begin_crash_loop(kFault, seconds(2));
    lone.run_for(milliseconds(50));
    lone.host.hold_down(StopCause::crash);
    lone.run_for(seconds(20));
    CHECK(lone.host.state() == NodeHost::State::dead);
    const std::size_t stops = lone.all<NodeStopped>().size();
    lone.host.let_up();
    lone.run_for(kBootTime + seconds(2));
    CHECK(lone.all<NodeStopped>().size() == stops + 1);
}

TEST_CASE("leak: the process is killed when the memory is used up, first of all not at once") {
    LoneHost lone;
    lone.start_and_lead();
    const Instant start = lone.queue.now();
    lone.host.begin_leak(kFault, seconds(3));
    lone.run_for(seconds(7));
    const auto stops = lone.all<NodeStopped>();
    REQUIRE(stops.size() == 2);
    CHECK(stops[0].first == start + seconds(3));
    CHECK(stops[0].second.cause == StopCause::out_of_memory);
    CHECK(stops[1].first == start + seconds(3) + milliseconds(100) + kBootTime + seconds(3));
    lone.host.end_doom(kFault);
    lone.run_for(seconds(10));
    CHECK(lone.host.running());
}

TEST_CASE("hog: what comes in is worked off one by one, each for its time") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.begin_hog(kFault, milliseconds(10));
    const Instant start = lone.queue.now();
    lone.ask(1);
    lone.run_for(seconds(1));
    // The request, 10 ms; its sync, 1 ms and then 10 ms, and the way there and back.
    REQUIRE(lone.answered() == std::vector<std::uint64_t>{1});
    const Duration took = lone.answers[0].at - start;
    CHECK(took >= milliseconds(21) + test::kLatency * 2);
    CHECK(took <= milliseconds(45));  // a deadline or two come in between
    CHECK(effects(lone) == std::vector{FaultEffect::processing_delayed});

    // Ten at once take turns, in their order.
    for (std::uint64_t i = 2; i <= 11; ++i) lone.ask(i);
    lone.run_for(milliseconds(55));
    CHECK(lone.answered().size() < 6);
    lone.run_for(seconds(1));
    CHECK(lone.answered() == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("hog: what still waits when it ends is done at once, unless the process is paused") {
    for (const bool paused : {false, true}) {
        LoneHost lone;
        lone.start_and_lead();
        lone.host.begin_hog(kFault, seconds(1));
        for (std::uint64_t i = 1; i <= 5; ++i) lone.ask(i);
        lone.run_for(milliseconds(100));
        CHECK(lone.answered().empty());
        if (paused) lone.host.pause();
        lone.host.end_hog(kFault);
        lone.run_for(milliseconds(100));
        CHECK(lone.answered().size() == (paused ? 0 : 5));
        lone.host.resume();
        lone.run_for(milliseconds(100));
        CHECK(lone.answered().size() == 5);
        lone.ask(6);
        lone.run_for(milliseconds(10));
        CHECK(lone.answered().size() == 6);  // as fast as before
    }
}

TEST_CASE("hog: a process that is paused and resumed under it still takes turns and keeps time") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.begin_hog(kFault, milliseconds(10));
    lone.host.pause();
    for (std::uint64_t i = 1; i <= 5; ++i) lone.ask(i);
    lone.run_for(seconds(1));
    CHECK(lone.answered().empty());
    lone.host.resume();
    lone.run_for(milliseconds(20));
    CHECK(lone.answered().empty());
    lone.run_for(seconds(1));
    CHECK(lone.answered().size() == 5);
    CHECK(lone.host.running());
}

TEST_CASE("hog: what waited for a process that dies is not done by the next one") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.begin_hog(kFault, milliseconds(200));
    for (std::uint64_t i = 1; i <= 5; ++i) lone.ask(i);
    lone.run_for(milliseconds(50));
    lone.host.crash();
    lone.host.start();
    lone.run_for(seconds(20));
    CHECK(lone.host.running());
    CHECK(lone.answered().empty());
}

TEST_CASE("connections: beyond the limit clients are refused at once") {
    LoneHost lone({1, 1, milliseconds(20)});
    lone.start_and_lead();
    lone.host.begin_connection_limit(kFault, 2);
    for (std::uint64_t i = 1; i <= 5; ++i) lone.ask(i);
    lone.run_for(milliseconds(10));
    REQUIRE(lone.refusals.size() == 3);
    CHECK(lone.refusals[0].sequence == 3);
    CHECK(effects(lone) == std::vector{FaultEffect::connection_refused});
    lone.run_for(milliseconds(100));
    CHECK(lone.answered() == std::vector<std::uint64_t>{1, 2});
    lone.ask(6);  // there is room again
    lone.run_for(milliseconds(100));
    CHECK(lone.answered() == std::vector<std::uint64_t>{1, 2, 6});
    lone.host.end_connection_limit(kFault);
    for (std::uint64_t i = 7; i <= 11; ++i) lone.ask(i);
    lone.run_for(milliseconds(100));
    CHECK(lone.refusals.size() == 3);
    CHECK(lone.answered().size() == 8);
}

TEST_CASE("connections: those of a process that has died are gone") {
    LoneHost lone({1, 3});  // nobody leads: with one of three it answers that it does not
    lone.host.start_at_once();
    lone.host.begin_connection_limit(kFault, 1);
    lone.host.pause();
    lone.ask(1);
    lone.ask(2);
    lone.run_for(milliseconds(10));
    CHECK(lone.refusals.size() == 1);
    lone.host.crash();
    lone.host.start();
    lone.run_for(seconds(1));
    lone.ask(3);
    lone.run_for(milliseconds(10));
    CHECK(lone.refusals.size() == 1);
    CHECK(lone.answers.size() == 1);
}

TEST_CASE("lost disk: a node that minds does not start, and one that does not has forgotten all") {
    for (const auto blank : {NodeHost::Blank::refused, NodeHost::Blank::forgotten}) {
        LoneHost lone;
        lone.start_and_lead();
        lone.ask(1);
        lone.run_for(milliseconds(50));
        lone.host.hold_down(StopCause::power_loss);
        lone.host.lose_disk(blank);
        lone.run_for(seconds(1));
        lone.host.let_up();
        lone.run_for(seconds(2));
        const bool refused = blank == NodeHost::Blank::refused;
        CHECK(lone.host.running() != refused);
        CHECK(lone.host.is_ruined() == refused);
        CHECK(lone.host.stop_messages().empty());
        if (refused) {
            CHECK(lone.all<NodeStopped>().back().second.cause == StopCause::disk_lost);
            CHECK(lone.all<NodeStarted>().size() == 1);
        } else {
            CHECK(lone.all<NodeStarted>().back().second.term.value == 0);
            CHECK(lone.all<NodeStarted>().back().second.last.value == 0);
        }
    }
}
