// SPDX-License-Identifier: MIT
//
// From the text of an expression to its tree, by descent: one function for each strength with which
// operators bind.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "sim/alert/labels.hpp"
#include "sim/alert/pattern.hpp"
#include "sim/alert/tokens.hpp"

namespace shaketable {
namespace {

using Kind = Expression::Kind;
using Type = Expression::Type;
using Op = BinaryOperator;

// A rule is written by hand; what nests deeper is a mistake, or worse.
constexpr int kMostNesting = 100;

constexpr std::array<std::pair<std::string_view, Aggregation>, 5> kAggregations{
    {{"sum", Aggregation::sum},
     {"max", Aggregation::max},
     {"min", Aggregation::min},
     {"avg", Aggregation::avg},
     {"count", Aggregation::count}}};
constexpr std::array<std::pair<std::string_view, AlertFunction>, 5> kFunctions{
    {{"rate", AlertFunction::rate},
     {"increase", AlertFunction::increase},
     {"histogram_quantile", AlertFunction::histogram_quantile},
     {"absent", AlertFunction::absent},
     {"time", AlertFunction::time}}};
struct Operator {
    std::string_view text;
    Op op;
    int strength;
};
constexpr std::array<Operator, 14> kOperators{{{"or", Op::either, 1},
                                               {"and", Op::both, 2},
                                               {"unless", Op::unless, 2},
                                               {"==", Op::equal, 3},
                                               {"!=", Op::unequal, 3},
                                               {">", Op::greater, 3},
                                               {"<", Op::less, 3},
                                               {">=", Op::greater_or_equal, 3},
                                               {"<=", Op::less_or_equal, 3},
                                               {"+", Op::add, 4},
                                               {"-", Op::subtract, 4},
                                               {"*", Op::multiply, 5},
                                               {"/", Op::divide, 5},
                                               {"%", Op::modulo, 5}}};
constexpr int kStrongest = 5;

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

template <class Table>
auto find_in(const Table& table, std::string_view word) {
    return std::find_if(table.begin(), table.end(),
                        [&](const auto& entry) { return entry.first == word; });
}

class Parser {
public:
    explicit Parser(Tokens tokens) : tokens_(std::move(tokens.all)) {}

    ParsedExpression parse() {
        auto whole = binary(1);
        if (whole && peek().kind != Token::Kind::end) {
            whole.reset();
            fail(peek(), "'" + peek().text + "' is not expected here", why_not(peek()));
        }
        if (whole && whole->type == Type::range) {
            whole.reset();
            fail(tokens_.front(), "a range by itself is no condition",
                 "write rate(...) or increase(...) around it");
        }
        if (error_) return {nullptr, *error_};
        return {std::move(whole), {}};
    }

private:
    using Result = std::shared_ptr<Expression>;

    const Token& peek() const { return tokens_[here_]; }
    Token take() { return tokens_[here_ + 1 < tokens_.size() ? here_++ : here_]; }
    bool take(std::string_view mark) {
        if (!peek().is(mark)) return false;
        ++here_;
        return true;
    }
    bool is_word(std::string_view word) const {
        return peek().kind == Token::Kind::name && lower(peek().text) == word;
    }

    Result fail(const Token& at, std::string message, std::string hint = {}) {
        if (!error_) error_ = ExpressionError{at.offset, at.length, std::move(message),
                                              std::move(hint)};
        return nullptr;
    }
    bool expect(std::string_view mark) {
        if (take(mark)) return true;
        fail(peek(), "'" + std::string(mark) + "' is expected here, not '" + peek().text + "'");
        return false;
    }

    // Of what PromQL has and this has not.
    static std::string why_not(const Token& token) {
        const std::string word = lower(token.text);
        constexpr std::array<std::string_view, 7> absent{"on", "ignoring", "group_left",
                                                         "group_right", "offset", "@", "^"};
        const bool known = std::find(absent.begin(), absent.end(), word) != absent.end();
        return known ? "of PromQL this is not understood here" : "";
    }

    static Result make(Kind kind, Type type) {
        auto made = std::make_shared<Expression>();
        made->kind = kind;
        made->type = type;
        return made;
    }

    const Operator* operator_here() const {
        const bool mark = peek().kind == Token::Kind::mark;
        if (!mark && peek().kind != Token::Kind::name) return nullptr;
        const std::string word = mark ? peek().text : lower(peek().text);
        const auto* found =
            std::find_if(kOperators.begin(), kOperators.end(),
                         [&](const Operator& candidate) { return candidate.text == word; });
        return found == kOperators.end() ? nullptr : found;
    }

    Result binary(int strength) {
        if (strength > kStrongest) return unary();
        Result left = binary(strength + 1);
        while (left) {
            const Operator* found = operator_here();
            if (found == nullptr || found->strength != strength) break;
            const Token at = take();
            auto made = make(Kind::binary, Type::vector);
            made->op = found->op;
            if (is_comparison(found->op) && is_word("bool")) {
                take();
                made->gives_bool = true;
            }
            Result right = binary(strength + 1);
            if (!right || !fit(at, *found, *left, *right, *made)) return nullptr;
            made->arguments = {left, right};
            left = made;
        }
        return left;
    }

    // Whether the operator takes such operands; settles the type.
    bool fit(const Token& at, const Operator& found, const Expression& left,
             const Expression& right, Expression& made) {
        const std::string word(found.text);
        if (left.type == Type::range || right.type == Type::range) {
            fail(at, word + " takes no range", "write rate(...) around it");
            return false;
        }
        const bool scalars = left.type == Type::scalar && right.type == Type::scalar;
        if (is_of_sets(found.op) && (left.type == Type::scalar || right.type == Type::scalar)) {
            fail(at, word + " takes series on both sides, and one is a number");
            return false;
        }
        if (scalars && is_comparison(found.op) && !made.gives_bool) {
            fail(at, "two numbers are compared with bool", "write " + word + " bool");
            return false;
        }
        if (scalars) made.type = Type::scalar;
        return true;
    }

    Result unary() {
        if (++depth_ > kMostNesting) return fail(peek(), "this nests too deeply");
        Result result;
        if (take("+")) {
            result = unary();
        } else if (peek().is("-")) {
            const Token at = take();
            Result of = unary();
            if (of && of->type == Type::range) return fail(at, "- takes no range");
            if (of) {
                result = make(Kind::negate, of->type);
                result->arguments = {of};
            }
        } else {
            result = primary();
        }
        --depth_;
        return result;
    }

    Result primary() {
        const Token token = peek();
        if (take("(")) {
            Result inner = binary(1);
            if (!inner || !expect(")")) return nullptr;
            return no_range_behind(inner);
        }
        if (token.kind == Token::Kind::number) return number(take());
        if (token.is("{")) return series("");
        if (token.kind == Token::Kind::string) return fail(token, "a string is no condition");
        if (token.kind != Token::Kind::name) {
            return fail(token, "a metric, a number or '(' is expected here, not '" + token.text +
                                   "'", why_not(token));
        }
        take();
        const std::string word = lower(token.text);
        if (word == "inf" || word == "nan") {
            Result made = make(Kind::number, Type::scalar);
            made->number = word == "inf" ? std::numeric_limits<double>::infinity()
                                         : std::numeric_limits<double>::quiet_NaN();
            return made;
        }
        const bool called = peek().is("(");
        if (const auto* found = find_in(kAggregations, word);
            found != kAggregations.end() && (called || is_word("by") || is_word("without"))) {
            return aggregate(token, found->second);
        }
        if (called) return call(token);
        return series(token.text);
    }

    Result no_range_behind(Result inner) {
        if (peek().kind == Token::Kind::mark && peek().text.starts_with("[")) {
            return fail(peek(), "a range stands behind a metric; subqueries are not understood");
        }
        return inner;
    }

    Result number(const Token& token) {
        Result made = make(Kind::number, Type::scalar);
        const char* end = token.text.data() + token.text.size();
        const auto read = std::from_chars(token.text.data(), end, made->number);
        if (read.ec != std::errc{} || read.ptr != end) {
            return fail(token, "not a number: " + token.text,
                        parse_prometheus_duration(token.text)
                            ? "a duration stands in brackets, behind a metric: [" + token.text +
                                  "]"
                            : "");
        }
        return made;
    }

    Result series(std::string metric) {
        Result made = make(Kind::series, Type::vector);
        made->series.metric = std::move(metric);
        const Token at = peek();
        if (take("{")) {
            while (!peek().is("}")) {
                if (!matcher(made->series)) return nullptr;
                if (!take(",")) break;
            }
            if (!expect("}")) return nullptr;
        }
        if (made->series.metric.empty() && made->series.matchers.empty()) {
            return fail(at, "braces without a metric or a label name every series there is");
        }
        if (peek().kind == Token::Kind::mark && peek().text.starts_with("[")) {
            const Token range = take();
            const std::string inner = range.text.substr(1, range.text.size() - 2);
            made->series.range = parse_prometheus_duration(inner);
            if (!made->series.range || made->series.range->ns == 0) {
                return fail(range, "not a range: " + range.text,
                            inner.find(':') != std::string::npos
                                ? "subqueries are not understood here"
                                : "write such as [5m]");
            }
            made->type = Type::range;
        }
        return made;
    }

    bool matcher(SeriesSelector& selector) {
        const Token name = take();
        if (name.kind != Token::Kind::name || !is_label_name(name.text)) {
            fail(name, "a label's name is expected here, not '" + name.text + "'");
            return false;
        }
        if (name.text == "__name__") {
            fail(name, "the metric's name stands before the braces");
            return false;
        }
        Matcher made{name.text, Matcher::How::equal, {}, {}};
        if (take("!=")) {
            made.how = Matcher::How::unequal;
        } else if (take("=~")) {
            made.how = Matcher::How::like;
        } else if (take("!~")) {
            made.how = Matcher::How::unlike;
        } else if (!take("=")) {
            fail(peek(), "=, !=, =~ or !~ is expected here, not '" + peek().text + "'");
            return false;
        }
        const Token value = take();
        if (value.kind != Token::Kind::string) {
            fail(value, "a string is expected here, not '" + value.text + "'",
                 "write \"" + value.text + "\"");
            return false;
        }
        made.value = value.text;
        if (made.how == Matcher::How::like || made.how == Matcher::How::unlike) {
            made.pattern = compile_pattern(value.text);
            if (!made.pattern) {
                fail(value, "not a regular expression: " + value.text);
                return false;
            }
        }
        selector.matchers.push_back(std::move(made));
        return true;
    }

    Result aggregate(const Token& token, Aggregation aggregation) {
        Result made = make(Kind::aggregate, Type::vector);
        made->aggregation = aggregation;
        if (!grouping(*made)) return nullptr;
        if (!expect("(")) return nullptr;
        Result of = binary(1);
        if (!of || !expect(")")) return nullptr;
        if (of->type != Type::vector) {
            return fail(token, token.text + " takes series, not " +
                                   (of->type == Type::scalar ? "a number" : "a range"));
        }
        made->arguments = {of};
        if (made->grouping.empty() && !grouping(*made)) return nullptr;
        return made;
    }

    bool grouping(Expression& made) {
        if (!is_word("by") && !is_word("without")) return true;
        made.keeps_others = lower(take().text) == "without";
        if (!expect("(")) return false;
        while (!peek().is(")")) {
            const Token name = take();
            if (name.kind != Token::Kind::name || !is_label_name(name.text)) {
                fail(name, "a label's name is expected here, not '" + name.text + "'");
                return false;
            }
            made.grouping.push_back(name.text);
            if (!take(",")) break;
        }
        return expect(")");
    }

    Result call(const Token& token) {
        const auto* found = find_in(kFunctions, token.text);
        if (found == kFunctions.end()) {
            std::string known;
            for (const auto& [word, function] : kFunctions) known += std::string(word) + ", ";
            for (const auto& [word, aggregation] : kAggregations) known += std::string(word) + ", ";
            known.resize(known.size() - 2);
            return fail(token, "the function " + token.text + " is not understood here",
                        "known are " + known);
        }
        Result made = make(Kind::call, found->second == AlertFunction::time ? Type::scalar
                                                                            : Type::vector);
        made->function = found->second;
        take();
        while (!peek().is(")")) {
            Result argument = binary(1);
            if (!argument) return nullptr;
            made->arguments.push_back(argument);
            if (!take(",")) break;
        }
        if (!expect(")")) return nullptr;
        std::vector<Type> wanted;
        if (found->second == AlertFunction::rate || found->second == AlertFunction::increase) {
            wanted = {Type::range};
        } else if (found->second == AlertFunction::histogram_quantile) {
            wanted = {Type::scalar, Type::vector};
        } else if (found->second == AlertFunction::absent) {
            wanted = {Type::vector};
        }
        if (made->arguments.size() != wanted.size()) {
            return fail(token, token.text + " takes " + std::to_string(wanted.size()) +
                                   (wanted.size() == 1 ? " argument, not " : " arguments, not ") +
                                   std::to_string(made->arguments.size()));
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (made->arguments[i]->type == wanted[i]) continue;
            return fail(token,
                        token.text + " takes " +
                            (wanted[i] == Type::range    ? "a range"
                             : wanted[i] == Type::scalar ? "a number first"
                                                         : "series"),
                        wanted[i] == Type::range ? "write such as " + token.text + "(x[1m])" : "");
        }
        return no_range_behind(made);
    }

    std::vector<Token> tokens_;
    std::size_t here_ = 0;
    int depth_ = 0;
    std::optional<ExpressionError> error_;
};

void gather_metrics(const Expression& expression, std::vector<std::string>& metrics) {
    const std::string& metric = expression.series.metric;
    if (expression.kind == Kind::series && !metric.empty() &&
        std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
        metrics.push_back(metric);
    }
    for (const ExpressionPtr& argument : expression.arguments) gather_metrics(*argument, metrics);
}

}  // namespace

ParsedExpression parse_expression(std::string_view text) {
    Tokens tokens = tokens_of(text);
    if (tokens.error) return {nullptr, *tokens.error};
    if (tokens.all.size() == 1) {
        return {nullptr, {0, 1, "an expression is expected here", "write such as up == 0"}};
    }
    return Parser(std::move(tokens)).parse();
}

std::optional<Duration> parse_prometheus_duration(std::string_view text) {
    struct Unit {
        std::string_view word;
        std::int64_t ns;
    };
    constexpr std::int64_t second = 1'000'000'000;
    constexpr std::array<Unit, 7> units{{{"y", 365 * 86'400 * second},
                                         {"w", 7 * 86'400 * second},
                                         {"d", 86'400 * second},
                                         {"h", 3600 * second},
                                         {"m", 60 * second},
                                         {"s", second},
                                         {"ms", 1'000'000}}};
    constexpr std::int64_t most = 50 * (365 * 86'400 * second);
    if (text == "0") return Duration{};
    Duration sum{};
    std::size_t next = 0;  // units descend
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        std::int64_t count = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
        if (read.ec != std::errc{} || text.front() == '-') return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        const std::size_t letters =
            std::min(text.find_first_of("0123456789"), text.size());
        const auto* found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) {
            return unit.word == text.substr(0, letters);
        });
        const auto place = static_cast<std::size_t>(found - units.begin());
        if (found == units.end() || place < next || count > most / found->ns) return std::nullopt;
        next = place + 1;
        sum = sum + Duration{count * found->ns};
        if (sum.ns > most) return std::nullopt;
        text.remove_prefix(letters);
    }
    return sum;
}

std::vector<std::string> metrics_in(const Expression& expression) {
    std::vector<std::string> metrics;
    gather_metrics(expression, metrics);
    return metrics;
}

Duration longest_range(const Expression& expression) {
    Duration longest = expression.series.range.value_or(Duration{});
    for (const ExpressionPtr& argument : expression.arguments) {
        longest = std::max(longest, longest_range(*argument));
    }
    return longest;
}

}  // namespace shaketable
