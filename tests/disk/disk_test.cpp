// SPDX-License-Identifier: MIT
//
// The contract of core/ports/disk.hpp, by its numbers.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "tests/catch.hpp"
#include "tests/disk/drive.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::milliseconds;
using test::Drive;
using Ids = std::vector<std::uint64_t>;

// What a power loss leaves of a file, over many seeds.
template <class Prepare>
std::vector<std::string> after_power_loss(std::uint64_t seeds, const Prepare& prepare) {
    std::vector<std::string> left;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        prepare(drive, file);
        drive.disk.power_lost();
        left.push_back(drive.text(file));
    }
    return left;
}

bool begins_with(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}

std::size_t common_prefix(const std::string& a, const std::string& b) {
    const auto [end, _] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    return static_cast<std::size_t>(end - a.begin());
}

}  // namespace

TEST_CASE("disk: a file is created empty, and found again by its name") {
    Drive drive;
    const FileId a = drive.disk.open("a");
    REQUIRE(drive.disk.read(a)->empty());
    drive.append(a, "text");
    REQUIRE(drive.disk.open("a") == a);
    REQUIRE(drive.disk.open("b") != a);
    REQUIRE(drive.text(a) == "text");
}

TEST_CASE("disk: files are listed by name, removed ones are not") {
    Drive drive;
    for (const char* name : {"c", "a", "b"}) drive.disk.open(name);
    REQUIRE(drive.disk.list() == std::vector<std::string>{"a", "b", "c"});
    drive.disk.remove("b");
    REQUIRE(drive.disk.list() == std::vector<std::string>{"a", "c"});
    drive.disk.remove("nobody");
    REQUIRE(drive.disk.list() == std::vector<std::string>{"a", "c"});
}

TEST_CASE("disk: a removed file's name is free, and the new file is empty") {
    Drive drive;
    drive.append(drive.disk.open("a"), "old");
    drive.disk.remove("a");
    REQUIRE(drive.text(drive.disk.open("a")).empty());
}

TEST_CASE("disk contract 1: appended bytes are readable at once") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.append(file, "one ");
    drive.append(file, "two");
    REQUIRE(drive.text(file) == "one two");
}

TEST_CASE("disk contract 1: of pending bytes a power loss may keep all, none or a prefix") {
    const std::string pending = "0123456789";
    std::set<std::size_t> lengths;
    for (const std::string& left :
         after_power_loss(400, [&](Drive&drive, FileId file) { drive.append(file, pending); })) {
        REQUIRE(left.size() <= pending.size());
        lengths.insert(left.size());
    }
    REQUIRE(lengths.size() == pending.size() + 1);
}

TEST_CASE("disk contract 1: what a power loss damages is the end of what it keeps") {
    const std::string durable(600, 'd');
    const std::string pending(2000, 'p');
    std::size_t damaged = 0;
    std::size_t sound = 0;
    for (const std::string& left : after_power_loss(400, [&](Drive&drive, FileId file) {
             drive.write(file, durable);
             drive.append(file, pending);
         })) {
        REQUIRE(begins_with(left, durable));
        const std::size_t intact = common_prefix(left, durable + pending);
        // One sector at the most.
        REQUIRE(left.size() - intact <= 512);
        ++(intact < left.size() ? damaged : sound);
    }
    REQUIRE(damaged > 100);
    REQUIRE(sound > 100);
}

TEST_CASE("disk contract 2: after its sync is done a crash keeps what was appended before it") {
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.write(file, "durable");
             drive.append(file, "pending");
         })) {
        REQUIRE(begins_with(left, "durable"));
    }
}

TEST_CASE("disk contract 2: a sync that is asked for but not done promises nothing") {
    std::set<std::string> seen;
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.append(file, "x");
             drive.sync(file);
             drive.run_until(Instant{} + milliseconds(1) - Duration{1});
         })) {
        seen.insert(left);
    }
    REQUIRE(seen.contains(""));
    REQUIRE(seen.contains("x"));
}

TEST_CASE("disk contract 2: a sync does not cover what is appended after the call") {
    std::set<std::size_t> lengths;
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.append(file, "before");
             drive.sync(file);
             drive.append(file, "after");
             drive.run_all();
         })) {
        REQUIRE(begins_with(left, "before"));
        lengths.insert(left.size());
    }
    REQUIRE(lengths.contains(6));
}

TEST_CASE("disk contract 2: completions come in the order of the calls, each after its time") {
    Drive drive(3, Exponential{milliseconds(5)});
    const FileId a = drive.disk.open("a");
    const FileId b = drive.disk.open("b");
    Ids expected;
    for (std::uint64_t i = 1; i <= 500; ++i) {
        drive.append(i % 2 == 0 ? a : b, "x");
        drive.sync(i % 2 == 0 ? a : b);
        expected.push_back(i);
        if (i % 7 == 0) drive.run_until(drive.queue.now() + milliseconds(4));
    }
    drive.run_all();
    REQUIRE(drive.done() == expected);
    REQUIRE(drive.all_ok);
}

TEST_CASE("disk contract 2: a sync takes the disk's own time") {
    Drive drive(1, Constant{milliseconds(3)});
    const FileId file = drive.disk.open("log");
    drive.write(file, "x");
    REQUIRE(drive.completions == std::vector<Drive::Completion>{{Instant{3'000'000}, 1}});
}

TEST_CASE("disk contract 4: a truncation may come back until the next sync") {
    std::set<std::string> seen;
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.write(file, "0123456789");
             drive.disk.truncate(file, 4);
         })) {
        seen.insert(left);
    }
    REQUIRE(seen == std::set<std::string>{"0123", "0123456789"});
}

TEST_CASE("disk contract 4: a truncation that came back is durable again") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.write(file, "0123456789");
        drive.disk.truncate(file, 4);
        drive.disk.power_lost();
        const std::string left = drive.text(file);
        drive.disk.power_lost();
        REQUIRE(drive.text(file) == left);
    }
}

TEST_CASE("disk contract 4: the next sync of any file makes a truncation final") {
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.write(file, "0123456789");
             drive.disk.truncate(file, 4);
             drive.write(drive.disk.open("other"), "x");
         })) {
        REQUIRE(left == "0123");
    }
}

TEST_CASE("disk contract 4: a sync asked for before a truncation does not make it final") {
    std::set<std::string> seen;
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.write(file, "0123456789");
             drive.sync(file);
             drive.disk.truncate(file, 4);
             drive.run_all();
         })) {
        seen.insert(left);
    }
    REQUIRE(seen == std::set<std::string>{"0123", "0123456789"});
}

TEST_CASE("disk contract 4: pending bytes that are cut off are gone") {
    for (const std::string& left : after_power_loss(100, [](Drive&drive, FileId file) {
             drive.write(file, "0123");
             drive.append(file, "456789");
             drive.disk.truncate(file, 4);
         })) {
        REQUIRE(left == "0123");
    }
}

TEST_CASE("disk: bytes appended after a truncation are pending, though a sync was under way") {
    std::set<std::size_t> lengths;
    for (const std::string& left : after_power_loss(200, [](Drive&drive, FileId file) {
             drive.append(file, "0123456789");
             drive.sync(file);
             drive.disk.truncate(file, 4);
             drive.append(file, "abcdef");
             drive.run_all();
         })) {
        REQUIRE(begins_with(left, "0123"));
        lengths.insert(left.size());
    }
    REQUIRE(lengths.contains(4));
}

TEST_CASE("disk: a file can't be cut to more than it holds") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.append(file, "0123");
    REQUIRE_THROWS_AS(drive.disk.truncate(file, 5), BugError);
    REQUIRE_NOTHROW(drive.disk.truncate(file, 4));
}

TEST_CASE("disk contract 5: a sync of one file makes nothing of another durable") {
    std::set<std::string> seen;
    for (const std::string& left : after_power_loss(100, [](Drive&drive, FileId file) {
             drive.append(file, "x");
             drive.write(drive.disk.open("other"), "y");
         })) {
        seen.insert(left);
    }
    REQUIRE(seen.contains(""));
}

TEST_CASE("disk: the death of a process keeps its bytes, pending as they are") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.append(file, "x");
        drive.disk.process_died();
        REQUIRE(drive.text(file) == "x");
        drive.disk.power_lost();
        seen.insert(drive.text(file));
    }
    REQUIRE(seen.contains(""));
}

TEST_CASE("disk: nobody is told of a dead process's syncs") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.append(file, "x");
    drive.sync(file);
    drive.disk.process_died();
    drive.run_all();
    REQUIRE(drive.completions.empty());
    drive.write(file, "y");
    REQUIRE(drive.done() == Ids{2});
}

TEST_CASE("disk: after a power loss syncs work as before, and all that is left is durable") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.write(file, "durable ");
        drive.append(file, "pending");
        drive.sync(file);
        drive.disk.power_lost();
        const std::string left = drive.text(file);
        drive.run_all();
        REQUIRE(drive.done() == Ids{1});
        drive.write(file, "new");
        REQUIRE(drive.done() == Ids{1, 3});
        drive.disk.power_lost();
        REQUIRE(drive.text(file) == left + "new");
    }
}
