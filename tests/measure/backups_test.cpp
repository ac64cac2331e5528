// SPDX-License-Identifier: MIT
//
// Backups and restores folded from facts, and what a restore loses.
#include "sim/measure/backups.hpp"

#include "sim/check/restored_states.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

Instant at_s(std::int64_t n) { return Instant{} + seconds(n); }

RestoreDone done(std::uint64_t index, std::uint64_t state) {
    RestoreDone fact{};
    fact.restore = RestoreNumber{1};
    fact.outcome = RestoreOutcome::reached;
    fact.index = LogIndex{index};
    fact.state = state;
    return fact;
}

OperationView write(std::int64_t finished_s, std::uint64_t index, bool acknowledged = true) {
    OperationView view;
    view.ended = true;
    view.outcome = acknowledged ? Outcome::acknowledged : Outcome::unknown;
    view.finished = at_s(finished_s);
    view.index = LogIndex{index};
    return view;
}

}  // namespace

TEST_CASE("backup history: a backup is what the last of its facts says") {
    Record record;
    const BackupHistory history(record);
    for (std::uint64_t n = 1; n <= 3; ++n) {
        record.add(at_s(1), BackupStarted{BackupNumber{n}, BackupKind::full, LogIndex{n}});
    }
    record.add(at_s(2), BackupCompleted{BackupNumber{1}, BackupKind::full, ByteCount{500}});
    record.add(at_s(3), BackupFailed{BackupNumber{2}, BackupKind::full});
    record.add(at_s(4), BackupFailed{BackupNumber{0}, BackupKind::incremental});
    record.add(at_s(5), SegmentArchived{BackupNumber{4}, LogIndex{9}, ByteCount{100}});
    record.add(at_s(6), BackupExpired{BackupNumber{4}, BackupKind::segment});
    record.add(at_s(6), BackupExpired{BackupNumber{1}, BackupKind::full});
    record.add(at_s(7), ArchiveBacklog{ByteCount{4000}});
    record.add(at_s(8), ArchiveBacklog{ByteCount{1000}});
    record.add(at_s(9), VerifyDone{Count{5}, Count{0}, Count{1}});
    record.add(at_s(10), VerifyDone{Count{5}, Count{2}, Count{3}});
    const auto& backups = history.backups();
    REQUIRE(backups.size() == 4);
    CHECK(backups[0].completed == at_s(2));
    CHECK(backups[0].expired == at_s(6));
    CHECK(backups[0].bytes == ByteCount{500});
    CHECK(backups[1].failed == at_s(3));
    CHECK_FALSE(backups[1].completed);
    CHECK_FALSE(backups[2].completed);
    CHECK(backups[3].number == BackupNumber{0});
    CHECK(backups[3].failed == at_s(4));
    const ArchiveView& archive = history.archive();
    CHECK(archive.segments == 1);
    CHECK(archive.expired == 1);
    CHECK(archive.last == LogIndex{9});
    CHECK(archive.backlog_max == 4000);
    CHECK(archive.verifications == 2);
    CHECK(archive.bad == 2);
    CHECK(archive.findings == 3);
    CHECK(archive.first_bad == at_s(10));
}

TEST_CASE("backup history: the steps of a restore sum to the time that it took") {
    Record record;
    const BackupHistory history(record);
    const RestoreNumber one{1};
    record.add(at_s(10), RestoreStarted{one, true});
    record.add(at_s(11), RestoreStepped{one, RestoreStep::locate, RestoreStepOutcome::done});
    record.add(at_s(15), RestoreStepped{one, RestoreStep::load, RestoreStepOutcome::fell_back});
    record.add(at_s(15), RestoreStepped{one, RestoreStep::load, RestoreStepOutcome::done});
    record.add(at_s(22), RestoreStepped{one, RestoreStep::verify, RestoreStepOutcome::done});
    record.add(at_s(22), done(4, 1));
    REQUIRE(history.restores().size() == 1);
    const RestoreView& view = history.restores()[0];
    CHECK(view.drill);
    CHECK(view.ended == at_s(22));
    REQUIRE(view.steps.size() == 4);
    CHECK(view.steps[0].duration == seconds(1));
    CHECK(view.steps[1].duration == seconds(4));
    CHECK(view.steps[2].duration == Duration{});
    CHECK(view.steps[3].duration == seconds(7));
}

TEST_CASE("restore loss: what was acknowledged before it began and comes after its state") {
    RestoreView view;
    view.started = at_s(100);
    view.ended = at_s(200);
    view.done = done(5, 1);
    std::vector<OperationView> operations = {write(10, 4),  write(20, 5),  write(40, 7),
                                             write(30, 6),  write(50, 8, false),
                                             write(100, 9), write(150, 10)};
    operations.push_back(write(35, 8));
    operations.back().kind = OperationKind::read;
    const RestoreLoss loss = find_loss(operations, view);
    CHECK(loss.operations == 2);
    CHECK(loss.bytes == 64);
    CHECK(loss.rpo_time == seconds(70));
    CHECK(loss.recovery_point_age == seconds(80));
    view.done = done(100, 1);
    CHECK(find_loss(operations, view).operations == 0);
    CHECK(find_loss(operations, view).rpo_time == Duration{});
}

TEST_CASE("restored states: another state than the nodes had is a finding") {
    const auto findings_of = [](const RestoreDone& fact) {
        Record record;
        Findings findings;
        const RestoredStates states(NodeSet::first(2), record, findings);
        record.add(at_s(1), EntryApplied{NodeId{0}, LogIndex{1}, 11});
        record.add(at_s(1), EntryApplied{NodeId{0}, LogIndex{2}, 22});
        record.add(at_s(2), EntryApplied{NodeId{1}, LogIndex{1}, 11});
        record.add(at_s(3), fact);
        return findings.total();
    };
    CHECK(findings_of(done(1, 11)) == 0);
    CHECK(findings_of(done(2, 22)) == 0);
    CHECK(findings_of(done(0, 0)) == 0);
    CHECK(findings_of(done(1, 22)) == 1);
    CHECK(findings_of(done(3, 22)) == 1);  // nobody has been there
    RestoreDone refused = done(1, 22);
    refused.outcome = RestoreOutcome::refused;
    CHECK(findings_of(refused) == 0);
}

TEST_CASE("restored states: behind a restore in place the log that goes on from it is the truth") {
    Record record;
    Findings findings;
    const RestoredStates states(NodeSet::first(2), record, findings);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        record.add(at_s(1), EntryApplied{NodeId{0}, LogIndex{i}, 11 * i});
    }
    record.add(at_s(1), BackupStarted{BackupNumber{1}, BackupKind::full, LogIndex{3}});
    record.add(at_s(2), NodesRestored{RestoreNumber{1}, LogIndex{1}, Term{2}, 11});
    record.add(at_s(3), EntryApplied{NodeId{0}, LogIndex{2}, 99});
    record.add(at_s(3), EntryApplied{NodeId{7}, LogIndex{3}, 98});  // of another group
    record.add(at_s(4), done(1, 11));
    record.add(at_s(4), done(2, 99));
    CHECK(findings.total() == 0);
    record.add(at_s(5), done(2, 22));  // as it was before
    record.add(at_s(5), done(3, 98));
    CHECK(findings.total() == 2);
    // A backup of then, asked for by its number, is what it was; log is not replayed onto it.
    record.add(at_s(6), done(3, 33));
    CHECK(findings.total() == 2);
    RestoreDone replayed = done(3, 33);
    replayed.replayed = Count{1};
    record.add(at_s(7), replayed);
    CHECK(findings.total() == 3);
}

TEST_CASE("restore loss: what an earlier restore has given up is not lost again") {
    RestoreView view;
    view.started = at_s(100);
    view.ended = at_s(110);
    view.done = done(6, 1);
    // The first was given up at second 50, when the nodes went on behind entry 4.
    const std::vector<OperationView> operations = {write(40, 5), write(45, 8), write(60, 5),
                                                   write(70, 7)};
    CHECK(find_loss(operations, view).operations == 2);
    const RestoreLoss loss = find_loss(operations, view, {{at_s(50), LogIndex{4}}});
    CHECK(loss.operations == 1);
    CHECK(loss.rpo_time == seconds(30));
    CHECK(loss.recovery_point_age == seconds(40));
}

TEST_CASE("restore phases: they sum to the recovery, and are told of restores in place only") {
    Record record;
    const BackupHistory history(record);
    const auto step = [&](std::int64_t at, RestoreStep what) {
        record.add(at_s(at), RestoreStepped{RestoreNumber{1}, what, RestoreStepOutcome::done});
    };
    record.add(at_s(30), RestoreStarted{RestoreNumber{1}, false});
    step(32, RestoreStep::locate);
    step(42, RestoreStep::provision);
    step(45, RestoreStep::load);
    step(46, RestoreStep::replay);
    step(50, RestoreStep::verify);
    record.add(at_s(50), done(5, 1));
    CHECK_FALSE(restore_phases(history, at_s(10), at_s(60)));
    record.add(at_s(50), NodesRestored{RestoreNumber{1}, LogIndex{5}, Term{2}, 1});
    const auto phases = restore_phases(history, at_s(10), at_s(60));
    REQUIRE(phases.has_value());
    std::vector<std::pair<std::string, Duration>> all;
    for (const Phase& phase : *phases) all.emplace_back(phase.name, phase.duration);
    CHECK(all == std::vector<std::pair<std::string, Duration>>{
                     {"detect", seconds(20)}, {"locate", seconds(2)}, {"provision", seconds(10)},
                     {"load", seconds(3)}, {"replay", seconds(1)}, {"verify", seconds(4)},
                     {"warm-up", seconds(10)}});
    CHECK_FALSE(restore_phases(history, at_s(10), at_s(49)));  // it was still going on
    CHECK_FALSE(restore_phases(history, at_s(31), at_s(60)));  // it answers an earlier fault
    CHECK(history.given_up().size() == 1);
}

namespace {

// Two sites that have two records; then the first writes one alone, and the second is promoted.
struct TwoLogs {
    TwoLogs() {
        record.add(at_s(0), TimelineBegun{{1}, SiteId{0}, LogIndex{}});
        for (std::uint64_t n = 1; n <= 2; ++n) {
            commit(SiteId{0}, n, n);
            commit(SiteId{1}, n, n);
        }
        commit(SiteId{0}, 3, 30);
        record.add(at_s(2), BackupStarted{BackupNumber{1}, BackupKind::full, LogIndex{3}});
        alone = *logs.state_after(SiteId{0}, LogIndex{3});
        record.add(at_s(3), RestoreStarted{RestoreNumber{1}, false});
        record.add(at_s(4), TimelineBegun{{2}, SiteId{1}, LogIndex{2}});
        second = 4;
        commit(SiteId{1}, 3, 31);
        second = 6;
        record.add(at_s(5), RestoreStarted{RestoreNumber{2}, false});
    }
    void commit(SiteId site, std::uint64_t number, std::uint64_t value) {
        record.add(at_s(second), SiteRecordCommitted{site, LogIndex{number}, 7, number, 1, value});
    }
    void restore(std::uint64_t number, std::uint64_t index, std::uint64_t state,
                 std::uint64_t replayed = 1) {
        RestoreDone fact = done(index, state);
        fact.replayed = Count{replayed};
        fact.restore = RestoreNumber{number};
        record.add(at_s(6), fact);
    }

    std::int64_t second = 1;
    Record record;
    const SiteLogs logs{record};
    const BackupHistory history{record, &logs};
    Findings findings;
    const RestoredSiteStates states{logs, record, findings};
    std::uint64_t alone = 0;
};

}  // namespace

TEST_CASE("restored states: of sites the truth is the log that was followed when it was begun") {
    TwoLogs run;
    const auto of_the_new = run.logs.state_after(SiteId{1}, LogIndex{3});
    REQUIRE(of_the_new);
    REQUIRE(*of_the_new != run.alone);
    run.restore(1, 3, run.alone);
    run.restore(2, 3, *of_the_new);
    run.restore(2, 0, 0);
    run.restore(2, 3, run.alone, 0);  // the backup of then, asked for by its number
    CHECK(run.findings.kept().empty());
    run.restore(2, 3, run.alone);
    run.restore(2, 4, 0);
    CHECK(run.findings.kept().size() == 2);
    // A number that comes again is another record's, and what was behind it is gone.
    run.commit(SiteId{0}, 2, 20);
    CHECK_FALSE(run.logs.state_after(SiteId{0}, LogIndex{3}));
    CHECK(run.logs.contents(SiteId{0}).size() == 2);
    // A site that is made anew has the other's log, up to there.
    run.record.add(at_s(7), SiteReseeded{SiteId{0}, SiteId{1}, LogIndex{3}, 1, 1, LogIndex{9}, 1});
    CHECK(run.logs.state_after(SiteId{0}, LogIndex{3}) == of_the_new);
}

TEST_CASE("restore loss: of sites what the followed log held, and not what a failover has lost") {
    TwoLogs run;
    run.restore(2, 2, *run.logs.state_after(SiteId{1}, LogIndex{2}));
    const auto operation = [](std::uint64_t number, std::uint64_t value, std::uint64_t entry) {
        OperationView view = write(1, entry);
        view.content = novacron::kv::digest_of({ClientId{7}, number, 1, value});
        return view;
    };
    // Entries' numbers are a group's own and say nothing here.
    const std::vector<OperationView> operations = {operation(1, 1, 100), operation(2, 2, 200),
                                                   operation(3, 30, 1), operation(3, 31, 2)};
    const RestoreLoss loss = find_loss(operations, run.history.restores().at(1));
    CHECK(loss.operations == 1);  // the one that the second site took
    CHECK(loss.rpo_time == seconds(4));
    CHECK(loss.recovery_point_age == seconds(4));
}
