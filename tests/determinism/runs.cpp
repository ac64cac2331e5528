// SPDX-License-Identifier: MIT
//
// Runs seeds of a scenario and says all that is known of each: the least that two builds can be
// compared by, since the whole program takes twice as long to compile.
//
//     shaketable_runs SCENARIO FIRST LAST
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "sim/run/explanation.hpp"
#include "sim/run/result_json.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/loader.hpp"

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: shaketable_runs SCENARIO FIRST LAST\n";
        return 2;
    }
    const shaketable::LoadResult loaded = shaketable::load_scenario(argv[1]);
    if (!loaded.ok()) {
        for (const shaketable::Diagnostic& each : loaded.diagnostics) {
            std::cerr << each.message << '\n';
        }
        return 2;
    }
    nlohmann::ordered_json runs = nlohmann::ordered_json::array();
    const std::uint64_t last = std::strtoull(argv[3], nullptr, 10);
    for (std::uint64_t seed = std::strtoull(argv[2], nullptr, 10); seed <= last; ++seed) {
        shaketable::Result result = shaketable::run(*loaded.scenario, seed);
        if (shaketable::misses_rto(result)) shaketable::explain(*loaded.scenario, result);
        runs.push_back(to_json(result, ""));
    }
    std::cout << nlohmann::ordered_json{{"runs", std::move(runs)}}.dump(1) << '\n';
    return 0;
}
