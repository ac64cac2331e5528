// SPDX-License-Identifier: MIT
//
// What a monitoring system is told to look for: the groups of a Prometheus rules file, and how
// often it looks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/alert/expression.hpp"
#include "sim/alert/labels.hpp"

namespace shaketable {

struct AlertRule {
    std::string name;
    std::string text;                 // of the expression, as the file has it
    ExpressionPtr expression;         // not null
    Duration hold_for{};              // `for`: how long it must hold before it fires
    Duration keep_firing_for{};       // how long it goes on to fire when it holds no more
    Labels labels;
    std::vector<Label> annotations;   // in the order of the file

    // Somebody is got out of bed by it: its severity is page or critical.
    bool pages() const {
        const auto severity = value_of(labels, "severity");
        return severity == "page" || severity == "critical";
    }
};

struct RuleGroup {
    std::string name;
    Duration interval{};  // from one evaluation to the next
    std::vector<AlertRule> rules;
};

struct AlertsSpec {
    Duration scrape_interval = novacron::seconds(1);
    Duration grace = novacron::seconds(60);  // an alert may be due to a fault that is over so long
    std::vector<RuleGroup> groups;

    // Rules are numbered over all groups, in the order of the file.
    std::vector<const AlertRule*> rules() const {
        std::vector<const AlertRule*> all;
        for (const RuleGroup& group : groups) {
            for (const AlertRule& rule : group.rules) all.push_back(&rule);
        }
        return all;
    }
    // Several rules may share a name; then the name stands for all of them. In the order of the
    // file.
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const AlertRule* rule : rules()) {
            bool known = false;
            for (const std::string& name : all) known = known || name == rule->name;
            if (!known) all.push_back(rule->name);
        }
        return all;
    }
};

}  // namespace shaketable
