// SPDX-License-Identifier: MIT
#include "core/resilience/error_budget.hpp"

#include "core/base/check.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Alert = ErrorBudget::Alert;

namespace {

struct Service {
    ErrorBudget budget;
    Instant now{};
    Duration step;

    explicit Service(Duration every, ErrorBudgetOptions options = {})
        : budget(options), step(every) {}
    // So many requests a step, of which so many of a thousand fail.
    void serve(Duration length, std::uint64_t bad_of_1000) {
        for (const Instant end = now + length; now < end;) {
            now = now + step;
            budget.record(now, 1000 - bad_of_1000, bad_of_1000);
        }
    }
    // Seconds until the alert is in this state.
    double until(std::size_t rule, Alert alert, std::uint64_t bad_of_1000) {
        const Instant begin = now;
        while (budget.alert(now, rule) != alert && now - begin < hours(100)) {
            now = now + step;
            budget.record(now, 1000 - bad_of_1000, bad_of_1000);
        }
        return static_cast<double>((now - begin).ns) / 1e9;
    }
};

}  // namespace

TEST_CASE("error budget: each alert fires when the published share of the budget is gone") {
    struct Row {
        std::uint64_t bad_of_1000;
        double seconds[4];
    };
    for (const Row& row :
         {Row{1000, {51.84, 129.6, 259.2, 259.2}}, Row{100, {518.4, 1296, 2592, 2592}}}) {
        for (std::size_t rule = 0; rule < 4; ++rule) {
            Service service(milliseconds(200));
            // Steady traffic in all of the long window; coarser, which makes no difference to it.
            const Duration steady = kBurnRules[rule].long_window;
            const auto steps = static_cast<std::uint64_t>(steady.ns / service.step.ns);
            for (std::uint64_t cell = 0; cell < 1200; ++cell) {
                service.now = service.now + steady / 1200;
                service.budget.record(service.now, steps * 1000 / 1200, 0);
            }
            INFO(row.bad_of_1000 << " of 1000, rule " << rule);
            CHECK(service.until(rule, Alert::firing, row.bad_of_1000) ==
                  Approx(row.seconds[rule]).epsilon(0.005));
        }
    }
}

TEST_CASE("error budget: at 1 % of failures the fastest rule never fires, and the slowest does") {
    Service service(seconds(10));
    service.serve(hours(80), 10);
    CHECK(service.budget.alert(service.now, 0) == Alert::quiet);
    CHECK(service.budget.alert(service.now, 1) == Alert::firing);
    CHECK(service.budget.burn(service.now, 0).in_long.value() == Approx(10));
    CHECK(service.budget.burn(service.now, 0).in_short.value() == Approx(10));
}

TEST_CASE("error budget: a burn rate of exactly 14.4 fires: shares are compared as whole numbers") {
    ErrorBudget budget(ErrorBudgetOptions{});
    const Instant now = Instant{} + seconds(1);
    budget.record(now, 10'000 - 144, 144);
    CHECK(budget.alert(now, 0) == Alert::firing);
    ErrorBudget below(ErrorBudgetOptions{});
    below.record(now, 10'000 - 143, 143);
    CHECK(below.alert(now, 0) == Alert::quiet);
}

TEST_CASE("error budget: after a full outage the fast alert clears as its short window empties") {
    // The short window must fall to 1.44 %: 295.68 s of five minutes; of half an hour, to 0.6 %.
    const double expected[] = {295.68, 1789.2};
    for (const std::size_t rule : {std::size_t{0}, std::size_t{1}}) {
        Service service(milliseconds(500));
        service.serve(hours(1), 0);
        service.serve(hours(1), 1000);
        REQUIRE(service.budget.alert(service.now, rule) == Alert::firing);
        CHECK(service.until(rule, Alert::quiet, 0) == Approx(expected[rule]).epsilon(0.005));
    }
}

TEST_CASE("error budget: what was, but is over, does not fire, and what is short doesn't either") {
    Service service(seconds(1));
    service.serve(hours(1), 0);
    service.serve(seconds(40), 1000);
    CHECK(service.budget.burn(service.now, 0).in_short.value() > 100);
    CHECK(service.budget.alert(service.now, 0) == Alert::quiet);  // too little in the long window
    service.serve(seconds(40), 1000);
    CHECK(service.budget.alert(service.now, 0) == Alert::firing);
    service.serve(minutes(6), 0);
    CHECK(service.budget.burn(service.now, 0).in_long.value() > 14.4);
    CHECK(service.budget.alert(service.now, 0) == Alert::quiet);  // none in the short one
}

TEST_CASE("error budget: no traffic is no data, and neither clear nor burning") {
    ErrorBudget budget(ErrorBudgetOptions{});
    CHECK(budget.alert(Instant{}, 0) == Alert::no_data);
    CHECK_FALSE(budget.left(Instant{}).has_value());
    budget.record(Instant{}, 0, 100);
    CHECK(budget.alert(Instant{}, 0) == Alert::firing);
    CHECK(budget.alert(Instant{} + minutes(6), 0) == Alert::no_data);
    CHECK_FALSE(budget.burn(Instant{} + minutes(6), 0).in_short.has_value());
    CHECK(budget.burn(Instant{} + minutes(6), 0).in_long.has_value());
}

TEST_CASE(
    "error budget: what is left is counted over the objective's window, and may be overdrawn") {
    ErrorBudget budget(ErrorBudgetOptions{});
    budget.record(Instant{}, 999'500, 500);
    CHECK(budget.left(Instant{}).value() == Approx(0.5));
    budget.record(Instant{}, 0, 1500);
    CHECK(budget.left(Instant{}).value() == Approx(-0.997).epsilon(0.01));
    budget.record(Instant{} + hours(31 * 24), 1000, 0);
    CHECK(budget.left(Instant{} + hours(31 * 24)).value() == 1);
}

TEST_CASE("error budget: an objective of an hour has windows, and times, of an hour") {
    ErrorBudgetOptions options;
    options.window = hours(1);  // a 720th of 30 days
    Service service(microseconds(500), options);
    service.serve(seconds(6), 0);
    CHECK(service.until(0, Alert::firing, 1000) == Approx(51.84 / 720).epsilon(0.02));
}

TEST_CASE("error budget: without traffic, alerts change only where it says") {
    ErrorBudget budget(ErrorBudgetOptions{});
    budget.record(Instant{} + seconds(7), 0, 1);
    Instant now = Instant{} + seconds(7);
    Alert before = budget.alert(now, 0);
    int changes = 0;
    while (now < Instant{} + minutes(10)) {
        const Instant next = budget.next_look(now);
        REQUIRE(next > now);
        CHECK(budget.alert(next - nanoseconds(1), 0) == before);
        now = next;
        changes += budget.alert(now, 0) != before ? 1 : 0;
        before = budget.alert(now, 0);
    }
    CHECK(changes == 1);
    CHECK(before == Alert::no_data);
}

TEST_CASE("error budget: options out of bounds are a bug") {
    ErrorBudgetOptions options;
    options.target_ppm = 1'000'000;
    CHECK_THROWS_AS(ErrorBudget(options), BugError);
    options = {};
    options.rules[0].short_window = hours(1);
    CHECK_THROWS_AS(ErrorBudget(options), BugError);
}
