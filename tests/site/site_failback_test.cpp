// SPDX-License-Identifier: MIT
//
// How a site that was replaced comes back: refused while it has diverged, made anew when told to.
#include <map>
#include <set>

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

// B takes over from A with a failover that sees to A when that is back.
void fail_over(TwoSites& world) {
    SiteOrder order = world.order(Verb::failover);
    order.force = true;
    order.rejoin = true;
    world.give(1, order, TwoSites::kB);
}

TEST_CASE("failback: a failover that was told to makes the old primary anew, once it is back") {
    TwoSites world;
    world.run_for(seconds(3));
    world.cut(FaultId{50});
    fail_over(world);
    world.run_for(seconds(20));
    CHECK(world.outcome(SiteStep::verify) == StepOutcome::done);
    CHECK_FALSE(world.outcome(SiteStep::rejoin));  // however long it takes
    CHECK(world.all<SiteReseeded>().empty());
    world.heal(FaultId{50});
    world.run_for(seconds(20));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.outcome(SiteStep::rejoin) == StepOutcome::done);
    REQUIRE(world.all<SiteReseeded>().size() == 1);
    CHECK(world.all<SiteReseeded>()[0].second.discarded > 50);
    CHECK(world.sites->ledger(TwoSites::kB).last() - world.sites->ledger(TwoSites::kA).last() < 20);
}

TEST_CASE("failback: a failover leaves an old primary alone that goes on from where it was") {
    TwoSites world;
    world.run_for(seconds(3));
    world.give(2, world.order(Verb::set_readonly), TwoSites::kA);
    world.run_for(seconds(3));
    world.lose(TwoSites::kA);
    fail_over(world);
    world.run_for(seconds(20));
    world.sites->end(FaultId{2});
    world.bring_back(TwoSites::kA);
    world.run_for(seconds(15));
    REQUIRE_FALSE(world.panicked());
    CHECK(world.outcome(SiteStep::rejoin) == StepOutcome::skipped);
    CHECK(world.all<SiteReseeded>().empty());
    CHECK(world.sites->ledger(TwoSites::kB).last() - world.sites->ledger(TwoSites::kA).last() < 20);
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

// A command of the operator whose order has this number, as it stands in the primary's log.
bool is_operators(const novacron::kv::Command& command, std::uint32_t order) {
    return command.client.value == (std::uint64_t{1} << 63U) + order;
}

TEST_CASE("reconcile: each write that a site had alone has one fate, the one that was chosen") {
    using enum SiteOrder::Again;
    for (const SiteOrder::Again choice : {none, unopposed, all}) {
        TwoSitesOptions options;
        options.keys = 2000;
        TwoSites world(options);
        diverge(world);
        const LogIndex common = world.all<SiteDiverged>().front().second.after;
        std::vector<novacron::kv::Command> alone;
        for (const auto& record : world.sites->ledger(TwoSites::kA).durable().records) {
            if (record.index <= common || record.data.empty()) continue;
            alone.push_back(novacron::kv::decode(record.data.view()).value());
        }
        REQUIRE(alone.size() > 50);
        SiteOrder order = world.order(Verb::reconcile);
        order.again = choice;
        world.give(2, order, TwoSites::kA);
        world.run_for(seconds(10));
        REQUIRE_FALSE(world.panicked());
        REQUIRE(world.outcome(SiteStep::reconcile) == StepOutcome::done);

        // What the primary had from the common point to the first of the operator's writes, and
        // these.
        std::set<std::uint64_t> opposed;
        std::vector<novacron::kv::Command> again;
        for (const auto& record : world.sites->ledger(TwoSites::kB).durable().records) {
            if (record.index <= common || record.data.empty()) continue;
            const auto command = novacron::kv::decode(record.data.view()).value();
            if (is_operators(command, 2)) {
                again.push_back(command);
            } else if (again.empty()) {
                opposed.insert(command.key);
            }
        }
        const auto facts = world.all<DivergentWrite>();
        REQUIRE(facts.size() == alone.size());
        std::map<WriteFate, std::size_t> fates;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> reapplied;
        for (const auto& [at, fact] : facts) {
            ++fates[fact.fate];
            if (fact.fate == WriteFate::reapplied) reapplied.emplace_back(fact.key, fact.value);
            if (choice != unopposed) continue;
            CHECK(opposed.contains(fact.key) == (fact.fate == WriteFate::refused));
        }
        REQUIRE(again.size() == reapplied.size());
        for (std::size_t i = 0; i < again.size(); ++i) {
            CHECK(again[i].key == reapplied[i].first);
            CHECK(again[i].value == reapplied[i].second);
        }
        if (choice == none) CHECK(fates[WriteFate::discarded] == alone.size());
        if (choice == all) CHECK(fates[WriteFate::reapplied] == alone.size());
        if (choice == unopposed) {
            CHECK(fates[WriteFate::reapplied] > 5);
            CHECK(fates[WriteFate::refused] > 5);
            CHECK(fates[WriteFate::discarded] == 0);
        }
        // And the standby has them, too.
        world.give(3, world.order(Verb::set_readonly), TwoSites::kB);
        world.run_for(seconds(3));
        CHECK(world.agree());
    }
}

}  // namespace
