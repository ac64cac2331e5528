// SPDX-License-Identifier: MIT
#include "sim/scenario/draft.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.hpp"
#include "sim/scenario/bind.hpp"
#include "sim/scenario/normalise.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

bool has_any(const Node& map, std::initializer_list<std::string_view> keys) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string_view key) { return map.find_entry(key) != nullptr; });
}

void add(Node& map, std::string key, std::string value) {
    map.entries.push_back({std::move(key), map.at, Node::scalar(std::move(value), map.at)});
}

bool is_done_at_once(const Node& fault) {
    const Node* inject = fault.find("inject");
    const FaultWord* word = inject == nullptr ? nullptr : find_fault_word(inject->text);
    return word != nullptr && word->at_once;
}

std::string text_of(Instant at) { return format_duration(at - Instant{}); }

// What a fault leaves unsaid when it is added by hand.
void complete(Node& fault, Instant at) {
    if (!has_any(fault, {"at", "between"})) add(fault, "at", text_of(at));
    if (!is_done_at_once(fault) && !has_any(fault, {"for", "until", "permanent"})) {
        add(fault, "permanent", "true");
    }
}

Node& faults_of(Node& tree) {
    Node* faults = tree.find("faults");
    novacron::check(faults != nullptr && faults->is_list(), "a canonical scenario has faults");
    return *faults;
}

}  // namespace

Draft::Draft(Scenario scenario) : scenario_(std::move(scenario)) {
    Diagnostics diagnostics;
    const auto parsed = parse_yaml(scenario_.resolved, scenario_.path + " (resolved)", diagnostics);
    novacron::check(parsed && diagnostics.empty(), "a scenario's resolved text can be read");
    tree_ = *parsed;
}

std::vector<Diagnostic> Draft::add_faults(std::string_view yaml, const std::string& name,
                                          Instant at) {
    Diagnostics diagnostics;
    auto tree = parse_yaml_of_any_kind(yaml, name, diagnostics);
    if (!tree) return diagnostics.take();
    const std::shared_ptr<const Source> source = tree->at.source;
    const Source* own = source.get();
    std::vector<Node> added;
    Node* list = tree->entries.size() == 1 ? tree->find("faults") : nullptr;
    if (list == nullptr) list = &*tree;
    if (list->is_list()) {
        if (list->items.empty()) diagnostics.add(about(*list, "no fault is to be added"));
        added = std::move(list->items);
    } else {
        added.push_back(std::move(*list));
    }
    if (!diagnostics.empty()) return diagnostics.take();
    Draft changed = *this;
    for (Node& fault : added) {
        if (fault.is_map()) complete(fault, at);
        faults_of(changed.tree_).items.push_back(std::move(fault));
    }
    std::vector<Diagnostic> wrong = changed.settle(own);
    if (wrong.empty()) *this = std::move(changed);
    return wrong;
}

void Draft::pin_fault(std::uint32_t number, Instant start, Instant end) {
    constexpr std::array<std::string_view, 5> times{"at", "between", "for", "until", "permanent"};
    Node& fault = faults_of(tree_).items.at(number);
    std::erase_if(fault.entries, [&](const Node::Entry& entry) {
        return std::find(times.begin(), times.end(), entry.key) != times.end();
    });
    add(fault, "at", text_of(start));
    if (!is_done_at_once(fault)) add(fault, "until", text_of(end));
    settle(nullptr);
}

std::vector<Diagnostic> Draft::settle(const Source* own) {
    Diagnostics diagnostics;
    auto canonical = normalise(tree_, "", diagnostics);
    novacron::check(canonical.has_value(), "a scenario is a map");
    Scenario changed = bind(*canonical, diagnostics);
    std::vector<Diagnostic> wrong;
    doubts_.clear();
    for (Diagnostic& diagnostic : diagnostics.take()) {
        const bool is_own = diagnostic.at.source.get() == own;
        (is_own ? wrong : doubts_).push_back(std::move(diagnostic));
    }
    if (!wrong.empty()) return wrong;
    changed.path = scenario_.path;
    identify(changed, *canonical);
    scenario_ = std::move(changed);
    tree_ = std::move(*canonical);
    return wrong;
}

}  // namespace shaketable
