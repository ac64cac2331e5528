// SPDX-License-Identifier: MIT
//
// The backup service: the runbook's schedule, the archive of the log, retention and verification,
// on virtual time.
#include "sim/backup/backup_agent.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "core/backup/plan.hpp"
#include "tests/backup/simulated.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using backup::Condition;
using backup::Kind;

std::map<std::int64_t, BackupKind> started_by_hour(const Simulated& sim) {
    std::map<std::int64_t, BackupKind> hours_of;
    for (const auto& [at, fact] : sim.ledger.all<BackupStarted>()) {
        hours_of[at.ns / hours(1).ns] = fact.kind;
    }
    return hours_of;
}

}  // namespace

TEST_CASE("backup agent: a day of the runbook's policy is one full backup and three increments") {
    Simulated sim;
    sim.commit_every(seconds(100));
    sim.run_until(at_h(26) - seconds(1));
    const std::map<std::int64_t, BackupKind> expected = {{2, BackupKind::full},
                                                         {8, BackupKind::incremental},
                                                         {14, BackupKind::incremental},
                                                         {20, BackupKind::incremental}};
    CHECK(started_by_hour(sim) == expected);
    CHECK(sim.ledger.all<BackupCompleted>().size() == 4);
    CHECK(sim.ledger.all<BackupFailed>().empty());
    CHECK(sim.ledger.all<BackupStarted>()[0].first == at_h(2));
}

TEST_CASE("backup agent: an increment holds what has changed since the backup it rests on") {
    Simulated sim;
    sim.run_until(at_h(3));
    for (int i = 0; i < 50; ++i) sim.commit();
    sim.run_until(at_h(9));
    sim.run_until(at_h(15));  // nothing has come since
    const auto made = sim.ledger.all<BackupCompleted>();
    REQUIRE(made.size() == 3);
    CHECK(made[1].second.bytes.value > made[2].second.bytes.value + 50);
}

TEST_CASE("backup agent: at 02:00 the full backup stands for the increment") {
    Simulated sim;
    sim.commit_every(seconds(1000));
    sim.run_until(at_h(27));
    std::size_t at_two = 0;
    for (const auto& [at, fact] : sim.ledger.all<BackupStarted>()) {
        if (at >= at_h(26)) ++at_two;
    }
    CHECK(at_two == 1);
    CHECK(sim.ledger.last<BackupStarted>().kind == BackupKind::full);
    CHECK(sim.agent.skipped() == 2);
}

TEST_CASE("backup agent: what is due while a backup is made is put off, not made beside it") {
    BackupOptions options = quick();
    options.full_every = hours(1);
    options.full_at = Duration{};
    options.incremental_every = Duration{};
    options.store.bytes_per_second = 1;
    options.window = hours(2);
    Simulated sim(options);
    for (int i = 0; i < 5; ++i) sim.commit();
    sim.store.begin_slow(FaultId{0}, 20);
    sim.run_until(at_h(8));
    const auto started = sim.ledger.all<BackupStarted>();
    const auto completed = sim.ledger.all<BackupCompleted>();
    REQUIRE(started.size() >= 3);
    for (std::size_t i = 1; i < started.size(); ++i) {
        CHECK(started[i].first >= completed.at(i - 1).first);
    }
    CHECK(started.size() < 8);
}

TEST_CASE("backup agent: the log is archived without gap, and by its age at the latest") {
    Simulated sim;
    sim.commit_every(seconds(7));
    sim.run_until(at_h(1));
    std::uint64_t next = 1;
    for (const auto& [id, entry] : sim.agent.catalogue().entries()) {
        if (entry.head.kind != Kind::segment) continue;
        CHECK(entry.head.first.value == next);
        next = entry.head.last.value + 1;
    }
    // What is not archived yet is younger than the timeout and an upload.
    const Instant oldest = sim.committed_at.at(next - 1);
    CHECK(sim.queue.now() - oldest <= sim.options.archive_timeout + seconds(1));
}

TEST_CASE("backup agent: a segment is closed when it is full") {
    BackupOptions options = quick();
    options.segment_bytes = 320;
    options.archive_timeout = hours(24);
    Simulated sim(options);
    for (int i = 0; i < 25; ++i) sim.commit();
    sim.run_until(at_h(1));
    CHECK(sim.ledger.all<SegmentArchived>().size() == 2);
    CHECK(sim.ledger.last<SegmentArchived>().last == LogIndex{20});
}

TEST_CASE("backup agent: a stalled archive keeps its backlog, and catches up in order") {
    Simulated sim;
    sim.commit_every(milliseconds(100));
    sim.run_until(at_h(1));
    sim.agent.begin_stall(FaultId{0});
    sim.run_until(at_h(2));
    const std::uint64_t waiting = sim.agent.backlog_bytes();
    CHECK(waiting > 35'000 * 32);
    CHECK(sim.held_back == waiting);
    const auto steps = sim.ledger.all<ArchiveBacklog>();
    REQUIRE(steps.size() >= 3);
    for (std::size_t i = 1; i < steps.size(); ++i) {
        CHECK(steps[i].second.bytes.value > steps[i - 1].second.bytes.value);
    }
    REQUIRE(sim.ledger.all<FaultObserved>().size() == 1);
    CHECK(sim.ledger.last<FaultObserved>().effect == FaultEffect::archive_delayed);
    sim.agent.end(FaultId{0});
    sim.run_until(at_h(2) + seconds(120));
    CHECK(sim.agent.backlog_bytes() < 64 * 1024);
    CHECK(sim.ledger.last<ArchiveBacklog>().bytes.value < 64 * 1024);
    const auto& outcome = sim.restore({backup::Latest{}, {}});
    CHECK(outcome.reached_target);
    CHECK(outcome.state == sim.states.at(outcome.position.index.value));
}

TEST_CASE("backup agent: an upload that fails is made again until the store has it") {
    Simulated sim;
    sim.commit();
    sim.store.begin_unavailable(FaultId{0});
    sim.run_for(seconds(200));
    CHECK(sim.ledger.all<SegmentArchived>().empty());
    sim.store.end(FaultId{0});
    sim.run_for(seconds(60));
    CHECK(sim.ledger.all<SegmentArchived>().size() == 1);
}

TEST_CASE("backup agent: a backup that the store does not take has failed, and the next is made") {
    Simulated sim;
    sim.commit_every(seconds(500));
    sim.run_until(at_h(1));
    sim.store.begin_unavailable(FaultId{0});
    sim.run_until(at_h(3));
    sim.store.end(FaultId{0});
    CHECK(sim.ledger.all<BackupFailed>().size() == 1);
    sim.run_until(at_h(9));
    // An increment without a full backup to rest on becomes one.
    CHECK(sim.ledger.last<BackupCompleted>().kind == BackupKind::full);
}

TEST_CASE("backup agent: a state that no node has can't be backed up") {
    Simulated sim;
    sim.readable = false;
    sim.run_until(at_h(3));
    REQUIRE(sim.ledger.all<BackupFailed>().size() == 1);
    CHECK(sim.ledger.last<BackupFailed>().backup == BackupNumber{0});
    CHECK(sim.agent.catalogue().entries().empty());
}

TEST_CASE("backup agent: it goes by the wall clock, right or wrong") {
    Simulated sim;
    sim.commit_every(seconds(500));
    sim.clock_is_ahead = hours(-3);
    sim.run_until(at_h(4));
    CHECK(sim.ledger.all<BackupStarted>().empty());
    sim.clock_is_ahead = hours(1);  // set right, and an hour too far
    sim.run_until(at_h(4) + seconds(61));
    // It is noticed within a minute, and what was missed is made up for by one.
    REQUIRE(sim.ledger.all<BackupStarted>().size() == 1);
    sim.run_until(at_h(8));
    CHECK(sim.ledger.all<BackupStarted>().size() == 2);
    CHECK(sim.ledger.all<BackupStarted>()[1].first < at_h(7) + seconds(61));
}

TEST_CASE("backup agent: a clock set ahead throws away what is still needed") {
    BackupOptions options = quick();
    Simulated sim(options);
    sim.commit_every(seconds(2000));
    sim.run_until(at_h(24 * 5));
    REQUIRE(sim.count(Kind::full) == 5);
    sim.clock_is_ahead = hours(24 * 60);
    sim.run_until(at_h(24 * 5 + 3));
    CHECK(sim.count(Kind::full) == 1);
    const auto outcome = sim.restore({backup::AtTime{at_h(24 * 3)}, {}});
    CHECK_FALSE(outcome.reached_target);
}

TEST_CASE("backup agent: the recovery window holds every day of a month, plain ages do not") {
    for (const bool by_age : {false, true}) {
        BackupOptions options = quick();
        options.archive_timeout = hours(1);
        if (by_age) options.retention = BackupOptions::Retention::ages;
        Simulated sim(options);
        sim.commit_every(seconds(3000));
        bool held = true;
        for (int day = 9; day <= 30; ++day) {
            sim.run_until(at_h(24 * day + 3));
            const Instant then = sim.queue.now() - hours(24 * 7) + seconds(1);
            const auto windows = backup::claimed_windows(
                sim.agent.catalogue(), backup::TimelineId{1}, sim.queue.now());
            held = held && std::any_of(windows.begin(), windows.end(), [&](const auto& window) {
                       return window.from <= then && then < window.until;
                   });
        }
        CHECK(held == !by_age);
        CHECK(sim.count(Kind::full) == (by_age ? 7 : 8));
        CHECK(sim.ledger.all<BackupExpired>().size() > 100);
        CHECK(sim.store.objects() == sim.agent.keys().size());
    }
}

TEST_CASE("backup agent: backups that stored nothing are complete until somebody looks") {
    Simulated sim;
    sim.commit_every(seconds(500));
    sim.run_until(at_h(13));
    sim.agent.begin_silence(FaultId{0});
    sim.run_until(at_h(15));
    sim.agent.end(FaultId{0});
    const backup::ObjectId silent = sim.newest(Kind::incremental);
    sim.run_until(at_h(21));
    CHECK(sim.agent.catalogue().find(silent)->condition == Condition::complete);
    CHECK(sim.agent.catalogue().usable_chain(sim.newest(Kind::incremental))->size() == 4);
    CHECK(sim.ledger.all<FaultObserved>().empty());
    sim.agent.verify(FaultId{1});
    sim.run_for(seconds(600));
    REQUIRE(sim.ledger.all<VerifyDone>().size() == 1);
    CHECK(sim.ledger.last<VerifyDone>().bad == Count{1});
    CHECK(sim.ledger.last<VerifyDone>().findings >= Count{2});  // it, and what rests on it
    CHECK(sim.agent.catalogue().find(silent)->condition == Condition::missing);
    const auto observed = sim.ledger.all<FaultObserved>();
    CHECK(observed.size() == 2);
    // The next increment has nothing to rest on any more.
    sim.run_until(at_h(27));
    CHECK(sim.ledger.last<BackupStarted>().kind == BackupKind::full);
}

TEST_CASE("backup agent: verification reads everything, and finds nothing in a sound archive") {
    BackupOptions options = quick();
    options.verify_every = hours(24);
    Simulated sim(options);
    sim.commit_every(seconds(100));
    sim.run_until(at_h(49));
    const auto done = sim.ledger.all<VerifyDone>();
    REQUIRE(done.size() == 2);
    CHECK(done[1].second.objects > Count{500});
    CHECK(done[1].second.bad == Count{0});
    CHECK(done[1].second.findings == Count{0});
}

TEST_CASE("backup agent: an operator's backup waits for the one that runs and has its name") {
    Simulated sim;
    sim.commit_every(seconds(100));
    sim.run_until(at_h(2));
    sim.agent.create(FaultId{0}, Kind::full, "before-work");
    sim.run_until(at_h(2) + seconds(10));
    const auto started = sim.ledger.all<BackupStarted>();
    REQUIRE(started.size() == 2);
    CHECK(started[1].first >= sim.ledger.all<BackupCompleted>()[0].first);
    const auto named = sim.agent.catalogue().named("before-work");
    REQUIRE(named);
    CHECK(named->index == started[1].second.index);
    CHECK(sim.ledger.last<FaultObserved>().effect == FaultEffect::backup_begun);
}

TEST_CASE("backup agent: thirty days with faults, every moment of the window restorable") {
    BackupOptions options = quick();
    options.verify_every = hours(24);
    options.full_redundancy = Redundancy::geo;
    Simulated sim(options);
    sim.commit_every(seconds(100));
    Random draws(11);
    for (int day = 0; day < 30; ++day) {
        const FaultId slow{static_cast<std::uint32_t>(3 * day)};
        const FaultId stall{static_cast<std::uint32_t>(3 * day + 1)};
        const FaultId dark{static_cast<std::uint32_t>(3 * day + 2)};
        sim.run_until(at_h(24 * day + 1));
        sim.store.begin_slow(slow, 50);
        sim.run_until(at_h(24 * day + 4));
        sim.store.end(slow);
        sim.agent.begin_stall(stall);
        sim.run_until(at_h(24 * day + 9));
        sim.agent.end(stall);
        sim.run_until(at_h(24 * day + 13));
        sim.store.begin_unavailable(dark);
        sim.run_until(at_h(24 * day + 15));
        sim.store.end(dark);
    }
    sim.run_until(at_h(24 * 30));
    CHECK(sim.committed_at.size() == 25'920);
    // 02:00 and 08:00 and 20:00 each day; the store is dark at 14:00.
    CHECK(sim.ledger.all<BackupCompleted>().size() == 90);
    CHECK(sim.ledger.all<BackupFailed>().size() == 30);
    for (int i = 0; i < 25; ++i) {
        const Instant then = at_h(24 * 23) + draws.between(Duration{}, hours(24 * 7 - 1));
        const auto& outcome = sim.restore({backup::AtTime{then}, {}});
        REQUIRE(outcome.reached_target);
        CHECK(outcome.state == sim.states.at(sim.index_at(then)));
    }
}
