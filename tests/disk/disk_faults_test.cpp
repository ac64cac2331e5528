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
using novacron::microseconds;
using novacron::microseconds;
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
    drive.disk.begin_slow(FaultId{1}, drive.time(milliseconds(5)));
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.completions == Completions{{at_ms(200), 1}, {at_ms(200), 2}});
}

TEST_CASE("slow disk: what it has not done by its end takes the disk's own time from then on") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_slow(FaultId{0}, drive.time(milliseconds(200)));
    drive.sync(file);
    drive.sync(file);
    drive.disk.end_slow(FaultId{0});
    drive.run_all();
    REQUIRE(drive.completions == Completions{{at_ms(1), 1}, {at_ms(1), 2}});
}

TEST_CASE("slow disk: its end makes nothing later that was due before") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_slow(FaultId{0}, drive.time(microseconds(100)));
    drive.sync(file);
    drive.disk.end_slow(FaultId{0});
    drive.run_all();
    REQUIRE(drive.completions == Completions{{Instant{} + microseconds(100), 1}});
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

// ---- what fails

TEST_CASE("failing disk: syncs asked for while it acts report failure, later ones success") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.sync(file);
    drive.disk.begin_sync_error(FaultId{0});
    drive.run_all();
    drive.sync(file);
    drive.disk.end_sync_error(FaultId{0});
    drive.run_all();
    drive.sync(file);
    drive.run_all();
    REQUIRE(drive.statuses ==
            std::vector{DiskStatus::ok, DiskStatus::failed, DiskStatus::ok});
    REQUIRE(drive.observed.size() == 1);
    REQUIRE(drive.observed[0].effect == FaultEffect::sync_failed);
}

TEST_CASE("failing disk: of what was pending any prefix may be left, at once; the rest is safe") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        const FileId other = drive.disk.open("other");
        drive.write(file, "safe ");
        drive.append(other, "pending");
        drive.disk.begin_sync_error(FaultId{0});
        drive.write(file, "xyz");
        drive.disk.end_sync_error(FaultId{0});
        seen.insert(drive.text(file));
        REQUIRE(drive.text(other) == "pending");
        drive.write(file, "");
        const std::string left = drive.text(file);
        drive.disk.power_lost();
        REQUIRE(drive.text(file) == left);
    }
    REQUIRE(seen == std::set<std::string>{"safe ", "safe x", "safe xy", "safe xyz"});
}

TEST_CASE("failing disk: what is left after a failure is not durable before a sync") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_sync_error(FaultId{0});
        drive.write(file, "x");
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains(""));
}

TEST_CASE("failing disk: what the drive has claimed is in its own cache, and stays there") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.write(file, "lie ");
        REQUIRE(drive.disk.holds_lies());
        drive.disk.begin_sync_error(FaultId{1});
        drive.write(file, "x");
        REQUIRE(drive.text(file).starts_with("lie "));
        REQUIRE(drive.disk.holds_lies());
    }
}

TEST_CASE("lying disk: an honest sync of any file empties the drive's cache, as does power loss") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        const FileId other = drive.disk.open("other");
        drive.disk.begin_sync_ignored(FaultId{0});
        drive.write(file, "lie");
        drive.disk.end_sync_ignored(FaultId{0});
        REQUIRE(drive.disk.holds_lies());
        drive.write(other, "truth");
        REQUIRE_FALSE(drive.disk.holds_lies());
        drive.disk.power_lost();
        REQUIRE(drive.text(file) == "lie");
    }
    Drive drive;
    drive.disk.begin_sync_ignored(FaultId{0});
    drive.write(drive.disk.open("log"), "lie");
    drive.disk.power_lost();
    REQUIRE_FALSE(drive.disk.holds_lies());
}

TEST_CASE("unreadable disk: nothing can be read until the fault ends, and nothing is lost") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.write(file, "x");
    drive.disk.begin_read_error(FaultId{0});
    REQUIRE_FALSE(drive.disk.read(file).has_value());
    REQUIRE(drive.observed.size() == 1);
    REQUIRE(drive.observed[0].effect == FaultEffect::read_failed);
    drive.disk.end_read_error(FaultId{0});
    REQUIRE(drive.text(file) == "x");
}

// ---- room

TEST_CASE("full disk: room is what the capacity and each fault leave; what goes makes room") {
    Drive drive;
    REQUIRE(drive.disk.free() == novacron::kNoLimit);
    const FileId file = drive.disk.open("log");
    const FileId other = drive.disk.open("other");
    drive.append(file, "0123456789");
    drive.disk.begin_full(FaultId{0}, 100);
    drive.disk.begin_full(FaultId{1}, 7);
    REQUIRE(drive.disk.free() == 7);
    drive.append(other, "xyz");
    REQUIRE(drive.disk.free() == 4);
    drive.disk.truncate(file, 5);
    REQUIRE(drive.disk.free() == 9);
    drive.disk.remove("other");
    REQUIRE(drive.disk.free() == 12);
    drive.disk.end_full(FaultId{1});
    REQUIRE(drive.disk.free() == 105);
    drive.disk.end_full(FaultId{0});
    REQUIRE(drive.disk.free() == novacron::kNoLimit);
    REQUIRE(drive.observed.empty());
    drive.disk.begin_full(FaultId{2}, 7);
    drive.disk.room_missed();
    REQUIRE(drive.observed.size() == 1);
    REQUIRE(drive.observed[0].effect == FaultEffect::room_missed);
}

TEST_CASE("full disk: what is kept for others takes room, but none that is promised") {
    Drive drive(1, Constant{milliseconds(1)}, 100);
    const FileId file = drive.disk.open("log");
    drive.append(file, "0123456789");
    drive.disk.occupy(50, 20);
    REQUIRE(drive.disk.free() == 40);
    drive.disk.occupy(500, 20);
    REQUIRE(drive.disk.free() == 20);
    drive.disk.occupy(0, 0);
    REQUIRE(drive.disk.free() == 90);
    Drive endless;
    endless.disk.occupy(500, 20);
    REQUIRE(endless.disk.free() == novacron::kNoLimit);
}

TEST_CASE("full disk: an append that does not fit is kept in part, and no sync of it succeeds") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    const FileId other = drive.disk.open("other");
    drive.write(file, "safe ");
    drive.disk.begin_full(FaultId{0}, 3);
    drive.append(file, "12345");
    REQUIRE(drive.text(file) == "safe 123");
    REQUIRE(drive.disk.is_overrun());
    drive.sync(file);
    drive.disk.end_full(FaultId{0});
    drive.sync(file);
    drive.sync(other);
    drive.run_all();
    REQUIRE(drive.statuses ==
            std::vector{DiskStatus::ok, DiskStatus::failed, DiskStatus::failed, DiskStatus::ok});
    REQUIRE(drive.text(file).starts_with("safe "));
    drive.disk.process_died();
    REQUIRE_FALSE(drive.disk.is_overrun());
    drive.write(file, "x");
    REQUIRE(drive.statuses.back() == DiskStatus::ok);
}

// ---- rot

TEST_CASE("rotting disk: one bit of what is durable flips, anywhere, and is remembered") {
    std::set<std::string> names;
    std::set<std::size_t> bits;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Drive drive(seed);
        const FileId a = drive.disk.open("a");
        const FileId b = drive.disk.open("b");
        const FileId gone = drive.disk.open("gone");
        for (const FileId file : {a, b, gone}) drive.write(file, std::string(2, '\0'));
        drive.disk.remove("gone");
        drive.append(a, "pending");
        Random random(seed);
        drive.disk.rot(FaultId{0}, random);
        REQUIRE(drive.disk.is_rotten());
        REQUIRE(drive.observed.empty());
        const std::string whole = drive.text(a).substr(0, 2) + drive.text(b);
        std::size_t flipped = 0;
        for (std::size_t bit = 0; bit < 32; ++bit) {
            if ((static_cast<unsigned>(whole[bit / 8]) >> (bit % 8) & 1U) == 0) continue;
            bits.insert(bit);
            ++flipped;
        }
        REQUIRE(flipped == 1);
        const bool in_a = drive.disk.explains_damage("a");
        REQUIRE(in_a != drive.disk.explains_damage("b"));
        names.insert(in_a ? "a" : "b");
        REQUIRE(drive.observed.size() == 1);
        REQUIRE(drive.observed[0].effect == FaultEffect::damage_found);
    }
    REQUIRE(names.size() == 2);
    REQUIRE(bits.size() == 32);
}

TEST_CASE("rotting disk: where nothing is durable nothing rots, and what is cut off is forgotten") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    Random random(1);
    drive.append(file, "x");
    drive.disk.rot(FaultId{0}, random);
    REQUIRE_FALSE(drive.disk.is_rotten());
    drive.write(file, "");
    drive.disk.rot(FaultId{0}, random);
    REQUIRE(drive.disk.is_rotten());
    drive.disk.truncate(file, 0);
    REQUIRE_FALSE(drive.disk.is_rotten());
    REQUIRE_FALSE(drive.disk.explains_damage("log"));
}
