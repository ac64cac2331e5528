// SPDX-License-Identifier: MIT
#include "core/resilience/load_shedder.hpp"

#include "core/base/check.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }
constexpr UtilisationShedder::Request kStandard{Criticality::standard, false};
constexpr UtilisationShedder::Request kCritical{Criticality::critical, false};

// Long after the level was set.
double refusal_at(std::uint64_t busy_of_1000) {
    UtilisationShedder shedder(UtilisationShedderOptions{}, at_ms(0));
    shedder.busy(at_ms(0), busy_of_1000, 1000);
    return shedder.refusal_probability(at_ms(60'000));
}

}  // namespace

TEST_CASE("shedder: nothing is refused at the threshold, all at 100 %, and evenly between") {
    CHECK(refusal_at(0) == 0);
    CHECK(refusal_at(800) == Approx(0).margin(1e-9));
    CHECK(refusal_at(900) == Approx(0.5));
    CHECK(refusal_at(950) == Approx(0.75));
    CHECK(refusal_at(1000) == Approx(1));
    double before = 0;
    for (std::uint64_t busy = 0; busy <= 1000; busy += 10) {
        CHECK(refusal_at(busy) >= before);
        before = refusal_at(busy);
    }
}

TEST_CASE("shedder: what is critical is refused only when the queue is full") {
    UtilisationShedder shedder(UtilisationShedderOptions{}, at_ms(0));
    Random random(1);
    shedder.busy(at_ms(0), 100, 100);
    const Instant later = at_ms(60'000);
    CHECK(shedder.admit(later, kCritical, random));
    CHECK_FALSE(shedder.admit(later, {Criticality::critical, true}, random));
    CHECK(random.drawn() == 0);
    int passed = 0;
    shedder.busy(later, 90, 100);
    for (int i = 0; i < 10'000; ++i) {
        passed += shedder.admit(at_ms(120'000), kStandard, random) ? 1 : 0;
    }
    CHECK(passed == Approx(5000).epsilon(0.04));
}

TEST_CASE("shedder: a short peak is no overload, a lasting one is after a few half-lives") {
    UtilisationShedder shedder(UtilisationShedderOptions{}, at_ms(0));
    shedder.busy(at_ms(0), 100, 100);
    CHECK(shedder.utilisation(at_ms(1000)) == Approx(50));
    CHECK(shedder.refusal_probability(at_ms(1000)) == 0);
    CHECK(shedder.refusal_probability(at_ms(3000)) == Approx((87.5 - 80) / 20));
    shedder.set_threshold(50);
    CHECK(shedder.refusal_probability(at_ms(3000)) == Approx(0.75));
    CHECK_THROWS_AS(shedder.set_threshold(100), BugError);
}

TEST_CASE("priority shedder: while waits are short, everything is admitted") {
    PriorityShedder shedder(PriorityShedderOptions{}, at_ms(0));
    for (int i = 0; i < 20'000; ++i) {
        REQUIRE(shedder.admit(at_ms(i), static_cast<std::uint32_t>(i % 128)));
        shedder.waited(at_ms(i), milliseconds(20));
    }
    CHECK(shedder.cutoff() == 128);
}

TEST_CASE(
    "priority shedder: each window of long waits takes 5 % fewer, the least important first") {
    PriorityShedder shedder(PriorityShedderOptions{}, at_ms(0));
    std::uint64_t before = 0;
    std::uint32_t cutoff_before = 128;
    for (int window = 0; window < 30; ++window) {
        std::uint64_t admitted = 0;
        for (int i = 0; i < 1280; ++i) {
            const Instant now = at_ms(1000 * window) + microseconds(700 * i);
            const auto level = static_cast<std::uint32_t>(i % 128);
            const bool in = shedder.admit(now, level);
            CHECK(in == (level < shedder.cutoff()));
            if (!in) continue;
            ++admitted;
            shedder.waited(now, milliseconds(21));
        }
        if (window > 0) {
            const auto least = static_cast<double>(before) * 0.95 - 10;  // a level is ten requests
            CHECK(static_cast<double>(admitted) <= static_cast<double>(before) * 0.95);
            CHECK(static_cast<double>(admitted) >= least);
            CHECK(shedder.cutoff() < cutoff_before);
        }
        before = admitted;
        cutoff_before = shedder.cutoff();
    }
    CHECK(shedder.cutoff() < 128 / 3);
}

TEST_CASE(
    "priority shedder: it opens again by a hundredth of what comes, and never closes level 0") {
    PriorityShedder shedder(PriorityShedderOptions{}, at_ms(0));
    const auto window = [&](int number, Duration wait) {
        for (int i = 0; i < 1280; ++i) {
            const Instant now = at_ms(1000 * number) + microseconds(700 * i);
            if (shedder.admit(now, static_cast<std::uint32_t>(i % 128))) shedder.waited(now, wait);
        }
    };
    int number = 0;
    for (; number < 200; ++number) window(number, milliseconds(100));
    CHECK(shedder.cutoff() == 1);
    for (; number < 210; ++number) window(number, milliseconds(1));
    CHECK(shedder.cutoff() > 4);
    CHECK(shedder.cutoff() <= 1 + 10 * 2);
    for (; number < 400; ++number) window(number, milliseconds(1));
    CHECK(shedder.cutoff() == 128);
}

TEST_CASE("priority shedder: a window ends after so many requests, if that is sooner") {
    PriorityShedderOptions options;
    options.window_requests = 100;
    PriorityShedder shedder(options, at_ms(0));
    for (int i = 0; i < 101; ++i) {
        (void)shedder.admit(at_ms(0), static_cast<std::uint32_t>(i % 100));
        shedder.waited(at_ms(0), milliseconds(50));
    }
    CHECK(shedder.cutoff() == 95);
    CHECK_THROWS_AS(shedder.admit(at_ms(0), 128), BugError);
}
