// SPDX-License-Identifier: MIT
//
// Backups of a real group of nodes, faults of them, and what operators do, as a schedule has them.
#include "sim/backup/backups.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/backup/served.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::at_s;
using test::clients;
using test::planned;
using test::role;
using test::of_backups;
using test::once;
using test::Served;

}  // namespace

TEST_CASE("backups: what is restored is what the nodes had after the same entry") {
    Served run({once(BackupRestore{}, 9), once(BackupRestore{.to_time = seconds(6)}, 9),
                  once(BackupRestore{.to_index = 77}, 9),
                  once(BackupRestore{.replay_wal = false}, 9)});
    run.struck.run_until_s(12);
    const auto done = run.all<RestoreDone>();
    REQUIRE(done.size() == 4);
    std::map<std::uint64_t, RestoreDone> by_number;
    for (const auto& [at, fact] : done) by_number[fact.restore.value] = fact;
    for (const auto& [number, fact] : by_number) {
        INFO(number);
        CHECK(fact.outcome == RestoreOutcome::reached);
        CHECK(fact.state == run.truth(fact.index));
    }
    CHECK(by_number[3].index == LogIndex{77});
    // At second 6: the last entry that anybody had applied by then.
    LogIndex by_then;
    for (const auto& [at, fact] : run.all<EntryApplied>()) {
        if (at <= at_s(6)) by_then = std::max(by_then, fact.index);
    }
    CHECK(by_number[2].index == by_then);
    // With the log nearly all of it, without it what there was at the full backup of second 8.
    CHECK(at_s(9) - by_number[1].recovery_point < milliseconds(500));
    CHECK(by_number[4].recovery_point == at_s(8));
}

TEST_CASE("backups: a crash of the leader leaves no gap in the archive") {
    PlannedFault crash = planned(NodeCrash{}, role(Selector::Role::leader));
    Served run({crash, once(BackupRestore{}, 9)});
    run.struck.run_until_s(12);
    LogIndex next{1};
    for (const auto& [id, entry] : run.backups.agent().catalogue().entries()) {
        if (entry.head.kind != novacron::backup::Kind::segment) continue;
        CHECK(entry.head.first == next);
        next = entry.head.last + 1;
    }
    CHECK(next > LogIndex{300});
    const auto done = run.all<RestoreDone>();
    REQUIRE(done.size() == 1);
    CHECK(done[0].second.outcome == RestoreOutcome::reached);
    CHECK(done[0].second.state == run.truth(done[0].second.index));
}

TEST_CASE("backups: each fault's first effect is what it is meant to do") {
    const auto effect_of = [](const FaultKind& kind) {
        Served run({of_backups(kind, 3, 6), once(BackupVerify{}, 6), once(BackupRestore{}, 7)});
        run.struck.run_until_s(12);
        return run.effect_of(0);
    };
    CHECK(effect_of(ObjectsSlow{10}) == FaultEffect::request_slowed);
    CHECK(effect_of(ObjectsUnavailable{}) == FaultEffect::request_failed);
    CHECK(effect_of(ObjectsRegionLost{}) == FaultEffect::request_failed);
    CHECK(effect_of(ObjectsBitRot{{ObjectChoice::Of::full, {}}}) == FaultEffect::damage_found);
    CHECK(effect_of(ObjectsLost{{ObjectChoice::Of::segment, ObjectChoice::Which::drawn}}) ==
          FaultEffect::object_missed);
    CHECK(effect_of(BackupSilentFailure{}) == FaultEffect::object_missed);
    CHECK(effect_of(ArchiveStalled{}) == FaultEffect::archive_delayed);
    CHECK(effect_of(BackupCreate{}) == FaultEffect::backup_begun);
    CHECK(effect_of(BackupVerify{}) == FaultEffect::backups_verified);
    CHECK(effect_of(BackupRestore{}) == FaultEffect::restore_begun);
}

TEST_CASE("backups: what a restore finds bad is used no more, what a drill finds is left alone") {
    for (const bool drill : {false, true}) {
        BackupRestore restore;
        restore.drill = drill;
        Served run({once(ObjectsBitRot{{ObjectChoice::Of::full, {}}}, 6), once(restore, 7)});
        run.struck.run_until_s(8);
        std::size_t damaged = 0;
        for (const auto& [id, entry] : run.backups.agent().catalogue().entries()) {
            damaged += entry.condition == novacron::backup::Condition::damaged ? 1 : 0;
        }
        CHECK(damaged == (drill ? 0 : 1));
        CHECK(run.all<RestoreDone>().at(0).second.outcome == RestoreOutcome::reached);
    }
}

TEST_CASE("backups: rot that nobody reads has no effect") {
    Served run({once(ObjectsBitRot{{ObjectChoice::Of::full, {}}}, 3)});
    run.struck.run_until_s(10);
    CHECK_FALSE(run.effect_of(0));
}

TEST_CASE("backups: a state that was given a name is found by it, and another name is not") {
    Served run({once(BackupCreate{BackupCreate::Type::full, "release"}, 5),
                  once(BackupRestore{.tag = "release"}, 9),
                  once(BackupRestore{.backup = 1'000}, 9)});
    run.struck.run_until_s(12);
    const auto done = run.all<RestoreDone>();
    REQUIRE(done.size() == 2);
    const auto& refused =
        done[0].second.restore == RestoreNumber{2} ? done[0].second : done[1].second;
    const auto& named =
        done[0].second.restore == RestoreNumber{1} ? done[0].second : done[1].second;
    CHECK(named.outcome == RestoreOutcome::reached);
    CHECK(named.state == run.truth(named.index));
    // Once the increment was made that was due at the same instant.
    CHECK(named.recovery_point > at_s(5));
    CHECK(named.recovery_point < at_s(5) + milliseconds(100));
    CHECK(refused.outcome == RestoreOutcome::refused);
    CHECK(refused.why == RestoreWhy::unknown_backup);
}

TEST_CASE("backups: a moment that is not archived yet, or in the future, is said to be that") {
    BackupRestore future;
    future.to_time = seconds(500);
    BackupRestore now;
    now.to_time = seconds(9);
    Served run({once(future, 9), once(now, 9)});
    run.struck.run_until_s(12);
    std::map<std::uint64_t, RestoreDone> by_number;
    for (const auto& [at, fact] : run.all<RestoreDone>()) by_number[fact.restore.value] = fact;
    REQUIRE(by_number.size() == 2);
    CHECK(by_number[1].why == RestoreWhy::in_the_future);
    CHECK(by_number[2].why == RestoreWhy::not_archived);
    CHECK(by_number[2].outcome == RestoreOutcome::fell_short);
    CHECK(by_number[2].state == run.truth(by_number[2].index));
}

TEST_CASE("backups: a drill disturbs nothing else, not a single fact") {
    const auto facts_without_restores = [](const std::vector<PlannedFault>& faults) {
        Served run(faults);
        run.struck.run_until_s(12);
        std::vector<std::string> lines;
        for (const auto& [at, fact] : run.struck.small.facts) {
            const std::string_view name = name_of(fact);
            if (name.starts_with("restore-") || name.starts_with("fault-")) continue;
            lines.push_back(std::to_string(at.ns) + " " + text_of(fact));
        }
        return lines;
    };
    BackupRestore drill;
    drill.drill = true;
    const auto quiet = facts_without_restores({});
    CHECK(quiet.size() > 10'000);
    CHECK(facts_without_restores({once(drill, 5), once(drill, 7)}) == quiet);
}

TEST_CASE("backups: after a mistake, the state before it is the one without it") {
    PlannedFault mistake = once(KeyMistake{0.5}, 6);
    mistake.target = clients();
    BackupRestore before;
    before.to_time = seconds(6) - Duration{1};
    Served run({mistake, once(before, 9)});
    run.struck.run_until_s(12);
    std::size_t wrong = 0;
    for (const auto& [at, fact] : run.all<OperationIssued>()) {
        if (at == at_s(6) && fact.kind == OperationKind::write) ++wrong;
    }
    CHECK(wrong >= 2);
    CHECK(wrong <= 9);  // of ten keys, about a half
    CHECK(run.effect_of(0) == FaultEffect::mistake_made);
    const auto done = run.all<RestoreDone>();
    REQUIRE(done.size() == 1);
    CHECK(done[0].second.outcome == RestoreOutcome::reached);
    CHECK(done[0].second.recovery_point < at_s(6));
    CHECK(done[0].second.state == run.truth(done[0].second.index));
}
