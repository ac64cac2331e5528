// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>

#include "sim/scenario/bind.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

class SloBinder {
public:
    SloBinder(Scenario& scenario, Diagnostics& diagnostics)
        : scenario_(scenario), diagnostics_(diagnostics) {
        for (const WorkloadSpec& load : scenario.workloads) known_.push_back(load.id);
        for (const ClientSpec& clients : scenario.graph.clients) known_.push_back(clients.id);
    }

    void bind(const Node& item) {
        const Fields fields(item);
        SloSpec slo;
        slo.id = fields.text("id").value_or("?");
        slo.of = fields.text("of").value_or("");
        if (fields.valid("id") != nullptr && !seen_.insert(slo.id).second) {
            report(*fields.valid("id"), "two objectives are called '" + slo.id + "'",
                   "give one of them another name");
        }
        if (known_.empty()) {
            report(item, "no workload asks for anything");
        } else if (!slo.of.empty() &&
                   std::find(known_.begin(), known_.end(), slo.of) == known_.end()) {
            report(*fields.valid("of"), "no workload or clients '" + slo.of + "'",
                   did_you_mean(slo.of, known_));
        }
        if (const auto objective = fields.probability("objective")) {
            slo.objective_ppm = static_cast<std::uint32_t>(std::lround(*objective * 1e6));
            if (slo.objective_ppm == 0 || slo.objective_ppm >= 1'000'000) {
                report(*fields.valid("objective"), "an objective leaves some room for failure",
                       "it is above 0% and below 100%, in steps of 0.0001%");
            }
        }
        slo.window = window_of(fields);
        scenario_.slos.push_back(std::move(slo));
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    std::optional<Duration> window_of(const Fields& slo) {
        const auto text = slo.text("window");
        if (!text || *text == "run") return std::nullopt;
        const Node& node = *slo.valid("window");
        const auto window = parse_duration(*text);
        if (!window || *window < novacron::seconds(1)) {
            report(node, "not a window: '" + *text + "'", "write run, or a duration from 1s on");
            return std::nullopt;
        }
        const Duration measured = scenario_.duration - scenario_.warmup;
        if (*window > measured && measured > Duration{}) {
            report(node,
                   "the run measures " + format_duration(measured) +
                       ", less than this window, so nothing could be said of it",
                   "write window: run");
        }
        return *window;
    }

    Scenario& scenario_;
    Diagnostics& diagnostics_;
    std::vector<std::string> known_;
    std::set<std::string> seen_;
};

}  // namespace

void bind_slos(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics) {
    const Node* list = canonical.find("slo");
    if (list == nullptr) return;
    SloBinder binder(scenario, diagnostics);
    for (const Node& item : list->items) {
        if (item.is_map()) binder.bind(item);
    }
}

}  // namespace shaketable
