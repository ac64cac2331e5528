// SPDX-License-Identifier: MIT
#include "sim/scenario/bind_traffic.hpp"

#include <algorithm>
#include <set>

#include "sim/scenario/units.hpp"
#include "sim/service/services.hpp"

namespace shaketable {
namespace {

constexpr std::uint32_t kWhole = Services::kWhole;

class TrafficBinder {
public:
    TrafficBinder(const Node& fault, const ServiceGraph& graph, Diagnostics& diagnostics)
        : fault_(fault), with_(fault_.map("with")), graph_(graph), diagnostics_(diagnostics) {}

    TrafficOrder bind() {
        bind_steps();
        assign(order_.soak, with_.duration("soak"));
        assign(order_.gate, with_.boolean("gate"));
        assign(order_.allows.error_margin, with_.probability("error_margin"));
        assign(order_.allows.latency_factor, with_.number("latency_factor"));
        assign(order_.allows.calls_min, with_.integer("min_calls"));
        assign(order_.timeout, with_.duration("timeout"));
        if (with_.text("on_unhealthy") == "stop") {
            order_.unhealthy = DeployOrder::Unhealthy::stop;
        }
        check_gate();
        if (const auto service = find_service()) bind_version(*service);
        return order_;
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    void bind_steps() {
        const Node* steps = with_.valid("steps");
        if (steps == nullptr) return;
        order_.steps_ppm.clear();
        std::set<std::uint32_t> in_order;
        const Node* falls = nullptr;
        for (const Node& item : steps->items) {
            if (!item.is_scalar()) return;  // it was reported
            const auto share = parse_probability(item.text);
            if (!share) return;
            const auto ppm = static_cast<std::uint32_t>(*share * kWhole + 0.5);
            if (ppm == 0) {
                report(item, "a step that sends nobody to the version", "write 1% or more");
            } else if (falls == nullptr && !in_order.empty() && ppm <= *in_order.rbegin()) {
                falls = &item;
            }
            order_.steps_ppm.push_back(ppm);
            in_order.insert(ppm);
        }
        if (order_.steps_ppm.empty()) {
            report(*steps, "no step, so nothing is shifted", "write steps: [1%, 10%, 50%, 100%]");
        }
        if (falls == nullptr) return;
        std::string sorted;
        for (const std::uint32_t step : in_order) {
            if (step > 0) sorted += (sorted.empty() ? "" : ", ") + share_text(step);
        }
        report(*falls, "'" + falls->text + "' is not above the step before",
               "steps rise; write [" + sorted + "]");
    }

    void check_gate() {
        for (const std::string_view key : {"error_margin", "latency_factor", "min_calls"}) {
            if (order_.gate || !with_.has(key)) continue;
            report(*with_.any(key), "gate: false has no '" + std::string(key) + "'",
                   "write gate: true, or leave it out");
        }
        if (!order_.gate) return;
        if (with_.valid("soak") != nullptr && order_.soak == Duration{}) {
            report(*with_.valid("soak"), "a gate without a soak has nothing to compare",
                   "write soak: 60s, or gate: false");
        }
        if (with_.valid("error_margin") != nullptr && order_.allows.error_margin >= 1) {
            report(*with_.valid("error_margin"), "a gate that lets every call fail stops nothing",
                   "write error_margin: 1%, or gate: false");
        }
    }

    // What is wrong with a target is reported where targets are read.
    std::optional<std::uint32_t> find_service() {
        const Node* target = fault_.valid("target");
        if (target == nullptr || graph_.services.empty()) return std::nullopt;
        const bool is_all = target->is_scalar() && target->text == "all";
        const Node* named = target->items.size() == 1 ? &target->items.front() : target;
        for (std::uint32_t i = 0; named->is_scalar() && i < graph_.services.size(); ++i) {
            if (graph_.services[i].id == named->text) return i;
        }
        if (is_all && graph_.services.size() == 1) return 0;
        if (is_all || target->items.size() > 1) {
            report(*target, "requests are shifted for one service at a time",
                   "write a fault of its own for each");
        }
        return std::nullopt;
    }

    void bind_version(std::uint32_t number) {
        order_.service = number;
        const auto name = with_.text("version");
        if (!name) return;
        const ServiceSpec& service = graph_.services[number];
        std::vector<std::string> known;
        for (std::uint32_t v = 0; v < service.version_count(); ++v) {
            known.push_back(service.version_name(v));
        }
        const auto found = std::find(known.begin(), known.end(), *name);
        order_.version = static_cast<std::uint32_t>(found - known.begin());
        if (found != known.end()) return;
        std::string hint = did_you_mean(*name, known);
        if (hint.empty()) {
            hint = "write services: {" + service.id + ": {versions: {" + *name + ": {}}}}";
        }
        report(*with_.valid("version"), service.id + " has no version '" + *name + "'", hint);
        order_.version = 0;
    }

    Fields fault_;
    Fields with_;
    const ServiceGraph& graph_;
    Diagnostics& diagnostics_;
    TrafficOrder order_;
};

}  // namespace

TrafficOrder bind_traffic(const Node& fault, const Scenario& scenario, Diagnostics& diagnostics) {
    return TrafficBinder(fault, scenario.graph, diagnostics).bind();
}

std::string share_text(std::uint32_t share_ppm) {
    return format_probability(static_cast<double>(share_ppm) / kWhole);
}

std::vector<std::pair<std::string, std::string>> traffic_options_of(const TrafficOrder& order,
                                                                    const ServiceGraph& graph) {
    const TrafficOrder usual;
    std::vector<std::pair<std::string, std::string>> texts;
    const auto add = [&texts](bool differs, const char* key, std::string value) {
        if (differs) texts.emplace_back(key, std::move(value));
    };
    const VersionGate& allows = order.allows;
    add(true, "version", graph.services.at(order.service).version_name(order.version));
    add(order.soak != usual.soak, "soak", format_duration(order.soak));
    add(!order.gate, "gate", "false");
    add(allows.error_margin < usual.allows.error_margin ||
            allows.error_margin > usual.allows.error_margin,
        "error_margin", format_probability(allows.error_margin));
    add(allows.latency_factor < usual.allows.latency_factor ||
            allows.latency_factor > usual.allows.latency_factor,
        "latency_factor", format_number(allows.latency_factor));
    add(allows.calls_min != usual.allows.calls_min, "min_calls", std::to_string(allows.calls_min));
    add(order.timeout != usual.timeout, "timeout", format_duration(order.timeout));
    add(order.unhealthy != usual.unhealthy, "on_unhealthy", "stop");
    return texts;
}

void lint_traffic(const Node& fault, const TrafficOrder& order, Diagnostics& warnings) {
    const auto lasts = Fields(fault).durations("for");
    const Fields with = Fields(fault).map("with");
    const auto warn = [&](const char* key, std::string message, std::string hint) {
        const Node* place = with.valid(key);
        Diagnostic diagnostic =
            about(place == nullptr ? fault : *place, std::move(message), std::move(hint));
        diagnostic.severity = Severity::warning;
        warnings.add(std::move(diagnostic));
    };
    const auto steps = static_cast<std::int64_t>(order.steps_ppm.size());
    if (lasts && order.soak * steps > lasts->high) {
        warn("soak",
             std::to_string(steps) + " steps of " + format_duration(order.soak) + " take " +
                 format_duration(order.soak * steps) + ", and the order ends after " +
                 format_duration(lasts->high),
             "let it end later, or soak for less");
    }
    if (order.gate && !order.steps_ppm.empty() && order.steps_ppm.front() == kWhole) {
        warn("steps", "all requests go to the version from the first step on: there is nothing to "
                      "compare its latency with, and it may fail by error_margin alone",
             "begin with less, such as [1%, 100%]");
    }
}

}  // namespace shaketable
