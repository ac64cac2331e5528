// SPDX-License-Identifier: MIT
//
// Backups of a service that moves from site to site: real groups, real promotions, and restores of
// every moment and every record, against a fold of the surviving site's log.
//
// The oracle knows nothing of timelines. A record of the surviving log was committed when the first
// site had it, which is the one that was primary then; the state at a time is that of all records
// committed by then.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "sim/backup/backups.hpp"
#include "sim/backup/site_state.hpp"
#include "tests/backup/served.hpp"
#include "tests/backup/simulated.hpp"
#include "tests/catch.hpp"
#include "tests/site/two_sites.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::TwoSites;
using Verb = SiteOrder::Verb;
namespace backup = novacron::backup;
namespace kv = novacron::kv;

constexpr SiteId kA = TwoSites::kA;
constexpr SiteId kB = TwoSites::kB;

test::TwoSitesOptions small_sites(std::uint64_t seed) {
    test::TwoSitesOptions options;
    options.seed = seed;
    options.rate = 40;
    options.keys = 12;
    return options;
}

struct ArchivedPair {
    explicit ArchivedPair(std::uint64_t seed)
        : world(small_sites(seed)),
          backups(options, {world.queue, world.record, world.receipts, sync_latency}, *world.fleet,
                  {world.nodes_of(kA), 0, world.sites.get()}, Random(seed)) {
        world.record.subscribe_to_all(facts);
        backups.start();
    }
    void run_until_s(std::int64_t second) {
        world.run_for(Instant{} + seconds(second) - world.queue.now());
    }

    BackupOptions options = test::by_the_second();
    TwoSites world;
    test::Ledger facts;
    Distribution sync_latency{Constant{milliseconds(1)}};
    Backups backups;
};

// What became of the service, as stories that end with one site's log.
enum class Story { lost, cut_off, handed_over, there_and_back };
SiteId tell(Story story, ArchivedPair& pair) {
    TwoSites& world = pair.world;
    pair.run_until_s(5);
    switch (story) {
        case Story::lost:
            world.lose(kA);
            pair.run_until_s(6);
            world.promote(kB);
            break;
        case Story::cut_off:
            world.cut(FaultId{9});
            pair.run_until_s(7);
            world.cut(FaultId{10}, TwoSites::Clients::are_cut_off);
            world.promote(kB);
            break;
        case Story::handed_over: world.give(1, world.order(Verb::switch_over), kB); break;
        case Story::there_and_back:
            world.lose(kA);
            world.promote(kB);
            pair.run_until_s(8);
            world.bring_back(kA);
            world.give(2, world.order(Verb::resync), kA);
            pair.run_until_s(20);  // a site that diverged is greeted every 10 s
            world.give(3, world.order(Verb::switch_over), kA);
            pair.run_until_s(24);
            return kA;
    }
    pair.run_until_s(11);
    return kB;
}

// The log of a site, when each of its records was first committed anywhere, and the states.
class Oracle {
public:
    Oracle(const test::Ledger& facts, SiteId survivor) {
        struct Seen {
            Instant at;
            std::uint64_t record;
            kv::Command command;
        };
        std::vector<Seen> all;
        std::vector<kv::Command> log;
        const auto cut_to = [&log](std::uint64_t records) {
            log.resize(std::min<std::size_t>(log.size(), records));
        };
        for (const auto& [at, fact] : facts.all<SiteRecordCommitted>()) {
            const kv::Command command{ClientId{fact.client}, fact.sequence, fact.key, fact.value};
            all.push_back({at, fact.record.value, command});
        }
        // The survivor's own, and before the last seed the other's, which is where that came from.
        std::optional<Instant> seeded;
        for (const auto& [at, fact] : facts.all<SiteReseeded>()) {
            if (fact.site == survivor) seeded = at;
        }
        for (const auto& [at, fact] : facts.all<SiteRecordCommitted>()) {
            const bool is_own = fact.site == survivor;
            if (seeded && at <= *seeded ? is_own : !is_own) continue;
            cut_to(fact.record.value - 1);
            REQUIRE(log.size() == fact.record.value - 1);
            log.push_back({ClientId{fact.client}, fact.sequence, fact.key, fact.value});
        }
        states_.push_back(store_.encode());
        for (std::uint64_t i = 0; i < log.size(); ++i) {
            if (log[i].sequence != 0) store_.apply(LogIndex{}, log[i]);
            states_.push_back(store_.encode());
            Instant first = Instant::never();
            for (const Seen& seen : all) {
                const bool is_it = seen.record == i + 1 && seen.command == log[i];
                if (is_it) first = std::min(first, seen.at);
            }
            committed_.push_back(first);
        }
    }
    std::uint64_t last() const { return committed_.size(); }
    const std::vector<std::byte>& state(std::uint64_t record) const { return states_.at(record); }
    const std::vector<std::byte>& state_at(Instant time) const {
        std::uint64_t record = 0;
        while (record < last() && committed_[record] <= time) ++record;
        return states_[record];
    }

private:
    kv::Store store_;
    std::vector<std::vector<std::byte>> states_;
    std::vector<Instant> committed_;
};

// Restores from what there is at one moment, while the world goes on.
class Archive {
public:
    explicit Archive(ArchivedPair& pair)
        : pair_(pair),
          now_(pair.world.queue.now()),
          catalogue_(pair.backups.agent().catalogue()),
          keys_(pair.backups.agent().keys()),
          store_(pair.backups.store(), Random(1)) {
        rates_.locate = Duration{1};
        rates_.provision = Constant{Duration{1}};
    }
    backup::Outcome restore(const backup::Target& target) {
        RestoreJob job(RestoreNumber{++count_}, {target, backup::Fallback::refuse, false},
                       {pair_.world.queue, pair_.world.record, store_, catalogue_, keys_, rates_,
                        nullptr, nullptr, true});
        job.start();
        while (!job.is_done()) pair_.world.queue.do_next();
        return job.outcome();
    }
    std::vector<backup::Window> windows() const {
        return backup::claimed_windows(catalogue_, catalogue_.timelines().current(), now_);
    }
    const backup::Catalogue& catalogue() const { return catalogue_; }
    Instant now() const { return now_; }

private:
    ArchivedPair& pair_;
    Instant now_;
    backup::Catalogue catalogue_;
    std::map<backup::ObjectId, ObjectKey> keys_;
    ObjectStore store_;
    RestoreRates rates_;
    std::uint64_t count_ = 0;
};

// When timelines after the first were begun, and the record after which.
std::vector<std::pair<Instant, TimelineBegun>> forks_of(const ArchivedPair& pair) {
    auto forks = pair.facts.all<TimelineBegun>();
    forks.erase(forks.begin());
    return forks;
}

}  // namespace

TEST_CASE("archive of sites: every moment and record before and after a move can be restored") {
    for (const Story story :
         {Story::lost, Story::cut_off, Story::handed_over, Story::there_and_back}) {
        for (std::uint64_t seed = 1; seed <= 2; ++seed) {
            INFO("story " << static_cast<int>(story) << " seed " << seed);
            ArchivedPair pair(seed);
            const SiteId survivor = tell(story, pair);
            REQUIRE_FALSE(pair.world.panicked());
            const Oracle oracle(pair.facts, survivor);
            Archive archive(pair);
            const auto forks = forks_of(pair);
            REQUIRE(forks.size() == (story == Story::there_and_back ? 2 : 1));
            REQUIRE(forks.back().second.site == survivor);
            // One window, across all moves.
            const auto windows = archive.windows();
            REQUIRE(windows.size() == 1);
            CHECK(windows[0].from < Instant{} + seconds(2));
            CHECK(windows[0].until > archive.now() - seconds(1));
            const Instant end = archive.now();
            for (Instant then = Instant{} + milliseconds(250); then < end;
                 then = then + milliseconds(500)) {
                INFO("at " << (then - Instant{}).ns);
                const bool claimed = windows[0].from <= then && then < windows[0].until;
                const auto outcome = archive.restore({backup::AtTime{then}, {}});
                REQUIRE(outcome.reached_target == claimed);
                if (claimed) REQUIRE(site_state(outcome.state) == oracle.state_at(then));
            }
            std::uint64_t reached = 0;
            for (const auto& [at, fork] : forks) {
                const std::uint64_t first = fork.record.value - std::min<std::uint64_t>(
                                                                     fork.record.value, 6);
                for (std::uint64_t i = first; i <= fork.record.value + 6; ++i) {
                    const auto outcome = archive.restore({backup::AtIndex{LogIndex{i}, {}}, {}});
                    REQUIRE(outcome.reached_target);
                    REQUIRE(site_state(outcome.state) == oracle.state(i));
                    ++reached;
                }
            }
            CHECK(reached >= 12);
        }
    }
}

TEST_CASE("archive of sites: what the old primary archived past the fork is abandoned") {
    ArchivedPair pair(1);
    pair.run_until_s(5);
    pair.world.cut(FaultId{9});
    pair.run_until_s(6);
    pair.backups.strike(FaultId{1}, BackupCreate{BackupCreate::Type::full, "alone"}, Random(1));
    pair.run_until_s(7);
    pair.world.promote(kB);
    pair.run_until_s(11);
    const auto forks = forks_of(pair);
    REQUIRE(forks.size() == 1);
    const LogIndex fork = forks[0].second.record;
    Archive archive(pair);
    using Why = backup::Unreachable::Why;
    // The tag names a state that the old primary had alone.
    const auto named = archive.catalogue().named("alone");
    REQUIRE(named);
    REQUIRE(named->timeline == backup::TimelineId{1});
    REQUIRE(named->index > fork + 10);
    const auto refused = archive.restore({backup::AtName{"alone"}, {}});
    CHECK_FALSE(refused.restored);
    CHECK(refused.why.value().why == Why::abandoned_timeline);
    const auto record = backup::AtIndex{named->index, named->timeline};
    CHECK(archive.restore({record, {}}).why.value().why == Why::abandoned_timeline);
    // Whoever asks for that timeline by name gets what there was, and only that.
    const auto alone = archive.restore({record, named->timeline});
    REQUIRE(alone.reached_target);
    kv::Store store;
    for (const auto& [at, fact] : pair.facts.all<SiteRecordCommitted>()) {
        if (fact.site != kA || fact.record > named->index || fact.sequence == 0) continue;
        store.apply(LogIndex{}, {ClientId{fact.client}, fact.sequence, fact.key, fact.value});
    }
    CHECK(site_state(alone.state) == store.encode());
}

TEST_CASE("archive of sites: a dark site uploads nothing; what both have the other one uploads") {
    ArchivedPair pair(1);
    pair.run_until_s(5);
    pair.world.cut(FaultId{9});
    pair.world.run_for(milliseconds(100));  // the site has a few records alone, none uploaded
    pair.world.lose(kA);
    const Instant lost = pair.world.queue.now();
    pair.run_until_s(9);
    LogIndex archived;
    for (const auto& [at, fact] : pair.facts.all<SegmentArchived>()) {
        CHECK(at < lost + milliseconds(10));  // it was on its way
        archived = std::max(archived, fact.last);
    }
    pair.world.promote(kB);
    pair.run_until_s(12);
    const auto forks = forks_of(pair);
    REQUIRE(forks.size() == 1);
    const LogIndex fork = forks[0].second.record;
    REQUIRE(archived < fork);
    REQUIRE(pair.world.sites->ledger(kA).last() > fork + 1);
    LogIndex of_the_old;
    LogIndex of_the_new;
    for (const auto& [id, entry] : pair.backups.agent().catalogue().entries()) {
        if (entry.head.kind != backup::Kind::segment) continue;
        LogIndex& last = entry.head.timeline.value == 1 ? of_the_old : of_the_new;
        last = std::max(last, entry.head.last);
    }
    CHECK(of_the_old == fork);
    CHECK(of_the_new > fork + 50);
}

namespace {

BackupRestore in_place(std::int64_t to_s) {
    BackupRestore order;
    order.to_time = seconds(to_s);
    order.in_place = true;
    return order;
}

// What the site's storage has of its log.
std::vector<kv::Command> log_of(const ArchivedPair& pair, SiteId site) {
    std::vector<kv::Command> log;
    for (const auto& each : pair.world.sites->ledger(site).durable().records) {
        log.push_back(kv::decode(each.data.view()).value_or(kv::Command{}));
    }
    return log;
}

}  // namespace

TEST_CASE("restore of a site in place: another epoch and timeline; the other site diverges") {
    ArchivedPair pair(3);
    TwoSites& world = pair.world;
    pair.run_until_s(7);
    const Oracle before(pair.facts, kA);
    pair.backups.strike(FaultId{1}, in_place(5), Random(1));
    pair.run_until_s(9);
    REQUIRE_FALSE(world.panicked());
    const auto restored = pair.facts.all<NodesRestored>();
    REQUIRE(restored.size() == 1);
    CHECK(restored[0].second.state ==
          kv::Store::decode(before.state_at(Instant{} + seconds(5))).value().digest());
    const auto forks = forks_of(pair);
    REQUIRE(forks.size() == 1);
    CHECK(forks[0].second.site == kA);
    const LogIndex kept = forks[0].second.record;
    CHECK(before.state(kept.value) == before.state_at(Instant{} + seconds(5)));
    // Both sites have written since, or been told to: A is primary, of a later epoch; what B has is
    // a divergence, and nothing of it has come back.
    REQUIRE(world.sites->agent(kA) != nullptr);
    CHECK(world.sites->agent(kA)->is_writable());
    CHECK(world.sites->agent(kA)->site().fence().number > 1);
    const auto diverged = world.all<SiteDiverged>();
    REQUIRE_FALSE(diverged.empty());
    CHECK(diverged.back().second.site == kB);
    CHECK(diverged.back().second.after == kept);
    CHECK(world.acknowledged(restored[0].first, world.queue.now()).size() > 20);
    // Made anew from A when it is told to, it follows.
    world.give(2, world.order(Verb::resync), kB);
    pair.run_until_s(22);
    CHECK(world.outcome(SiteStep::resync) == StepOutcome::done);
    world.give(3, world.order(Verb::set_readonly), kA);
    pair.run_until_s(24);
    CHECK(world.agree());
    const auto ours = log_of(pair, kA);
    const auto theirs = log_of(pair, kB);
    REQUIRE(theirs.size() > 20);
    CHECK(std::equal(theirs.rbegin(), theirs.rend(), ours.rbegin()));
    // What follows can be restored, across the restore, and only that.
    const Oracle after(pair.facts, kA);
    Archive archive(pair);
    for (std::uint64_t i = kept.value - 5; i <= kept.value + 20; ++i) {
        const auto outcome = archive.restore({backup::AtIndex{LogIndex{i}, {}}, {}});
        REQUIRE(outcome.reached_target);
        REQUIRE(site_state(outcome.state) == after.state(i));
    }
    CHECK(after.state(kept.value) == before.state(kept.value));
    CHECK(after.state(kept.value + 6) != before.state(kept.value + 6));
}

TEST_CASE("restore of a site in place: after a failover, from what the lost site archived") {
    ArchivedPair pair(4);
    TwoSites& world = pair.world;
    pair.run_until_s(5);
    world.lose(kA);
    pair.run_until_s(6);
    world.promote(kB);
    pair.run_until_s(9);
    const Oracle before(pair.facts, kB);
    pair.backups.strike(FaultId{1}, in_place(4), Random(1));
    pair.run_until_s(11);
    REQUIRE_FALSE(world.panicked());
    const auto forks = forks_of(pair);
    REQUIRE(forks.size() == 2);
    CHECK(forks[1].second.site == kB);
    const LogIndex kept = forks[1].second.record;
    CHECK(kept < forks[0].second.record);
    CHECK(before.state(kept.value) == before.state_at(Instant{} + seconds(4)));
    CHECK(pair.facts.all<NodesRestored>().at(0).second.state ==
          kv::Store::decode(before.state(kept.value)).value().digest());
    // The lost site comes back, has what was given up, and is made anew.
    world.bring_back(kA);
    pair.run_until_s(12);
    world.give(2, world.order(Verb::resync), kA);
    pair.run_until_s(24);
    CHECK(world.outcome(SiteStep::resync) == StepOutcome::done);
    world.give(3, world.order(Verb::set_readonly), kB);
    pair.run_until_s(26);
    CHECK(world.agree());
    const Oracle after(pair.facts, kB);
    Archive archive(pair);
    const auto latest = archive.restore({backup::Latest{}, {}});
    REQUIRE(latest.reached_target);
    CHECK(latest.position.timeline == backup::TimelineId{3});
    CHECK(site_state(latest.state) == after.state(latest.position.index.value));
    CHECK(latest.position.index > kept + 100);
}
