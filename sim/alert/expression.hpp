// SPDX-License-Identifier: MIT
//
// The part of PromQL that rules here may be written in, as a tree.
//
//   instant selectors     up, up{site="east", node=~"node-[12]"}, with = != =~ !~
//   ranges                rate(x[1m]), increase(x[1m]); nothing else takes a range
//   aggregation           sum, max, min, avg, count, with by (...) or without (...)
//   functions             histogram_quantile(q, x), absent(x), time()
//   operators             * / % + - == != > < >= <= (with bool) and unless or
//   literals              3, 1.5, 2e-3, -1, Inf, NaN
//
// What binds how strongly is as in PromQL, and so is what a vector and a scalar make together. Two
// vectors match by all their labels: there is no on, ignoring or group_left. Nor are there offset,
// @ or subqueries. Whatever is not here is refused when rules are read, never at an evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

struct Pattern;  // a regular expression: sim/alert/pattern.hpp

struct Matcher {
    enum class How : std::uint8_t { equal, unequal, like, unlike };
    std::string label;
    How how = How::equal;
    std::string value;
    std::shared_ptr<const Pattern> pattern;  // like, unlike: of the whole value
};

struct SeriesSelector {
    std::string metric;  // empty: any
    std::vector<Matcher> matchers;
    std::optional<Duration> range;  // nothing: the newest sample
};

enum class Aggregation : std::uint8_t { sum, max, min, avg, count };
enum class AlertFunction : std::uint8_t { rate, increase, histogram_quantile, absent, time };
enum class BinaryOperator : std::uint8_t {
    multiply, divide, modulo, add, subtract,
    equal, unequal, greater, less, greater_or_equal, less_or_equal,
    both, unless, either
};
constexpr bool is_comparison(BinaryOperator op) {
    return op >= BinaryOperator::equal && op <= BinaryOperator::less_or_equal;
}
constexpr bool is_of_sets(BinaryOperator op) { return op >= BinaryOperator::both; }

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

struct Expression {
    enum class Kind : std::uint8_t { number, series, aggregate, call, binary, negate };
    enum class Type : std::uint8_t { scalar, vector, range };

    Kind kind = Kind::number;
    Type type = Type::scalar;
    double number = 0;
    SeriesSelector series;
    Aggregation aggregation = Aggregation::sum;
    bool keeps_others = false;          // aggregate: without (...), not by (...)
    std::vector<std::string> grouping;  // aggregate: these labels
    AlertFunction function = AlertFunction::rate;
    BinaryOperator op = BinaryOperator::add;
    bool gives_bool = false;  // a comparison that says 0 or 1 instead of leaving out
    std::vector<ExpressionPtr> arguments;
};

// What is wrong with a text, and where: bytes from its beginning.
struct ExpressionError {
    std::size_t offset = 0;
    std::size_t length = 1;
    std::string message;
    std::string hint;
};
struct ParsedExpression {
    ExpressionPtr expression;  // null: there is an error
    ExpressionError error;
};
// At the first mistake it stops.
ParsedExpression parse_expression(std::string_view text);

// 5m, 1h30m, 90s, 100ms, 1d, 1w: as Prometheus spells durations. Nothing if it is none.
std::optional<Duration> parse_prometheus_duration(std::string_view text);

// The metrics that it asks for, each once, in the order of the text.
std::vector<std::string> metrics_in(const Expression& expression);
// The longest range; nothing if there is none.
Duration longest_range(const Expression& expression);

}  // namespace shaketable
