// SPDX-License-Identifier: MIT
//
// Sites under a network that loses, doubles and reorders, storages that are slow, crashes,
// promotions and switchovers, all at random: what is promised holds at every moment.
#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "core/base/random.hpp"
#include "tests/catch.hpp"
#include "tests/replication/world.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;
using namespace novacron::replication::testing;

constexpr std::uint32_t kSites = 3;

struct Chaos {
    Random random;
    World world;
    bool forces;  // promotions
    // What a client was told is safe: index and content; of the primary that said it.
    std::map<std::uint64_t, Record> told;
    std::map<std::uint32_t, Epoch> fences;
    std::uint64_t words = 0;
    std::uint64_t promotions = 0;
    std::uint64_t cuts = 0;

    Chaos(std::uint64_t seed, const SiteOptions& options, bool with_force)
        : random(seed), world(kSites, options), forces(with_force) {
        world.promote(0);
        world.settle();
    }

    std::uint32_t any() { return static_cast<std::uint32_t>(random.below(kSites)); }

    void step() {
        const std::uint64_t choice = random.below(100);
        const std::uint32_t i = any();
        if (choice < 50) {
            deliver_one();
        } else if (choice < 70) {
            if (world.can_persist(i)) world.persist_one(i);
        } else if (choice < 80) {
            if (world.is_up(i)) world.write(i, ++words, 8 + random.below(60));
        } else if (choice < 90) {
            world.now = world.now + random.between(Duration{}, milliseconds(700));
            for (std::uint32_t j = 0; j < kSites; ++j) {
                if (world.is_up(j) && world.site(j).next_deadline() <= world.now) world.on_time(j);
            }
        } else if (choice < 91) {
            if (world.is_up(i)) {
                world.crash(i);
            } else {
                world.start(i);
            }
        } else if (choice < 95) {
            if (world.is_up(i) && world.site(i).role() == Role::standby) {
                const Promotion promotion =
                    world.promote(i, forces ? Force::yes : Force::no);
                promotions += promotion.answer == Promotion::Answer::promoted ? 1 : 0;
            }
        } else if (choice < 97) {
            if (world.is_up(i)) {
                world.site(i).switch_over(world.now, SiteId{any()}, world.now + seconds(2));
                world.collect(i);
            }
        } else if (world.is_up(i) && world.site(i).diverged()) {
            world.site(i).reconcile(world.now, *world.site(i).diverged());
            world.collect(i);
            ++cuts;
        }
        look();
    }

    void deliver_one() {
        if (world.flights.empty()) return;
        const auto place = static_cast<std::ptrdiff_t>(random.below(world.flights.size()));
        const auto chosen = world.flights.begin() + (random.below(2) == 0 ? 0 : place);
        const Flight flight = *chosen;
        const std::uint64_t fate = random.below(10);
        if (fate != 0) world.flights.erase(chosen);  // 0: and it comes again
        if (fate != 1) world.deliver(flight);        // 1: lost
    }

    void look() {
        for (std::uint32_t i = 0; i < kSites; ++i) {
            // Invariant 1: the fence of a storage never goes back, and records are below it.
            const Durable& storage = world.storage(i);
            REQUIRE(storage.marks.fence >= fences[i]);
            fences[i] = storage.marks.fence;
            if (!storage.records.empty()) {
                REQUIRE(storage.records.back().epoch <= storage.marks.fence);
            }
            if (!world.is_up(i) || world.site(i).role() != Role::primary) continue;
            const Site& site = world.site(i);
            for (std::uint64_t k = told.size() + 1; k <= site.acknowledged().value; ++k) {
                told.emplace(k, site.journal().at(LogIndex{k}));
            }
        }
        logs_agree();
    }

    // The same position is the same log: equal records at every index up to the common point.
    void logs_agree() {
        for (std::uint32_t i = 0; i < kSites; ++i) {
            const auto& a = world.storage(i).records;
            const auto& b = world.storage((i + 1) % kSites).records;
            bool same = true;
            for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) {
                const bool equal = a[k] == b[k];
                if (a[k].epoch == b[k].epoch) REQUIRE((equal && same));
                same = same && equal;
            }
        }
    }

    void calm_down() {
        for (std::uint32_t i = 0; i < kSites; ++i) {
            if (!world.is_up(i)) world.start(i);
        }
        world.run_for(seconds(60));
        look();
    }
};

SiteOptions options_of(SiteOptions::Mode mode, Shipping shipping) {
    SiteOptions options;
    options.mode = mode;
    options.standbys_required = kSites - 1;
    options.shipping = {shipping, milliseconds(300), 200};
    options.sender.window_bytes = 500;
    options.sender.shipment_bytes = 120;
    options.receive_bytes = 400;
    return options;
}

TEST_CASE("replication chaos: synchronous sites lose nothing that was acknowledged") {
    std::uint64_t promotions = 0;
    std::uint64_t told = 0;
    for (const Shipping shipping : {Shipping::stream, Shipping::batch, Shipping::segment}) {
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            INFO("shipping " << static_cast<int>(shipping) << " seed " << seed);
            Chaos chaos(seed, options_of(SiteOptions::Mode::synchronous, shipping), false);
            for (int step = 0; step < 600; ++step) {
                chaos.step();
                // Invariant 2: what was told is durable at every site.
                for (std::uint32_t i = 0; i < kSites; ++i) {
                    const auto& records = chaos.world.storage(i).records;
                    REQUIRE(records.size() >= chaos.told.size());
                    if (chaos.told.empty()) continue;
                    const auto& [index, record] = *chaos.told.rbegin();
                    REQUIRE(records[index - 1] == record);
                }
            }
            promotions += chaos.promotions;
            told += chaos.told.size();
        }
    }
    CHECK(promotions > 100);
    CHECK(told > 300);
}

TEST_CASE("replication chaos: forced promotions diverge, and nothing is merged silently") {
    std::uint64_t promotions = 0;
    std::uint64_t cuts = 0;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        INFO("seed " << seed);
        Chaos chaos(seed, options_of(SiteOptions::Mode::asynchronous, Shipping::stream), true);
        for (int step = 0; step < 600; ++step) chaos.step();
        promotions += chaos.promotions;
        cuts += chaos.cuts;
    }
    CHECK(promotions > 300);
    CHECK(cuts > 50);
}

TEST_CASE("replication chaos: left in peace, the standbys catch up or say why they can't") {
    std::uint64_t caught_up = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        INFO("seed " << seed);
        Chaos chaos(seed, options_of(SiteOptions::Mode::asynchronous, Shipping::stream),
                    seed % 2 == 0);
        for (int step = 0; step < 400; ++step) chaos.step();
        chaos.calm_down();
        World& world = chaos.world;
        std::uint32_t primaries = 0;
        for (std::uint32_t i = 0; i < kSites; ++i) {
            if (world.site(i).role() != Role::primary) continue;
            ++primaries;
            for (std::uint32_t j = 0; j < kSites; ++j) {
                if (j == i) continue;
                const auto state = world.site(i).conversation(SiteId{j});
                const bool diverged = state == Sender::State::diverged;
                REQUIRE((diverged || state == Sender::State::shipping));
                REQUIRE(diverged == world.site(j).diverged().has_value());
                if (diverged) continue;
                REQUIRE(world.storage(j).records == world.storage(i).records);
                ++caught_up;
            }
        }
        REQUIRE(primaries == 1);
    }
    CHECK(caught_up > 100);
}

// Planned switchovers only, no force, whatever is lost on the way: nothing ever diverges.
TEST_CASE("replication chaos: switchovers alone lose nothing, asynchronous or not") {
    std::uint64_t switched = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        INFO("seed " << seed);
        Chaos chaos(seed, options_of(SiteOptions::Mode::asynchronous, Shipping::batch), false);
        for (int step = 0; step < 600; ++step) chaos.step();
        chaos.calm_down();
        switched += chaos.world.count(Event::Kind::promoted) - 1;
        REQUIRE(chaos.world.count(Event::Kind::diverged) == 0);
        std::uint32_t primaries = 0;
        for (std::uint32_t i = 0; i < kSites; ++i) {
            primaries += chaos.world.site(i).role() == Role::primary ? 1 : 0;
            const auto& records = chaos.world.storage(i).records;
            REQUIRE(records.size() >= chaos.told.size());
            for (const auto& [index, record] : chaos.told) REQUIRE(records[index - 1] == record);
        }
        REQUIRE(primaries == 1);
    }
    CHECK(switched > 50);
}

}  // namespace
