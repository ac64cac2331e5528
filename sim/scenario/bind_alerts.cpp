// SPDX-License-Identifier: MIT
#include "sim/scenario/bind_alerts.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/alert/metric_table.hpp"
#include "sim/scenario/assemble.hpp"
#include "sim/scenario/fields.hpp"

namespace shaketable {
namespace {

// Where in the file a place of a text stands: in a single line behind its quote, or in a block
// behind `|`. Of other texts (folded ones, those with a parameter) the beginning.
Diagnostic at_place(const Node& node, std::size_t offset, std::size_t length) {
    Diagnostic diagnostic = about(node, {});
    const auto& lines = node.at.source->lines;
    const auto line = static_cast<std::size_t>(node.at.line - 1);
    if (line >= lines.size()) return diagnostic;
    std::string_view first = lines[line];
    first.remove_prefix(std::min(static_cast<std::size_t>(node.at.column - 1), first.size()));
    const bool quoted = first.starts_with('"') || first.starts_with('\'');
    if (first.substr(quoted ? 1 : 0).starts_with(node.text)) {
        diagnostic.at.column += static_cast<int>(offset + (quoted ? 1 : 0));
        diagnostic.length = length;
        return diagnostic;
    }
    if (!first.starts_with('|') || line + 1 >= lines.size()) return diagnostic;
    const std::string_view before = std::string_view(node.text).substr(0, offset);
    const auto down = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t across =
        before.size() - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1);
    const std::size_t indent = lines[line + 1].find_first_not_of(' ');
    if (indent == std::string::npos || line + 1 + down >= lines.size()) return diagnostic;
    diagnostic.at.line += static_cast<int>(1 + down);
    diagnostic.at.column = static_cast<int>(1 + indent + across);
    diagnostic.length = length;
    return diagnostic;
}

class AlertBinder {
public:
    explicit AlertBinder(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    AlertsSpec bind(const Node& section) {
        const Fields fields(section);
        AlertsSpec spec;
        assign(spec.scrape_interval, fields.duration("scrape_interval"));
        assign(spec.grace, fields.duration("grace"));
        const Duration usual =
            fields.duration("evaluation_interval").value_or(novacron::seconds(5));
        const Node* groups = fields.valid("groups");
        if (groups == nullptr) {
            if (!fields.has("groups")) {
                report(section, "nobody is called without rules",
                       "write rules: rules/novacron.rules.yml");
            }
            return spec;
        }
        for (const Node& group : groups->items) {
            if (group.is_map()) spec.groups.push_back(bind_group(group, usual));
        }
        if (spec.rules().empty()) report(*groups, "there is no rule");
        return spec;
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    RuleGroup bind_group(const Node& node, Duration usual) {
        const Fields fields(node);
        RuleGroup group;
        group.name = fields.text("name").value_or("?");
        if (fields.text("name") && !names_.insert(group.name).second) {
            report(*fields.valid("name"), "two groups are called '" + group.name + "'",
                   "give one of them another name");
        }
        group.interval = fields.duration("interval").value_or(usual);
        const Node* rules = fields.valid("rules");
        if (rules == nullptr) return group;
        for (const Node& rule : rules->items) {
            if (rule.is_map()) group.rules.push_back(bind_rule(rule));
        }
        return group;
    }

    AlertRule bind_rule(const Node& node) {
        const Fields fields(node);
        AlertRule rule;
        rule.name = fields.text("alert").value_or("?");
        if (fields.text("alert") && !is_label_name(rule.name)) {
            report(*fields.valid("alert"), "not a name of an alert: '" + rule.name + "'",
                   "names are made of letters, digits and _");
        }
        assign(rule.hold_for, fields.duration("for"));
        assign(rule.keep_firing_for, fields.duration("keep_firing_for"));
        std::vector<Label> labels;
        if (const Node* map = fields.valid("labels")) {
            for (const Node::Entry& entry : map->entries) {
                if (!entry.value.is_scalar()) continue;
                if (entry.value.text.find("{{") != std::string::npos) {
                    report(entry.value, "labels are taken as they are: templates are for people",
                           "put it into annotations");
                }
                labels.push_back({entry.key, entry.value.text});
            }
        }
        rule.labels = labels_of(std::move(labels));
        if (const Node* map = fields.valid("annotations")) {
            for (const Node::Entry& entry : map->entries) {
                if (entry.value.is_scalar()) {
                    rule.annotations.push_back({entry.key, entry.value.text});
                }
            }
        }
        if (const Node* expr = fields.valid("expr")) bind_expression(*expr, rule);
        return rule;
    }

    void bind_expression(const Node& node, AlertRule& rule) {
        rule.text = node.text;
        ParsedExpression parsed = parse_expression(node.text);
        if (!parsed.expression) {
            Diagnostic diagnostic = at_place(node, parsed.error.offset, parsed.error.length);
            diagnostic.message = std::move(parsed.error.message);
            diagnostic.hint = std::move(parsed.error.hint);
            diagnostics_.add(std::move(diagnostic));
            return;
        }
        rule.expression = std::move(parsed.expression);
        for (const std::string& metric : metrics_in(*rule.expression)) {
            if (find_metric(metric) != nullptr) continue;
            Diagnostic diagnostic = at_place(node, node.text.find(metric), metric.size());
            diagnostic.message = "there is no metric '" + metric + "'";
            diagnostic.hint = did_you_mean(metric, metric_names());
            if (diagnostic.hint.empty()) diagnostic.hint = "shaketable list metrics names them";
            diagnostics_.add(std::move(diagnostic));
        }
    }

    Diagnostics& diagnostics_;
    std::set<std::string> names_;
};

}  // namespace

void lay_in_rules(Node& root, Diagnostics& diagnostics) {
    Node* alerts = root.find("alerts");
    if (alerts == nullptr || !alerts->is_map()) return;
    const Node::Entry* named = alerts->find_entry("rules");
    if (named == nullptr || !named->value.is_scalar()) return;
    if (alerts->find("groups") != nullptr) {
        diagnostics.add(about(*named, "both 'rules' and 'groups'", "one of rules or groups"));
        return;
    }
    const std::filesystem::path from(named->value.at.source->name);
    const std::string path =
        (from.parent_path() / named->value.text).lexically_normal().string();
    const bool readable = !named->value.text.empty() &&
                          named->value.text.find('\0') == std::string::npos;
    const auto text =
        readable ? read_file(path, kMostFileBytes + 1) : std::optional<std::string>();
    std::optional<Node> file;
    if (!text) {
        diagnostics.add(about(named->value, "can't read the file " + path,
                              "paths are relative to the file that names them"));
    } else {
        file = parse_yaml(*text, path, diagnostics);
    }
    Node groups;
    groups.kind = Node::Kind::hole;
    groups.at = named->value.at;
    if (file) {
        for (const Node::Entry& entry : file->entries) {
            if (entry.key == "groups") continue;
            diagnostics.add(about(entry, "unknown key '" + entry.key + "' in a file of rules",
                                  did_you_mean(entry.key, {"groups"})));
        }
        Node* found = file->find("groups");
        if (found == nullptr) {
            diagnostics.add({file->at, 1, "the key 'groups' is missing",
                             "a Prometheus rules file begins with groups:"});
        } else {
            groups = std::move(*found);
        }
    }
    const Position at = named->key_at;
    std::erase_if(alerts->entries,
                  [](const Node::Entry& entry) { return entry.key == "rules"; });
    alerts->entries.push_back({"groups", at, std::move(groups)});
}

void bind_alerts(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics) {
    const Node* section = Fields(canonical).valid("alerts");
    if (section == nullptr) return;
    scenario.alerts = AlertBinder(diagnostics).bind(*section);
}

}  // namespace shaketable
