// SPDX-License-Identifier: MIT
#include "sim/scenario/parameters.hpp"

#include <algorithm>
#include <compare>

#include "sim/scenario/normalise.hpp"
#include "sim/scenario/units.hpp"
#include "sim/scenario/utf8.hpp"

namespace shaketable {
namespace {

constexpr std::size_t kMostSubstitutedBytes = std::size_t{16} << 20U;

struct Trouble {
    std::string error;  // empty: none
    std::string hint;
};

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

}  // namespace

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
    Parameter* parameter = find(override_.name);
    if (parameter == nullptr) {
        std::string hint = did_you_mean(override_.name, names());
        std::string known;
        for (const std::string& name : names()) known += (known.empty() ? "" : ", ") + name;
        if (hint.empty()) {
            hint = known.empty() ? "the scenario has no parameters" : "there are: " + known;
        }
        diagnostics_.add({name_at, override_.name.size(),
                          "unknown parameter '" + override_.name + "'", std::move(hint)});
        return;
    }
    if (!parameter->usable) return;
    const Trouble trouble = type_trouble(parameter->type, override_.value);
    const std::string error =
        !is_text(override_.value) ? "not text in UTF-8"
        : !trouble.error.empty()
            ? trouble.error
            : bounds_trouble(parameter->type, override_.value, parameter->low, parameter->high);
    if (!error.empty()) {
        diagnostics_.add(
            {value_at, std::max<std::size_t>(1, override_.value.size()), error, trouble.hint});
        return;
    }
    parameter->value = override_.value;
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
            diagnostics_.add(about(node,
                                   "unknown parameter '" + std::string(name.substr(0, 40)) + "'",
                                   did_you_mean(name, names())));
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
