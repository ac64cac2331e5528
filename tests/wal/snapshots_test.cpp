// SPDX-License-Identifier: MIT
#include "core/wal/snapshots.hpp"

#include "core/wal/log.hpp"
#include "tests/catch.hpp"
#include "tests/wal/memory_disk.hpp"

namespace {

using namespace novacron;
using namespace novacron::wal;

Snapshot snapshot(std::uint64_t term, std::uint64_t index, std::string_view state = "state") {
    return {{{Term{term}, LogIndex{index}}}, Bytes(std::as_bytes(std::span(state)))};
}
Entry entry(std::uint64_t term, std::uint64_t index) {
    return {{term}, {index}, EntryKind::command, {}};
}

Opened open(MemoryDisk& disk, std::uint64_t segment_bytes = 1U << 20U) {
    auto result = Log::open(disk, {segment_bytes});
    REQUIRE(std::holds_alternative<Opened>(result));
    return std::get<Opened>(std::move(result));
}
// What is wrong with the log; fails if nothing is.
Damage::Kind damage(MemoryDisk& disk) {
    const auto result = Log::open(disk);
    REQUIRE(std::holds_alternative<Damage>(result));
    return std::get<Damage>(result).kind;
}
void sync(MemoryDisk& disk, Log& log, std::uint64_t id) {
    log.sync({id});
    while (!disk.syncs.empty()) REQUIRE(log.on_synced(disk.complete_sync(), DiskStatus::ok));
}
bool exists(const MemoryDisk& disk, std::string_view name) {
    const auto names = disk.list();
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Entries 1 .. last of term 1, a segment each.
Log entries_in_segments(MemoryDisk& disk, std::uint64_t last) {
    Log log = open(disk, 1).log;
    log.append(HardState{{1}, NodeId{2}, {}});
    for (std::uint64_t i = 1; i <= last; ++i) {
        log.append(entry(1, i));
        sync(disk, log, i);
    }
    return log;
}

}  // namespace

TEST_CASE("snapshots: what was written reads back equal, the newest first") {
    MemoryDisk disk;
    CHECK(find_snapshots(disk).newest == Snapshot{});
    write_snapshot(disk, snapshot(1, 9, "old"));
    write_snapshot(disk, snapshot(2, 10, ""));
    CHECK(find_snapshots(disk).newest == snapshot(2, 10, ""));
    const std::string old = snapshot_name({9});
    CHECK(read_snapshot(disk.content(old), old) == snapshot(1, 9, "old"));
    remove_snapshots_before(disk, {10});
    CHECK(disk.list() == std::vector<std::string>{snapshot_name({10})});
}

TEST_CASE("snapshots: a file that is cut, changed or misnamed is none, and the one before counts") {
    MemoryDisk whole;
    write_snapshot(whole, snapshot(1, 9));
    write_snapshot(whole, snapshot(2, 10));
    const std::string name = snapshot_name({10});
    for (std::size_t size = 0; size < whole.content(name).size(); ++size) {
        MemoryDisk disk = whole;
        disk.content(name).resize(size);
        REQUIRE(find_snapshots(disk).newest == snapshot(1, 9));
    }
    for (std::size_t bit = 0; bit < 8 * whole.content(name).size(); ++bit) {
        MemoryDisk disk = whole;
        disk.content(name)[bit / 8] ^= std::byte{1} << (bit % 8);
        REQUIRE(find_snapshots(disk).newest == snapshot(1, 9));
    }
    MemoryDisk disk = whole;
    const std::vector<std::byte> copy = disk.content(name);  // naming a file may move them all
    disk.content(snapshot_name({11})) = copy;
    CHECK(find_snapshots(disk).newest == snapshot(2, 10));
    CHECK(find_snapshots(disk).broken == std::vector<std::string>{snapshot_name({11})});
    (void)open(disk);
    CHECK_FALSE(exists(disk, snapshot_name({11})));
    CHECK(exists(disk, name));
}

TEST_CASE("snapshots: the log opens to what follows on the newest") {
    MemoryDisk disk;
    (void)entries_in_segments(disk, 5);
    write_snapshot(disk, snapshot(1, 3));
    const Opened opened = open(disk);
    CHECK(opened.recovered.snapshot == snapshot(1, 3));
    CHECK(opened.recovered.entries == std::vector<Entry>{entry(1, 4), entry(1, 5)});
    CHECK(opened.log.last_index() == LogIndex{5});
}

TEST_CASE("snapshots: segments before one are removed, and the hard state outlives them") {
    MemoryDisk disk;
    {
        Log log = entries_in_segments(disk, 5);
        write_snapshot(disk, snapshot(1, 3));
        log.forget_through({3});
        for (std::uint32_t segment = 1; segment <= 3; ++segment) {
            CHECK_FALSE(exists(disk, segment_name(segment)));
        }
        CHECK(exists(disk, segment_name(4)));
    }
    Opened opened = open(disk);
    CHECK(opened.recovered.hard_state == HardState{{1}, NodeId{2}, {}});
    CHECK(opened.recovered.entries == std::vector<Entry>{entry(1, 4), entry(1, 5)});
    opened.log.append(entry(1, 6));
    sync(disk, opened.log, 1);
    CHECK(open(disk).recovered.entries.size() == 3);
}

// Else a crash would leave a log without any hard state.
TEST_CASE("snapshots: a segment stays until the start of the next is durable") {
    MemoryDisk disk;
    Log log = entries_in_segments(disk, 1);
    write_snapshot(disk, snapshot(1, 1));
    log.forget_through({1});
    CHECK(exists(disk, segment_name(1)));
    log.append(entry(1, 2));
    log.sync({2});
    log.forget_through({1});
    CHECK(exists(disk, segment_name(1)));
    REQUIRE(log.on_synced(disk.complete_sync(), DiskStatus::ok));
    log.forget_through({1});
    CHECK_FALSE(exists(disk, segment_name(1)));
}

TEST_CASE("snapshots: a log that has forgotten more than the snapshot holds is damaged") {
    MemoryDisk disk;
    {
        Log log = entries_in_segments(disk, 6);
        write_snapshot(disk, snapshot(1, 3));
        log.forget_through({3});
    }
    MemoryDisk lost = disk;
    lost.remove(snapshot_name({3}));
    CHECK(damage(lost) == Damage::Kind::missing_segment);
    MemoryDisk older = lost;
    write_snapshot(older, snapshot(1, 2));
    CHECK(damage(older) == Damage::Kind::missing_segment);
    MemoryDisk gap = disk;
    gap.remove(segment_name(5));
    CHECK(damage(gap) == Damage::Kind::missing_segment);
    MemoryDisk headless = disk;
    for (std::uint32_t segment = 4; segment <= 6; ++segment) headless.remove(segment_name(segment));
    headless.content(segment_name(7)).resize(10);
    CHECK(damage(headless) == Damage::Kind::missing_segment);
}

// The removal of several files may come undone for some of them when the power goes.
TEST_CASE("snapshots: an old segment that came back before a gap is passed over") {
    MemoryDisk disk;
    std::vector<std::byte> first;
    {
        Log log = entries_in_segments(disk, 5);
        first = disk.content(segment_name(1));
        write_snapshot(disk, snapshot(1, 3));
        log.forget_through({3});
    }
    disk.content(segment_name(1)) = first;
    CHECK(open(disk).recovered.entries == std::vector<Entry>{entry(1, 4), entry(1, 5)});
}

// A fault once found in etcd: entries below the snapshot were skipped in replay, and with them the
// truncation that they stood for; the tail that they had voided came back.
TEST_CASE("snapshots: a tail that was voided below the snapshot does not come back") {
    MemoryDisk disk;
    {
        Log log = open(disk).log;
        log.append(HardState{{1}, NodeId::none(), {}});
        for (std::uint64_t i = 1; i <= 5; ++i) log.append(entry(1, i));
        log.append(HardState{{2}, NodeId::none(), {}});
        log.truncate_from({3});
        log.append(entry(2, 3));
        log.append(entry(2, 4));
        log.sync({1});
    }
    write_snapshot(disk, snapshot(2, 4));
    const Opened opened = open(disk);
    CHECK(opened.recovered.entries.empty());
    CHECK(opened.log.last_index() == LogIndex{4});
}

TEST_CASE("snapshots: a log without the snapshot's last entry goes on after the snapshot") {
    struct Row {
        const char* what;
        std::uint64_t entries;  // of term 1
        std::uint64_t index;    // of the snapshot, of term 2
    };
    for (const Row& row : {Row{"too short", 2, 4}, Row{"another entry there", 4, 4},
                           Row{"another entry there, and more behind", 6, 4}, Row{"empty", 0, 4}}) {
        INFO(row.what);
        MemoryDisk disk;
        (void)entries_in_segments(disk, row.entries);
        write_snapshot(disk, snapshot(2, row.index));
        Opened opened = open(disk);
        CHECK(opened.recovered.entries.empty());
        CHECK(opened.recovered.hard_state.term == Term{2});
        CHECK(opened.log.last_index() == LogIndex{4});
        opened.log.append(entry(2, 5));
        sync(disk, opened.log, 1);
        CHECK(open(disk).recovered.entries == std::vector<Entry>{entry(2, 5)});
    }
}

TEST_CASE("snapshots: a log that restarted after one opens so, whatever it held before") {
    MemoryDisk disk;
    {
        Log log = open(disk).log;
        log.append(HardState{{1}, NodeId::none(), {}});
        for (std::uint64_t i = 1; i <= 6; ++i) log.append(entry(1, i));
        log.append(HardState{{2}, NodeId::none(), {}});
        write_snapshot(disk, snapshot(2, 4));
        log.restart_after({4});
        log.append(entry(2, 5));
        log.sync({1});
    }
    CHECK(open(disk).recovered.entries == std::vector<Entry>{entry(2, 5)});
    disk.remove(snapshot_name({4}));
    CHECK(damage(disk) == Damage::Kind::missing_segment);
}

TEST_CASE("snapshots: one that contradicts what the log knows to be committed is damage") {
    MemoryDisk disk;
    {
        Log log = entries_in_segments(disk, 5);
        log.append(HardState{{1}, NodeId{2}, {5}});
        sync(disk, log, 6);
    }
    write_snapshot(disk, snapshot(2, 4));
    CHECK(damage(disk) == Damage::Kind::contradiction);
}

TEST_CASE("snapshots: damage to the newest is damage, if the log has forgotten what it stood for") {
    MemoryDisk disk;
    {
        Log log = entries_in_segments(disk, 6);
        write_snapshot(disk, snapshot(1, 2));
        write_snapshot(disk, snapshot(1, 4));
        log.forget_through({4});
    }
    const std::string name = snapshot_name({4});
    for (std::size_t byte = 0; byte < disk.content(name).size(); ++byte) {
        MemoryDisk rotten = disk;
        rotten.content(name)[byte] ^= std::byte{0x04};
        const MemoryDisk before = rotten;
        const auto result = Log::open(rotten);
        REQUIRE(std::holds_alternative<Damage>(result));
        REQUIRE(std::get<Damage>(result) == Damage{Damage::Kind::broken_snapshot, name, 0});
        REQUIRE(rotten.list() == before.list());
    }
}

TEST_CASE("snapshots: damage to one is passed over, if the log still holds what it stood for") {
    MemoryDisk disk;
    (void)entries_in_segments(disk, 6);
    write_snapshot(disk, snapshot(1, 4));
    disk.content(snapshot_name({4})).back() ^= std::byte{0x04};
    const Opened opened = open(disk);
    CHECK(opened.recovered.snapshot == Snapshot{});
    CHECK(opened.recovered.entries.size() == 6);
    CHECK_FALSE(exists(disk, snapshot_name({4})));
}

TEST_CASE("snapshots: one that the disk can't read is neither passed over nor removed") {
    MemoryDisk disk;
    (void)entries_in_segments(disk, 6);
    write_snapshot(disk, snapshot(1, 4));
    disk.unreadable = snapshot_name({4});
    const auto result = Log::open(disk);
    REQUIRE(std::holds_alternative<Damage>(result));
    CHECK(std::get<Damage>(result) == Damage{Damage::Kind::unreadable, snapshot_name({4}), 0});
    CHECK(exists(disk, snapshot_name({4})));
}
