// SPDX-License-Identifier: MIT
#include "sim/scenario/brief.hpp"

#include <cstddef>
#include <vector>

#include "core/base/check.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/node.hpp"

namespace shaketable {
namespace {

class Shortener {
public:
    explicit Shortener(const Scenario& scenario) : scenario_(scenario) {
        Diagnostics diagnostics;
        auto tree = parse_yaml(scenario.resolved, scenario.path, diagnostics);
        novacron::check(tree.has_value(), "a scenario's resolved text can be read");
        tree_ = *std::move(tree);
    }

    std::string shorten() {
        leave_out_of(tree_);
        return emit_yaml(tree_);
    }

private:
    // `node` is part of the tree, which is written as a whole to see whether it is still the same.
    void leave_out_of(Node& node) {
        for (Node& item : node.items) leave_out_of(item);
        for (std::size_t i = node.entries.size(); i-- > 0;) {
            const auto place = node.entries.begin() + static_cast<std::ptrdiff_t>(i);
            Node::Entry entry = std::move(*place);
            node.entries.erase(place);
            if (is_same()) continue;
            node.entries.insert(node.entries.begin() + static_cast<std::ptrdiff_t>(i),
                                std::move(entry));
            leave_out_of(node.entries[i].value);
        }
    }

    bool is_same() const {
        const LoadResult loaded = load_scenario_text(emit_yaml(tree_), scenario_.path);
        return loaded.ok() && loaded.scenario->hash == scenario_.hash;
    }

    const Scenario& scenario_;
    Node tree_;
};

}  // namespace

std::string brief(const Scenario& scenario) { return Shortener(scenario).shorten(); }

}  // namespace shaketable
