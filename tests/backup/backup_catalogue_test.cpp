// SPDX-License-Identifier: MIT
#include "core/backup/catalogue.hpp"

#include "core/base/check.hpp"
#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

TEST_CASE("backup timelines: a path is its ancestors up to where each was left") {
    Timelines timelines;
    CHECK(timelines.current() == kFirst);
    const TimelineId second = timelines.begin({kFirst, LogIndex{10}}, at(5));
    const TimelineId third = timelines.begin({second, LogIndex{15}}, at(9));
    const TimelineId other = timelines.begin({kFirst, LogIndex{4}}, at(12));
    CHECK(timelines.current() == other);

    const auto path = timelines.path(third);
    REQUIRE(path.size() == 3);
    CHECK(path[0].timeline == kFirst);
    CHECK(path[0].through == LogIndex{10});
    CHECK(path[0].left == at(5));
    CHECK(path[1].after == LogIndex{10});
    CHECK(path[1].through == LogIndex{15});
    CHECK(path[2].through == kOpenEnd);
    CHECK(path[2].left == Instant::never());

    CHECK(timelines.is_on_path(third, {kFirst, LogIndex{10}}));
    CHECK_FALSE(timelines.is_on_path(third, {kFirst, LogIndex{11}}));
    CHECK_FALSE(timelines.is_on_path(other, {second, LogIndex{12}}));
    CHECK(timelines.is_on_path(other, {kFirst, LogIndex{3}}));
}

TEST_CASE("backup timelines: one can't leave what does not exist, or has not begun") {
    Timelines timelines;
    CHECK_THROWS_AS(timelines.begin({TimelineId{7}, LogIndex{1}}, at(1)), BugError);
    const TimelineId second = timelines.begin({kFirst, LogIndex{10}}, at(5));
    CHECK_THROWS_AS(timelines.begin({second, LogIndex{9}}, at(6)), BugError);
    CHECK_THROWS_AS(timelines.path(TimelineId{0}), BugError);
}

TEST_CASE("backup catalogue: a backup counts once it is complete, and so is all it rests on") {
    Catalogue catalogue;
    const ObjectId full = catalogue.begin_full({kFirst, LogIndex{3}}, at(3));
    CHECK_FALSE(catalogue.usable_chain(full));
    catalogue.complete(full, at(4), Bytes{});
    const auto first = catalogue.begin_incremental(full, {kFirst, LogIndex{5}}, at(5));
    catalogue.complete(*first, at(6), Bytes{});
    const auto second = catalogue.begin_incremental(*first, {kFirst, LogIndex{7}}, at(7));
    CHECK_FALSE(catalogue.usable_chain(*second));
    catalogue.complete(*second, at(8), Bytes{});
    CHECK(catalogue.usable_chain(*second) == std::vector{full, *first, *second});
    CHECK(catalogue.usable_backups(kFirst).front()->id == *second);

    for (const Condition bad : {Condition::failed, Condition::damaged, Condition::missing}) {
        catalogue.set_condition(*first, bad);
        CHECK_FALSE(catalogue.usable_chain(*second));
        CHECK(catalogue.usable_chain(full));
        CHECK(catalogue.usable_backups(kFirst).size() == 1);
    }
    catalogue.set_condition(*first, Condition::complete);
    CHECK(catalogue.usable_chain(*second));
    catalogue.remove(full);
    CHECK_FALSE(catalogue.usable_chain(*second));
}

TEST_CASE("backup catalogue: what is finished is not finished twice") {
    Catalogue catalogue;
    const ObjectId full = catalogue.begin_full({kFirst, LogIndex{3}}, at(3));
    catalogue.fail(full);
    CHECK_THROWS_AS(catalogue.complete(full, at(4), Bytes{}), BugError);
    CHECK_THROWS_AS(catalogue.fail(full), BugError);
    CHECK_THROWS_AS(catalogue.remove(ObjectId{9}), BugError);
    CHECK_THROWS_AS(catalogue.begin_full({TimelineId{5}, LogIndex{3}}, at(3)), BugError);
}

}  // namespace
