// SPDX-License-Identifier: MIT
#include "sim/fleet/names.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/site/two_sites.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;
using test::TwoSites;
using test::TwoSitesOptions;

struct Lookups final : EventHandler {
    explicit Lookups(const NamesOptions& options)
        : names(options, queue, record, receipts, SiteId{0}),
          caches(names, 0, record, Random(5)) {}
    void on_event(Instant, const Event&) override {}
    // When each client first gets to the other site, asked ten times a second.
    std::vector<Duration> changes(Duration within) {
        std::vector<Duration> found(names.options().clients, Duration{-1});
        const Instant start = queue.now();
        names.change(SiteId{1});
        while (queue.now() - start < within) {
            queue.push(queue.now() + novacron::milliseconds(100), {this, 0, 0, 0});
            queue.do_next();
            while (queue.next_time() <= queue.now()) queue.do_next();
            for (std::uint32_t client = 0; client < found.size(); ++client) {
                const auto answer = caches.look_up(queue.now(), client);
                if (answer.site == SiteId{1} && found[client].ns < 0) {
                    found[client] = queue.now() - start;
                }
            }
        }
        return found;
    }

    EventQueue queue;
    Record record;
    Receipts receipts{record};
    NameService names;
    NameCaches caches;
};

std::size_t count_below(const std::vector<Duration>& times, Duration bound) {
    return static_cast<std::size_t>(std::count_if(
        times.begin(), times.end(), [&](Duration t) { return t.ns >= 0 && t <= bound; }));
}

TEST_CASE("names: a change reaches clients evenly over a time to live") {
    Lookups lookups({seconds(30), seconds(1), 0, seconds(300), 300});
    const auto found = lookups.changes(seconds(32));
    CHECK(count_below(found, seconds(1) - Duration{1}) == 0);
    CHECK(count_below(found, seconds(32)) == 300);
    const std::size_t half = count_below(found, seconds(16));
    CHECK(half > 120);
    CHECK(half < 180);
}

TEST_CASE("names: clients that do not heed the time to live come later") {
    Lookups lookups({seconds(10), seconds(1), 0.3, seconds(60), 200});
    const auto found = lookups.changes(seconds(72));
    const std::size_t in_time = count_below(found, seconds(12));
    CHECK(in_time > 120);
    CHECK(in_time < 185);
    CHECK(count_below(found, seconds(72)) == 200);
}

TEST_CASE("names: of several changes under way the last one counts") {
    Lookups lookups({seconds(1), seconds(1), 0, {}, 1});
    lookups.names.change(SiteId{1});
    lookups.names.change(SiteId{0});
    lookups.changes(seconds(4));
    CHECK(lookups.names.site() == SiteId{1});
}

TEST_CASE("names: faults mislead, name nobody, or take their time, and leave a receipt") {
    TwoSitesOptions options;
    options.names = NamesOptions{seconds(2), seconds(1), 0, {}, 20};
    TwoSites world(options);
    world.run_for(seconds(3));
    const Distribution slowly(Constant{novacron::milliseconds(300)});
    world.names->begin_slow(FaultId{1}, slowly, Random(3));
    const Instant slow = world.queue.now();
    world.run_for(seconds(3));
    const auto slowed = world.acknowledged(slow, world.queue.now());
    CHECK(std::any_of(slowed.begin(), slowed.end(), [](const auto& each) {
        return each.first - each.second.issued > novacron::milliseconds(300);
    }));
    world.names->end(FaultId{1});
    world.names->begin_empty(FaultId{2});
    world.run_for(seconds(4));
    const Instant empty = world.queue.now();
    world.run_for(seconds(1));
    CHECK(world.acknowledged(empty, world.queue.now()).empty());
    world.names->end(FaultId{2});
    world.names->begin_stale(FaultId{3});
    world.names->change(TwoSites::kB);
    world.run_for(seconds(4));
    CHECK(world.all<ClientRouted>().empty());
    world.names->end(FaultId{3});
    world.run_for(seconds(4));
    CHECK(world.all<ClientRouted>().size() == 20);
    const auto seen = world.all<FaultObserved>();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].second.effect == FaultEffect::lookup_delayed);
    CHECK(seen[1].second.effect == FaultEffect::lookup_failed);
    CHECK(seen[2].second.effect == FaultEffect::lookup_misled);
}

TEST_CASE("names: clients write at the site that the name says, once it leads") {
    TwoSitesOptions options;
    options.names = NamesOptions{seconds(4), seconds(1), 0, {}, 40};
    TwoSites world(options);
    world.run_for(seconds(3));
    world.lose(TwoSites::kA);
    world.promote(TwoSites::kB);
    world.run_for(seconds(5));
    const Instant unnamed = world.queue.now();
    CHECK(world.acknowledged(unnamed - seconds(2), unnamed).empty());
    world.give(7, world.order(SiteOrder::Verb::update_dns), TwoSites::kB);
    world.run_for(seconds(8));
    CHECK(world.all<ClientRouted>().size() == 40);
    const auto served = world.acknowledged(unnamed + seconds(7), world.queue.now());
    CHECK(served.size() > 100);
    for (const auto& [at, ended] : served) CHECK(ended.by.value >= 3);
}

}  // namespace
