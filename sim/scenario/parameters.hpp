// SPDX-License-Identifier: MIT
//
// The typed knobs of a scenario: declared under `params`, set from outside, and put in the place of
// `${name}` in values.
//
//     params: {heartbeat: {type: duration, default: 50ms, min: 1ms, max: 10s}}
//
// Invariants: (1) a value is of its parameter's type and within its bounds.
//             (2) a parameter's value holds no reference to another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/loader.hpp"
#include "sim/scenario/node.hpp"

namespace shaketable {

// Why a text is no value of a parameter.
struct ParameterTrouble {
    std::string error;  // empty: it is one
    std::string hint;
};

class Parameters {
public:
    // Reads the declarations and then the overrides; what is wrong with either is added to the
    // diagnostics. A declaration that is wrong still counts as declared.
    Parameters(const Node& declarations, const std::vector<Override>& overrides,
               Diagnostics& diagnostics);

    // Replaces the references in all values below.
    void substitute(Node& node);

    // In the order of their declaration.
    std::vector<ParameterValue> values() const;

    // The values an axis of a sweep names for its parameter: those of a list, or the multiples of a
    // step from one value up to another. What is wrong is added to the diagnostics; nothing then.
    std::optional<Axis> axis(const Node::Entry& entry);

private:
    struct Parameter {
        std::string name;
        std::string type;
        std::string low, high;  // empty: no bound
        std::string value;
        bool usable;  // false: its declaration is wrong, so nothing is said about its uses
    };

    void declare(const Node::Entry& entry);
    void set(const Override& override_);
    void substitute_text(Node& node);
    std::vector<Node> steps(const Parameter& parameter, const Node& map);
    static ParameterTrouble trouble_with_value(const Parameter& parameter, const std::string& text);
    Parameter* find(std::string_view name);
    Parameter* find_or_report(std::string_view name, Position at);
    std::vector<std::string> names() const;

    Diagnostics& diagnostics_;
    std::vector<Parameter> parameters_;
    std::size_t substituted_bytes_ = 0;
};

}  // namespace shaketable
