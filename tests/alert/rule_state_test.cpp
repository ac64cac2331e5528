// SPDX-License-Identifier: MIT
#include "sim/alert/rule_state.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;
using What = AlertChange::What;

AlertRule rule(std::int64_t hold_s, std::int64_t keep_s) {
    AlertRule made;
    made.name = "A";
    made.hold_for = seconds(hold_s);
    made.keep_firing_for = seconds(keep_s);
    made.labels = {{"severity", "page"}};
    return made;
}

// Evaluated every 10 s; '+' where the condition holds. "20p 40f" is what happened when.
std::string story(const AlertRule& of, std::string_view holds) {
    RuleState state(of);
    std::string told;
    std::int64_t now = 0;
    for (const char c : holds) {
        std::vector<Element> result;
        if (c == '+') result.push_back({{{"node", "n1"}}, 0});
        for (const AlertChange& change : state.evaluate(Instant{} + seconds(now), result)) {
            CHECK(text_of("", change.labels) == "{node=\"n1\", severity=\"page\"}");
            told += (told.empty() ? "" : " ") + std::to_string(now) +
                    "pdfr"[static_cast<std::size_t>(change.what)];
        }
        now += 10;
    }
    return told;
}

TEST_CASE("rule: it fires when it has held at each evaluation for so long") {
    CHECK(story(rule(20, 0), "-++++-") == "10p 30f 50r");
    CHECK(story(rule(0, 0), "-+-") == "10p 10f 20r");
    // 25 s is rounded up to the next evaluation.
    CHECK(story(rule(25, 0), "+++++") == "0p 30f");
}

TEST_CASE("rule: one evaluation at which it does not hold begins it anew") {
    CHECK(story(rule(20, 0), "++-+++") == "0p 20d 30p 50f");
}

TEST_CASE("rule: it fires on for keep_firing_for, and was never gone if it is back by then") {
    CHECK(story(rule(0, 30), "+-----") == "0p 0f 40r");
    CHECK(story(rule(0, 30), "+--+----") == "0p 0f 70r");
    // What is only pending is not kept.
    CHECK(story(rule(20, 30), "+---") == "0p 10d");
}

TEST_CASE("rule: each set of labels is an alert of its own") {
    const AlertRule of = rule(10, 0);
    RuleState state(of);
    const auto evaluate = [&](std::int64_t s, std::vector<Element> result) {
        return state.evaluate(Instant{} + seconds(s), result).size();
    };
    CHECK(evaluate(0, {{{{"node", "n1"}}, 0}}) == 1);
    CHECK(evaluate(10, {{{{"node", "n1"}}, 0}, {{{"node", "n2"}}, 0}}) == 2);  // n1 fires
    CHECK(state.fires());
    CHECK(evaluate(20, {{{{"node", "n2"}}, 0}}) == 2);  // n1 is resolved, n2 fires
    CHECK(evaluate(30, {}) == 1);
    CHECK_FALSE(state.fires());
}

}  // namespace
