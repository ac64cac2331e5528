// SPDX-License-Identifier: MIT
#include "sim/cli/render_coverage.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/text_table.hpp"

namespace shaketable::cli {

std::string render_coverage(const Coverage& coverage) {
    TextTable table;
    for (std::size_t i = 0; i < kProbes; ++i) {
        const Coverage::Count& count = coverage.counts()[i];
        if (count.runs == 0) continue;
        const ProbeWords& probe = probe_table()[i];
        table.add({"met", std::string(probe.name),
                   fmt::format("in {} of {}", count.runs, plural(coverage.runs(), "run")),
                   plural(count.times, "time"), std::string(probe.words)});
    }
    for (const ProbeWords& probe : coverage.never_met()) {
        table.add({"never", std::string(probe.name), "", "", std::string(probe.words)});
    }
    return table.text(2);
}

std::string coverage_line(const Coverage& coverage) {
    const std::vector<ProbeWords> never = coverage.never_met();
    std::string text = fmt::format("{} of {} rare situations met", kProbes - never.size(), kProbes);
    for (std::size_t i = 0; i < never.size(); ++i) {
        text += fmt::format("{}{}", i == 0 ? "; never: " : ", ", never[i].name);
    }
    return text + "\n";
}

nlohmann::ordered_json coverage_to_json(const Coverage& coverage) {
    nlohmann::ordered_json json = {{"runs", coverage.runs()},
                                   {"probes", nlohmann::ordered_json::array()}};
    for (std::size_t i = 0; i < kProbes; ++i) {
        const Coverage::Count& count = coverage.counts()[i];
        json["probes"].push_back({{"name", probe_table()[i].name},
                                  {"words", probe_table()[i].words},
                                  {"runs", count.runs},
                                  {"times", count.times}});
    }
    return json;
}

}  // namespace shaketable::cli
