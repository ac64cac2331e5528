// SPDX-License-Identifier: MIT
#include "core/backup/schedule.hpp"

#include <vector>

#include "core/base/check.hpp"
#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

Instant hour(std::int64_t n) { return at(3600 * n); }

TEST_CASE("backup schedule: the runbook's day: full at 02:00, increments at 08:00, 14:00, 20:00") {
    Schedule schedule(runbook_schedule(), hour(0), hour(1));
    struct Run {
        std::int64_t hour;
        Kind kind;
    };
    std::vector<Run> runs;
    while (schedule.next_deadline() <= hour(48)) {
        const Instant due = schedule.next_deadline();
        const auto kind = schedule.on_time(due);
        REQUIRE(kind);
        runs.push_back({(due - hour(0)).ns / hours(1).ns, *kind});
        schedule.on_ended(due + seconds(60), true);
    }
    REQUIRE(runs.size() == 8);
    const std::vector<std::int64_t> expected = {2, 8, 14, 20, 26, 32, 38, 44};
    for (std::size_t i = 0; i < runs.size(); ++i) {
        CHECK(runs[i].hour == expected[i]);
        CHECK(runs[i].kind == (i % 4 == 0 ? Kind::full : Kind::incremental));
    }
    CHECK(schedule.skipped() == 2);  // the increments of 02:00
}

TEST_CASE("backup schedule: before any full backup an increment becomes one") {
    Schedule schedule(runbook_schedule(), hour(0), hour(3));
    CHECK(schedule.next_deadline() == hour(8));
    CHECK(schedule.on_time(hour(8)) == Kind::full);
    schedule.on_ended(hour(9), false);
    CHECK(schedule.on_time(hour(14)) == Kind::full);
    schedule.on_ended(hour(15), true);
    CHECK(schedule.on_time(hour(20)) == Kind::incremental);
}

TEST_CASE("backup schedule: what is due while another runs is put off, once") {
    Schedule schedule(runbook_schedule(), hour(0), hour(1));
    CHECK(schedule.on_time(hour(2)) == Kind::full);
    CHECK_FALSE(schedule.on_time(hour(8)));
    CHECK_FALSE(schedule.on_time(hour(14)));
    CHECK(schedule.is_running());
    schedule.on_ended(hour(15), true);
    CHECK(schedule.next_deadline() == hour(15));
    CHECK(schedule.on_time(hour(15)) == Kind::incremental);
    CHECK(schedule.skipped() == 2);  // at 02:00, and one of 08:00 and 14:00
    schedule.on_ended(hour(16), true);
    CHECK(schedule.next_deadline() == hour(20));
}

TEST_CASE("backup schedule: what was missed while nobody asked is made up for by one") {
    Schedule schedule(runbook_schedule(), hour(0), hour(1));
    CHECK(schedule.on_time(hour(100)) == Kind::full);
    schedule.on_ended(hour(101), true);
    CHECK(schedule.next_deadline() == hour(104));
    // 02, 26, 50, 74, 98 for the full one; 02, 08, ... 98 for the increments: 5 + 17, one run.
    CHECK(schedule.skipped() == 21);
}

TEST_CASE("backup schedule: any midnight will do, and a start on the instant is in time") {
    Schedule before(runbook_schedule(), hour(240), hour(2));
    CHECK(before.next_deadline() == hour(2));
    Schedule after(runbook_schedule(), hour(-240), hour(2) + Duration{1});
    CHECK(after.next_deadline() == hour(8));
    CHECK_FALSE(after.on_time(hour(8) - Duration{1}));
}

TEST_CASE("backup schedule: a clock that goes back makes nothing due twice") {
    Schedule schedule(runbook_schedule(), hour(0), hour(1));
    CHECK(schedule.on_time(hour(2)));
    schedule.on_ended(hour(2), true);
    CHECK_FALSE(schedule.on_time(hour(1)));
    CHECK_FALSE(schedule.on_time(hour(2)));
}

TEST_CASE("backup schedule: what could never work is said, all at once") {
    CHECK(remarks_on(runbook_schedule(), hours(24 * 7)).empty());
    CHECK(remarks_on({}, hours(24)).size() == 1);
    CHECK(remarks_on({{Kind::incremental, {}, {}}}, hours(24)).size() == 2);
    CHECK(remarks_on({{Kind::full, hours(24), hours(24)}}, hours(24)).size() == 1);
    CHECK(remarks_on({{Kind::full, hours(24), hours(2)}}, hours(12)).size() == 1);
    CHECK(remarks_on({{Kind::segment, hours(1), {}}}, hours(12)).size() == 2);
    CHECK_THROWS_AS(Schedule({}, hour(0), hour(0)), BugError);
}

}  // namespace
