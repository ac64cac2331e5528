// SPDX-License-Identifier: MIT
//
// A disk that is slow, stalls, or lies about its cache.
#include <set>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/disk/drive.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::Drive;
using Completions = std::vector<Drive::Completion>;
using Ids = std::vector<std::uint64_t>;

Instant at_ms(std::int64_t n) { return Instant{} + milliseconds(n); }

}  // namespace

TEST_CASE("slow disk: syncs asked for while it acts take its time, later ones the disk's own") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_slow(FaultId{0}, drive.time(milliseconds(200)));
    drive.sync(file);
    drive.run_all();
    drive.disk.end_slow(FaultId{0});
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions == Completions{{at_ms(200), 1}, {at_ms(201), 2}});
    REQUIRE(drive.observed.size() == 1);
    REQUIRE(drive.observed[0].effect == FaultEffect::sync_delayed);
}

TEST_CASE("slow disk: it is slow until the end of each fault that makes it so, the latest counts") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_slow(FaultId{0}, drive.time(milliseconds(10)));
    drive.disk.begin_slow(FaultId{1}, drive.time(milliseconds(20)));
    drive.sync(file);
    drive.run_all();
    drive.disk.end_slow(FaultId{1});
    drive.sync(file);
    drive.run_all();
    drive.disk.end_slow(FaultId{0});
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions == Completions{{at_ms(20), 1}, {at_ms(30), 2}, {at_ms(31), 3}});
}

TEST_CASE("slow disk: a sync that is quick again does not overtake a slow one") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_slow(FaultId{0}, drive.time(milliseconds(200)));
    drive.sync(file);
    drive.disk.end_slow(FaultId{0});
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions == Completions{{at_ms(200), 1}, {at_ms(200), 2}});
}

TEST_CASE("slow disk: a slow fault that meets no sync leaves no receipt") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_slow(FaultId{0}, drive.time(milliseconds(200)));
    drive.disk.end_slow(FaultId{0});
    drive.write(file, "x");
    REQUIRE(drive.observed.empty());
}

TEST_CASE("stalled disk: syncs wait for the end of the stall, and are then done in order") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_stall(FaultId{0});
    for (int i = 0; i < 5; ++i) drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions.empty());
    REQUIRE(drive.queue.empty());
    drive.disk.end_stall(FaultId{0});
    drive.run_all();
    REQUIRE(drive.done() == Ids{1, 2, 3, 4, 5});
    REQUIRE(drive.completions[0].at == at_ms(1));
    REQUIRE(drive.observed.size() == 1);
    REQUIRE(drive.observed[0].effect == FaultEffect::sync_delayed);
}

TEST_CASE("stalled disk: a sync asked for before the stall is done in its time") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.sync(file);
    drive.disk.begin_stall(FaultId{0});
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions == Completions{{at_ms(1), 1}});
    drive.disk.end_stall(FaultId{0});
    drive.run_all();
    REQUIRE(drive.done() == Ids{1, 2});
}

TEST_CASE("stalled disk: the last of overlapping stalls lets go") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_stall(FaultId{0});
    drive.disk.begin_stall(FaultId{1});
    drive.sync(file);
    drive.disk.end_stall(FaultId{0});
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions.empty());
    drive.disk.end_stall(FaultId{1});
    drive.run_all();
    REQUIRE(drive.done() == Ids{1, 2});
}

TEST_CASE("stalled disk: what waits for the stall's end is not durable") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_stall(FaultId{0});
        drive.append(file, "x");
        drive.sync(file);
        drive.run_until(at_ms(60'000));
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains(""));
}

TEST_CASE("stalled disk: a stall outlives the process, and its dead syncs stay dead") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_stall(FaultId{0});
    drive.sync(file);
    drive.disk.process_died();
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions.empty());
    drive.disk.end_stall(FaultId{0});
    drive.run_all();
    REQUIRE(drive.done() == Ids{2});
}

TEST_CASE("lying disk: an ignored sync reports success and makes nothing durable") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.write(file, "x");
        REQUIRE(drive.done() == Ids{1});
        REQUIRE(drive.all_ok);
        REQUIRE(drive.observed.size() == 1);
        REQUIRE(drive.observed[0].effect == FaultEffect::sync_ignored);
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains(""));
}

TEST_CASE("lying disk: a lie makes no truncation final") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.write(file, "0123");
        drive.disk.truncate(file, 2);
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.sync(file);
        drive.run_all();
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains("0123"));
}

TEST_CASE("lying disk: the first honest sync makes all durable that was lied about") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.write(file, "lie ");
        drive.disk.end_sync_ignored(FaultId{0});
        drive.write(file, "truth");
        drive.disk.power_lost();
        REQUIRE(drive.text(file) == "lie truth");
    }
}

TEST_CASE("lying disk: it lies until the last fault that makes it lie has ended") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.disk.begin_sync_ignored(FaultId{1});
        drive.disk.end_sync_ignored(FaultId{0});
        drive.write(file, "x");
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains(""));
}

TEST_CASE("lying disk: a lie told is a lie, though the fault ends before it is answered") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.append(file, "x");
        drive.sync(file);
        drive.disk.end_sync_ignored(FaultId{0});
        drive.run_all();
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains(""));
}
