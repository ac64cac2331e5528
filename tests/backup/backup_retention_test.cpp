// SPDX-License-Identifier: MIT
#include "core/backup/retention.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "core/backup/plan.hpp"
#include "core/backup/schedule.hpp"
#include "core/base/random.hpp"
#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

// The runbook's schedule, run for days: a record an hour, archived as it comes. No bytes are made.
class Keeper {
public:
    explicit Keeper(Duration backup_takes) : takes_(backup_takes) {}

    void hour() {
        ++hours_;
        now = at(3600 * hours_);
        const Head head{Kind::segment, kFirst, LogIndex{count()}, LogIndex{count()}, {}, now,
                        now + Duration{1}};
        catalogue.add_segment(head, now + Duration{1}, Bytes{});
        if (hours_ % 24 == 2) {
            newest_ = catalogue.begin_full({kFirst, LogIndex{count()}}, now);
        } else if (hours_ % 6 == 2 && newest_) {
            newest_ = catalogue.begin_incremental(*newest_, {kFirst, LogIndex{count()}}, now);
        } else {
            return;
        }
        if (newest_) catalogue.complete(*newest_, now + takes_, Bytes{});
    }
    template <class Rule>
    void expire(const Rule& rule) {
        for (const ObjectId id : expired(catalogue, rule, now)) catalogue.remove(id);
    }
    std::size_t fulls() const {
        std::size_t found = 0;
        for (const auto& [id, entry] : catalogue.entries()) found += entry.head.kind == Kind::full;
        return found;
    }
    // How far back one can go, without a break, from the newest moment that is covered.
    Duration reach() const {
        const auto windows = claimed_windows(catalogue, kFirst, now);
        return windows.empty() ? Duration{} : now - windows.back().from;
    }
    std::uint64_t count() const { return static_cast<std::uint64_t>(hours_); }

    Catalogue catalogue;
    Instant now{};

private:
    Duration takes_;
    std::int64_t hours_ = 0;
    std::optional<ObjectId> newest_;
};

constexpr Duration kDay = hours(24);

TEST_CASE("retention: a recovery window of seven days is never less than seven days") {
    Keeper keeper(hours(1));
    std::size_t most = 0;
    for (int hour = 0; hour < 24 * 30; ++hour) {
        keeper.hour();
        keeper.expire(RecoveryWindow{kDay * 7});
        if (hour < 24 * 9) continue;
        REQUIRE(keeper.reach() >= kDay * 7);
        REQUIRE(keeper.reach() <= kDay * 8 + hours(2));
        REQUIRE(orphans(keeper.catalogue).empty());
        most = std::max(most, keeper.fulls());
    }
    CHECK(most >= 8);
    CHECK(most <= 9);  // while a newer one is being made, or just complete
}

// The runbook's plain ages (7 days, 48 hours, 7 days).
TEST_CASE("retention: plain ages reach less than seven days, and keep increments of no use") {
    Keeper keeper(hours(1));
    const PlainAges ages{kDay * 7, hours(48), kDay * 7};
    Duration least = kDay * 30;
    Duration longest{};
    int hours_with_orphans = 0;
    int hours_in_all = 0;
    for (int hour = 0; hour < 24 * 30; ++hour) {
        keeper.hour();
        keeper.expire(ages);
        if (hour < 24 * 9) continue;
        least = std::min(least, keeper.reach());
        longest = std::max(longest, keeper.reach());
        ++hours_in_all;
        hours_with_orphans += orphans(keeper.catalogue).empty() ? 0 : 1;
    }
    CHECK(least <= kDay * 6 + hours(1));
    CHECK(longest < kDay * 7);
    // After 08:00 went, 14:00 and 20:00 of that day stay for 6 and 12 hours: 12 of 24.
    CHECK(hours_with_orphans * 2 == hours_in_all);
}

TEST_CASE("retention: plain ages that delete a full before its increments break the chain") {
    Keeper keeper(Duration{});
    const PlainAges ages{hours(24), hours(48), kDay * 7};
    bool broke = false;
    for (int hour = 0; hour < 24 * 4; ++hour) {
        keeper.hour();
        keeper.expire(ages);
        broke = broke || !orphans(keeper.catalogue).empty();
    }
    CHECK(broke);
}

TEST_CASE("retention: nothing goes while no newer full backup completes") {
    Keeper keeper(hours(1));
    for (int hour = 0; hour < 48; ++hour) keeper.hour();
    std::vector<ObjectId> fulls;
    for (const auto& [id, entry] : keeper.catalogue.entries()) {
        if (entry.head.kind == Kind::full) fulls.push_back(id);
    }
    REQUIRE(fulls.size() == 2);
    keeper.catalogue.set_condition(fulls[1], Condition::failed);
    for (const ObjectId id : expired(keeper.catalogue, RecoveryWindow{hours(1)}, at(3600 * 1000))) {
        CHECK(id > ObjectId{0});
        CHECK(id != fulls[0]);
        CHECK(keeper.catalogue.find(id)->head.last <= LogIndex{2});
    }
}

TEST_CASE("retention: what is kept by name stays, and so does a minimum") {
    Keeper keeper(Duration{});
    for (int hour = 0; hour < 24 * 10; ++hour) keeper.hour();
    ObjectId first{};
    for (const auto& [id, entry] : keeper.catalogue.entries()) {
        if (first.value == 0 && entry.head.kind == Kind::full) first = id;
    }
    keeper.catalogue.set_keep(first, true);
    keeper.expire(RecoveryWindow{kDay, 4});
    CHECK(keeper.catalogue.find(first) != nullptr);
    CHECK(keeper.fulls() == 5);
    CHECK_THROWS_AS(keeper.catalogue.set_keep(ObjectId{1}, true), BugError);  // a segment
}

// Against brute force: no moment of the window that could be recovered is lost by expiring.
TEST_CASE("retention: expiring takes nothing from the window, whatever has failed or forked") {
    std::uint64_t removed = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Catalogue catalogue;
        TimelineId timeline = kFirst;
        LogIndex last{};
        LogIndex archived{};
        std::vector<ObjectId> backups;
        Instant now = at(0);
        for (int step = 0; step < 60; ++step) {
            now = now + seconds(1 + static_cast<std::int64_t>(random.below(3)));
            const std::uint64_t choice = random.below(12);
            if (choice < 5) {
                last = last + 1 + random.below(3);
            } else if (choice < 8 && last > archived) {
                const Head head{Kind::segment, timeline, archived + 1, last, {}, now, now};
                const ObjectId id = catalogue.add_segment(head, now, Bytes{});
                if (random.below(10) == 0) catalogue.set_condition(id, Condition::missing);
                archived = last;
            } else if (choice < 11) {
                std::optional<ObjectId> id;
                if (random.below(2) == 0 && !backups.empty()) {
                    id = catalogue.begin_incremental(backups[random.below(backups.size())],
                                                     {timeline, last}, now);
                } else {
                    id = catalogue.begin_full({timeline, last}, now);
                }
                if (!id) continue;
                if (random.below(5) == 0) {
                    catalogue.fail(*id);
                } else {
                    catalogue.complete(*id, now, Bytes{});
                    backups.push_back(*id);
                }
            } else if (archived > LogIndex{0} && random.below(2) == 0) {
                const LogIndex from = last - random.below(std::min<std::uint64_t>(2, last.value));
                if (catalogue.timelines().path(timeline).back().after > from) continue;
                timeline = catalogue.timelines().begin({timeline, from}, now);
                last = archived = from;
            }
        }
        const Duration window = seconds(1 + static_cast<std::int64_t>(random.below(60)));
        Catalogue after = catalogue;
        for (const ObjectId id : expired(catalogue, RecoveryWindow{window}, now)) {
            after.remove(id);
            ++removed;
        }
        for (Instant t = now - window; t <= now; t = t + milliseconds(500)) {
            const Target target{AtTime{t}, {}};
            const bool could = std::holds_alternative<Plan>(plan_recovery(catalogue, target, now));
            const bool can = std::holds_alternative<Plan>(plan_recovery(after, target, now));
            REQUIRE(could == can);
        }
        REQUIRE(orphans(after).size() <= orphans(catalogue).size());
    }
    CHECK(removed > 300);
}

}  // namespace
