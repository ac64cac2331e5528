// SPDX-License-Identifier: MIT
#include "core/node/room.hpp"
#include "sim/host/node_host.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/wal/recovery.hpp"
#include "tests/catch.hpp"
#include "tests/host/lone_host.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::milliseconds;
using novacron::seconds;
using novacron::raft::Role;
using test::kBootTime;
using test::LoneHost;
using Sequences = std::vector<std::uint64_t>;

Instant first_campaign(const LoneHost& lone) {
    for (const auto& [at, role] : lone.all<RoleChanged>()) {
        if (role.role == Role::pre_candidate || role.role == Role::candidate) return at;
    }
    return Instant::never();
}

}  // namespace

TEST_CASE("node host: before it is started it is off and silent") {
    LoneHost lone;
    lone.ask(1);
    lone.run_for(seconds(1));
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.host.node() == nullptr);
    REQUIRE(lone.refusals.empty());
    REQUIRE(lone.answers.empty());
}

TEST_CASE("node host: started at once it runs at once, and serves its clients when it leads") {
    LoneHost lone;
    lone.host.start_at_once();
    REQUIRE(lone.host.running());
    REQUIRE(lone.all<NodeStarted>().size() == 1);
    lone.run_for(seconds(1));
    lone.ask(1);
    lone.run_for(seconds(1));
    REQUIRE(lone.answered() == Sequences{1});
}

TEST_CASE("node host: a start takes the boot time, and clients are refused meanwhile") {
    LoneHost lone;
    lone.host.start();
    lone.ask(1);
    lone.run_for(kBootTime - Duration{1});
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.refusals.size() == 1);
    lone.run_for(Duration{1});
    REQUIRE(lone.host.running());
    REQUIRE(lone.all<NodeStarted>()[0].first == Instant{} + kBootTime);
}

TEST_CASE("node host: a process that runs or starts can't be started") {
    LoneHost lone;
    lone.host.start();
    REQUIRE_THROWS_AS(lone.host.start(), BugError);
    lone.run_for(seconds(1));
    REQUIRE_THROWS_AS(lone.host.start(), BugError);
}

TEST_CASE("node host: after a crash the operating system refuses clients") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.crash();
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.all<NodeStopped>()[0].second.cause == StopCause::crash);
    lone.ask(1);
    lone.run_for(seconds(1));
    REQUIRE(lone.refusals.size() == 1);
}

TEST_CASE("node host: without power nobody refuses") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.lose_power();
    REQUIRE(lone.all<NodeStopped>()[0].second.cause == StopCause::power_loss);
    lone.ask(1);
    lone.run_for(seconds(1));
    REQUIRE(lone.refusals.empty());
    REQUIRE(lone.answers.empty());
}

TEST_CASE("node host: what does not run can't crash, and what is off loses no power") {
    LoneHost lone;
    lone.host.crash();
    lone.host.lose_power();
    REQUIRE(lone.facts.empty());
    lone.start_and_lead();
    lone.host.crash();
    lone.host.crash();
    REQUIRE(lone.all<NodeStopped>().size() == 1);
    lone.host.lose_power();  // the process is dead already
    REQUIRE(lone.all<NodeStopped>().size() == 1);
}

TEST_CASE("node host: a start that a crash cut short does not come to its end") {
    LoneHost lone;
    lone.host.start();
    lone.run_for(milliseconds(100));
    lone.host.crash();
    lone.run_for(seconds(2));
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.all<NodeStarted>().empty());
}

TEST_CASE("node host: started again while an old start was under way, it boots in its own time") {
    LoneHost lone;
    lone.host.start();
    lone.run_for(milliseconds(400));
    lone.host.crash();
    lone.host.start();
    lone.run_for(seconds(2));
    const auto started = lone.all<NodeStarted>();
    REQUIRE(started.size() == 1);
    REQUIRE(started[0].first == Instant{} + milliseconds(400) + kBootTime);
}

TEST_CASE("node host: a restarted process finds its log, entry by entry") {
    LoneHost lone;
    lone.start_and_lead();
    for (std::uint64_t i = 1; i <= 5; ++i) lone.ask(i);
    lone.run_for(seconds(1));
    REQUIRE(lone.answered().size() == 5);
    lone.host.crash();
    const std::size_t before = lone.facts.size();
    lone.host.start();
    lone.run_for(kBootTime);
    lone.facts.erase(lone.facts.begin(), lone.facts.begin() + static_cast<std::ptrdiff_t>(before));
    const auto started = lone.all<NodeStarted>();
    REQUIRE(started.size() == 1);
    REQUIRE(started[0].second.term == Term{1});
    REQUIRE(started[0].second.last == LogIndex{6});  // the new leader's own entry and five writes
    const auto entries = lone.all<EntryAppended>();
    REQUIRE(entries.size() == 6);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        REQUIRE(entries[i].second.index == LogIndex{i + 1});
        REQUIRE(entries[i].first == started[0].first);
    }
}

TEST_CASE("node host: what was acknowledged survives a power loss at any moment") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        LoneHost lone({.seed = seed});
        lone.start_and_lead();
        for (std::uint64_t i = 1; i <= 20; ++i) {
            lone.ask(i);
            lone.run_for(novacron::microseconds(330));
        }
        lone.run_for(Duration{static_cast<std::int64_t>(seed) * 100'000});
        const std::uint64_t acknowledged = lone.answered().size();
        lone.host.lose_power();
        lone.host.start();
        lone.run_for(kBootTime);
        REQUIRE(lone.host.running());
        REQUIRE(lone.all<NodeStarted>().back().second.last.value >= 1 + acknowledged);
    }
}

TEST_CASE("node host: an answer waits for the disk") {
    LoneHost lone({.sync_latency = milliseconds(40)});
    lone.start_and_lead();
    const Instant asked = lone.queue.now();
    lone.ask(1);
    lone.run_for(seconds(1));
    REQUIRE(lone.answers.size() == 1);
    // There and back, and the sync between.
    REQUIRE(lone.answers[0].at - asked >= milliseconds(41));
    REQUIRE(lone.answers[0].at - asked <= milliseconds(42));
}

TEST_CASE("node host: messages to a paused process wait, and come in order when it resumes") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.pause();
    REQUIRE(lone.host.paused());
    for (std::uint64_t i = 1; i <= 5; ++i) {
        lone.ask(i);
        lone.run_for(milliseconds(100));
    }
    lone.run_for(seconds(2));
    REQUIRE(lone.answers.empty());
    REQUIRE(lone.refusals.empty());
    lone.host.resume();
    lone.run_for(milliseconds(10));
    REQUIRE(lone.answered() == Sequences{1, 2, 3, 4, 5});
    REQUIRE(lone.all<NodePaused>().size() == 1);
    REQUIRE(lone.all<NodeResumed>().size() == 1);
}

TEST_CASE("node host: a sync that completes during a pause is heard of after it") {
    LoneHost lone({.sync_latency = milliseconds(20)});
    lone.start_and_lead();
    lone.ask(1);
    lone.run_for(milliseconds(10));
    lone.host.pause();
    lone.run_for(seconds(1));
    REQUIRE(lone.answers.empty());
    lone.host.resume();
    lone.run_for(milliseconds(1));
    REQUIRE(lone.answered() == Sequences{1});
}

TEST_CASE("node host: a paused process misses its deadline, and meets it when it resumes") {
    LoneHost lone({.voters = 3});
    lone.host.start_at_once();
    lone.host.pause();
    lone.run_for(seconds(5));
    REQUIRE(first_campaign(lone) == Instant::never());
    lone.host.resume();
    REQUIRE(lone.host.node()->raft().role() == Role::pre_candidate);
}

TEST_CASE("node host: pausing twice is pausing once, and what does not run is not paused") {
    LoneHost lone;
    lone.host.pause();
    lone.host.resume();
    REQUIRE(lone.facts.empty());
    lone.start_and_lead();
    lone.host.pause();
    lone.host.pause();
    lone.host.resume();
    REQUIRE_FALSE(lone.host.paused());
    REQUIRE(lone.all<NodePaused>().size() == 1);
    lone.host.resume();
    REQUIRE(lone.all<NodeResumed>().size() == 1);
}

TEST_CASE("node host: a pause and what waits for its end die with the process") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.pause();
    lone.ask(1);
    lone.run_for(milliseconds(10));
    lone.host.crash();
    REQUIRE_FALSE(lone.host.paused());
    lone.host.start();
    lone.run_for(seconds(2));
    lone.host.pause();
    lone.host.resume();
    lone.run_for(seconds(1));
    REQUIRE(lone.answers.empty());
    lone.ask(2);
    lone.run_for(seconds(1));
    REQUIRE(lone.answered() == Sequences{2});
}

TEST_CASE("node host: each life of the process draws its own election timeouts") {
    LoneHost lone({.voters = 3});
    lone.host.start_at_once();
    std::set<Duration> waits;
    for (int life = 0; life < 8; ++life) {
        lone.facts.clear();
        lone.host.crash();
        lone.host.start();
        lone.run_for(seconds(1));
        waits.insert(first_campaign(lone) - lone.all<NodeStarted>()[0].first);
    }
    REQUIRE(waits.size() == 8);
    REQUIRE(*waits.begin() >= milliseconds(150));
    REQUIRE(*waits.rbegin() <= milliseconds(300));
}

TEST_CASE("node host: a clock that is off by a constant changes nothing") {
    LoneHost right({.voters = 3});
    LoneHost early({.voters = 3, .clock_offset = seconds(-1000)});
    LoneHost late({.voters = 3, .clock_offset = seconds(1000)});
    for (LoneHost* lone : {&right, &early, &late}) {
        lone->host.start_at_once();
        lone->run_for(seconds(1));
    }
    REQUIRE(first_campaign(early) == first_campaign(right));
    REQUIRE(first_campaign(late) == first_campaign(right));
}

TEST_CASE("node host: a node with a slow clock waits longer, one with a fast clock less") {
    LoneHost right({.voters = 3});
    LoneHost slow({.voters = 3, .clock_drift_ppb = -100'000'000});
    LoneHost fast({.voters = 3, .clock_drift_ppb = 100'000'000});
    for (LoneHost* lone : {&right, &slow, &fast}) {
        lone->host.start_at_once();
        lone->run_for(seconds(1));
    }
    const std::int64_t timeout = first_campaign(right).ns;
    REQUIRE(first_campaign(slow).ns == (timeout * 10 + 8) / 9);
    REQUIRE(first_campaign(fast).ns == (timeout * 10 + 10) / 11);
}

TEST_CASE(
    "node host: when its clock's rate changes, what a node waits for comes earlier or later") {
    LoneHost right({.voters = 3});
    right.host.start_at_once();
    right.run_for(seconds(1));
    const Duration timeout = first_campaign(right) - Instant{};
    const auto campaign_after = [&](std::int64_t first_ppb, std::int64_t second_ppb) {
        LoneHost lone({.voters = 3});
        lone.host.start_at_once();
        lone.host.begin_drift(FaultId{0}, first_ppb);
        lone.run_for(milliseconds(100));
        lone.host.begin_drift(FaultId{1}, second_ppb);
        lone.host.end_drift(FaultId{0});
        lone.run_for(seconds(1));
        return first_campaign(lone) - Instant{};
    };
    const Duration rest = timeout - milliseconds(100);
    REQUIRE(campaign_after(0, 0) == timeout);
    REQUIRE(campaign_after(0, 100'000'000).ns == 100'000'000 + (rest.ns * 10 + 10) / 11);
    REQUIRE(campaign_after(0, -100'000'000).ns == 100'000'000 + (rest.ns * 10 + 8) / 9);
    REQUIRE(campaign_after(100'000'000, -100'000'000).ns ==
            100'000'000 + ((timeout.ns - 110'000'000) * 10 + 8) / 9);
}

TEST_CASE("node host: drifts add up, within what a clock can do") {
    LoneHost fastest({.voters = 3, .clock_drift_ppb = 100'000'000});
    LoneHost faster({.voters = 3, .clock_drift_ppb = 60'000'000});
    for (LoneHost* lone : {&fastest, &faster}) lone->host.start_at_once();
    faster.host.begin_drift(FaultId{0}, 30'000'000);
    faster.host.begin_drift(FaultId{1}, 30'000'000);
    for (LoneHost* lone : {&fastest, &faster}) lone->run_for(seconds(1));
    REQUIRE(first_campaign(faster) == first_campaign(fastest));
}

TEST_CASE("node host: a node that breaks its own check is stopped, and its words are kept") {
    LoneHost lone;
    lone.start_and_lead();
    novacron::raft::Message stray;
    stray.from = NodeId{1};
    stray.to = NodeId{9};
    REQUIRE_NOTHROW(lone.host.receive(stray));
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.all<NodeStopped>()[0].second.cause == StopCause::panic);
    REQUIRE(lone.host.stop_messages().size() == 1);
    REQUIRE(lone.host.stop_messages()[0].text.find("addressed to this one") !=
            std::string::npos);
    lone.ask(1);
    lone.run_for(seconds(1));
    REQUIRE(lone.refusals.size() == 1);
}

TEST_CASE("node host: a node that panics over what waited for it does not see the rest") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.pause();
    novacron::raft::Message stray;
    stray.from = NodeId{1};
    stray.to = NodeId{9};
    lone.host.receive(stray);
    lone.host.receive(stray);
    lone.host.resume();
    REQUIRE(lone.host.stop_messages().size() == 1);
    REQUIRE(lone.all<NodeStopped>().size() == 1);
}

TEST_CASE("node host: a node with a damaged log does not start, and says what is damaged") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.crash();
    lone.host.disk().open(novacron::wal::segment_name(3));  // and no second segment
    lone.facts.clear();
    lone.host.start();
    lone.run_for(seconds(1));
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.all<NodeStarted>().empty());
    REQUIRE(lone.all<NodeStopped>()[0].second.cause == StopCause::corruption);
    REQUIRE(lone.host.stop_messages()[0].text.find(novacron::wal::segment_name(2)) !=
            std::string::npos);
}

TEST_CASE("node host: a node whose disk fails to sync ends itself, and is started until it works") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.disk().begin_sync_error(FaultId{0});
    lone.ask(1);
    lone.run_for(seconds(3));
    REQUIRE(lone.answered().empty());
    const auto stops = lone.all<NodeStopped>();
    REQUIRE(stops.size() >= 4);
    for (const auto& [at, stop] : stops) REQUIRE(stop.cause == StopCause::disk_failure);
    // A pause of 100 ms, the time of booting, and a sync.
    REQUIRE(stops[1].first - stops[0].first == milliseconds(601));
    REQUIRE(lone.host.stop_messages().empty());
    lone.host.disk().end_sync_error(FaultId{0});
    lone.run_for(seconds(2));
    lone.ask(2);
    lone.run_for(seconds(1));
    REQUIRE(lone.answered() == std::vector<std::uint64_t>{2});
}

TEST_CASE("node host: a node whose disk can't be read starts when it can") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.crash();
    lone.host.disk().begin_read_error(FaultId{0});
    lone.host.start();
    lone.run_for(seconds(3));
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.all<NodeStarted>().size() == 1);
    REQUIRE(lone.all<NodeStopped>().back().second.cause == StopCause::disk_failure);
    lone.host.disk().end_read_error(FaultId{0});
    lone.run_for(seconds(1));
    REQUIRE(lone.host.running());
    REQUIRE(lone.host.stop_messages().empty());
}

TEST_CASE("node host: who is held down while it waits to be started again stays down") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.disk().begin_sync_error(FaultId{0});
    lone.ask(1);
    lone.run_for(milliseconds(50));
    REQUIRE(lone.host.state() == NodeHost::State::starting);
    lone.host.crash();
    lone.host.disk().end_sync_error(FaultId{0});
    lone.run_for(seconds(3));
    REQUIRE(lone.host.state() == NodeHost::State::dead);
    lone.host.start();
    lone.run_for(seconds(1));
    REQUIRE(lone.host.running());
}

TEST_CASE("node host: a node that runs its disk full is found out") {
    LoneHost lone;
    lone.start_and_lead();
    const FileId file = lone.host.disk().open(novacron::wal::segment_name(1));
    lone.host.disk().begin_full(FaultId{0}, 1);
    lone.host.disk().append(file, std::vector<std::byte>(2));
    lone.host.disk().sync(file, SyncId{1'000'000});
    lone.run_for(milliseconds(50));
    REQUIRE(lone.all<NodeStopped>()[0].second.cause == StopCause::disk_failure);
    REQUIRE(lone.host.stop_messages().size() == 1);
    REQUIRE(lone.host.stop_messages()[0].text == "it has run its disk full");
}

// A stalled disk is handed what was written meanwhile all at once; that was taken in when there was
// room.
TEST_CASE("node host: a disk that fills while it stalls has room for what was taken in before") {
    LoneHost lone;
    lone.start_and_lead();
    lone.host.disk().begin_stall(FaultId{0});
    for (std::uint64_t i = 1; i <= 2000; ++i) lone.ask(i);
    lone.run_for(milliseconds(50));
    REQUIRE(lone.host.node()->unwritten() > novacron::kKeptBack);
    lone.host.fill_disk(FaultId{1}, novacron::kKeptBack);
    lone.host.disk().end_stall(FaultId{0});
    lone.run_for(milliseconds(50));
    REQUIRE(lone.host.running());
    REQUIRE(lone.host.stop_messages().empty());
}

TEST_CASE("node host: damage that a fault has done keeps a node down, and is not held against it") {
    LoneHost lone;
    lone.start_and_lead();
    for (std::uint64_t i = 1; i <= 20; ++i) {
        lone.ask(i);
        lone.run_for(milliseconds(50));
    }
    Random random(1);
    lone.host.disk().rot(FaultId{0}, random);
    lone.run_for(seconds(1));
    REQUIRE(lone.host.running());
    lone.host.crash();
    lone.host.start();
    lone.run_for(seconds(3));
    REQUIRE_FALSE(lone.host.running());
    REQUIRE(lone.all<NodeStopped>().back().second.cause == StopCause::disk_damage);
    REQUIRE(lone.all<NodeStopped>().size() == 2);
    REQUIRE(lone.host.stop_messages().empty());
    const auto observed = lone.all<FaultObserved>();
    REQUIRE(observed.size() == 1);
    REQUIRE(observed[0].second.effect == FaultEffect::damage_found);
}
