// SPDX-License-Identifier: MIT
//
// What a lost site loses, against the closed forms of log shipping.
#include <cmath>

#include "tests/catch.hpp"
#include "tests/site/two_sites.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using novacron::replication::Shipping;
using test::TwoSites;
using test::TwoSitesOptions;
using Mode = novacron::replication::SiteOptions::Mode;

// What is under way between sites when one of them is lost arrives all the same: it is lost only if
// the other has been promoted by then.
enum class Promoted { at_once, later };

// From the acknowledgement of the oldest lost write to the loss of site A, in milliseconds; 0 if
// nothing was lost. Site A is lost at a moment that is drawn, and site B promoted.
double recovery_point_ms(TwoSitesOptions options, std::uint64_t seed,
                         Promoted promoted = Promoted::later) {
    options.seed = seed;
    TwoSites world(options);
    Random draws(seed);
    world.run_for(seconds(3) + draws.between(Duration{}, seconds(2)));
    const Instant lost_at = world.queue.now();
    world.lose(TwoSites::kA);
    SiteOrder promote = world.order(SiteOrder::Verb::promote);
    promote.force = true;
    if (promoted == Promoted::at_once) promote.command_time = Constant{};
    world.give(100, promote, TwoSites::kB);
    world.run_for(seconds(2));
    REQUIRE(world.outcome(SiteStep::promote) == StepOutcome::done);
    REQUIRE_FALSE(world.panicked());
    REQUIRE(world.acknowledged(Instant{}, lost_at).size() > 300);
    const auto lost = world.lost(TwoSites::kB, lost_at);
    if (lost.empty()) return 0;
    return static_cast<double>((lost_at - lost.front()).ns) / 1e6;
}

struct Moments {
    double mean = 0;
    double error = 0;  // of the mean
    double most = 0;
};

Moments recovery_points(const TwoSitesOptions& options, std::uint64_t seeds, Promoted promoted) {
    double sum = 0;
    double squares = 0;
    Moments moments;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const double each = recovery_point_ms(options, seed, promoted);
        sum += each;
        squares += each * each;
        moments.most = std::max(moments.most, each);
    }
    const auto n = static_cast<double>(seeds);
    moments.mean = sum / n;
    moments.error = std::sqrt(std::max(0.0, squares / n - moments.mean * moments.mean) / n);
    return moments;
}

TEST_CASE("site: a standby holds what the primary has committed") {
    TwoSites world;
    world.run_for(seconds(5));
    CHECK(world.sites->agent(TwoSites::kA)->is_writable());
    CHECK_FALSE(world.sites->agent(TwoSites::kB)->is_writable());
    CHECK(world.acknowledged(Instant{}, world.queue.now()).size() > 500);
    const auto& a = world.sites->ledger(TwoSites::kA);
    const auto& b = world.sites->ledger(TwoSites::kB);
    CHECK(a.last() - b.last() < 20);
    CHECK(b.last().value > 500);
}

TEST_CASE("site: streaming loses the transit if the standby is promoted at once, or nothing") {
    TwoSitesOptions options;
    options.rate = 400;
    options.wan = milliseconds(100);
    // The answer was half a millisecond on its way, too. What is committed and not sent is nothing.
    const Moments at_once = recovery_points(options, 10, Promoted::at_once);
    CHECK(at_once.mean > 100 - 5);
    CHECK(at_once.most < 100 + 3);
    CHECK(recovery_points(options, 5, Promoted::later).most == 0);
}

TEST_CASE("site: batches lose half an interval in the mean, and the transit likewise") {
    TwoSitesOptions options;
    options.rate = 400;
    options.wan = milliseconds(100);
    options.sites.shipping.shipping = Shipping::batch;
    options.sites.shipping.interval = milliseconds(200);
    const Moments at_once = recovery_points(options, 24, Promoted::at_once);
    CHECK(std::abs(at_once.mean - (100 + 200.0 / 2)) < 3 * at_once.error + 3);
    CHECK(at_once.most < 100 + 200 + 3);
    const Moments later = recovery_points(options, 24, Promoted::later);
    CHECK(std::abs(later.mean - 200.0 / 2) < 3 * later.error + 3);
    CHECK(later.most < 200 + 3);
}

TEST_CASE("site: segments lose what they hold, and no more than their timeout") {
    // A segment begins with its first write, so the next one does as soon as the last has gone.
    TwoSitesOptions options;
    options.rate = 400;
    options.sites.shipping.shipping = Shipping::segment;
    options.sites.shipping.interval = milliseconds(300);
    const Moments found = recovery_points(options, 20, Promoted::later);
    CHECK(std::abs(found.mean - 300.0 / 2) < 3 * found.error + 5);
    CHECK(found.most < 300 + 3);
}

TEST_CASE("site: synchronous shipping loses nothing") {
    TwoSitesOptions options;
    options.sites.mode = Mode::synchronous;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        options.wan_loss = seed % 2 == 0 ? 0.05 : 0;
        CHECK(recovery_point_ms(options, seed) == 0);
    }
}

TEST_CASE("site: a synchronous answer takes the way to the standby and back") {
    TwoSitesOptions options;
    options.sites.mode = Mode::synchronous;
    TwoSites world(options);
    world.run_for(seconds(5));
    std::int64_t least = 1'000'000'000;
    for (const auto& [at, ended] : world.acknowledged(Instant{} + seconds(3), world.queue.now())) {
        least = std::min(least, (at - ended.issued).ns);
    }
    CHECK(least > milliseconds(40).ns);
    CHECK(least < milliseconds(50).ns);
}

TEST_CASE("site: leaders of either site change in the middle of shipping and nothing is missing") {
    for (const SiteId site : {TwoSites::kA, TwoSites::kB}) {
        TwoSitesOptions options;
        options.wan_loss = 0.02;
        TwoSites world(options);
        world.run_for(seconds(3));
        for (int i = 0; i < 5; ++i) {
            const NodeId leader = world.sites->agent(site)->node();
            world.fleet->hold_down(leader, StopCause::crash);
            world.run_for(seconds(1));
            world.fleet->let_up(leader);
            world.run_for(seconds(1));
            REQUIRE(world.sites->agent(site) != nullptr);
            CHECK(world.sites->agent(site)->node() != leader);
        }
        world.run_for(seconds(2));
        SiteOrder stop = world.order(SiteOrder::Verb::set_readonly);
        world.give(1, stop, TwoSites::kA);
        world.run_for(seconds(3));
        REQUIRE_FALSE(world.panicked());
        CHECK(world.outcome(SiteStep::set_readonly) == StepOutcome::done);
        CHECK(world.sites->ledger(TwoSites::kA).last() == world.sites->ledger(TwoSites::kB).last());
        CHECK(world.lost(TwoSites::kB, world.queue.now()).empty());
        CHECK(world.agree());
    }
}

TEST_CASE("site: a standby that is cut off lags, and catches up") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{0});
    world.run_for(seconds(5));
    const auto lagged = world.all<SiteLagged>();
    REQUIRE_FALSE(lagged.empty());
    CHECK(lagged.back().second.site == TwoSites::kB);
    CHECK(lagged.back().second.entries > 400);
    CHECK(lagged.back().first - lagged.back().second.oldest > seconds(3));
    world.heal(FaultId{0});
    world.run_for(seconds(12));
    CHECK(world.sites->ledger(TwoSites::kA).last() - world.sites->ledger(TwoSites::kB).last() < 20);
    CHECK(world.all<SiteLagged>().back().second.entries < 20);
}

TEST_CASE("site: a bound on the lag stops writes while a standby is away") {
    TwoSitesOptions options;
    options.sites.lag_bytes_max = 64 * 100;
    TwoSites world(options);
    world.run_for(seconds(3));
    world.cut(FaultId{0});
    world.run_for(seconds(5));
    CHECK(world.sites->ledger(TwoSites::kA).last() - world.sites->ledger(TwoSites::kB).last() <
          130);
    world.heal(FaultId{0});
    const Instant healed = world.queue.now();
    world.run_for(seconds(12));
    CHECK(world.acknowledged(healed + seconds(11), world.queue.now()).size() > 100);
}

}  // namespace
