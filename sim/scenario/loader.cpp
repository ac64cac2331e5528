// SPDX-License-Identifier: MIT
#include "sim/scenario/loader.hpp"

#include "sim/scenario/assemble.hpp"
#include "sim/scenario/bind.hpp"
#include "sim/scenario/lints.hpp"
#include "sim/scenario/normalise.hpp"
#include "sim/scenario/sweep.hpp"

namespace shaketable {

std::optional<Override> parse_override(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    return Override{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

namespace {

enum class Lint : std::uint8_t { no, yes };

LoadResult load_text(std::string_view text, const std::string& path,
                     const std::vector<Override>& overrides, Lint with_lints) {
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
    Diagnostics warnings;
    if (with_lints == Lint::yes) lint(*canonical, scenario, warnings);
    return {std::move(scenario), {}, warnings.take()};
}

LoadResult load_file(const std::string& path, const std::vector<Override>& overrides,
                     Lint with_lints) {
    const auto text = read_file(path, kMostFileBytes + 1);
    if (text) return load_text(*text, path, overrides, with_lints);
    auto source = std::make_shared<Source>();
    source->name = path;
    return {std::nullopt, {{{source, 1, 1}, 1, "can't read the file", {}}}};
}

}  // namespace

LoadResult load_scenario(const std::string& path, const std::vector<Override>& overrides) {
    return load_file(path, overrides, Lint::no);
}

LoadResult load_scenario_text(std::string_view text, const std::string& path,
                              const std::vector<Override>& overrides) {
    return load_text(text, path, overrides, Lint::no);
}

LoadResult check_scenario(const std::string& path, const std::vector<Override>& overrides) {
    return load_file(path, overrides, Lint::yes);
}

LoadResult check_scenario_text(std::string_view text, const std::string& path,
                               const std::vector<Override>& overrides) {
    return load_text(text, path, overrides, Lint::yes);
}

}  // namespace shaketable
