// SPDX-License-Identifier: MIT
#include "core/wal/log.hpp"

#include <string>

#include "tests/catch.hpp"
#include "tests/wal/memory_disk.hpp"

namespace {

using namespace novacron;
using namespace novacron::wal;

Entry entry(std::uint64_t term, std::uint64_t index, std::string_view text = "x") {
    return {{term}, {index}, EntryKind::command, Bytes(std::as_bytes(std::span(text)))};
}

Opened open(MemoryDisk& disk, std::uint64_t segment_bytes = 1U << 20U) {
    auto result = Log::open(disk, {segment_bytes});
    REQUIRE(std::holds_alternative<Opened>(result));
    return std::get<Opened>(std::move(result));
}

// Completes the oldest sync and hands the report on.
bool complete(MemoryDisk& disk, Log& log) {
    return log.on_synced(disk.complete_sync(), DiskStatus::ok);
}

std::size_t durable_bytes(const MemoryDisk& disk) {
    std::size_t sum = 0;
    for (const auto& file : disk.files) sum += file.durable;
    return sum;
}

}  // namespace

TEST_CASE("wal: a disk never used opens as an empty log") {
    MemoryDisk disk;
    const Opened opened = open(disk);
    CHECK(opened.recovered.hard_state == HardState{});
    CHECK(opened.recovered.entries.empty());
    CHECK(opened.recovered.bytes_cut == 0);
    CHECK(opened.log.last_index() == LogIndex{0});
}

TEST_CASE("wal: what was appended and synced opens again, in order") {
    MemoryDisk disk;
    {
        Log log = open(disk).log;
        log.append(HardState{{1}, {0}, {}});
        log.append(entry(1, 1, "a"));
        log.append(entry(1, 2, "b"));
        log.sync({1});
        log.append(HardState{{2}, NodeId::none(), {1}});
        log.append(entry(2, 3, ""));
        log.sync({2});
    }
    const Opened opened = open(disk);
    CHECK(opened.recovered.hard_state == HardState{{2}, NodeId::none(), {1}});
    CHECK(opened.recovered.entries ==
          std::vector<Entry>{entry(1, 1, "a"), entry(1, 2, "b"), entry(2, 3, "")});
    CHECK(opened.log.last_index() == LogIndex{3});
}

TEST_CASE("wal: nothing reaches the disk before a sync asks for it") {
    MemoryDisk disk;
    Log log = open(disk).log;
    log.append(HardState{{1}, {0}, {}});
    log.append(entry(1, 1));
    CHECK(disk.files.empty());
    log.sync({1});
    CHECK(disk.files.at(0).content.size() > 0);
    CHECK(disk.syncs.at(0).size == disk.files.at(0).content.size());
}

TEST_CASE("wal: a sync covers all that was appended before it") {
    MemoryDisk disk;
    Log log = open(disk).log;
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    log.append(entry(1, 1));
    log.sync({2});
    log.append(entry(1, 2));
    CHECK(complete(disk, log));
    CHECK(complete(disk, log));
    disk.files[0].content.resize(disk.files[0].durable);
    CHECK(open(disk).recovered.entries == std::vector<Entry>{entry(1, 1)});
}

TEST_CASE("wal: a hard state that is the one written last takes no room") {
    MemoryDisk disk;
    Log log = open(disk).log;
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    const std::size_t size = disk.files[0].content.size();
    log.append(HardState{{1}, {0}, {}});
    log.sync({2});
    CHECK(disk.files[0].content.size() == size);
    CHECK(disk.syncs.size() == 2);
}

TEST_CASE("wal: truncated entries do not come back, and their successors do") {
    MemoryDisk disk;
    {
        Log log = open(disk).log;
        log.append(HardState{{1}, {0}, {}});
        for (std::uint64_t i = 1; i <= 5; ++i) log.append(entry(1, i, "old"));
        log.sync({1});
        log.append(HardState{{2}, NodeId::none(), {2}});
        log.truncate_from({3});
        log.append(entry(2, 3, "new"));
        log.append(entry(2, 4, "new"));
        log.sync({2});
    }
    const Opened opened = open(disk);
    CHECK(opened.recovered.entries == std::vector<Entry>{entry(1, 1, "old"), entry(1, 2, "old"),
                                                         entry(2, 3, "new"), entry(2, 4, "new")});
}

TEST_CASE("wal: a truncation alone is remembered, even of everything") {
    MemoryDisk disk;
    {
        Log log = open(disk).log;
        log.append(HardState{{1}, {0}, {}});
        log.append(entry(1, 1));
        log.append(entry(1, 2));
        log.truncate_from({1});
        log.sync({1});
    }
    CHECK(open(disk).recovered.entries.empty());
}

TEST_CASE("wal: a full segment is followed by the next, and both are read") {
    MemoryDisk disk;
    constexpr std::uint64_t kEntries = 100;
    {
        Log log = open(disk, 256).log;
        log.append(HardState{{1}, {0}, {}});
        for (std::uint64_t i = 1; i <= kEntries; ++i) {
            log.append(entry(1, i, std::to_string(i)));
            log.sync({i});
            REQUIRE(complete(disk, log));
        }
    }
    CHECK(disk.files.size() > 10);
    CHECK(disk.files[0].name == "wal-0000000001");
    CHECK(disk.files[1].name == "wal-0000000002");
    const Opened opened = open(disk, 256);
    REQUIRE(opened.recovered.entries.size() == kEntries);
    for (std::uint64_t i = 1; i <= kEntries; ++i) {
        CHECK(opened.recovered.entries[i - 1] == entry(1, i, std::to_string(i)));
    }
}

TEST_CASE("wal: nothing goes into a segment before the one before it is durable") {
    MemoryDisk disk;
    Log log = open(disk, 64).log;
    log.append(HardState{{1}, {0}, {}});
    log.append(entry(1, 1));
    log.sync({1});  // fills the first segment
    log.append(entry(1, 2));
    log.sync({2});
    log.append(entry(1, 3));
    log.sync({3});
    CHECK(disk.files.size() == 1);
    CHECK(disk.syncs.size() == 1);

    CHECK(complete(disk, log));
    REQUIRE(disk.files.size() == 2);
    REQUIRE(disk.syncs.size() == 2);
    CHECK(disk.syncs[0].id == SyncId{2});
    CHECK(disk.syncs[1].id == SyncId{3});
    CHECK(complete(disk, log));
    CHECK(complete(disk, log));
    CHECK(disk.syncs.empty());
    CHECK(open(disk).recovered.entries.size() == 3);
}

TEST_CASE("wal: a segment that fills while the one before is closed is closed in its turn") {
    MemoryDisk disk;
    Log log = open(disk, 1).log;  // each sync fills a segment
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    for (std::uint64_t i = 1; i <= 3; ++i) {
        log.append(entry(1, i));
        log.sync({i + 1});
    }
    CHECK(complete(disk, log));
    REQUIRE(disk.syncs.size() == 3);  // 2, 3 and 4, which were held
    log.append(entry(1, 4));
    log.sync({5});
    CHECK(complete(disk, log));
    CHECK(complete(disk, log));
    CHECK(disk.files.size() == 2);  // sync 4 closes the second segment and is not done
    CHECK(complete(disk, log));
    CHECK(disk.files.size() == 3);
    CHECK(complete(disk, log));
    CHECK(open(disk).recovered.entries.size() == 4);
}

TEST_CASE("wal: every sync is reported done once and in order, across many segments") {
    MemoryDisk disk;
    Log log = open(disk, 100).log;
    log.append(HardState{{1}, {0}, {}});
    std::uint64_t asked = 0;
    std::uint64_t done = 0;
    for (std::uint64_t i = 1; i <= 200; ++i) {
        log.append(entry(1, i));
        log.sync({++asked});
        if (i % 3 != 0) continue;  // the disk lags behind, up to where only held syncs are left
        while (done < asked && !disk.syncs.empty()) {
            const SyncId id = disk.complete_sync();
            REQUIRE(id == SyncId{++done});
            REQUIRE(log.on_synced(id, DiskStatus::ok));
        }
    }
    while (!disk.syncs.empty()) {
        REQUIRE(disk.syncs[0].id == SyncId{++done});
        REQUIRE(complete(disk, log));
    }
    CHECK(done == asked);
}

TEST_CASE("wal: after a failed sync nothing is reported durable") {
    MemoryDisk disk;
    Log log = open(disk).log;
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    log.append(entry(1, 1));
    log.sync({2});
    CHECK_FALSE(log.on_synced(disk.complete_sync(), DiskStatus::failed));
    CHECK_FALSE(log.on_synced(disk.complete_sync(), DiskStatus::ok));
    log.sync({3});
    CHECK(disk.syncs.empty());
}

TEST_CASE("wal: a sync with nothing new is reported, too") {
    MemoryDisk disk;
    Log log = open(disk).log;
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    CHECK(complete(disk, log));
    disk.files[0].durable = 0;  // as if the process had died and the machine had not
    Log again = open(disk).log;
    again.sync({1});
    CHECK(complete(disk, again));
    CHECK(durable_bytes(disk) + kFrameSize == disk.files[0].content.size());  // and a seal
}

TEST_CASE("wal: behind what has become durable comes a seal, one, unless something else does") {
    MemoryDisk disk;
    Log log = open(disk).log;
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    const auto size = [&disk] { return disk.files[0].content.size(); };
    std::size_t before = size();
    CHECK(complete(disk, log));
    CHECK(size() == before + kFrameSize);
    CHECK(disk.syncs.empty());

    before = size();
    log.sync({2});
    CHECK(complete(disk, log));
    CHECK(size() == before);

    log.append(entry(1, 1));
    log.sync({3});
    log.append(entry(1, 2));
    log.sync({4});
    before = size();
    CHECK(complete(disk, log));
    CHECK(size() == before);

    // Records that are collected wait for their own sync.
    log.append(entry(1, 3));
    CHECK(complete(disk, log));
    CHECK(size() == before);
    CHECK(open(disk).recovered.entries.size() == 2);
}

TEST_CASE("wal: behind a segment that is closed comes the next one's start, at once") {
    MemoryDisk disk;
    Log log = open(disk, 1).log;
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    CHECK(disk.files.size() == 1);
    CHECK(complete(disk, log));
    REQUIRE(disk.files.size() == 2);
    CHECK(disk.files[1].content.size() > 0);
    CHECK(disk.syncs.empty());
    log.append(entry(1, 1));
    log.sync({2});
    log.append(entry(1, 2));  // is collected with the start of the next
    CHECK(complete(disk, log));
    CHECK(disk.files.size() == 2);
    CHECK(open(disk, 1).recovered.entries.size() == 1);
}

TEST_CASE("wal: where there is no room for a seal there is none, and room is what is left") {
    MemoryDisk disk;
    Log log = open(disk).log;
    CHECK(log.room() == kNoLimit);
    log.append(HardState{{1}, {0}, {}});
    log.sync({1});
    const std::size_t size = disk.files[0].content.size();
    disk.capacity = size + kFrameSize - 1;
    CHECK(log.room() == kFrameSize - 1);
    CHECK(complete(disk, log));
    CHECK(disk.files[0].content.size() == size);
    disk.capacity = size + 100;
    log.append(entry(1, 1));
    CHECK(log.room() == 100 - entry_size(1));
    for (std::uint64_t i = 2; i <= 9; ++i) log.append(entry(1, i));
    CHECK(log.room() == 0);
}

TEST_CASE("wal: a log that was cut and opened takes new records where the tear was") {
    MemoryDisk disk;
    {
        Log log = open(disk).log;
        log.append(HardState{{1}, {0}, {}});
        log.append(entry(1, 1));
        log.append(entry(1, 2, "torn"));
        log.sync({1});
    }
    disk.files[0].content.pop_back();
    {
        Opened opened = open(disk);
        CHECK(opened.recovered.bytes_cut > 0);
        CHECK(opened.recovered.entries.size() == 1);
        opened.log.append(entry(1, 2, "whole"));
        opened.log.sync({1});
    }
    const Opened opened = open(disk);
    CHECK(opened.recovered.bytes_cut == 0);
    CHECK(opened.recovered.entries == std::vector<Entry>{entry(1, 1), entry(1, 2, "whole")});
}

TEST_CASE("wal: what breaks the owner's duties is a bug") {
    MemoryDisk disk;
    Log log = open(disk).log;
    CHECK_THROWS_AS(log.append(entry(1, 1)), BugError);  // no hard state of its term
    log.append(HardState{{2}, {0}, {}});
    CHECK_THROWS_AS(log.append(HardState{{1}, {0}, {}}), BugError);
    CHECK_THROWS_AS(log.append(entry(2, 2)), BugError);
    CHECK_THROWS_AS(log.truncate_from({1}), BugError);
    log.append(entry(2, 1));
    CHECK_THROWS_AS(log.truncate_from({0}), BugError);
    CHECK_THROWS_AS(log.truncate_from({2}), BugError);
    CHECK_THROWS_AS(log.append(HardState{{2}, {0}, {2}}), BugError);
    log.append(HardState{{2}, {0}, {1}});
    CHECK_THROWS_AS(log.truncate_from({1}), BugError);
    log.sync({1});
    CHECK_THROWS_AS(log.sync({1}), BugError);
    CHECK_THROWS_AS(log.on_synced({2}, DiskStatus::ok), BugError);
}
