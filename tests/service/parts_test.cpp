// SPDX-License-Identifier: MIT
//
// The parts of a service by themselves: deadlines, processor, queue, balancer, cache.
#include <algorithm>
#include <cmath>

#include "sim/service/balancer.hpp"
#include "sim/service/deadline_wheel.hpp"
#include "sim/service/hit_cache.hpp"
#include "sim/service/processor.hpp"
#include "sim/service/request_queue.hpp"
#include "tests/catch.hpp"

using namespace shaketable;
using novacron::milliseconds;
using novacron::nanoseconds;
using novacron::seconds;

namespace {

constexpr std::uint32_t kTick = 0;
constexpr std::uint32_t kRing = 1;

class Wheel final : private EventHandler {
public:
    Wheel() : wheel(queue, *this, kTick) {}

    void run() {
        while (!queue.empty()) queue.do_next();
    }

    EventQueue queue;
    DeadlineWheel wheel;
    std::vector<std::pair<Instant, std::uint64_t>> rang;
    std::vector<std::uint64_t> over;  // tickets that matter no more

private:
    void on_event(Instant now, const Event& event) override {
        if (event.kind == kRing) {
            rang.emplace_back(now, event.b);
            return;
        }
        wheel.on_tick(now, [this](std::uint32_t, std::uint32_t, std::uint64_t ticket) {
            return std::find(over.begin(), over.end(), ticket) == over.end();
        });
    }
};

class Cores final : private EventHandler {
public:
    explicit Cores(std::uint32_t cores) : processor(queue, Event{this, 0, 3, 0}, cores) {}

    void run_until(Instant at) {
        while (!queue.empty() && queue.next_time() <= at) queue.do_next();
        queue.wait_until(at);
    }

    EventQueue queue;
    Processor processor;
    std::vector<std::pair<Instant, std::uint32_t>> done;

private:
    void on_event(Instant now, const Event& event) override {
        Processor::Piece piece;
        REQUIRE(event.a / 256 == 3);
        if (processor.done(event.a % 256, event.b, piece)) done.emplace_back(now, piece.slot);
    }
};

constexpr Instant after(Duration time) { return Instant{} + time; }

}  // namespace

TEST_CASE("deadline wheel: what matters rings at its instant, near or far") {
    Wheel one;
    Random random(1);
    std::vector<std::pair<Instant, std::uint64_t>> expected;
    for (std::uint64_t ticket = 1; ticket <= 2000; ++ticket) {
        const Instant at{static_cast<std::int64_t>(random.below(20'000'000'000))};
        one.wheel.add(at, kRing, 0, ticket);
        if (ticket % 3 == 0) {
            one.over.push_back(ticket);
        } else {
            expected.emplace_back(at, ticket);
        }
    }
    one.run();
    std::sort(expected.begin(), expected.end());
    std::sort(one.rang.begin(), one.rang.end());
    CHECK(one.rang == expected);
}

TEST_CASE("deadline wheel: what is added for the running slice of time rings, too") {
    Wheel one;
    one.wheel.add(after(milliseconds(10)), kRing, 0, 1);
    while (one.rang.empty()) one.queue.do_next();
    one.wheel.add(one.queue.now(), kRing, 0, 2);
    one.wheel.add(one.queue.now() + nanoseconds(1), kRing, 0, 3);
    one.wheel.add(Instant::never(), kRing, 0, 4);
    one.run();
    REQUIRE(one.rang.size() == 3);
    CHECK(one.rang[1].first == after(milliseconds(10)));
    CHECK(one.rang[2].first == after(milliseconds(10) + nanoseconds(1)));
}

TEST_CASE("processor: pieces run first come first served on its cores") {
    Cores two(2);
    for (std::uint32_t i = 0; i < 4; ++i) two.processor.run({i, 1, milliseconds(10 + i)});
    two.run_until(after(milliseconds(50)));
    REQUIRE(two.done.size() == 4);
    CHECK(two.done[0] == std::pair{after(milliseconds(10)), 0U});
    CHECK(two.done[1] == std::pair{after(milliseconds(11)), 1U});
    CHECK(two.done[2] == std::pair{after(milliseconds(22)), 2U});
    CHECK(two.done[3] == std::pair{after(milliseconds(24)), 3U});
}

TEST_CASE("processor: a host that stands still loses no work and does none") {
    Cores one(1);
    one.processor.run({0, 1, milliseconds(10)});
    one.processor.run({1, 1, milliseconds(10)});
    one.run_until(after(milliseconds(4)));
    one.processor.pause(one.queue.now());
    one.run_until(after(milliseconds(104)));
    CHECK(one.done.empty());
    one.processor.resume();
    one.run_until(after(milliseconds(200)));
    REQUIRE(one.done.size() == 2);
    CHECK(one.done[0].first == after(milliseconds(110)));
    CHECK(one.done[1].first == after(milliseconds(120)));
}

TEST_CASE("processor: pieces of the dead free their cores at once") {
    Cores one(1);
    one.processor.run({0, 1, milliseconds(10)});
    one.processor.run({0, 1, milliseconds(10)});
    one.processor.run({7, 2, milliseconds(10)});
    one.run_until(after(milliseconds(4)));
    one.processor.forget([](const Processor::Piece& piece) { return piece.ticket == 1; });
    one.run_until(after(milliseconds(100)));
    REQUIRE(one.done.size() == 1);
    CHECK(one.done[0] == std::pair{after(milliseconds(14)), 7U});
}

TEST_CASE("request queue: each discipline takes in its order, and who leaves is skipped") {
    const auto order = [](QueueDiscipline discipline) {
        Pool<ServedRequest> pool;
        QueueSpec spec;
        spec.discipline = discipline;
        RequestQueue queue(spec, pool, Instant{});
        for (std::uint32_t i = 0; i < 6; ++i) {
            const std::uint32_t slot = pool.take();
            pool[slot].ticket = i + 1;
            pool[slot].criticality = static_cast<Criticality>(2 - i % 3);
            REQUIRE(queue.push(Instant{}, slot));
        }
        queue.remove(3);
        pool[3].ticket = 0;
        std::string text;
        while (const auto slot = queue.take(Instant{})) text += std::to_string(*slot);
        CHECK(queue.size() == 0);
        return text;
    };
    CHECK(order(QueueDiscipline::fifo) == "01245");
    CHECK(order(QueueDiscipline::lifo) == "54210");
    CHECK(order(QueueDiscipline::priority) == "25140");
    CHECK(order(QueueDiscipline::codel) == "01245");
    CHECK(order(QueueDiscipline::adaptive_lifo) == "01245");
}

TEST_CASE("request queue: by priority, the last of the least critical gives way") {
    Pool<ServedRequest> pool;
    QueueSpec spec;
    spec.discipline = QueueDiscipline::priority;
    RequestQueue queue(spec, pool, Instant{});
    for (const Criticality criticality :
         {Criticality::critical, Criticality::background, Criticality::background}) {
        const std::uint32_t slot = pool.take();
        pool[slot].criticality = criticality;
        REQUIRE(queue.push(Instant{}, slot));
    }
    CHECK(queue.gives_way(Criticality::critical) == 2);
    CHECK(queue.gives_way(Criticality::standard) == 2);
    CHECK(!queue.gives_way(Criticality::background));
}

TEST_CASE("balancer: a turn each, and another one than is to be avoided") {
    const BalancerSpec spec;
    Balancer balancer(spec, 3, Random(1));
    CHECK(balancer.choose(Instant{}) == 0);
    CHECK(balancer.choose(Instant{}) == 1);
    CHECK(balancer.choose(Instant{}, 2) == 0);
    Balancer alone(spec, 1, Random(1));
    CHECK(alone.choose(Instant{}, 0) == 0);
}

TEST_CASE("balancer: an ejection lasts longer each time, up to a bound") {
    BalancerSpec spec;
    spec.outliers = OutlierSpec{1, seconds(30), seconds(70), 10};
    Balancer balancer(spec, 2, Random(1));
    const auto fail = [&](Instant at) {
        balancer.began(0);
        balancer.ended(at, 0, false);
    };
    const auto back_after = [&](Instant from) {
        for (Duration time; time < seconds(400); time = time + seconds(1)) {
            static_cast<void>(balancer.choose(from + time));
            if (balancer.repute(0) == Repute::in_order) return time;
        }
        return Duration{};
    };
    fail(Instant{});
    CHECK(balancer.repute(0) == Repute::ejected);
    CHECK(back_after(Instant{}) == seconds(30));
    fail(after(seconds(100)));
    CHECK(back_after(after(seconds(100))) == seconds(60));
    fail(after(seconds(200)));
    CHECK(back_after(after(seconds(200))) == seconds(70));
}

TEST_CASE("balancer: the last one of a service is not ejected, nor are two of a few") {
    BalancerSpec spec;
    spec.outliers = OutlierSpec{1, seconds(30), seconds(300), 10};
    Balancer alone(spec, 1, Random(1));
    alone.began(0);
    alone.ended(Instant{}, 0, false);
    CHECK(alone.repute(0) == Repute::in_order);
    Balancer three(spec, 3, Random(1));
    for (std::uint32_t i = 0; i < 3; ++i) {
        three.began(i);
        three.ended(Instant{}, i, false);
    }
    CHECK(three.repute(0) == Repute::ejected);
    CHECK(three.repute(1) == Repute::in_order);
    CHECK(three.repute(2) == Repute::in_order);
}

TEST_CASE("balancer: without panic, nobody is asked if nobody is in order") {
    BalancerSpec spec;
    spec.health_check = HealthCheckSpec{seconds(1), seconds(1), 2, 1};
    spec.panic_percent = 0;
    Balancer balancer(spec, 2, Random(1));
    for (int round = 0; round < 2; ++round) {
        balancer.checked(0, false);
        balancer.checked(1, false);
    }
    CHECK(!balancer.choose(Instant{}));
    balancer.checked(1, true);
    CHECK(balancer.choose(Instant{}) == 1);
    CHECK(balancer.choose(Instant{}) == 1);
}

TEST_CASE("hit cache: it hits at its rate, and fills as use fills it") {
    HitCache cache(CacheSpec{0.8, 100}, Random(5));
    const auto share = [&] {
        int hits = 0;
        for (int i = 0; i < 20'000; ++i) hits += cache.hits() ? 1 : 0;
        return hits / 20'000.0;
    };
    CHECK(std::abs(share() - 0.8) < 0.01);
    CHECK(cache.lose());
    CHECK(!cache.lose());
    CHECK(share() == 0);
    for (int i = 0; i < 100; ++i) cache.answered();
    const double filled = cache.filled() / 100.0;
    CHECK(std::abs(filled - (1 - std::exp(-1.0))) < 0.1);
    CHECK(std::abs(share() - 0.8 * filled) < 0.02);
    for (int i = 0; i < 5000; ++i) cache.answered();
    CHECK(cache.filled() == 100);
}
