// SPDX-License-Identifier: MIT
//
// Failovers told by hand: site 0 is lost at second 10, site 1 takes over.
#include "sim/measure/site_history.hpp"

#include <map>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

constexpr SiteId kOld{0};
constexpr SiteId kNew{1};

Instant at_s(std::int64_t n) { return Instant{} + seconds(n); }

struct Story {
    Record record;
    SiteHistory history{record};

    Story() { becomes_primary(0, kOld, 1); }
    void becomes_primary(std::int64_t second, SiteId site, std::uint64_t epoch) {
        record.add(at_s(second), SiteRoleChanged{site, SiteRole::primary, epoch, LogIndex{5}});
    }
    void ends(std::int64_t second, SiteStep step, StepOutcome outcome = StepOutcome::done) {
        record.add(at_s(second), FailoverStep{FaultId{1}, step, kNew, outcome, 0});
    }
    void routes(std::int64_t second, std::uint32_t client, SiteId site = kNew) {
        record.add(at_s(second), ClientRouted{0, client, site});
    }
    // The runbook's procedure, from second 15 to second 33.
    void fails_over() {
        ends(15, SiteStep::detect);
        ends(20, SiteStep::decide);
        ends(20, SiteStep::set_readonly, StepOutcome::begun);
        ends(22, SiteStep::set_readonly, StepOutcome::unreachable);
        ends(29, SiteStep::wait_sync, StepOutcome::timed_out);
        ends(30, SiteStep::fence);
        becomes_primary(31, kNew, 2);
        ends(31, SiteStep::promote);
        ends(33, SiteStep::update_dns);
        ends(34, SiteStep::verify);
    }
};

std::map<std::string, std::int64_t> in_seconds(const std::vector<Phase>& phases) {
    std::map<std::string, std::int64_t> by_name;
    for (const Phase& phase : phases) by_name[phase.name] = phase.duration.ns / 1'000'000'000;
    return by_name;
}

TEST_CASE("site history: each step takes the time from the end of the one before") {
    Story story;
    story.fails_over();
    story.routes(35, 1);
    story.routes(50, 2);
    story.routes(70, 3);  // after the recovery
    const auto phases = failover_phases(story.history, at_s(10), at_s(60));
    REQUIRE(phases);
    using Seconds = std::map<std::string, std::int64_t>;
    REQUIRE(in_seconds(*phases) == Seconds{{"detect", 5},
                                           {"decide", 5},
                                           {"fence", 3},
                                           {"sync", 7},
                                           {"promote", 1},
                                           {"route", 19},
                                           {"warm-up", 10}});
}

TEST_CASE("site history: a recovery that no promotion brought has no such phases") {
    Story story;
    REQUIRE(!failover_phases(story.history, at_s(10), at_s(60)));
    story.fails_over();
    REQUIRE(failover_phases(story.history, at_s(10), at_s(31)));
    REQUIRE(!failover_phases(story.history, at_s(10), at_s(30)));
    REQUIRE(!failover_phases(story.history, at_s(40), at_s(60)));
}

TEST_CASE("site history: phases sum to the recovery, wherever that comes between the steps") {
    Story story;
    story.fails_over();
    story.routes(40, 1);
    for (std::int64_t recovered = 31; recovered < 60; ++recovered) {
        Duration sum{};
        const auto phases = failover_phases(story.history, at_s(10), at_s(recovered));
        for (const Phase& phase : *phases) {
            REQUIRE(phase.duration >= Duration{});
            sum = sum + phase.duration;
        }
        REQUIRE(sum == seconds(recovered - 10));
    }
}

TEST_CASE("site history: who has the latest epoch is primary, however often it is said") {
    Story story;
    REQUIRE(story.history.primary_at(at_s(5)) == kOld);
    story.becomes_primary(20, kNew, 3);
    story.becomes_primary(25, kOld, 1);  // an old primary whose leader changed
    story.becomes_primary(26, kNew, 3);
    REQUIRE(story.history.reigns().size() == 2);
    REQUIRE(story.history.primary_at(at_s(19)) == kOld);
    REQUIRE(story.history.primary_at(at_s(20)) == kNew);
    REQUIRE(story.history.primary_at(at_s(30)) == kNew);
}

TEST_CASE("site history: divergent is what the old primary acknowledges after the promotion") {
    Story story;
    story.becomes_primary(20, kNew, 2);
    const auto write = [](std::int64_t second, std::uint32_t node) {
        OperationView view;
        view.ended = true;
        view.outcome = Outcome::acknowledged;
        view.finished = at_s(second);
        view.by = NodeId{node};
        return view;
    };
    std::vector<OperationView> operations = {write(19, 0), write(21, 0), write(22, 1),
                                             write(23, 0), write(24, 0)};
    operations[3].kind = OperationKind::read;
    operations[4].outcome = Outcome::unknown;
    REQUIRE(count_divergent(operations, story.history, {kOld, kNew}) == 1);
}

TEST_CASE("site history: clients count from the fault to where they stay") {
    Story story;
    story.routes(0, 1, kOld);
    story.becomes_primary(31, kNew, 2);
    story.routes(40, 2);
    story.routes(45, 1);
    story.routes(50, 3);
    story.routes(55, 3, kOld);  // and back: it has not come
    const std::vector<Duration> expected = {seconds(30), seconds(35)};
    REQUIRE(routing_times(story.history, at_s(10)) == expected);
}

TEST_CASE("site history: the lag before a fault is that of the site promoted next") {
    Story story;
    const auto lags = [&](std::int64_t second, SiteId site, std::uint64_t entries) {
        story.record.add(at_s(second), SiteLagged{site, entries, entries * 64, at_s(second - 2)});
    };
    lags(8, kNew, 7);
    lags(9, SiteId{2}, 99);
    lags(12, kNew, 50);
    REQUIRE(!story.history.lag_before(at_s(10)));
    story.becomes_primary(20, kNew, 2);
    REQUIRE(story.history.lag_before(at_s(10))->entries == 7);
    REQUIRE(story.history.lag_before(at_s(10))->time() == seconds(2));
    REQUIRE(!story.history.lag_before(at_s(7)));
}

}  // namespace
