// SPDX-License-Identifier: MIT
//
// Writes that don't become what they were meant to be: what is left of them, and who notices.
#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/disk/drive.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::Drive;
using Manner = SimulatedDisk::Manner;

constexpr FaultId kFault{3};

std::size_t common_prefix(const std::string& a, const std::string& b) {
    std::size_t n = 0;
    while (n < a.size() && n < b.size() && a[n] == b[n]) ++n;
    return n;
}

}  // namespace

TEST_CASE("torn write: a part of the last write is left, and all that was durable") {
    std::set<std::size_t> lengths;
    bool damaged = false;
    bool whole = false;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Drive drive(seed);
        const FileId file = drive.disk.open("log");
        drive.write(file, "durable.");
        drive.disk.begin_torn_write(kFault, Manner::reckless);
        drive.append(file, "0123456789");
        REQUIRE(drive.observed.size() == 1);
        REQUIRE(drive.observed[0].effect == FaultEffect::write_torn);
        drive.disk.power_lost();
        const std::string left = drive.text(file);
        REQUIRE(left.starts_with("durable."));
        const std::size_t length = left.size() - 8;
        REQUIRE(length >= 1);
        REQUIRE(length <= 9);
        lengths.insert(length);
        const bool sound = common_prefix(left, "durable.0123456789") == left.size();
        (sound ? whole : damaged) = true;
    }
    CHECK(lengths.size() > 5);
    CHECK(damaged);
    CHECK(whole);
}

TEST_CASE("torn write: what the dying process still asks for is not heard") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.write(file, "durable.");
    drive.disk.begin_torn_write(kFault, Manner::reckless);
    drive.append(file, "0123456789");
    const std::string torn = drive.text(file);
    drive.append(file, "more");
    drive.sync(file);
    drive.disk.truncate(file, 0);
    drive.disk.remove("log");
    (void)drive.disk.open("another");
    drive.run_all();
    CHECK(drive.text(file) == torn);
    CHECK(drive.disk.list() == std::vector<std::string>{"log"});
    CHECK(drive.done() == std::vector<std::uint64_t>{1});
    drive.disk.power_lost();
    drive.write(file, "after");
    CHECK(drive.text(file).ends_with("after"));
}

TEST_CASE("torn write: a cautious one waits until the disk holds no lie") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_sync_ignored(FaultId{0});
    drive.write(file, "claimed.");
    drive.disk.end_sync_ignored(FaultId{0});
    drive.disk.begin_torn_write(kFault, Manner::cautious);
    drive.append(file, "not yet.");
    CHECK(drive.text(file) == "claimed.not yet.");
    drive.sync(file);
    drive.run_all();
    drive.append(file, "now");
    CHECK(drive.text(file) != "claimed.not yet.now");
}

TEST_CASE("torn write: one that has ended tears nothing") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_torn_write(kFault, Manner::reckless);
    drive.disk.end_torn_write(kFault);
    drive.write(file, "whole");
    CHECK(drive.text(file) == "whole");
    CHECK(drive.observed.empty());
}

TEST_CASE("unsynced loss: a process that ends leaves what was synced, and nothing else") {
    for (const bool acts : {false, true}) {
        Drive drive;
        const FileId file = drive.disk.open("log");
        drive.write(file, "synced.");
        drive.append(file, "pending");
        if (acts) drive.disk.begin_unsynced_loss(kFault, Manner::reckless);
        CHECK(drive.observed.empty());
        drive.disk.process_died();
        CHECK(drive.text(file) == (acts ? "synced." : "synced.pending"));
        CHECK(drive.observed.size() == (acts ? 1 : 0));
        if (acts) CHECK(drive.observed[0].effect == FaultEffect::unsynced_lost);
    }
}

TEST_CASE("unsynced loss: a truncation that was not synced is undone") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.write(file, "0123456789");
    drive.disk.truncate(file, 4);
    drive.append(file, "new");
    drive.disk.begin_unsynced_loss(kFault, Manner::reckless);
    drive.disk.process_died();
    CHECK(drive.text(file) == "0123456789");
}

TEST_CASE("unsynced loss: with nothing to lose it leaves no receipt") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.write(file, "synced.");
    drive.disk.begin_unsynced_loss(kFault, Manner::reckless);
    drive.disk.process_died();
    CHECK(drive.observed.empty());
    drive.append(file, "pending");
    drive.disk.end_unsynced_loss(kFault);
    drive.disk.process_died();
    CHECK(drive.text(file) == "synced.pending");
}

TEST_CASE("unsynced loss: what a lying drive has in its cache is its own") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_sync_ignored(FaultId{0});
    drive.write(file, "claimed.");
    drive.append(file, "pending");
    drive.disk.begin_unsynced_loss(kFault, Manner::reckless);
    drive.disk.process_died();
    CHECK(drive.text(file) == "claimed.");
}

TEST_CASE("write error: nothing is taken in, and the sync of what was refused fails") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    const FileId other = drive.disk.open("other");
    drive.write(file, "durable.");
    drive.write(other, "durable.");
    drive.disk.begin_write_error(kFault);
    drive.append(file, "refused");
    drive.disk.end_write_error(kFault);
    drive.append(file, "a gap before this would be silent");
    CHECK(drive.text(file) == "durable.");
    drive.write(other, "fine");
    CHECK(drive.all_ok);
    CHECK(drive.observed.empty());
    drive.sync(file);
    drive.run_all();
    CHECK(drive.statuses.back() == DiskStatus::failed);
    REQUIRE(drive.observed.size() == 1);
    CHECK(drive.observed[0].effect == FaultEffect::write_failed);
    drive.disk.process_died();  // and reads what is there
    drive.write(file, "again");
    CHECK(drive.statuses.back() == DiskStatus::ok);
    CHECK(drive.text(file) == "durable.again");
}

TEST_CASE("misdirected write: one write lands over what was durable, its place stays empty") {
    std::set<std::string> outcomes;
    for (std::uint64_t stream = 1; stream <= 20; ++stream) {
        Drive drive;
        const FileId file = drive.disk.open("log");
        drive.write(file, "0123456789");
        drive.disk.begin_misdirected_write(kFault, Random(stream));
        CHECK(drive.disk.is_rotten());
        drive.write(file, "abc");
        drive.write(file, "def");
        CHECK(drive.all_ok);
        const std::string found = drive.text(file);
        REQUIRE(found.size() == 16);
        CHECK(found.substr(10, 3) == std::string(3, '\0'));
        CHECK(found.substr(13) == "def");
        const std::string victim = found.substr(0, 10);
        CHECK(victim != "0123456789");
        CHECK(victim.find('a') != std::string::npos);
        outcomes.insert(victim);
        CHECK(drive.observed.empty());
        CHECK(drive.disk.explains_damage("log"));
        REQUIRE(drive.observed.size() == 1);
        CHECK(drive.observed[0].effect == FaultEffect::damage_found);
    }
    CHECK(outcomes.size() > 5);
}

TEST_CASE("misdirected write: it waits for something durable, and ends unused with its fault") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.disk.begin_misdirected_write(kFault, Random(1));
    drive.write(file, "first");
    CHECK(drive.text(file) == "first");
    drive.disk.end_misdirected_write(kFault);
    CHECK_FALSE(drive.disk.is_rotten());
    drive.write(file, "second");
    CHECK(drive.text(file) == "firstsecond");
}

TEST_CASE("misdirected write: a power cut might hide it until something later is durable") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.write(file, "0123456789");
    drive.disk.begin_misdirected_write(kFault, Random(1));
    drive.write(file, "abc");
    CHECK(drive.disk.holds_lies());
    drive.append(file, "seal");
    CHECK(drive.disk.holds_lies());
    drive.sync(file);
    drive.run_all();
    CHECK_FALSE(drive.disk.holds_lies());
}

TEST_CASE("fail slow: syncs take longer evenly, never less than the disk's own time") {
    Drive drive(1, Constant{milliseconds(3)});
    const FileId file = drive.disk.open("log");
    const Instant start{};
    drive.disk.begin_fail_slow(
        kFault, {milliseconds(1), milliseconds(101), start, start + seconds(10)});
    drive.sync(file);
    drive.run_all();
    CHECK(drive.completions.back().at == start + milliseconds(3));
    CHECK(drive.observed.empty());
    struct Beat final : EventHandler {
        void on_event(Instant, const Event&) override {}
    } beat;
    const auto sync_at = [&](Instant at) {
        drive.queue.push(at, {&beat, 0, 0, 0});
        drive.run_until(at);
        drive.sync(file);
        drive.run_all();
        return drive.completions.back().at - at;
    };
    CHECK(sync_at(start + seconds(5)) == milliseconds(51));
    CHECK(sync_at(start + seconds(10)) == milliseconds(101));
    CHECK(sync_at(start + seconds(12)) == milliseconds(101));
    REQUIRE(drive.observed.size() == 1);
    CHECK(drive.observed[0].effect == FaultEffect::sync_delayed);
    drive.disk.end_fail_slow(kFault);
    CHECK(sync_at(start + seconds(13)) == milliseconds(3));
}

TEST_CASE("wipe: nothing is left, not even what lied or rotted") {
    Drive drive;
    const FileId file = drive.disk.open("log");
    drive.write(file, "durable");
    Random random(1);
    drive.disk.rot(kFault, random);
    drive.disk.wipe();
    CHECK(drive.disk.list().empty());
    CHECK_FALSE(drive.disk.is_rotten());
    CHECK_FALSE(drive.disk.holds_lies());
    CHECK(drive.text(drive.disk.open("log")).empty());
    drive.write(drive.disk.open("log"), "anew");
    CHECK(drive.text(drive.disk.open("log")) == "anew");
}
