// SPDX-License-Identifier: MIT
#include "sim/scenario/fields.hpp"

#include "sim/scenario/scalars.hpp"

namespace shaketable {
namespace {

template <class T>
std::optional<T> read(const std::optional<std::string>& text,
                      Parsed<T> (*parse)(std::string_view)) {
    return text ? parse(*text).value : std::nullopt;
}

Parsed<Duration> signed_duration(std::string_view text) { return parse_duration(text, Sign::any); }

std::optional<DistributionOptions> distribution_of(const Node& node) {
    if (node.is_scalar() && node.text.find("..") != std::string::npos) {
        const auto range = parse_duration_range(node.text);
        if (!range) return std::nullopt;
        return Uniform{range->low, range->high};
    }
    if (node.is_scalar()) {
        const auto value = parse_duration(node.text);
        if (!value) return std::nullopt;
        return Constant{*value};
    }
    const Fields fields(node);
    const std::string dist = fields.text("dist").value_or("");
    const auto time = [&](std::string_view key) {
        return fields.duration(key).value_or(Duration{});
    };
    if (dist == "exponential") return Exponential{time("mean")};
    if (dist == "normal") return Normal{time("mean"), time("stddev")};
    if (dist == "lognormal") return Lognormal{time("median"), time("p99")};
    if (dist == "pareto") return Pareto{time("scale"), fields.number("shape").value_or(2)};
    const Node* quantiles = fields.valid("quantiles");
    if (dist != "empirical" || quantiles == nullptr) return std::nullopt;
    Empirical empirical;
    for (const Node& item : quantiles->items) {
        empirical.quantiles.push_back(parse_duration(item.text).value.value_or(Duration{}));
    }
    return empirical;
}

}  // namespace

const Node* Fields::any(std::string_view key) const {
    return map_ == nullptr ? nullptr : map_->find(key);
}
const Node* Fields::valid(std::string_view key) const {
    const Node* node = any(key);
    return node == nullptr || node->kind == Node::Kind::hole ? nullptr : node;
}

std::optional<std::string> Fields::text(std::string_view key) const {
    const Node* node = valid(key);
    if (node == nullptr || !node->is_scalar()) return std::nullopt;
    return node->text;
}
std::optional<bool> Fields::boolean(std::string_view key) const {
    const auto value = text(key);
    if (!value) return std::nullopt;
    return *value == "true";
}
std::optional<std::int64_t> Fields::integer(std::string_view key) const {
    return read(text(key), parse_integer);
}
std::optional<double> Fields::number(std::string_view key) const {
    return read(text(key), parse_number);
}
std::optional<std::uint64_t> Fields::size(std::string_view key) const {
    return read(text(key), parse_size);
}
std::optional<double> Fields::probability(std::string_view key) const {
    return read(text(key), parse_probability);
}
std::optional<Duration> Fields::duration(std::string_view key) const {
    return read(text(key), signed_duration);
}
std::optional<Duration> Fields::at_most(std::string_view key) const {
    return read(text(key), parse_at_most);
}
std::optional<DurationRange> Fields::durations(std::string_view key) const {
    const auto value = text(key);
    if (!value) return std::nullopt;
    if (const auto range = parse_duration_range(*value)) return *range;
    const auto one = parse_duration(*value);
    if (!one) return std::nullopt;
    return DurationRange{*one, *one};
}
std::optional<DistributionOptions> Fields::distribution(std::string_view key) const {
    const Node* node = valid(key);
    return node == nullptr ? std::nullopt : distribution_of(*node);
}

}  // namespace shaketable
