// SPDX-License-Identifier: MIT
#include "sim/scenario/json_schema.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "core/base/check.hpp"
#include "sim/scenario/scalars.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable {
namespace {

using Json = nlohmann::ordered_json;

// A parameter may stand for any value, or for a part of one.
constexpr const char* kParameter = R"(\$\{[^}]+\})";

Json pattern(const std::string& of) {
    return {{"type", "string"}, {"pattern", "^(" + of + ")$|" + kParameter}};
}
Json any_of(Json one, Json other) { return {{"anyOf", {std::move(one), std::move(other)}}}; }
Json parameter() { return {{"type", "string"}, {"pattern", kParameter}}; }
Json reference(const char* name) { return {{"$ref", std::string("#/definitions/") + name}}; }

std::optional<std::int64_t> integer_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Json number(const KeyDescriptor& key, const char* type) {
    Json schema = {{"type", type}};
    if (const auto low = integer_in(key.low)) schema["minimum"] = *low;
    if (const auto high = integer_in(key.high)) schema["maximum"] = *high;
    return any_of(std::move(schema), parameter());
}

Json choice(const KeyDescriptor& key) {
    Json words = Json::array();
    for (const std::string& word : choices_in(key.choices)) {
        if (const auto value = integer_in(word)) {
            words.push_back(*value);
        } else if (word == "true" || word == "false") {
            words.push_back(word == "true");
        } else {
            words.push_back(word);
        }
    }
    return any_of({{"enum", std::move(words)}}, parameter());
}

const std::string kDuration = R"(-?([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+)";
const std::string kIdentifier = R"([a-z0-9]([-a-z0-9]*[a-z0-9])?)";

Json of_key(const KeyDescriptor& key);

// Its keys; a list may also be appended to, by a + before its name.
Json of_map(std::string_view path, bool demand_required) {
    Json schema = {{"type", "object"}};
    Json properties = Json::object();
    Json required = Json::array();
    Json others = false;
    for (const KeyDescriptor* child : children_of(path)) {
        const std::size_t dot = child->path.rfind('.');
        const std::string name(dot == std::string_view::npos ? child->path
                                                             : child->path.substr(dot + 1));
        if (name == "*") {
            others = of_key(*child);
            continue;
        }
        properties[name] = of_key(*child);
        if (child->type == ValueType::list) properties["+" + name] = properties[name];
        if (child->required) required.push_back(name);
    }
    schema["properties"] = std::move(properties);
    schema["additionalProperties"] = std::move(others);
    if (demand_required && !required.empty()) schema["required"] = std::move(required);
    return schema;
}

Json of_type(const KeyDescriptor& key) {
    switch (key.type) {
        case ValueType::map: return of_map(key.path, key.path.ends_with("[]"));
        case ValueType::list: {
            const KeyDescriptor* element = find_key(std::string(key.path) + "[]");
            novacron::check(element != nullptr, "a list has elements of one type");
            return {{"type", "array"}, {"items", of_key(*element)}};
        }
        case ValueType::text: return {{"type", {"string", "number", "boolean"}}};
        case ValueType::identifier: return pattern(kIdentifier);
        case ValueType::name: return pattern(R"([a-z0-9]([-_a-z0-9]*[a-z0-9])?)");
        case ValueType::boolean: return any_of({{"type", "boolean"}}, parameter());
        case ValueType::integer: return number(key, "integer");
        case ValueType::number: return number(key, "number");
        case ValueType::duration: return pattern(kDuration);
        case ValueType::durations: return pattern(kDuration + R"((\.\.)" + kDuration + ")?");
        case ValueType::at_most: return pattern("(<=? *)?" + kDuration);
        case ValueType::rate: return pattern(R"([0-9]+(\.[0-9]+)?/(s|min|h|d))");
        case ValueType::probability:
            return any_of({{"type", "number"}, {"minimum", 0}, {"maximum", 1}},
                          pattern(R"([0-9]+(\.[0-9]+)?%?)"));
        case ValueType::size: return pattern(R"([0-9]+([KMGT]i?)?B?)");
        case ValueType::drift: return pattern(R"(-?[0-9]+(\.[0-9]+)?ppm)");
        case ValueType::seeds:
            return any_of({{"type", "integer"}}, pattern(R"([0-9]+(\.\.[0-9]+)?)"));
        case ValueType::epoch: return pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z");
        case ValueType::choice: return choice(key);
        case ValueType::predicate: return any_of(choice(key), pattern("service\\..+"));
        case ValueType::fault_word: {
            Json words = Json::array();
            for (const std::string_view word : fault_words()) words.push_back(word);
            return any_of({{"enum", std::move(words)}}, parameter());
        }
        case ValueType::moment: return {{"type", "string"}};
        case ValueType::fault_ref: return pattern(kIdentifier + R"(\.start)");
        case ValueType::distribution: return reference("distribution");
        case ValueType::target: return reference("target");
        case ValueType::policy: return reference("policy");
        case ValueType::axis: return any_of({{"type", "array"}}, of_map(key.path, true));
    }
    throw novacron::BugError("a key has one of the types");
}

Json of_key(const KeyDescriptor& key) {
    Json schema = {{"description", key.description}};
    schema.update(of_type(key));
    if (!key.default_value.empty()) schema["default"] = key.default_value;
    return schema;
}

}  // namespace

std::string json_schema() {
    Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "A scenario of shaketable"}};
    schema.update(of_map("", false));
    schema["definitions"] = {
        {"distribution",
         any_of(pattern(kDuration + R"((\.\.)" + kDuration + ")?"), of_map("distribution", true))},
        {"target",
         {{"anyOf",
           {{{"type", "string"}},
            {{"type", "array"}, {"items", {{"type", "string"}}}},
            of_map("target", false)}}}},
        {"policy", of_map("policy", false)}};
    return schema.dump(2) + "\n";
}

}  // namespace shaketable
