// SPDX-License-Identifier: MIT
#include "sim/scenario/service_predicate.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "sim/scenario/diagnostics.hpp"

namespace shaketable {
namespace {

using Bound = ServicePredicate::Bound;

struct Name {
    std::string_view word;
    ServiceMeasure measure;
    std::string_view example;
};
constexpr std::array<Name, 8> kNames = {{{"goodput", ServiceMeasure::goodput, ">= 90%"},
                                         {"success", ServiceMeasure::success, ">= 99%"},
                                         {"rejected", ServiceMeasure::rejected, "<= 10%"},
                                         {"attempts", ServiceMeasure::attempts, "<= 1.2"},
                                         {"p99", ServiceMeasure::p99, "<= 100ms"},
                                         {"metastable", ServiceMeasure::metastable, "== false"},
                                         {"stops", ServiceMeasure::stops, "== 0"},
                                         {"opened", ServiceMeasure::opened, ">= 1"}}};

std::string_view word_of(ServiceMeasure measure) {
    if (measure == ServiceMeasure::goodput_share) measure = ServiceMeasure::goodput;
    for (const Name& name : kNames) {
        if (name.measure == measure) return name.word;
    }
    return {};
}

std::string_view word_of(Bound bound) {
    switch (bound) {
        case Bound::at_least: return ">=";
        case Bound::at_most: return "<=";
        case Bound::equal: return "==";
    }
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

template <class T, class Convert>
Parsed<double> number_of(const Parsed<T>& parsed, Convert convert) {
    if (!parsed) return {std::nullopt, parsed.error, parsed.hint};
    return {convert(*parsed), {}, {}};
}

// The measure becomes a share if the goodput is a percentage.
Parsed<double> value_of(std::string_view text, ServiceMeasure& measure) {
    const auto as_it_is = [](auto value) { return static_cast<double>(value); };
    switch (measure) {
        case ServiceMeasure::goodput:
            if (text.ends_with('%')) {
                measure = ServiceMeasure::goodput_share;
                return number_of(parse_probability(text), as_it_is);
            }
            return number_of(parse_rate(text), [](const Rate& rate) { return rate.per_second(); });
        case ServiceMeasure::goodput_share:
        case ServiceMeasure::success:
        case ServiceMeasure::rejected: return number_of(parse_probability(text), as_it_is);
        case ServiceMeasure::attempts: return number_of(parse_number(text), as_it_is);
        case ServiceMeasure::p99:
            return number_of(parse_duration(text), [](Duration d) {
                return static_cast<double>(d.ns);
            });
        case ServiceMeasure::metastable:
            if (text == "true" || text == "false") return {text == "true" ? 1.0 : 0.0, {}, {}};
            return {std::nullopt, "metastable is true or false", "write == false"};
        case ServiceMeasure::stops:
        case ServiceMeasure::opened: return number_of(parse_integer(text), as_it_is);
    }
    return {};
}

}  // namespace

Parsed<ServicePredicate> parse_service_predicate(std::string_view text) {
    const auto refuse = [](std::string error, std::string hint) {
        return Parsed<ServicePredicate>{std::nullopt, std::move(error), std::move(hint)};
    };
    const std::string usage = "write service.NAME.goodput >= 90%";
    const std::size_t operation = text.find_first_of("<>=");
    const std::string path(trimmed(text.substr(0, operation)));
    const std::size_t last = path.rfind('.');
    constexpr std::size_t kPrefix = std::string_view("service.").size();
    if (last == std::string::npos || last < kPrefix) {
        return refuse("unknown predicate '" + path.substr(0, 60) + "'", usage);
    }
    ServicePredicate predicate;
    predicate.service = path.substr(kPrefix, last - kPrefix);
    const std::string word = path.substr(last + 1);
    std::vector<std::string> known;
    const Name* found = nullptr;
    for (const Name& name : kNames) {
        known.emplace_back(name.word);
        if (name.word == word) found = &name;
    }
    if (found == nullptr) {
        std::string hint = did_you_mean(word, known);
        if (hint.empty()) {
            hint = "a service has goodput, success, rejected, attempts, p99, metastable, stops, "
                   "opened";
        }
        return refuse("a service has no '" + word.substr(0, 60) + "'", std::move(hint));
    }
    predicate.measure = found->measure;
    const std::string bounded = "write " + path + " " + std::string(found->example);
    if (operation == std::string_view::npos || operation + 2 > text.size()) {
        return refuse(word + " needs a bound", bounded);
    }
    const std::string_view sign = text.substr(operation, 2);
    const bool truth = predicate.measure == ServiceMeasure::metastable;
    if ((sign != "==" && sign != ">=" && sign != "<=") || (truth && sign != "==")) {
        return refuse(truth ? "metastable is true or false" : "a bound is >=, <= or ==", bounded);
    }
    predicate.bound = sign == "==" ? Bound::equal : sign == ">=" ? Bound::at_least : Bound::at_most;
    const auto value = value_of(trimmed(text.substr(operation + 2)), predicate.measure);
    if (!value) return refuse(value.error, value.hint.empty() ? bounded : value.hint);
    predicate.value = *value;
    return {std::move(predicate), {}, {}};
}

std::string format_measured(ServiceMeasure measure, double value) {
    switch (measure) {
        case ServiceMeasure::goodput: return format_number(value) + "/s";
        case ServiceMeasure::goodput_share:
        case ServiceMeasure::success:
        case ServiceMeasure::rejected: return format_probability(value);
        case ServiceMeasure::p99:
            return format_duration(Duration{static_cast<std::int64_t>(std::llround(value))});
        case ServiceMeasure::metastable: return value > 0 ? "true" : "false";
        case ServiceMeasure::attempts:
        case ServiceMeasure::stops:
        case ServiceMeasure::opened: return format_number(value);
    }
    return {};
}

std::string format_service_predicate(const ServicePredicate& predicate) {
    return "service." + predicate.service + "." + std::string(word_of(predicate.measure)) + " " +
           std::string(word_of(predicate.bound)) + " " +
           format_measured(predicate.measure, predicate.value);
}

}  // namespace shaketable
