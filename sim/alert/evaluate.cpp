// SPDX-License-Identifier: MIT
#include "sim/alert/evaluate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace shaketable {
namespace {

using Kind = Expression::Kind;
using Op = BinaryOperator;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double arithmetic(Op op, double a, double b) {
    switch (op) {
        case Op::multiply: return a * b;
        case Op::divide: return a / b;
        case Op::modulo: return std::fmod(a, b);  // exact, and so the same everywhere
        case Op::add: return a + b;
        default: return a - b;
    }
}

bool holds(Op op, double a, double b) {
    switch (op) {
        case Op::equal: return a == b;
        case Op::unequal: return a != b;
        case Op::greater: return a > b;
        case Op::less: return a < b;
        case Op::greater_or_equal: return a >= b;
        default: return a <= b;
    }
}

// What an operator makes of two values; nothing: the element is left out. `kept` stays.
std::optional<double> combine(const Expression& by, double a, double b, double kept) {
    if (!is_comparison(by.op)) return arithmetic(by.op, a, b);
    if (by.gives_bool) return holds(by.op, a, b) ? 1 : 0;
    if (!holds(by.op, a, b)) return std::nullopt;
    return kept;
}

const Element* find(const std::vector<Element>& sorted, const Labels& labels) {
    const auto found = std::lower_bound(
        sorted.begin(), sorted.end(), labels,
        [](const Element& element, const Labels& wanted) { return element.labels < wanted; });
    return found != sorted.end() && found->labels == labels ? &*found : nullptr;
}

std::vector<Element> sorted(std::vector<Element> elements) {
    std::sort(elements.begin(), elements.end(),
              [](const Element& a, const Element& b) { return a.labels < b.labels; });
    return elements;
}

// Of a counter over a range: see the header. Nothing of fewer than two samples.
std::optional<double> growth_of(const std::vector<ScrapedValue>& samples, Instant from,
                                Instant to) {
    if (samples.size() < 2) return std::nullopt;
    const ScrapedValue& first = samples.front();
    const ScrapedValue& last = samples.back();
    double grown = last.value - first.value;
    double before = first.value;
    for (const ScrapedValue& sample : samples) {
        if (sample.value < before) grown += before;
        before = sample.value;
    }
    double to_start = in_seconds(first.at - from);
    const double to_end = in_seconds(to - last.at);
    const double sampled = in_seconds(last.at - first.at);
    const double gap = sampled / static_cast<double>(samples.size() - 1);
    if (grown > 0 && first.value >= 0) {
        to_start = std::min(to_start, sampled * (first.value / grown));
    }
    const double threshold = gap * 1.1;
    double drawn_out = sampled;
    drawn_out += to_start < threshold ? to_start : gap / 2;
    drawn_out += to_end < threshold ? to_end : gap / 2;
    return grown * (drawn_out / sampled);
}

struct Bucket {
    double upper;
    double count;
};

double quantile_of(double q, std::vector<Bucket> buckets) {
    if (std::isnan(q)) return kNothing;
    if (q < 0) return -kInfinity;
    if (q > 1) return kInfinity;
    std::sort(buckets.begin(), buckets.end(),
              [](const Bucket& a, const Bucket& b) { return a.upper < b.upper; });
    if (buckets.size() < 2 || buckets.back().upper != kInfinity) return kNothing;
    for (std::size_t i = 1; i < buckets.size(); ++i) {
        buckets[i].count = std::max(buckets[i].count, buckets[i - 1].count);
    }
    if (!(buckets.back().count > 0)) return kNothing;
    double rank = q * buckets.back().count;
    std::size_t place = 0;
    while (place + 1 < buckets.size() && buckets[place].count < rank) ++place;
    if (place + 1 == buckets.size()) return buckets[place - 1].upper;
    if (place == 0 && buckets[0].upper <= 0) return buckets[0].upper;
    const double start = place == 0 ? 0 : buckets[place - 1].upper;
    const double below = place == 0 ? 0 : buckets[place - 1].count;
    rank -= below;
    return start +
           (buckets[place].upper - start) * (rank / (buckets[place].count - below));
}

double bound_of(std::string_view le) {
    if (le == "+Inf") return kInfinity;
    double bound = kNothing;
    std::from_chars(le.data(), le.data() + le.size(), bound);
    return bound;
}

}  // namespace

std::vector<Element> Evaluator::evaluate(const Expression& expression) const {
    if (expression.type == Expression::Type::scalar) return {{{}, scalar(expression)}};
    return vector(expression);
}

double Evaluator::scalar(const Expression& expression) const {
    if (expression.kind == Kind::call) return now_unix_;
    if (expression.kind == Kind::negate) return -scalar(*expression.arguments[0]);
    if (expression.kind != Kind::binary) return expression.number;
    const double a = scalar(*expression.arguments[0]);
    const double b = scalar(*expression.arguments[1]);
    return combine(expression, a, b, a).value_or(0);
}

std::vector<Element> Evaluator::vector(const Expression& expression) const {
    switch (expression.kind) {
        case Kind::series: return newest(expression.series);
        case Kind::aggregate: return aggregate(expression);
        case Kind::binary: return binary(expression);
        case Kind::negate: return negate(expression);
        default: break;
    }
    if (expression.function == AlertFunction::histogram_quantile) return quantiles(expression);
    if (expression.function == AlertFunction::absent) return absent(expression);
    return growth(expression);
}

std::vector<Element> Evaluator::newest(const SeriesSelector& selector) const {
    std::vector<Element> elements;
    for (const GatheredSeries& series : store_.all()) {
        if (series.samples.empty() || !selects(selector, series)) continue;
        const ScrapedValue& last = series.samples.back();
        if (last.stale || last.at < now_ - kLookback) continue;
        elements.push_back({series.labels, last.value});
    }
    return sorted(std::move(elements));
}

std::vector<Element> Evaluator::growth(const Expression& call) const {
    const SeriesSelector& selector = call.arguments[0]->series;
    const Instant from = now_ - *selector.range;
    std::vector<Element> elements;
    std::vector<ScrapedValue> samples;
    for (const GatheredSeries& series : store_.all()) {
        if (series.samples.empty() || !selects(selector, series)) continue;
        samples.clear();
        const auto first = std::lower_bound(
            series.samples.begin(), series.samples.end(), from,
            [](const ScrapedValue& sample, Instant wanted) { return sample.at < wanted; });
        for (auto sample = first; sample != series.samples.end(); ++sample) {
            if (!sample->stale) samples.push_back(*sample);
        }
        auto grown = growth_of(samples, from, now_);
        if (!grown) continue;
        if (call.function == AlertFunction::rate) *grown /= in_seconds(*selector.range);
        elements.push_back({series.labels, *grown});
    }
    return sorted(std::move(elements));
}

std::vector<Element> Evaluator::aggregate(const Expression& expression) const {
    struct Group {
        double value = 0;
        double count = 0;
    };
    std::map<Labels, Group> groups;
    for (const Element& element : vector(*expression.arguments[0])) {
        const Labels labels = expression.keeps_others
                                  ? without(element.labels, expression.grouping)
                                  : only(element.labels, expression.grouping);
        auto [found, fresh] = groups.try_emplace(labels);
        Group& group = found->second;
        group.count += 1;
        const double value = element.value;
        switch (expression.aggregation) {
            case Aggregation::sum: group.value += value; break;
            case Aggregation::max:
                if (fresh || group.value < value || std::isnan(group.value)) group.value = value;
                break;
            case Aggregation::min:
                if (fresh || group.value > value || std::isnan(group.value)) group.value = value;
                break;
            case Aggregation::avg:
                group.value += value / group.count - group.value / group.count;
                break;
            case Aggregation::count: group.value = group.count; break;
        }
    }
    std::vector<Element> elements;
    for (const auto& [labels, group] : groups) elements.push_back({labels, group.value});
    return elements;
}

std::vector<Element> Evaluator::quantiles(const Expression& call) const {
    const double q = scalar(*call.arguments[0]);
    std::map<Labels, std::vector<Bucket>> groups;
    for (const Element& element : vector(*call.arguments[1])) {
        const std::string_view le = value_of(element.labels, "le");
        if (le.empty()) continue;
        const double bound = bound_of(le);
        if (!std::isnan(bound)) {
            groups[without(element.labels, {"le"})].push_back({bound, element.value});
        }
    }
    std::vector<Element> elements;
    for (auto& [labels, buckets] : groups) {
        elements.push_back({labels, quantile_of(q, std::move(buckets))});
    }
    return elements;
}

std::vector<Element> Evaluator::absent(const Expression& call) const {
    const Expression& of = *call.arguments[0];
    if (!vector(of).empty()) return {};
    std::vector<Label> labels;
    for (const Matcher& matcher : of.series.matchers) {
        if (matcher.how == Matcher::How::equal) labels.push_back({matcher.label, matcher.value});
    }
    return {{labels_of(std::move(labels)), 1}};
}

std::vector<Element> Evaluator::negate(const Expression& expression) const {
    std::vector<Element> elements = vector(*expression.arguments[0]);
    for (Element& element : elements) element.value = -element.value;
    return elements;
}

std::vector<Element> Evaluator::binary(const Expression& expression) const {
    const Expression& left = *expression.arguments[0];
    const Expression& right = *expression.arguments[1];
    std::vector<Element> elements;
    if (left.type == Expression::Type::scalar || right.type == Expression::Type::scalar) {
        const bool number_first = left.type == Expression::Type::scalar;
        const double number = scalar(number_first ? left : right);
        for (Element& element : vector(number_first ? right : left)) {
            const auto value = number_first
                                   ? combine(expression, number, element.value, element.value)
                                   : combine(expression, element.value, number, element.value);
            if (value) elements.push_back({std::move(element.labels), *value});
        }
        return elements;
    }
    const std::vector<Element> others = vector(right);
    for (Element& element : vector(left)) {
        const Element* other = find(others, element.labels);
        if (is_of_sets(expression.op)) {
            const bool stays = expression.op == Op::either ||
                               (other != nullptr) == (expression.op == Op::both);
            if (stays) elements.push_back(std::move(element));
            continue;
        }
        if (other == nullptr) continue;
        const auto value = combine(expression, element.value, other->value, element.value);
        if (value) elements.push_back({std::move(element.labels), *value});
    }
    if (expression.op != Op::either) return elements;
    const std::vector<Element> taken = elements;
    for (const Element& other : others) {
        if (find(taken, other.labels) == nullptr) elements.push_back(other);
    }
    return sorted(std::move(elements));
}

}  // namespace shaketable
