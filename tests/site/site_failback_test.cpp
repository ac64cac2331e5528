// SPDX-License-Identifier: MIT
//
// How a site that was replaced comes back: refused while it has diverged, made anew when told to.
#include "tests/catch.hpp"
#include "tests/site/two_sites.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;
using test::TwoSites;
using test::TwoSitesOptions;
using Verb = SiteOrder::Verb;

// Site A has been cut off and replaced, has written alone, and hears of the other again.
void diverge(TwoSites& world) {
    world.run_for(seconds(3));
    world.cut(FaultId{50});
    world.promote(TwoSites::kB);
    world.run_for(seconds(4));
    world.heal(FaultId{50});
    world.run_for(seconds(15));
}

TEST_CASE("failback: a site that has diverged is refused, and left as it is") {
    TwoSites world;
    diverge(world);
    REQUIRE_FALSE(world.panicked());
    const auto found = world.all<SiteDiverged>();
    REQUIRE_FALSE(found.empty());
    CHECK(found.front().second.site == TwoSites::kA);
    CHECK(found.front().second.records > 50);
    const LogIndex before = world.sites->ledger(TwoSites::kA).last();
    world.run_for(seconds(5));
    CHECK(world.sites->ledger(TwoSites::kA).last() == before);
    world.give(2, world.order(Verb::promote), TwoSites::kA);
    world.run_for(seconds(3));
    CHECK(world.outcome(SiteStep::promote) == StepOutcome::refused);
}

TEST_CASE("failback: a site that is made anew follows, and can be switched back to") {
    TwoSites world;
    diverge(world);
    const std::uint64_t records = world.all<SiteDiverged>().front().second.records;
    world.give(2, world.order(Verb::resync), TwoSites::kA);
    world.run_for(seconds(10));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.outcome(SiteStep::resync) == StepOutcome::done);
    const auto seeded = world.all<SiteReseeded>();
    REQUIRE(seeded.size() == 1);
    CHECK(seeded[0].second.discarded == records);
    CHECK(seeded[0].second.bytes > 100);
    world.run_for(seconds(10));
    CHECK(world.sites->ledger(TwoSites::kB).last() - world.sites->ledger(TwoSites::kA).last() < 20);
    world.give(3, world.order(Verb::switch_over), TwoSites::kA);
    world.run_for(seconds(6));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.outcome(SiteStep::switch_over) == StepOutcome::done);
    CHECK(world.sites->agent(TwoSites::kA)->is_writable());
    world.give(4, world.order(Verb::set_readonly), TwoSites::kA);
    world.run_for(seconds(3));
    CHECK(world.agree());
}

TEST_CASE("failback: a site whose nodes restart after it was made anew holds what it was given") {
    TwoSites world;
    diverge(world);
    world.give(2, world.order(Verb::resync), TwoSites::kA);
    world.run_for(seconds(10));
    world.lose(TwoSites::kA);
    world.run_for(seconds(1));
    world.bring_back(TwoSites::kA);
    world.run_for(seconds(15));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.sites->ledger(TwoSites::kB).last() - world.sites->ledger(TwoSites::kA).last() < 20);
}

TEST_CASE("failback: a seed takes the time that its bytes take") {
    TwoSitesOptions options;
    options.sites.seed_bytes_per_second = 2000;
    TwoSites world(options);
    diverge(world);
    const Instant began = world.queue.now();
    world.give(2, world.order(Verb::resync), TwoSites::kA);
    world.run_for(seconds(60));
    const auto seeded = world.all<SiteReseeded>();
    REQUIRE(seeded.size() == 1);
    const auto took = seeded[0].first - began;
    const auto needs = static_cast<std::int64_t>(seeded[0].second.bytes) * 1'000'000'000 / 2000;
    CHECK(took.ns >= needs);
    CHECK(took.ns < needs + seconds(1).ns);
}

TEST_CASE("failback: an old primary that wrote nothing alone follows by itself") {
    TwoSites world;
    world.run_for(seconds(3));
    world.give(1, world.order(Verb::set_readonly), TwoSites::kA);
    world.run_for(seconds(3));
    world.lose(TwoSites::kA);
    world.promote(TwoSites::kB);
    world.run_for(seconds(3));
    world.sites->end(FaultId{1});
    world.bring_back(TwoSites::kA);
    world.run_for(seconds(15));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.all<SiteDiverged>().empty());
    CHECK(world.sites->ledger(TwoSites::kB).last() - world.sites->ledger(TwoSites::kA).last() < 20);
}

}  // namespace
