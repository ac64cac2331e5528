// SPDX-License-Identifier: MIT
//
// Against numbers worked out by hand from Prometheus' own definitions.
#include "sim/alert/evaluate.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

Instant at(std::int64_t s) { return Instant{} + seconds(s); }

struct Gathered {
    SeriesStore store{seconds(3600)};

    // A value each `step` seconds from the first on; nullopt marks it stale.
    void add(const std::string& metric, std::vector<Label> labels,
             const std::vector<std::optional<double>>& values, std::int64_t first = 0,
             std::int64_t step = 10) {
        const std::size_t series = store.series(metric, labels_of(std::move(labels)));
        for (const auto& value : values) {
            if (value) store.add(at(first), series, *value);
            if (!value) store.mark_stale(at(first), series);
            first += step;
        }
    }
    std::vector<Element> ask(std::string_view text, std::int64_t now) const {
        const ParsedExpression parsed = parse_expression(text);
        REQUIRE(parsed.expression);
        return Evaluator(store, at(now), 1000.0 + static_cast<double>(now))
            .evaluate(*parsed.expression);
    }
    // "{site="a"} 1, {site="b"} 2"
    std::string told(std::string_view text, std::int64_t now) const {
        std::string all;
        for (const Element& element : ask(text, now)) {
            const double value = element.value;
            all += (all.empty() ? "" : ", ") + text_of("", element.labels) +
                   (element.labels.empty() ? "" : " ") +
                   std::to_string(static_cast<std::int64_t>(value));
        }
        return all;
    }
    double number(std::string_view text, std::int64_t now) const {
        const auto elements = ask(text, now);
        REQUIRE(elements.size() == 1);
        return elements[0].value;
    }
};

TEST_CASE("evaluate: a sample is seen for five minutes, and not once it is stale") {
    Gathered seen;
    seen.add("x", {}, {1});
    seen.add("y", {}, {1, std::nullopt});
    CHECK(seen.told("x", 300) == "1");
    CHECK(seen.told("x", 301) == "");
    CHECK(seen.told("y", 10) == "");
    CHECK(seen.told("absent(y)", 10) == "1");
}

TEST_CASE("evaluate: a rate is drawn out to the ends of its range, and resets are added") {
    Gathered seen;
    seen.add("far", {}, {100, 110, 120, 130, 140, 150, 160});
    // Both ends of [10s, 60s] have a sample: 50 in 50 s.
    CHECK(seen.number("increase(far[50s])", 60) == 50);
    CHECK(seen.number("rate(far[50s])", 60) == 1);
    // [14s, 64s]: from 20 to 60 it grows by 40; 6 s before and 4 s after are within 11 s.
    CHECK(seen.number("increase(far[50s])", 64) == Approx(50));
    // [-20s, 30s]: 30 in 30 s, and at the start by half a gap: 5 s.
    CHECK(seen.number("increase(far[50s])", 30) == Approx(35));
    // A counter that begins at 0 did not grow before.
    seen.add("new", {}, {0, 5, 10}, 25);
    CHECK(seen.number("increase(new[25s])", 45) == 10);
    // 40 -> 60 -> (reset) 10 -> 30: 20 + 10 + 20.
    seen.add("reset", {}, {40, 60, 10, 30});
    CHECK(seen.number("increase(reset[30s])", 30) == 50);
    CHECK(seen.told("rate(far[5s])", 60) == "");  // one sample is none
}

TEST_CASE("evaluate: series are selected, aggregated and put together by their labels") {
    Gathered seen;
    seen.add("up", {{"site", "a"}, {"node", "n1"}}, {1});
    seen.add("up", {{"site", "a"}, {"node", "n2"}}, {0});
    seen.add("up", {{"site", "b"}, {"node", "n3"}}, {0});
    seen.add("primary", {{"site", "a"}}, {0});
    seen.add("primary", {{"site", "b"}}, {1});
    CHECK(seen.told("up{node=~\"n[12]\", site!=\"b\"} == 0", 0) == "{node=\"n2\", site=\"a\"} 0");
    CHECK(seen.told("up{node!~\"n.\"}", 0) == "");
    CHECK(seen.told("sum by (site) (up)", 0) == "{site=\"a\"} 1, {site=\"b\"} 0");
    CHECK(seen.told("count without (node) (up)", 0) == "{site=\"a\"} 2, {site=\"b\"} 1");
    CHECK(seen.told("sum by (site) (up) == 0 and primary == 1", 0) == "{site=\"b\"} 0");
    CHECK(seen.told("sum by (site) (up) unless primary == 1", 0) == "{site=\"a\"} 1");
    CHECK(seen.told("primary == 1 or sum by (site) (up)", 0) ==
          "{site=\"a\"} 1, {site=\"b\"} 1");
    CHECK(seen.told("max(up) - min(up) + avg(up) * 3", 0) == "2");
    CHECK(seen.told("sum by (site) (up) + primary", 0) == "{site=\"a\"} 1, {site=\"b\"} 1");
    CHECK(seen.told("primary == bool 1", 0) == "{site=\"a\"} 0, {site=\"b\"} 1");
    CHECK(seen.told("1 == primary", 0) == "{site=\"b\"} 1");
    CHECK(seen.told("time() - 1000", 7) == "7");
    CHECK(seen.told("sum(nothing)", 0) == "");
}

TEST_CASE("evaluate: a quantile lies on the line between the bounds of its bucket") {
    Gathered seen;
    const auto bucket = [&](const char* le, double count) {
        seen.add("x_bucket", {{"le", le}}, {count});
    };
    bucket("0.1", 50);
    bucket("0.2", 90);
    bucket("+Inf", 100);
    CHECK(seen.number("histogram_quantile(0.5, x_bucket)", 0) == Approx(0.1));
    CHECK(seen.number("histogram_quantile(0.7, x_bucket)", 0) == Approx(0.15));
    CHECK(seen.number("histogram_quantile(0.99, x_bucket)", 0) == Approx(0.2));
}

}  // namespace
