// SPDX-License-Identifier: MIT
#include <algorithm>

#include "sim/history/linearizability.hpp"

namespace shaketable::history {
namespace {

constexpr std::size_t kMostShown = 8;
constexpr std::size_t kMostElements = 12;

std::string place_of(const Operation& operation) {
    if (operation.invoked_line == 0) return "";
    const std::string from = std::to_string(operation.invoked_line);
    if (operation.completed_line == 0) return " (line " + from + ")";
    return " (lines " + from + " and " + std::to_string(operation.completed_line) + ")";
}

std::string sentence(const History& history, std::uint32_t number) {
    const Operation& operation = history.operations[number];
    return text_of(history, operation) + " by process " + history.processes[operation.process] +
           place_of(operation);
}

std::string count_of(std::size_t n, const std::string& what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

}  // namespace

std::string text_of_value(const History& history, Value value) {
    if (history.model != Model::list_append) return history.values[value];
    std::vector<Value> elements;
    for (std::uint32_t at = value; at != 0; at = history.lists.shorter(at)) {
        elements.push_back(history.lists.last(at));
    }
    std::string text = "[";
    const std::size_t skipped =
        elements.size() > kMostElements ? elements.size() - kMostElements : 0;
    if (skipped > 0) text += "... ";
    for (std::size_t i = elements.size() - skipped; i-- > 0;) {
        text += history.values[elements[i]] + (i > 0 ? " " : "");
    }
    return text + "]";
}

std::string text_of(const History& history, const Operation& operation) {
    const std::string& key = history.keys[operation.key];
    const std::string where = key.empty() ? "" : key + ": ";
    switch (operation.function) {
        case Function::read:
            return where + "read " +
                   (operation.known() ? text_of_value(history, operation.expected) : "?");
        case Function::write: return where + "write " + history.values[operation.value];
        case Function::append: return where + "append " + history.values[operation.value];
        case Function::compare_and_set:
            return where + "cas [" + history.values[operation.expected] + " " +
                   history.values[operation.value] + "]";
    }
    return where;
}

std::string explain(const History& history, const Offence& offence) {
    const Operation& misfit = history.operations[offence.misfit];
    std::string text = sentence(history, offence.misfit) + " fits nowhere\n";
    text += std::string(offence.shortest ? "  the shortest part that is not linearizable: "
                                         : "  a part that is not linearizable: ");
    text += count_of(offence.operations, "operation");
    if (misfit.completed_line > 0) {
        text += ", up to line " + std::to_string(misfit.completed_line);
    }
    text += offence.shortest ? "; without that completion it is\n" : "\n";
    const std::vector<std::uint32_t>& order = offence.order;
    if (!order.empty()) text += "  before it, in an order that is possible, last:\n";
    for (std::size_t i = order.size() - std::min(order.size(), kMostShown); i < order.size(); ++i) {
        text += "    " + sentence(history, order[i]) + "\n";
    }
    if (!offence.together.empty()) text += "  open at its completion:\n";
    for (std::size_t i = 0; i < std::min(kMostShown, offence.together.size()); ++i) {
        text += "    " + sentence(history, offence.together[i]) + "\n";
    }
    if (offence.together.size() > kMostShown) {
        text += "    and " + count_of(offence.together.size() - kMostShown, "other") + "\n";
    }
    return text;
}

}  // namespace shaketable::history
