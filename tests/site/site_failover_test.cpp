// SPDX-License-Identifier: MIT
//
// What becomes of a service whose site is lost, cut off, or handed over.
#include <algorithm>

#include "tests/catch.hpp"
#include "tests/site/two_sites.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;
using test::TwoSites;
using test::TwoSitesOptions;
using Mode = novacron::replication::SiteOptions::Mode;
using Verb = SiteOrder::Verb;

SiteOrder failover() {
    SiteOrder order;
    order.verb = Verb::failover;
    order.force = true;
    order.detect_after = seconds(3);
    order.decide = Constant{seconds(2)};
    return order;
}

// Writes that site A has acknowledged after site B was promoted, and B does not know.
std::size_t divergent(const TwoSites& world) {
    std::optional<Instant> promoted;
    for (const auto& [at, fact] : world.all<SiteRoleChanged>()) {
        if (fact.site == TwoSites::kB && fact.role == SiteRole::primary && !promoted) promoted = at;
    }
    REQUIRE(promoted);
    const auto kept = world.contents(TwoSites::kB);
    const auto after = world.acknowledged(*promoted, world.queue.now());
    return static_cast<std::size_t>(std::count_if(after.begin(), after.end(), [&](const auto& a) {
        return a.second.by.value < 3 && !kept.contains(a.second.content);
    }));
}

TEST_CASE("failover: the standby serves, and retries of what it holds take effect once") {
    TwoSites world;
    world.run_for(seconds(3));
    const Instant lost_at = world.queue.now();
    world.lose(TwoSites::kA);
    world.promote(TwoSites::kB);
    world.run_for(seconds(6));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.acknowledged(lost_at + seconds(4), world.queue.now()).size() > 100);
    // Each command is a client's and its count's own: none is in the log twice with effect.
    const auto& records = world.sites->ledger(TwoSites::kB).durable().records;
    std::set<std::uint64_t> contents;
    std::size_t repeated = 0;
    for (const auto& record : records) {
        if (!record.data.empty() && !contents.insert(record.data.digest()).second) ++repeated;
    }
    // Commands under way when A was lost came to B by the log, and again from their clients.
    const auto& store =
        world.fleet->node(world.sites->agent(TwoSites::kB)->node()).node()->store();
    CHECK(repeated < 20);
    CHECK(store.sessions() > 0);
}

TEST_CASE("failover: an asynchronous standby is not promoted without force") {
    TwoSites world;
    world.run_for(seconds(3));
    world.lose(TwoSites::kA);
    world.give(1, world.order(Verb::promote), TwoSites::kB);
    world.run_for(seconds(3));
    CHECK(world.outcome(SiteStep::promote) == StepOutcome::refused);
    CHECK_FALSE(world.sites->agent(TwoSites::kB)->is_writable());
    const auto seen = world.all<FaultObserved>();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].second.effect == FaultEffect::order_refused);
}

TEST_CASE("failover: a synchronous standby is promoted without force and lacks nothing") {
    TwoSitesOptions options;
    options.sites.mode = Mode::synchronous;
    TwoSites world(options);
    world.run_for(seconds(3));
    const Instant lost_at = world.queue.now();
    world.lose(TwoSites::kA);
    world.give(1, world.order(Verb::promote), TwoSites::kB);
    world.run_for(seconds(3));
    CHECK(world.outcome(SiteStep::promote) == StepOutcome::done);
    CHECK(world.lost(TwoSites::kB, lost_at).empty());
}

TEST_CASE("failover: a primary that hears of its end finishes first what it has let in") {
    TwoSitesOptions options;
    options.rate = 2000;  // something is under way at every instant
    TwoSites world(options);
    world.run_for(seconds(3));
    world.promote(TwoSites::kB);
    world.run_for(seconds(3));
    CHECK_FALSE(world.panicked());
    CHECK(world.outcome(SiteStep::promote) == StepOutcome::done);
    CHECK_FALSE(world.sites->agent(TwoSites::kA)->is_writable());
}

TEST_CASE("failover: a partition without fencing diverges, and with it never") {
    for (const bool fence : {false, true}) {
        TwoSites world;
        world.run_for(seconds(3));
        world.cut(FaultId{50});
        SiteOrder order = failover();
        order.detect_after = {};
        order.fence = fence;
        // The old primary answers the operator, so its read-only mode alone would do; it is not
        // asked here.
        if (fence) {
            world.give(1, world.order(Verb::fence), TwoSites::kA);
            world.run_for(seconds(2));
        }
        world.promote(TwoSites::kB);
        world.run_for(seconds(6));
        REQUIRE_FALSE(world.panicked());
        CHECK(world.outcome(SiteStep::promote) == StepOutcome::done);
        if (fence) {
            CHECK(divergent(world) == 0);
        } else {
            CHECK(divergent(world) > 0);
        }
    }
}

TEST_CASE("failover: the old primary steps down when it hears of the new epoch") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{50});
    world.promote(TwoSites::kB);
    world.run_for(seconds(4));
    CHECK(world.sites->agent(TwoSites::kA)->is_writable());
    world.heal(FaultId{50});
    world.run_for(seconds(15));
    REQUIRE_FALSE(world.panicked());
    CHECK_FALSE(world.sites->agent(TwoSites::kA)->is_writable());
    CHECK(world.sites->agent(TwoSites::kB)->is_writable());
    CHECK(world.sites->primary() == world.sites->agent(TwoSites::kB));
}

TEST_CASE("failover: the runbook's steps follow each other, and the service is back") {
    TwoSitesOptions options;
    options.names = NamesOptions{seconds(2), seconds(1), 0, {}, 20};
    TwoSites world(options);
    world.run_for(seconds(3));
    const Instant lost_at = world.queue.now();
    world.lose(TwoSites::kA);
    world.give(1, failover(), TwoSites::kB);
    world.run_for(seconds(40));
    REQUIRE_FALSE(world.panicked());
    std::vector<SiteStep> order;
    Instant last{};
    for (const auto& [at, fact] : world.all<FailoverStep>()) {
        CHECK(at >= last);
        last = at;
        if (fact.outcome == StepOutcome::begun) order.push_back(fact.step);
    }
    CHECK(order == std::vector<SiteStep>{SiteStep::detect, SiteStep::decide,
                                         SiteStep::set_readonly, SiteStep::wait_sync,
                                         SiteStep::promote, SiteStep::update_dns,
                                         SiteStep::verify});
    CHECK(world.outcome(SiteStep::set_readonly) == StepOutcome::unreachable);
    CHECK(world.outcome(SiteStep::wait_sync) == StepOutcome::skipped);
    CHECK(world.outcome(SiteStep::verify) == StepOutcome::done);
    CHECK(world.acknowledged(lost_at + seconds(35), world.queue.now()).size() > 100);
}

TEST_CASE("failover: waiting for a standby that is cut off times out, and the rest goes on") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{50});
    world.run_for(seconds(1));
    SiteOrder order = failover();
    order.detect_after = {};
    order.timeout = seconds(10);
    const Instant began = world.queue.now();
    world.give(1, order, TwoSites::kB);
    world.run_for(seconds(30));
    CHECK(world.outcome(SiteStep::set_readonly) == StepOutcome::done);
    std::uint64_t missing = 0;
    Instant gave_up{};
    for (const auto& [at, fact] : world.all<FailoverStep>()) {
        if (fact.step != SiteStep::wait_sync || fact.outcome == StepOutcome::begun) continue;
        CHECK(fact.outcome == StepOutcome::timed_out);
        missing = fact.count;
        gave_up = at;
    }
    CHECK(missing > 100);
    CHECK(gave_up - began > seconds(12));
    CHECK(world.outcome(SiteStep::promote) == StepOutcome::done);
    CHECK(divergent(world) == 0);  // the old primary was read-only
}

TEST_CASE("failover: a site that can't be reached can't be fenced, and nothing follows") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{50}, TwoSites::Clients::are_cut_off);
    SiteOrder order = failover();
    order.detect_after = {};
    order.fence = true;
    order.timeout = seconds(2);
    world.give(1, order, TwoSites::kB);
    world.run_for(seconds(20));
    CHECK(world.outcome(SiteStep::fence) == StepOutcome::unreachable);
    for (const auto& [at, fact] : world.all<FailoverStep>()) {
        CHECK(fact.step != SiteStep::promote);
    }
    CHECK_FALSE(world.sites->agent(TwoSites::kB)->is_writable());
}

TEST_CASE("failover: an automaton at a third place notices, and acts once") {
    TwoSitesOptions options;
    options.sites.automatic = failover();
    options.sites.automatic->detect_after = {};
    options.sites.automatic->decide = Constant{};
    options.sites.automatic_target = TwoSites::kB;
    options.sites.prober = {seconds(1), 3};
    TwoSites world(options);
    world.run_for(seconds(5));
    CHECK(world.all<FailoverStep>().empty());
    world.lose(TwoSites::kA);
    const Instant lost_at = world.queue.now();
    world.run_for(seconds(30));
    const auto steps = world.all<FailoverStep>();
    REQUIRE_FALSE(steps.empty());
    CHECK(steps.front().second.fault.is_none());
    CHECK(steps.front().first - lost_at < seconds(5));
    CHECK(steps.front().first - lost_at > seconds(2));
    CHECK(world.sites->agent(TwoSites::kB)->is_writable());
}

TEST_CASE("switchover: loses nothing, and diverges never") {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
        TwoSitesOptions options;
        options.seed = seed;
        options.wan_loss = seed % 2 == 0 ? 0.05 : 0;
        TwoSites world(options);
        world.run_for(seconds(3));
        world.give(1, world.order(Verb::switch_over), TwoSites::kB);
        world.run_for(seconds(8));
        REQUIRE_FALSE(world.panicked());
        CHECK(world.outcome(SiteStep::switch_over) == StepOutcome::done);
        CHECK(world.sites->agent(TwoSites::kB)->is_writable());
        CHECK_FALSE(world.sites->agent(TwoSites::kA)->is_writable());
        CHECK(divergent(world) == 0);
        CHECK(world.lost(TwoSites::kB, world.queue.now()).empty());
        CHECK(world.acknowledged(world.queue.now() - seconds(2), world.queue.now()).size() > 100);
    }
}

TEST_CASE("switchover: one that can't drain in time is called off, and the primary writes on") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{50});
    SiteOrder order = world.order(Verb::switch_over);
    order.timeout = seconds(3);
    order.command_time = Constant{};
    world.give(1, order, TwoSites::kB);
    world.run_for(seconds(12));
    CHECK(world.outcome(SiteStep::switch_over) == StepOutcome::timed_out);
    CHECK(world.sites->agent(TwoSites::kA)->is_writable());
    CHECK_FALSE(world.sites->agent(TwoSites::kB)->is_writable());
}

TEST_CASE("site: read-only mode refuses writes, serves reads, and ends with the order") {
    TwoSites world;
    world.run_for(seconds(3));
    world.give(1, world.order(Verb::set_readonly), TwoSites::kA);
    world.run_for(seconds(2));
    CHECK(world.outcome(SiteStep::set_readonly) == StepOutcome::done);
    const Instant silent = world.queue.now();
    world.run_for(seconds(2));
    CHECK(world.acknowledged(silent, world.queue.now()).empty());
    novacron::Request read;
    read.kind = novacron::Request::Kind::read;
    CHECK(world.sites->agent(TwoSites::kA)->admit(world.queue.now(), read) ==
          HostWatcher::Admission::admitted);
    world.sites->end(FaultId{1});
    world.run_for(seconds(3));
    CHECK(world.acknowledged(silent + seconds(3), world.queue.now()).size() > 100);
}

TEST_CASE("site: one that was down as a whole asks before it writes again") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{50}, TwoSites::Clients::reach_both);
    world.lose(TwoSites::kA);
    world.run_for(seconds(1));
    world.bring_back(TwoSites::kA);
    world.run_for(seconds(3));
    REQUIRE(world.sites->agent(TwoSites::kA) != nullptr);
    CHECK_FALSE(world.sites->agent(TwoSites::kA)->is_writable());
    world.heal(FaultId{50});
    world.run_for(seconds(12));
    CHECK(world.sites->agent(TwoSites::kA)->is_writable());
}

}  // namespace
