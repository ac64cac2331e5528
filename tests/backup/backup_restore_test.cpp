// SPDX-License-Identifier: MIT
#include "core/backup/restore.hpp"

#include "core/backup/verify.hpp"
#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

// A day: full backups at 0:00, increments every 6 hours, a record a minute, the log archived every
// ten minutes up to 23:50.
struct Day {
    Model model;
    std::vector<ObjectId> backups;
    std::vector<ObjectId> segments;

    Day() {
        std::uint64_t archived = 0;
        for (std::int64_t minute = 1; minute <= 24 * 60 - 1; ++minute) {
            model.commit(kFirst, at(60 * minute));
            const auto index = static_cast<std::uint64_t>(minute);
            if (minute % 10 == 0) {
                segments.push_back(model.segment(kFirst, archived + 1, index, at(60 * minute + 1)));
                archived = index;
            }
            if (minute == 1) backups.push_back(model.full({kFirst, LogIndex{index}}, at(60)));
            if (minute % 360 == 0) {
                backups.push_back(model.incremental(
                    backups.back(), {kFirst, LogIndex{index}}, at(60 * minute)));
            }
        }
    }
    Instant end() const { return at(24 * 3600); }
};

TEST_CASE("restore: the state at any minute, from three backups and the log") {
    const Day day;
    const Outcome outcome =
        day.model.restore({AtTime{at(60 * 800 + 30)}, {}}, Fallback::refuse, day.end());
    REQUIRE(outcome.reached_target);
    CHECK(outcome.position.index == LogIndex{800});
    CHECK(outcome.last_record == at(60 * 800));
    CHECK(outcome.records_replayed == 80);
    CHECK(outcome.state == day.model.state({kFirst, LogIndex{800}}));
}

// What the runbook's drill does. Its loss is the age of the backup, not that of the log.
TEST_CASE("restore: a drill that restores the last full backup alone loses all that came after") {
    const Day day;
    const Outcome full =
        day.model.restore({OfBackup{day.backups[0]}, {}}, Fallback::refuse, day.end());
    REQUIRE(full.restored);
    CHECK(day.end() - full.last_record == seconds(24 * 3600 - 60));
    const Outcome replayed = day.model.restore({Latest{}, {}}, Fallback::refuse, day.end());
    REQUIRE(replayed.reached_target);
    CHECK(day.end() - replayed.last_record == seconds(600));
    CHECK(full.records_replayed == 0);
    CHECK(replayed.position.index == LogIndex{1430});
}

TEST_CASE("restore: a corrupt increment falls back to an older one and more log, losing nothing") {
    Day day;
    day.model.damage(day.backups[3], 100);
    const Outcome outcome = day.model.restore({Latest{}, {}}, Fallback::refuse, day.end());
    CHECK(outcome.bad == std::vector{day.backups[3]});
    REQUIRE(outcome.reached_target);
    CHECK(outcome.position.index == LogIndex{1430});
    CHECK(outcome.records_replayed == 1430 - 720);
    CHECK(outcome.state == day.model.state({kFirst, LogIndex{1430}}));
}

TEST_CASE("restore: a corrupt segment too, and the recovery point is told as it is") {
    Day day;
    day.model.damage(day.segments[125], 100);  // records 1251 to 1260
    const Target target{AtTime{at(60 * 1400)}, {}};
    const Outcome refused = day.model.restore(target, Fallback::refuse, day.end());
    CHECK_FALSE(refused.restored);
    CHECK(refused.why->why == Unreachable::Why::gap);
    CHECK(refused.why->reachable == Position{kFirst, LogIndex{1250}});

    const Outcome nearest = day.model.restore(target, Fallback::nearest, day.end());
    REQUIRE(nearest.restored);
    CHECK_FALSE(nearest.reached_target);
    CHECK(nearest.why->why == Unreachable::Why::gap);
    CHECK(nearest.position.index == LogIndex{1250});
    CHECK(nearest.last_record == at(60 * 1250));
    CHECK(nearest.state == day.model.state({kFirst, LogIndex{1250}}));

    const Outcome latest = day.model.restore({Latest{}, {}}, Fallback::refuse, day.end());
    REQUIRE(latest.restored);
    CHECK_FALSE(latest.reached_target);
    CHECK(latest.position.index == LogIndex{1250});
}

TEST_CASE("restore: a corrupt full backup takes all that rests on it along") {
    Day day;
    day.model.damage(day.backups[0], 50);
    const Outcome outcome = day.model.restore({Latest{}, {}}, Fallback::nearest, day.end());
    CHECK_FALSE(outcome.restored);
    CHECK(outcome.why->why == Unreachable::Why::no_backup);
    CHECK(outcome.bad == std::vector{day.backups[0]});
    CHECK(outcome.state.empty());
}

TEST_CASE("restore: a sound object under another's name is no use") {
    Day day;
    day.model.objects[day.backups[2]] = day.model.objects[day.backups[3]];
    const Outcome outcome =
        day.model.restore({OfBackup{day.backups[2]}, {}}, Fallback::refuse, day.end());
    CHECK_FALSE(outcome.restored);
    CHECK(outcome.bad == std::vector{day.backups[2]});
    CHECK(outcome.why->why == Unreachable::Why::broken_backup);
}

TEST_CASE("restore: another copy under the right name, sound in itself, is not what was stored") {
    Day day;
    const ObjectId id = day.backups[0];
    const Head head = day.model.catalogue.find(id)->head;
    auto state = day.model.state({head.timeline, head.last});
    state[16] ^= std::byte{1};  // the value of its one register
    day.model.objects[id] = make_object(head, state);
    REQUIRE(day.model.objects[id].size() == day.model.catalogue.find(id)->size);
    const Outcome outcome = day.model.restore({OfBackup{id}, {}}, Fallback::refuse, day.end());
    CHECK_FALSE(outcome.restored);
    CHECK(check_object(*day.model.catalogue.find(id), day.model.objects[id].view()) ==
          Condition::damaged);
}

TEST_CASE("restore: an object that the store has not got is missing, not damaged") {
    Day day;
    day.model.objects.erase(day.backups[1]);
    Restore restore(day.model.catalogue, {OfBackup{day.backups[1]}, {}}, Fallback::refuse,
                    day.end());
    restore.supply(day.model.objects.at(*restore.wanted()).view());
    CHECK(restore.wanted() == day.backups[1]);
    restore.supply(std::nullopt);
    CHECK_FALSE(restore.wanted());
    CHECK(restore.catalogue().find(day.backups[1])->condition == Condition::missing);
    CHECK_THROWS_AS(restore.supply(std::nullopt), BugError);
}

}  // namespace
