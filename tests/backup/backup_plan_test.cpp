// SPDX-License-Identifier: MIT
#include "core/backup/plan.hpp"

#include <variant>

#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;
using Why = Unreachable::Why;

struct Fixture : SmallArchive {
    Fixture() : SmallArchive(10, 3, 6) {}
    Planned plan(const Target& target) const {
        return plan_recovery(model.catalogue, target, at(20));
    }
    Unreachable refusal(const Target& target) const { return std::get<Unreachable>(plan(target)); }
    Target time(std::int64_t second) const { return {AtTime{at(second)}, {}}; }
    Target index(std::uint64_t i) const { return {AtIndex{LogIndex{i}, {}}, {}}; }
};

TEST_CASE("backup plan: the nearest backup before the target is taken, with all it rests on") {
    const Fixture f;
    const auto plan = std::get<Plan>(f.plan(f.index(8)));
    CHECK(plan.chain == std::vector{f.full, f.incremental});
    REQUIRE(plan.replays.size() == 1);
    CHECK(plan.replays[0].segment == f.segments[2]);
    CHECK(plan.replays[0].after == LogIndex{6});
    CHECK(plan.replays[0].through == LogIndex{8});
    CHECK(plan.reaches == Position{kFirst, LogIndex{8}});
}

TEST_CASE("backup plan: a target before a backup was taken needs an older one") {
    const Fixture f;
    CHECK(std::get<Plan>(f.plan(f.index(5))).chain == std::vector{f.full});
    CHECK(std::get<Plan>(f.plan(f.time(5))).chain == std::vector{f.full});
    CHECK(std::get<Plan>(f.plan(f.time(6))).chain.size() == 2);
    const Target before{AtTime{at(6), AtTime::Bound::exclusive}, {}};
    CHECK(std::get<Plan>(f.plan(before)).chain == std::vector{f.full});
}

TEST_CASE("backup plan: before the first backup there is nothing") {
    const Fixture f;
    CHECK(f.refusal(f.time(2)).why == Why::before_first);
    CHECK(f.refusal(f.index(2)).why == Why::before_first);
    CHECK_FALSE(f.refusal(f.index(2)).reachable);
}

TEST_CASE("backup plan: what is not archived yet, and the future, are told apart") {
    const Fixture f;
    CHECK(f.refusal(f.index(10)).why == Why::not_archived);
    CHECK(f.refusal(f.index(10)).reachable == Position{kFirst, LogIndex{9}});
    CHECK(f.refusal(f.time(10)).why == Why::not_archived);
    CHECK(f.refusal(f.time(21)).why == Why::in_the_future);
    CHECK(f.refusal(f.time(21)).reachable == Position{kFirst, LogIndex{9}});
}

TEST_CASE("backup plan: a gap is told, and where it begins") {
    Fixture f;
    f.model.catalogue.set_condition(f.incremental, Condition::failed);
    f.model.catalogue.set_condition(f.segments[1], Condition::missing);
    CHECK(f.refusal(f.index(8)).why == Why::gap);
    CHECK(f.refusal(f.index(8)).reachable == Position{kFirst, LogIndex{3}});
    CHECK(f.refusal(f.time(8)).why == Why::gap);
    const auto latest = std::get<Plan>(f.plan({Latest{}, {}}));
    CHECK(latest.reaches.index == LogIndex{3});
    CHECK(latest.stops_at_gap);
    f.model.catalogue.remove(f.segments[1]);  // it makes no difference that nobody knows of it
    CHECK(f.refusal(f.index(8)).why == Why::gap);
}

TEST_CASE("backup plan: the latest is as far as the log goes") {
    const Fixture f;
    const auto plan = std::get<Plan>(f.plan({Latest{}, {}}));
    CHECK(plan.reaches == Position{kFirst, LogIndex{9}});
    CHECK_FALSE(plan.stops_at_gap);
}

TEST_CASE("backup plan: names") {
    Fixture f;
    CHECK(f.model.catalogue.name("before the upgrade", {kFirst, LogIndex{5}}));
    CHECK_FALSE(f.model.catalogue.name("before the upgrade", {kFirst, LogIndex{6}}));
    const auto plan = std::get<Plan>(f.plan({AtName{"before the upgrade"}, {}}));
    CHECK(plan.reaches.index == LogIndex{5});
    CHECK(f.refusal({AtName{"nobody"}, {}}).why == Why::unknown_name);
}

TEST_CASE("backup plan: unknown timelines and backups, and broken ones") {
    Fixture f;
    CHECK(f.refusal({Latest{}, TimelineId{2}}).why == Why::unknown_timeline);
    CHECK(f.refusal({AtIndex{LogIndex{5}, TimelineId{9}}, {}}).why == Why::unknown_timeline);
    CHECK(f.refusal({OfBackup{ObjectId{99}}, {}}).why == Why::unknown_backup);
    CHECK(f.refusal({OfBackup{f.segments[0]}, {}}).why == Why::unknown_backup);
    f.model.catalogue.set_condition(f.full, Condition::damaged);
    CHECK(f.refusal({OfBackup{f.incremental}, {}}).why == Why::broken_backup);
    CHECK(f.refusal({Latest{}, {}}).why == Why::no_backup);
    CHECK(f.refusal(f.index(8)).why == Why::no_backup);
    for (int why = 0; why <= static_cast<int>(Why::abandoned_timeline); ++why) {
        CHECK_FALSE(text_of(static_cast<Why>(why)).empty());
    }
}

TEST_CASE("backup plan: what was abandoned by a promotion is not replayed") {
    Fixture f;
    const TimelineId second = f.model.fork({kFirst, LogIndex{7}}, at(11));
    f.model.commit(second, at(12));
    f.model.commit(second, at(13));
    f.model.segment(second, 8, 9, at(14));
    CHECK(f.model.catalogue.name("lost", {kFirst, LogIndex{9}}));
    CHECK(f.refusal({AtName{"lost"}, {}}).why == Why::abandoned_timeline);
    CHECK(f.refusal({AtIndex{LogIndex{8}, kFirst}, {}}).why == Why::abandoned_timeline);
    CHECK(std::holds_alternative<Plan>(f.plan({AtIndex{LogIndex{7}, kFirst}, {}})));
    const auto plan = std::get<Plan>(f.plan({Latest{}, {}}));
    CHECK(plan.reaches == Position{second, LogIndex{9}});
    REQUIRE(plan.replays.size() == 2);
    CHECK(plan.replays[0].through == LogIndex{7});
    // Unless somebody asks for the old timeline by its name.
    const auto old = std::get<Plan>(f.plan({AtName{"lost"}, kFirst}));
    CHECK(old.reaches == Position{kFirst, LogIndex{9}});
}

TEST_CASE("backup plan: an increment rests on a complete backup of its own past") {
    Fixture f;
    Catalogue& catalogue = f.model.catalogue;
    CHECK_FALSE(catalogue.begin_incremental(ObjectId{99}, {kFirst, LogIndex{9}}, at(9)));
    CHECK_FALSE(catalogue.begin_incremental(f.segments[0], {kFirst, LogIndex{9}}, at(9)));
    CHECK_FALSE(catalogue.begin_incremental(f.incremental, {kFirst, LogIndex{5}}, at(9)));
    const ObjectId running = catalogue.begin_full({kFirst, LogIndex{8}}, at(9));
    CHECK_FALSE(catalogue.begin_incremental(running, {kFirst, LogIndex{9}}, at(9)));
    const TimelineId second = f.model.fork({kFirst, LogIndex{4}}, at(11));
    CHECK_FALSE(catalogue.begin_incremental(f.incremental, {second, LogIndex{9}}, at(9)));
    CHECK(catalogue.begin_incremental(f.full, {second, LogIndex{4}}, at(11)));
}

// t = locate + provision + bytes / bandwidth + replayed bytes / rate + verification.
TEST_CASE("backup plan: how long a restore takes") {
    Plan plan;
    plan.backup_bytes = 10'000'000'000;
    plan.replay_bytes = 500'000'000;
    const Rates rates{seconds(5), seconds(60), 100'000'000, 25'000'000, 1'000'000'000};
    CHECK(restore_time(plan, rates) ==
          seconds(5 + 60 + 105 + 20) + milliseconds(10'500));
    CHECK(restore_time(Plan{}, rates) == seconds(65));
    plan = Plan{};
    plan.backup_bytes = 1;
    CHECK(restore_time(plan, {{}, {}, 3, 1, 7}) ==
          nanoseconds(333'333'334) + nanoseconds(142'857'143));
    plan.backup_bytes = std::uint64_t{1} << 50U;  // a pebibyte: the product does not overflow
    CHECK(restore_time(plan, {{}, {}, std::uint64_t{1} << 30U, 1, std::uint64_t{1} << 40U}) ==
          seconds((1 << 20) + 1024));
}

}  // namespace
