// SPDX-License-Identifier: MIT
#include "sim/fleet/expiry_queue.hpp"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::Random;

struct Owner final : EventHandler {
    using Expiry = std::pair<Instant, std::uint64_t>;

    EventQueue queue;
    ExpiryQueue expiries{queue, Event{this, 0, 0, 0}, Duration{100}};
    std::set<std::uint64_t> live;
    std::vector<Expiry> expired;
    std::uint64_t events = 0;

    void add(Instant now, std::uint64_t ticket) {
        live.insert(ticket);
        expiries.add(now, 0, ticket);
    }
    void on_event(Instant now, const Event&) override {
        ++events;
        expiries.on_event(
            now, [this](std::uint32_t, std::uint64_t ticket) { return live.contains(ticket); },
            [&](std::uint32_t, std::uint64_t ticket) {
                live.erase(ticket);
                expired.emplace_back(now, ticket);
            });
    }
    void run_until(Instant until) {
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
};

}  // namespace

TEST_CASE("expiry queue: each entry expires one length after it was set") {
    Owner owner;
    owner.add(Instant{0}, 1);
    owner.add(Instant{30}, 2);
    owner.add(Instant{30}, 3);
    owner.run_until(Instant{1000});
    REQUIRE(owner.expired ==
            std::vector<Owner::Expiry>{{Instant{100}, 1}, {Instant{130}, 2}, {Instant{130}, 3}});
}

TEST_CASE("expiry queue: an entry that means nothing any more does not expire") {
    Owner owner;
    owner.add(Instant{0}, 1);
    owner.add(Instant{10}, 2);
    owner.add(Instant{20}, 3);
    owner.live.erase(1);
    owner.live.erase(2);
    owner.run_until(Instant{1000});
    REQUIRE(owner.expired == std::vector<Owner::Expiry>{{Instant{120}, 3}});
}

TEST_CASE("expiry queue: thousands of answered deadlines cost few events") {
    Owner owner;
    for (std::int64_t t = 0; t < 100'000; t += 10) {
        owner.run_until(Instant{t});
        owner.add(Instant{t}, static_cast<std::uint64_t>(t));
        owner.live.clear();  // answered at once
        REQUIRE(owner.queue.size() <= 1);
    }
    REQUIRE(owner.expired.empty());
    REQUIRE(owner.events <= 100'000 / 100 + 1);
}

TEST_CASE("expiry queue: whatever is answered meanwhile, the others expire on time") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Owner owner;
        std::vector<std::pair<std::uint64_t, Instant>> set;
        Instant now{};
        for (std::uint64_t ticket = 1; ticket <= 500; ++ticket) {
            now = now + Duration{static_cast<std::int64_t>(random.below(40))};
            owner.run_until(now);
            owner.add(now, ticket);
            set.emplace_back(ticket, now);
            const auto& [some, since] = set[random.below(set.size())];
            if (random.below(2) == 0 && now < since + Duration{100}) owner.live.erase(some);
        }
        const std::set<std::uint64_t> live = owner.live;
        const std::size_t before = owner.expired.size();
        owner.run_until(now + Duration{1000});
        REQUIRE(owner.live.empty());
        REQUIRE(owner.expired.size() - before == live.size());
        for (const auto& [at, ticket] : owner.expired) {
            REQUIRE(at == set[ticket - 1].second + Duration{100});
        }
    }
}
