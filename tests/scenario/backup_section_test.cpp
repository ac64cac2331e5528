// SPDX-License-Identifier: MIT
//
// What a file says about backups, and what is said about it when it is wrong.
#include "sim/scenario/bind_backup.hpp"
#include "sim/scenario/schema.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;
using novacron::backup::hours;
using testing::load;
using testing::messages;

constexpr const char* kPolicy = "backup: {full: {at: \"00:00\"}}\n";

BackupOptions policy(const std::string& section) {
    const LoadResult result = load("backup: {" + section + "}\n");
    INFO(section << "\n" << format(result.diagnostics));
    REQUIRE(result.ok());
    return result.scenario->backup.value();
}
std::string wrong(const std::string& section) {
    return messages(load("backup: {" + section + "}\n"));
}

FaultKind kind(const std::string& text) {
    const LoadResult result =
        load(std::string(kPolicy) + "faults:\n  - {id: made, at: 8s, inject: backup.create, " +
             "with: {tag: release}}\n  - {id: f, at: 9s, " + text + "}\n");
    INFO(text << "\n" << format(result.diagnostics));
    REQUIRE(result.ok());
    return std::get<FaultKind>(result.scenario->faults.at(1).what);
}
std::string fault(const std::string& text) {
    return messages(load(std::string(kPolicy) + "faults:\n  - {id: f, at: 9s, " + text + "}\n"));
}

TEST_CASE("backup section: without it there are none, and by default it is the runbook's") {
    CHECK_FALSE(load("").scenario->backup);
    const LoadResult result = load(
        "time: {epoch: 2024-11-05T01:59:59Z, warmup: 5s, duration: 60s}\nbackup: {}\n");
    REQUIRE(result.ok());
    CHECK(result.scenario->backup == BackupOptions{});
    const auto rules = BackupOptions{}.rules();
    const auto runbook = novacron::backup::runbook_schedule();
    REQUIRE(rules.size() == runbook.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        CHECK(rules[i].kind == runbook[i].kind);
        CHECK(rules[i].every == runbook[i].every);
        CHECK(rules[i].offset == runbook[i].offset);
    }
}

TEST_CASE("backup section: every key is read") {
    const BackupOptions options = policy(
        "clock: node-3, full: {at: \"00:00\", every: 12h, keep: 3d, redundancy: regional}, "
        "incremental: {every: 2h, keep: 1d, redundancy: geo}, "
        "wal: {segment: 1MiB, archive_timeout: 5s, keep: 4d, redundancy: geo}, "
        "retention: ages, window: 5d, verify_every: 1d, "
        "store: {latency: 10ms, bandwidth: 1MiB, timeout: 5s, replication_delay: 1m}, "
        "restore: {locate: 1s, provision: 2s, replay_rate: 3MiB, verify_rate: 4MiB}");
    BackupOptions expected;
    expected.clock = 2;
    expected.full_at = Duration{};
    expected.full_every = hours(12);
    expected.full_keep = hours(72);
    expected.full_redundancy = Redundancy::regional;
    expected.incremental_every = hours(2);
    expected.incremental_keep = hours(24);
    expected.incremental_redundancy = Redundancy::geo;
    expected.segment_bytes = 1 << 20;
    expected.archive_timeout = seconds(5);
    expected.log_keep = hours(96);
    expected.log_redundancy = Redundancy::geo;
    expected.retention = BackupOptions::Retention::ages;
    expected.window = hours(120);
    expected.verify_every = hours(24);
    expected.store = {Constant{milliseconds(10)}, 1 << 20, seconds(5), seconds(60)};
    expected.restore = {seconds(1), Constant{seconds(2)}, 3 << 20, 4 << 20};
    CHECK(options == expected);
}

TEST_CASE("backup section: a schedule that never runs is refused") {
    CHECK(wrong("") ==
          "no full backup is ever made: the first would be due 2h after the start, and the run "
          "lasts 1m\n");
    CHECK(wrong("full: {at: \"2 am\"}") == "'2 am' is no time of day\n");
    CHECK(wrong("full: {at: \"24:00\"}") == "'24:00' is no time of day\n");
    CHECK(wrong("full: {at: \"00:00\", every: 0s}") != "");
}

TEST_CASE("backup section: a retention that is shorter than the interval is refused") {
    CHECK(wrong("full: {at: \"00:00\"}, window: 12h") ==
          "by this window full backups are kept for 12h, shorter than the 1d from one to the "
          "next\n");
    CHECK(wrong("retention: ages, full: {at: \"00:00\", keep: 20h}") ==
          "full backups are kept for 20h, shorter than the 1d from one to the next\n");
    CHECK(wrong("retention: ages, full: {at: \"00:00\"}, incremental: {keep: 1h}") ==
          "incremental backups are kept for 1h, shorter than the 6h from one to the next\n");
    // What the other rule goes by does not matter.
    CHECK(wrong("full: {at: \"00:00\", keep: 20h}") == "");
    CHECK(wrong("clock: node-9, full: {at: \"00:00\"}") == "unknown node 'node-9'\n");
}

TEST_CASE("backup faults: each word does what it says") {
    CHECK(kind("inject: objects.slow, with: {factor: 20}, for: 5s") == FaultKind{ObjectsSlow{20}});
    CHECK(kind("inject: objects.unavailable, for: 5s") == FaultKind{ObjectsUnavailable{}});
    CHECK(kind("inject: objects.region_lost, for: 5s") == FaultKind{ObjectsRegionLost{}});
    CHECK(kind("inject: objects.bit_rot") == FaultKind{ObjectsBitRot{}});
    CHECK(kind("inject: objects.lost, with: {of: segment, which: oldest}") ==
          FaultKind{ObjectsLost{{ObjectChoice::Of::segment, ObjectChoice::Which::oldest}}});
    CHECK(kind("inject: backup.silent_failure, permanent: true") ==
          FaultKind{BackupSilentFailure{}});
    CHECK(kind("inject: archive.stalled, for: 5s") == FaultKind{ArchiveStalled{}});
    CHECK(kind("inject: backup.create, with: {type: incremental}") ==
          FaultKind{BackupCreate{BackupCreate::Type::incremental, ""}});
    CHECK(kind("inject: backup.verify") == FaultKind{BackupVerify{}});
    BackupRestore drill;
    drill.drill = true;
    drill.replay_wal = false;
    CHECK(kind("inject: operator.drill, with: {replay_wal: false}") == FaultKind{drill});
    BackupRestore tagged;
    tagged.tag = "release";
    CHECK(kind("inject: backup.restore, with: {tag: release}") == FaultKind{tagged});
    BackupRestore then;
    then.to_time = seconds(7);
    CHECK(kind("inject: backup.restore, with: {to_time: 7s}") == FaultKind{then});
    CHECK(kind("inject: operator.mistake, target: writes, with: {share: 30%}") ==
          FaultKind{KeyMistake{0.3}});
}

TEST_CASE("backup faults: what was written out reads back equal") {
    BackupRestore by_index;
    by_index.to_index = 12;
    BackupRestore ago;
    ago.ago = seconds(3);
    BackupRestore numbered;
    numbered.backup = 4;
    numbered.replay_wal = false;
    const std::pair<const char*, FaultKind> faults[] = {
        {"objects.slow", ObjectsSlow{2.5}},
        {"objects.lost",
         ObjectsLost{{ObjectChoice::Of::incremental, ObjectChoice::Which::drawn}}},
        {"objects.bit_rot", ObjectsBitRot{}},
        {"backup.create", BackupCreate{BackupCreate::Type::full, "release"}},
        {"backup.restore", by_index},
        {"backup.restore", ago},
        {"backup.restore", numbered},
        {"backup.verify", BackupVerify{}}};
    for (const auto& [word, fault_kind] : faults) {
        std::string options;
        for (const auto& [key, value] : backup_options_of(fault_kind)) {
            options += (options.empty() ? "" : ", ") + key + ": " + value;
        }
        const bool ends = !find_fault_word(word)->at_once;
        INFO(word << " " << options);
        CHECK(kind("inject: " + std::string(word) + ", with: {" + options + "}" +
                   (ends ? ", for: 1s" : "")) == fault_kind);
    }
}

TEST_CASE("backup faults: what can't be restored is refused before anything runs") {
    CHECK(fault("inject: backup.restore, with: {tag: release}") ==
          "no backup has the tag 'release'\n");
    CHECK(fault("inject: backup.restore, with: {ago: 1s, to_time: 5s}") ==
          "both 'to_time' and 'ago' say what to restore\n");
    CHECK(fault("inject: backup.restore, with: {ago: 1s, replay_wal: false}") ==
          "without the log a restore can't go to this point\n");
    CHECK(fault("inject: backup.verify, target: all") ==
          "backup.verify has no target: it is about backups\n");
    CHECK(fault("inject: objects.slow, for: 5s") == "objects.slow needs 'factor'\n");
    CHECK(fault("inject: operator.mistake, target: reads, with: {share: 30%}") ==
          "no workload of the target writes\n");
    CHECK(fault("until: 20s, random: {rate: 1/s, for: 1s, pick: [node.crash, archive.stalled]}") ==
          "a storm does not draw faults of backups\n");
}

TEST_CASE("backup faults: without backups there is nothing to break, restore or judge") {
    CHECK(testing::fault_messages("at: 9s, inject: backup.verify") ==
          "the scenario makes no backups\n");
    CHECK(messages(load("targets: {restore: {max: \"< 5m\"}}\n")) ==
          "the scenario makes no backups\n");
    CHECK(messages(load("checks: [{id: c, at_end: restores.reached}]\n")) ==
          "the scenario makes no backups\n");
    CHECK(messages(load(std::string(kPolicy) + "targets: {restore: {}}\n")) ==
          "a target without a bound\n");
    const LoadResult bounds =
        load(std::string(kPolicy) + "targets: {restore: {max: \"< 5m\", rpo: \"< 5s\"}}\n");
    REQUIRE(bounds.ok());
    CHECK(bounds.scenario->restore == RestoreTarget{seconds(300), seconds(5)});
}

}  // namespace
}  // namespace shaketable
