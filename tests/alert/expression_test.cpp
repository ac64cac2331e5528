// SPDX-License-Identifier: MIT
#include "sim/alert/expression.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

// In brackets as it binds: ((a + b) > 1).
std::string shape(const Expression& e) {
    using Kind = Expression::Kind;
    const auto argument = [&](std::size_t i) { return shape(*e.arguments.at(i)); };
    switch (e.kind) {
        case Kind::number: return std::to_string(static_cast<int>(e.number));
        case Kind::series:
            return e.series.metric +
                   (e.series.range ? "[" + std::to_string(e.series.range->ns / 1'000'000'000) + "]"
                                   : "");
        case Kind::negate: return "-" + argument(0);
        case Kind::aggregate: return "sum(" + argument(0) + ")";
        case Kind::call: return "f(" + (e.arguments.empty() ? "" : argument(0)) + ")";
        case Kind::binary: break;
    }
    constexpr std::string_view ops[] = {"*", "/", "%",  "+",  "-",   "==",     "!=",
                                        ">", "<", ">=", "<=", "and", "unless", "or"};
    return "(" + argument(0) + " " + std::string(ops[static_cast<std::size_t>(e.op)]) + " " +
           argument(1) + ")";
}

std::string shape(std::string_view text) {
    const ParsedExpression parsed = parse_expression(text);
    return parsed.expression ? shape(*parsed.expression) : "refused: " + parsed.error.message;
}

TEST_CASE("expression: operators bind as in PromQL, the same ones from the left") {
    CHECK(shape("a + b * c > d or e and f unless g") ==
          "(((a + (b * c)) > d) or ((e and f) unless g))");
    CHECK(shape("a - b - c") == "((a - b) - c)");
    CHECK(shape("-a * 2") == "(-a * 2)");
    CHECK(shape("(a or b) and c") == "((a or b) and c)");
    CHECK(shape("sum by (site) (rate(x[1m])) > 1 # a comment") == "(sum(f(x[60])) > 1)");
    CHECK(shape("sum(a) by (x) / sum(b) BY (x)") == "(sum(a) / sum(b))");
    CHECK(shape("1 < bool 2") == "(1 < 2)");
}

TEST_CASE("expression: what is no part of the subset is refused at its place") {
    struct Mistake {
        std::string_view text;
        std::size_t offset;
        std::string_view message;
    };
    const Mistake mistakes[] = {
        {"up == ", 6, "a metric, a number or '(' is expected here, not 'the end'"},
        {"topk(3, up)", 0, "the function topk is not understood here"},
        {"a * on(site) b", 4, "the function on is not understood here"},
        {"up offset 5m", 3, "'offset' is not expected here"},
        {"up[5m] > 1", 7, "> takes no range"},
        {"up[5m]", 0, "a range by itself is no condition"},
        {"rate(up) > 1", 0, "rate takes a range"},
        {"rate(x[5m:1m])", 6, "not a range: [5m:1m]"},
        {"up and 1", 3, "and takes series on both sides, and one is a number"},
        {"1 > 2", 2, "two numbers are compared with bool"},
        {"up{node=~\"(\"}", 9, "not a regular expression: ("},
        {"up{node=x}", 8, "a string is expected here, not 'x'"},
        {"up{__name__=\"x\"}", 3, "the metric's name stands before the braces"},
        {"up == 5m", 6, "not a number: 5m"},
        {"sum(up", 6, "')' is expected here, not 'the end'"},
        {"up ^ 2", 3, "'^' is not expected here"},
        {"histogram_quantile(x, y)", 0, "histogram_quantile takes a number first"},
    };
    for (const Mistake& mistake : mistakes) {
        INFO(mistake.text);
        const ParsedExpression parsed = parse_expression(mistake.text);
        CHECK(parsed.expression == nullptr);
        CHECK(parsed.error.offset == mistake.offset);
        CHECK(parsed.error.message == mistake.message);
    }
    CHECK(parse_expression(std::string(1000, '(')).error.message == "this nests too deeply");
}

TEST_CASE("expression: durations are spelled as Prometheus spells them") {
    CHECK(parse_prometheus_duration("1h30m") == seconds(5400));
    CHECK(parse_prometheus_duration("1w") == seconds(604'800));
    CHECK(parse_prometheus_duration("100ms") == novacron::milliseconds(100));
    for (const auto* wrong : {"", "5", "5x", "1m1h", "-1s", "1.5s"}) {
        CHECK_FALSE(parse_prometheus_duration(wrong));
    }
}

}  // namespace
