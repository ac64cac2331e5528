// SPDX-License-Identifier: MIT
#include "core/backup/archiver.hpp"

#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

Bytes blob(std::size_t size) { return Bytes(std::vector<std::byte>(size, std::byte{7})); }

TEST_CASE("archiver: a segment is closed when it is full, and vouches for the time before") {
    Archiver archiver({100, seconds(5)}, {kFirst, LogIndex{0}});
    archiver.add(at(1), {LogIndex{1}, at(1), blob(60)});
    CHECK(archiver.waiting() == nullptr);
    archiver.add(at(2), {LogIndex{2}, at(2), blob(60)});
    REQUIRE(archiver.waiting() != nullptr);
    const Head head = archiver.waiting()->head;
    CHECK(head.first == LogIndex{1});
    CHECK(head.last == LogIndex{2});
    CHECK(head.from == at(1));
    CHECK(head.through == at(2));  // a third record may still come at this very moment
    CHECK(archiver.next_deadline() == Instant::never());
}

// At most the time to fill a segment, or age_max, is not archived.
TEST_CASE("archiver: a segment is closed when its first record is old enough") {
    Archiver archiver({1000, seconds(5)}, {kFirst, LogIndex{0}});
    CHECK(archiver.next_deadline() == Instant::never());
    archiver.add(at(1), {LogIndex{1}, at(1), blob(1)});
    archiver.add(at(4), {LogIndex{2}, at(4), blob(1)});
    CHECK(archiver.next_deadline() == at(6));
    archiver.on_time(at(5));
    CHECK(archiver.waiting() == nullptr);
    archiver.on_time(at(6));
    REQUIRE(archiver.waiting() != nullptr);
    CHECK(archiver.waiting()->head.through == at(6));
    const auto object = read_object(archiver.waiting()->object.view());
    REQUIRE(object);
    CHECK(object->head == archiver.waiting()->head);
    CHECK(decode_records(object->payload, LogIndex{1}, LogIndex{2})->size() == 2);
}

TEST_CASE("archiver: a stalled archive leaves a backlog, and no gap") {
    Archiver archiver({1, seconds(5)}, {kFirst, LogIndex{0}});
    for (std::uint64_t i = 1; i <= 3; ++i) archiver.add(at(1), {LogIndex{i}, at(1), blob(10)});
    CHECK(archiver.backlog_bytes() == 3 * (kHeadSize + 12 + 10));
    for (std::uint64_t i = 1; i <= 3; ++i) {
        REQUIRE(archiver.waiting()->head.first == LogIndex{i});
        archiver.on_uploaded();
    }
    CHECK(archiver.backlog_bytes() == 0);
    CHECK_THROWS_AS(archiver.on_uploaded(), BugError);
}

TEST_CASE("archiver: a clock that went back does not make the log go back") {
    Archiver archiver({1000, seconds(5)}, {kFirst, LogIndex{0}});
    archiver.add(at(9), {LogIndex{1}, at(9), blob(1)});
    archiver.add(at(9), {LogIndex{2}, at(3), blob(1)});
    archiver.close(at(9));
    const auto object = read_object(archiver.waiting()->object.view());
    const auto records = decode_records(object->payload, LogIndex{1}, LogIndex{2});
    CHECK(records->back().committed == at(9));
    CHECK_THROWS_AS(archiver.add(at(9), {LogIndex{4}, at(9), {}}), BugError);
    CHECK_THROWS_AS(archiver.add(at(9), {LogIndex{3}, at(10), {}}), BugError);
}

TEST_CASE("archiver: after a promotion the log goes on as another timeline, from the fork") {
    Model model;
    Archiver archiver({1000, seconds(5)}, {kFirst, LogIndex{0}});
    for (std::uint64_t i = 1; i <= 4; ++i) {
        const Instant when = at(static_cast<std::int64_t>(i));
        archiver.add(when, {LogIndex{i}, when, blob(1)});
    }
    const TimelineId second = model.catalogue.timelines().begin({kFirst, LogIndex{3}}, at(5));
    archiver.follow(at(5), {second, LogIndex{3}});
    archiver.add(at(6), {LogIndex{4}, at(6), blob(1)});
    archiver.close(at(7));
    CHECK(archiver.waiting()->head.timeline == kFirst);
    CHECK(archiver.waiting()->head.last == LogIndex{4});
    archiver.on_uploaded();
    CHECK(archiver.waiting()->head.timeline == second);
    CHECK(archiver.waiting()->head.first == LogIndex{4});
}

TEST_CASE("archiver: whatever comes, segments follow on each other and hold what they say") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Archiver archiver({60, seconds(3)}, {kFirst, LogIndex{0}});
        std::vector<Instant> committed;
        Instant now = at(0);
        LogIndex reached{};
        for (int step = 0; step < 100; ++step) {
            if (random.below(3) == 0) {
                now = now + milliseconds(static_cast<std::int64_t>(random.below(2000)));
            }
            if (random.below(2) == 0) {
                committed.push_back(now);
                archiver.add(now, {LogIndex{committed.size()}, now, blob(random.below(40))});
            }
            if (random.below(4) == 0) {
                now = now + Duration{1};  // nothing more comes at this moment
                archiver.on_time(now);
            }
            while (const Archiver::Closed* closed = archiver.waiting()) {
                REQUIRE(closed->head.first == reached + 1);
                reached = closed->head.last;
                for (std::size_t i = 0; i < committed.size(); ++i) {
                    if (committed[i] < closed->head.through) REQUIRE(i + 1 <= reached.value);
                }
                archiver.on_uploaded();
            }
        }
        for (std::size_t i = reached.value; i < committed.size(); ++i) {
            REQUIRE(archiver.next_deadline() <= committed[i] + seconds(3));
        }
    }
}

TEST_CASE("archiver: what is given up is in no segment, and nothing else is lost") {
    for (const bool leaves : {false, true}) {
        for (std::uint64_t keep = 0; keep <= 7; ++keep) {
            Archiver archiver({100, seconds(5)}, {kFirst, LogIndex{0}});
            // Segments of two records each, closed at 2, 4 and 6; the seventh record is open.
            for (std::int64_t i = 1; i <= 7; ++i) {
                archiver.add(at(i), {LogIndex{static_cast<std::uint64_t>(i)}, at(i), blob(60)});
            }
            INFO("keep " << keep << " leaves " << leaves);
            archiver.give_up_after(LogIndex{keep}, leaves ? Archiver::First::is_on_its_way
                                                          : Archiver::First::waits);
            archiver.follow(at(9), {TimelineId{2}, LogIndex{keep}});
            archiver.add(at(9), {LogIndex{keep + 1}, at(9), blob(120)});
            std::uint64_t next = 1;
            std::uint64_t bytes = archiver.backlog_bytes();
            for (; archiver.waiting() != nullptr; archiver.on_uploaded()) {
                const Archiver::Closed& closed = *archiver.waiting();
                bytes -= closed.object.size();
                if (closed.head.timeline == TimelineId{2}) {
                    CHECK(closed.head.first == LogIndex{keep + 1});
                    continue;
                }
                CHECK(closed.head.first == LogIndex{next});
                const auto object = read_object(closed.object.view());
                REQUIRE(object);
                REQUIRE(object->head == closed.head);
                REQUIRE(decode_records(object->payload, closed.head.first, closed.head.last));
                next = closed.head.last.value + 1;
                // It vouches for no time of which something was given up.
                if (closed.head.last == LogIndex{keep} && keep < 7) {
                    CHECK(closed.head.through <= at(static_cast<std::int64_t>(keep) + 1));
                }
            }
            CHECK(bytes == 0);
            CHECK(next == (leaves ? std::max<std::uint64_t>(keep, 2) : keep) + 1);
        }
    }
}

}  // namespace
