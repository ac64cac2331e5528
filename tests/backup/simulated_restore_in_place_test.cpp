// SPDX-License-Identifier: MIT
//
// Restores that a real group of nodes goes on from.
#include "sim/backup/backups.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "tests/backup/served.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::at_s;
using test::once;
using test::Served;

BackupRestore in_place(std::int64_t to_s, bool stop_first = true) {
    BackupRestore order;
    order.to_time = seconds(to_s);
    order.in_place = true;
    order.stop_first = stop_first;
    return order;
}

// What each node found on its disk when it started after this instant.
std::vector<SnapshotInstalled> found_after(const Served& run, Instant from) {
    std::vector<SnapshotInstalled> found;
    for (const auto& [at, fact] : run.all<SnapshotInstalled>()) {
        if (at > from) found.push_back(fact);
    }
    return found;
}

}  // namespace

TEST_CASE("restore in place: all nodes start from the state at the target, in a later term") {
    Served run({once(in_place(6), 9)});
    run.struck.run_until_s(9);
    Term before;
    for (const auto& [at, fact] : run.all<RoleChanged>()) before = std::max(before, fact.term);
    run.struck.run_until_s(14);
    const auto restored = run.all<NodesRestored>();
    REQUIRE(restored.size() == 1);
    const auto& [when, fact] = restored[0];
    CHECK(fact.state == run.truth(fact.entry));
    CHECK(fact.term == before + 1);
    LogIndex by_then;
    for (const auto& [at, applied] : run.all<EntryApplied>()) {
        if (at <= at_s(6)) by_then = std::max(by_then, applied.index);
    }
    CHECK(fact.entry == by_then);
    const auto found = found_after(run, when);
    REQUIRE(found.size() == test::kNodes);
    for (const SnapshotInstalled& snapshot : found) {
        CHECK(snapshot.index == fact.entry);
        CHECK(snapshot.term == fact.term);
        CHECK(snapshot.state == fact.state);
    }
    // And they serve: somebody has gone on behind it.
    const auto leader = run.struck.small.fleet.leader();
    REQUIRE(leader.has_value());
    CHECK(run.struck.small.fleet.node(*leader).node()->applied() > fact.entry + 100);
}

TEST_CASE("restore in place: the nodes are stopped when it is ordered, or when it is done") {
    for (const bool stop_first : {true, false}) {
        Served run({once(in_place(6, stop_first), 9)});
        run.struck.run_until_s(12);
        const Instant done = run.all<RestoreDone>().at(0).first;
        std::size_t stops = 0;
        for (const auto& [at, fact] : run.all<NodeStopped>()) {
            ++stops;
            CHECK(at == (stop_first ? at_s(9) : done));
        }
        CHECK(stops == test::kNodes);
        CHECK(run.all<NodesRestored>().at(0).first == done);
    }
}

TEST_CASE("restore in place: what came after the state is never replayed into what follows") {
    // Back to second 6, and later as far as there is log: the second restore must not bring back
    // what was written between the sixth second and the first restore.
    BackupRestore latest;
    latest.in_place = true;
    Served run({once(in_place(6), 9), once(latest, 11)});
    run.struck.run_until_s(15);
    const auto restored = run.all<NodesRestored>();
    REQUIRE(restored.size() == 2);
    CHECK(restored[1].second.entry > restored[0].second.entry);
    CHECK(restored[1].second.term > restored[0].second.term);
    // The truth of the new timeline: what nodes applied after the first restore.
    std::uint64_t truth = 0;
    std::uint64_t abandoned = 0;
    for (const auto& [at, fact] : run.all<EntryApplied>()) {
        if (fact.index != restored[1].second.entry || at > restored[1].first) continue;
        (at > restored[0].first ? truth : abandoned) = fact.state;
    }
    REQUIRE(abandoned != 0);  // the old log was longer
    CHECK(restored[1].second.state == truth);
    CHECK(truth != abandoned);
    const auto& timelines = run.backups.agent().catalogue().timelines();
    CHECK(timelines.current() == novacron::backup::TimelineId{3});
}

TEST_CASE("restore in place: disks that are gone are no reason to stay down") {
    PlannedFault wiped = test::planned(LostDisk{}, test::everybody());
    wiped.start = at_s(8);
    wiped.end = at_s(10);
    BackupRestore latest;
    latest.in_place = true;
    Served run({wiped, once(latest, 11)});
    run.struck.run_until_s(10);
    CHECK_FALSE(run.struck.small.fleet.leader().has_value());
    run.struck.run_until_s(15);
    const auto restored = run.all<NodesRestored>();
    REQUIRE(restored.size() == 1);
    CHECK(restored[0].second.state == run.truth(restored[0].second.entry));
    CHECK(run.struck.small.fleet.leader().has_value());
    for (std::uint32_t i = 0; i < test::kNodes; ++i) {
        CHECK(run.struck.small.fleet.node(NodeId{i}).running());
    }
}

TEST_CASE("restore in place: one that is refused leaves the nodes as they were") {
    BackupRestore unknown;
    unknown.tag = "nobody-made-it";
    unknown.in_place = true;
    Served run({once(unknown, 9)});
    run.struck.run_until_s(14);
    CHECK(run.all<RestoreDone>().at(0).second.outcome == RestoreOutcome::refused);
    CHECK(run.all<NodesRestored>().empty());
    const auto leader = run.struck.small.fleet.leader();
    REQUIRE(leader.has_value());
    // They come back with the log that they had, and go on behind it.
    LogIndex before;
    for (const auto& [at, fact] : run.all<EntryApplied>()) {
        if (at < at_s(9)) before = std::max(before, fact.index);
    }
    CHECK(run.struck.small.fleet.node(*leader).node()->applied() > before);
}

TEST_CASE("restore in place: the time to get machines is drawn, by the restore") {
    BackupOptions options = test::by_the_second();
    options.restore.provision = Uniform{milliseconds(100), milliseconds(900)};
    Served run({once(BackupRestore{}, 8), once(BackupRestore{}, 9)}, options);
    run.struck.run_until_s(12);
    std::map<std::uint64_t, Instant> located;
    std::vector<Duration> taken;
    for (const auto& [at, fact] : run.all<RestoreStepped>()) {
        if (fact.step == RestoreStep::locate) located[fact.restore.value] = at;
        if (fact.step == RestoreStep::provision) {
            taken.push_back(at - located[fact.restore.value]);
        }
    }
    REQUIRE(taken.size() == 2);
    for (const Duration time : taken) {
        CHECK(time >= milliseconds(100));
        CHECK(time <= milliseconds(900));
    }
}
