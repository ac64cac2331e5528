// SPDX-License-Identifier: MIT
#include "sim/scenario/loader.hpp"

#include "sim/scenario/assemble.hpp"
#include "sim/scenario/bind.hpp"
#include "sim/scenario/normalise.hpp"
#include "sim/scenario/sweep.hpp"

namespace shaketable {
std::optional<Override> parse_override(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    return Override{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

LoadResult load_scenario(const std::string& path, const std::vector<Override>& overrides) {
    const auto text = read_file(path, kMostFileBytes + 1);
    if (text) return load_scenario_text(*text, path, overrides);
    auto source = std::make_shared<Source>();
    source->name = path;
    return {std::nullopt, {{{source, 1, 1}, 1, "can't read the file", {}}}};
}

LoadResult load_scenario_text(std::string_view text, const std::string& path,
                              const std::vector<Override>& overrides) {
    Diagnostics diagnostics;
    auto assembled = assemble(text, path, overrides, diagnostics);
    if (!assembled) return {std::nullopt, diagnostics.take()};
    const auto canonical = normalise(assembled->root, "", diagnostics);
    if (!canonical) return {std::nullopt, diagnostics.take()};
    Scenario scenario = bind(*canonical, diagnostics);
    if (assembled->sweep) {
        scenario.sweep =
            bind_sweep(*assembled->sweep, assembled->parameters, scenario, diagnostics);
    }
    if (!diagnostics.empty()) return {std::nullopt, diagnostics.take()};
    scenario.path = path;
    scenario.parameters = assembled->parameters.values();
    identify(scenario, *canonical);
    return {std::move(scenario), {}};
}

}  // namespace shaketable
