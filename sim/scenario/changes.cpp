// SPDX-License-Identifier: MIT
#include "sim/scenario/changes.hpp"

#include <algorithm>
#include <map>

#include "core/base/check.hpp"
#include "sim/scenario/leaves.hpp"

namespace shaketable {
namespace {

std::vector<Leaf> said_by(const Scenario& scenario) {
    Diagnostics diagnostics;
    const auto tree = parse_yaml(scenario.resolved, scenario.path, diagnostics);
    novacron::check(tree.has_value(), "a resolved scenario can be read again");
    return leaves(*tree);
}

bool is_under(std::string_view path, std::string_view key) {
    return path.starts_with(key) &&
           (path.size() == key.size() || path[key.size()] == '.' || path[key.size()] == '[');
}

}  // namespace

ScenarioPart part_of(std::string_view path) {
    for (const std::string_view key :
         {"targets.rto.from", "targets.rto.of", "targets.rto.service", "targets.rto.site",
          "targets.rpo.from"}) {
        if (path == key) return ScenarioPart::experiment;  // says what is measured
    }
    for (const std::string_view key : {"description", "seeds", "targets", "slo", "checks"}) {
        if (is_under(path, key)) return ScenarioPart::judgement;
    }
    const bool world = is_under(path, "cluster.sites") || is_under(path, "cluster.clocks");
    if (is_under(path, "backup") && !is_under(path, "backup.store")) return ScenarioPart::system;
    const bool system = is_under(path, "cluster") || is_under(path, "services");
    return system && !world ? ScenarioPart::system : ScenarioPart::experiment;
}

std::vector<ScenarioChange> changes(const Scenario& before, const Scenario& after) {
    std::map<std::string, std::string> old;
    const std::vector<Leaf> said_before = said_by(before);
    for (const Leaf& leaf : said_before) old[leaf.path] = leaf.value;
    std::vector<ScenarioChange> found;
    for (const Leaf& leaf : said_by(after)) {
        const auto same = old.find(leaf.path);
        const std::string value = same == old.end() ? "" : same->second;
        if (value != leaf.value) {
            found.push_back({leaf.path, value, leaf.value, part_of(leaf.path)});
        }
        old.erase(leaf.path);
    }
    for (const Leaf& leaf : said_before) {
        if (old.contains(leaf.path)) {
            found.push_back({leaf.path, leaf.value, "", part_of(leaf.path)});
        }
    }
    return found;
}

}  // namespace shaketable
