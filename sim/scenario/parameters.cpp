// SPDX-License-Identifier: MIT
#include "sim/scenario/parameters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <type_traits>

#include "sim/scenario/normalise.hpp"
#include "sim/scenario/units.hpp"
#include "sim/scenario/utf8.hpp"

namespace shaketable {
namespace {

constexpr std::size_t kMostSubstitutedBytes = std::size_t{16} << 20U;

using Trouble = ParameterTrouble;

template <class T>
Trouble trouble_with(const Parsed<T>& parsed) {
    return {parsed.error, parsed.hint};
}

// What keeps the text from being a value of the parameter type.
Trouble type_trouble(std::string_view type, std::string_view text) {
    if (type == "number") return trouble_with(parse_number(text));
    if (type == "integer") return trouble_with(parse_integer(text));
    if (type == "duration") return trouble_with(parse_duration(text));
    if (type == "probability") return trouble_with(parse_probability(text));
    if (type == "boolean" && text != "true" && text != "false") {
        return {"a boolean is true or false, not '" + std::string(text.substr(0, 40)) + "'", {}};
    }
    return {};
}

// The order of two values of an ordered type. REQUIRES: both are values of the type.
std::partial_ordering order(std::string_view type, std::string_view a, std::string_view b) {
    if (type == "number") return *parse_number(a) <=> *parse_number(b);
    if (type == "integer") return *parse_integer(a) <=> *parse_integer(b);
    if (type == "duration") return *parse_duration(a) <=> *parse_duration(b);
    if (type == "probability") return *parse_probability(a) <=> *parse_probability(b);
    return std::partial_ordering::unordered;
}

bool ordered(std::string_view type) { return type != "boolean" && type != "string"; }

// What keeps a value of the type from being within the bounds.
std::string bounds_trouble(std::string_view type, const std::string& value, const std::string& low,
                           const std::string& high) {
    if (!low.empty() && order(type, value, low) < 0) return value + " is below the least, " + low;
    if (!high.empty() && order(type, value, high) > 0) return value + " is above the most, " + high;
    return {};
}

constexpr std::size_t kMostSteps = 10'000;

// first, first + step ... up to last; one more than kMostSteps of them at most.
template <class Number>
std::vector<Number> multiples(Number first, Number last, Number step) {
    std::vector<Number> result;
    if (!(step > Number{})) return result;
    Number next = first;
    while (next <= last && result.size() <= kMostSteps) {
        result.push_back(next);
        if constexpr (std::is_floating_point_v<Number>) {
            // To nine decimals, so that 0.1 + 2 * 0.1 is 0.3.
            next = first + static_cast<Number>(result.size()) * step;
            next = std::round(next * 1e9) / 1e9;
        } else {
            const auto left = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(next);
            if (left < static_cast<std::uint64_t>(step)) break;
            next += step;
        }
    }
    return result;
}

template <class Number, class Format>
std::vector<std::string> spelled(const std::vector<Number>& numbers, Format format) {
    std::vector<std::string> texts;
    for (const Number number : numbers) texts.push_back(format(number));
    return texts;
}

// From, to and step. REQUIRES: the type is ordered, and they are values of it.
std::vector<std::string> stepped(std::string_view type, const std::array<std::string, 3>& ends) {
    const auto& [from, to, step] = ends;
    if (type == "integer") {
        return spelled(multiples(*parse_integer(from), *parse_integer(to), *parse_integer(step)),
                       [](std::int64_t value) { return std::to_string(value); });
    }
    if (type == "duration") {
        return spelled(multiples(parse_duration(from)->ns, parse_duration(to)->ns,
                                 parse_duration(step)->ns),
                       [](std::int64_t ns) { return format_duration(Duration{ns}); });
    }
    if (type == "probability") {
        return spelled(multiples(*parse_probability(from), *parse_probability(to),
                                 *parse_probability(step)),
                       format_probability);
    }
    return spelled(multiples(*parse_number(from), *parse_number(to), *parse_number(step)),
                   format_number);
}

}  // namespace

// What keeps the text from being a value of the parameter.
ParameterTrouble Parameters::trouble_with_value(const Parameter& parameter,
                                                   const std::string& text) {
    if (!is_text(text)) return {"not text in UTF-8", {}};
    Trouble trouble = type_trouble(parameter.type, text);
    if (trouble.error.empty()) {
        trouble.error = bounds_trouble(parameter.type, text, parameter.low, parameter.high);
    }
    return trouble;
}

Parameters::Parameters(const Node& declarations, const std::vector<Override>& overrides,
                       Diagnostics& diagnostics)
    : diagnostics_(diagnostics) {
    const auto shaped = normalise(declarations, "params", diagnostics);
    if (shaped && shaped->is_map()) {
        for (const Node::Entry& entry : shaped->entries) declare(entry);
    }
    for (const Override& override_ : overrides) set(override_);
}

void Parameters::declare(const Node::Entry& entry) {
    parameters_.push_back({entry.key, "string", {}, {}, {}, false});
    Parameter& parameter = parameters_.back();
    if (!entry.value.is_map()) return;
    // Shape was checked; a hole stands for what was wrong.
    const auto text = [&](std::string_view key) {
        const Node* node = entry.value.find(key);
        return node != nullptr && node->is_scalar() ? node->text : std::string();
    };
    parameter.type = text("type");
    const Node* value = entry.value.find("default");
    if (parameter.type.empty() || value == nullptr || !value->is_scalar()) return;
    parameter.usable = true;
    parameter.value = value->text;
    for (const std::string_view key : {"default", "min", "max"}) {
        const Node* node = entry.value.find(key);
        if (node == nullptr || !node->is_scalar()) continue;
        const Trouble trouble = type_trouble(parameter.type, node->text);
        if (trouble.error.empty() && (key == "default" || ordered(parameter.type))) continue;
        parameter.usable = false;
        const std::string unordered = "a " + parameter.type + " has no bounds";
        diagnostics_.add(
            about(*node, trouble.error.empty() ? unordered : trouble.error, trouble.hint));
    }
    if (!parameter.usable) return;
    parameter.low = text("min");
    parameter.high = text("max");
    const std::string trouble =
        bounds_trouble(parameter.type, parameter.value, parameter.low, parameter.high);
    if (trouble.empty()) return;
    parameter.usable = false;
    diagnostics_.add(about(*value, "the default is out of bounds: " + trouble));
}

void Parameters::set(const Override& override_) {
    auto source = std::make_shared<Source>();
    source->name = "--set";
    source->lines.push_back(override_.name + "=" + override_.value);
    const Position name_at{source, 1, 1};
    const Position value_at{source, 1, static_cast<int>(override_.name.size()) + 2};
    Parameter* parameter = find_or_report(override_.name, name_at);
    if (parameter == nullptr || !parameter->usable) return;
    const Trouble trouble = trouble_with_value(*parameter, override_.value);
    if (!trouble.error.empty()) {
        diagnostics_.add({value_at, std::max<std::size_t>(1, override_.value.size()),
                          trouble.error, trouble.hint});
        return;
    }
    parameter->value = override_.value;
}

std::optional<Axis> Parameters::axis(const Node::Entry& entry) {
    const Parameter* parameter = find_or_report(entry.key, entry.key_at);
    if (parameter == nullptr || !parameter->usable) return std::nullopt;
    Axis result{parameter->name, parameter->type, {}};
    std::vector<Node> values = entry.value.items;
    if (entry.value.is_map()) values = steps(*parameter, entry.value);
    bool good = entry.value.is_list() || !values.empty();
    if (entry.value.is_list() && values.empty()) {
        diagnostics_.add(about(entry.value, "no value, so the grid has no point"));
        good = false;
    }
    for (const Node& value : values) {
        if (!value.is_scalar()) return std::nullopt;  // was reported
        const Trouble trouble = trouble_with_value(*parameter, value.text);
        const auto is_same = [&](const std::string& other) {
            return other == value.text ||
                   (trouble.error.empty() && order(parameter->type, other, value.text) == 0);
        };
        const bool twice = std::any_of(result.values.begin(), result.values.end(), is_same);
        if (trouble.error.empty() && !twice) {
            result.values.push_back(value.text);
            continue;
        }
        diagnostics_.add(about(value, twice ? "the value is there already" : trouble.error,
                               twice ? "" : trouble.hint));
        good = false;
    }
    return good ? std::optional(std::move(result)) : std::nullopt;
}

// The values from one to another; nothing, with a diagnostic added, if there are none.
std::vector<Node> Parameters::steps(const Parameter& parameter, const Node& map) {
    std::array<std::string, 3> ends;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const Node* node = map.find(std::array{"from", "to", "step"}[i]);
        if (node == nullptr || !node->is_scalar()) return {};
        const Trouble trouble = ordered(parameter.type)
                                    ? type_trouble(parameter.type, node->text)
                                    : Trouble{"a " + parameter.type + " has no order to step in",
                                              "write a list of values"};
        if (!trouble.error.empty()) {
            diagnostics_.add(about(*node, trouble.error, trouble.hint));
            return {};
        }
        ends[i] = node->text;
    }
    const auto texts = stepped(parameter.type, ends);
    if (texts.empty()) {
        diagnostics_.add(about(map, "no value, so the grid has no point",
                               "from is at most to, and step is above zero"));
    } else if (texts.size() > kMostSteps) {
        diagnostics_.add(about(*map.find("step"), "more than " + std::to_string(kMostSteps) +
                                                      " values"));
        return {};
    }
    std::vector<Node> values;
    const Position at = map.find("from")->at;
    for (const std::string& text : texts) values.push_back(Node::scalar(text, at));
    return values;
}

void Parameters::substitute(Node& node) {
    if (node.is_scalar()) substitute_text(node);
    for (Node& item : node.items) substitute(item);
    for (Node::Entry& entry : node.entries) substitute(entry.value);
}

void Parameters::substitute_text(Node& node) {
    std::string result;
    std::string_view rest = node.text;
    if (rest.find("${") == std::string_view::npos) return;
    bool usable = true;
    for (std::size_t start = rest.find("${"); start != std::string_view::npos;
         start = rest.find("${")) {
        result += rest.substr(0, start);
        const std::size_t end = rest.find('}', start);
        if (end == std::string_view::npos) {
            diagnostics_.add(about(node, "a ${ without its }"));
            usable = false;
            break;
        }
        const std::string_view name = rest.substr(start + 2, end - start - 2);
        rest.remove_prefix(end + 1);
        const Parameter* parameter = find(name);
        if (parameter == nullptr) {
            std::string hint = did_you_mean(name, names());
            for (const std::string& known : names()) {
                if (hint.starts_with("did")) break;
                hint += (hint.empty() ? "known are " : ", ") + known;
            }
            diagnostics_.add(about(node,
                                   "unknown parameter '" + std::string(name.substr(0, 40)) + "'",
                                   std::move(hint)));
        }
        usable = usable && parameter != nullptr && parameter->usable;
        if (usable) result += parameter->value;
        substituted_bytes_ += result.size();
        if (substituted_bytes_ > kMostSubstitutedBytes) {
            diagnostics_.add(about(node, "parameters fill in more than 16 MiB"));
            usable = false;
            break;
        }
    }
    if (!usable) {
        node.kind = Node::Kind::hole;
        return;
    }
    node.text = result + std::string(rest);
    if (node.text.find("${") != std::string::npos) {
        diagnostics_.add(about(node, "a parameter's value may not refer to a parameter"));
        node.kind = Node::Kind::hole;
    }
    node.plain = true;
    node.substituted = true;
}

Parameters::Parameter* Parameters::find_or_report(std::string_view name, Position at) {
    if (Parameter* parameter = find(name)) return parameter;
    std::string hint = did_you_mean(name, names());
    std::string known;
    for (const std::string& other : names()) known += (known.empty() ? "" : ", ") + other;
    if (hint.empty()) {
        hint = known.empty() ? "the scenario has no parameters" : "there are: " + known;
    }
    diagnostics_.add({std::move(at), std::max<std::size_t>(1, name.size()),
                      "unknown parameter '" + std::string(name) + "'", std::move(hint)});
    return nullptr;
}

Parameters::Parameter* Parameters::find(std::string_view name) {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const Parameter& p) { return p.name == name; });
    return found == parameters_.end() ? nullptr : &*found;
}

std::vector<std::string> Parameters::names() const {
    std::vector<std::string> result;
    for (const Parameter& parameter : parameters_) result.push_back(parameter.name);
    return result;
}

std::vector<ParameterValue> Parameters::values() const {
    std::vector<ParameterValue> result;
    for (const Parameter& parameter : parameters_)
        result.push_back({parameter.name, parameter.value});
    return result;
}

}  // namespace shaketable
