// SPDX-License-Identifier: MIT
//
// The four alerts on the burn rate of an error budget that the SRE workbook recommends, under a
// total outage: with a share e of errors from t0 on, one with a burn rate of B over a long window
// fires at t0 + B * (1 - objective) * long / e.
#include <array>

#include "sim/alert/evaluate.hpp"
#include "sim/alert/rule_state.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

struct Burn {
    const char* long_window;
    const char* short_window;
    const char* rate;
    std::int64_t fires;  // the closed form, rounded up to the evaluation: whole seconds
};

std::string ratio(const std::string& window) {
    return "(sum(rate(bad[" + window + "])) / sum(rate(all[" + window + "])))";
}

TEST_CASE("burn rates: alerts of several windows fire when the closed forms say") {
    // 51.84 s, 129.6 s, 259.2 s and 259.2 s at 99.9 %.
    constexpr std::array<Burn, 4> burns{{{"1h", "5m", "14.4", 52},
                                         {"6h", "30m", "6", 130},
                                         {"1d", "2h", "3", 260},
                                         {"3d", "6h", "1", 260}}};
    constexpr std::int64_t outage = 259'200;  // three quiet days before it
    constexpr std::int64_t quiet = 10;        // from one scrape to the next until then
    SeriesStore store{seconds(300'000)};
    const std::size_t all = store.series("all", {});
    const std::size_t bad = store.series("bad", {});
    const auto scrape = [&](std::int64_t s, double failed) {
        store.add(Instant{} + seconds(s), all, 100.0 * static_cast<double>(s));
        store.add(Instant{} + seconds(s), bad, 1e6 + failed);
    };
    for (std::int64_t s = 0; s <= outage; s += quiet) scrape(s, 0);
    std::vector<AlertRule> rules;
    for (const Burn& burn : burns) {
        AlertRule& rule = rules.emplace_back();
        rule.text = ratio(burn.long_window) + " > " + burn.rate + " * 0.001 and " +
                    ratio(burn.short_window) + " > " + burn.rate + " * 0.001";
        rule.expression = parse_expression(rule.text).expression;
        REQUIRE(rule.expression);
    }
    std::vector<RuleState> states;
    for (const AlertRule& rule : rules) states.emplace_back(rule);
    std::array<std::int64_t, 4> fired{};
    std::int64_t resolved = 0;
    constexpr std::int64_t over = 350;  // by then the outage has filled the five minutes
    for (std::int64_t s = 1; s <= over + 300; ++s) {
        scrape(outage + s, 100.0 * static_cast<double>(std::min(s, over)));
        const Instant now = Instant{} + seconds(outage + s);
        const Evaluator evaluator(store, now, 0);
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (i > 0 && s > 260) continue;  // only the first is followed to its end
            for (const auto& change :
                 states[i].evaluate(now, evaluator.evaluate(*rules[i].expression))) {
                if (change.what == AlertChange::What::firing) fired[i] = s;
                if (change.what == AlertChange::What::resolved) resolved = s;
            }
        }
    }
    for (std::size_t i = 0; i < burns.size(); ++i) CHECK(fired[i] == burns[i].fires);
    CHECK(resolved == over + 296);  // 300 s * (1 - 0.0144) = 295.68 s after the outage
}

}  // namespace
