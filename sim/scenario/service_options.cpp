// SPDX-License-Identifier: MIT
#include "sim/scenario/service_options.hpp"

#include <algorithm>

#include "core/base/overloaded.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

// The place of what is called so.
template <class Spec>
std::optional<std::uint32_t> number_of(const std::vector<Spec>& all, std::string_view id) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Spec& one) { return one.id == id; });
    if (found == all.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - all.begin());
}

std::vector<std::string> callers(const ServiceGraph& graph) {
    std::vector<std::string> names;
    for (const ServiceSpec& service : graph.services) names.push_back(service.id);
    for (const ClientSpec& client : graph.clients) names.push_back(client.id);
    return names;
}

CallerSpec caller_of(const Fields& with, const ServiceGraph& graph, Diagnostics& diagnostics) {
    const auto name = with.text("caller");
    if (!name) return {};
    CallerSpec caller{number_of(graph.services, *name), number_of(graph.clients, *name)};
    if (caller.service) caller.clients.reset();
    if (!caller.service && !caller.clients) {
        diagnostics.add(about(*with.any("caller"),
                              "nobody who calls is named '" + name->substr(0, 60) + "'",
                              did_you_mean(*name, callers(graph))));
    }
    return caller;
}

std::uint32_t whole(const Fields& with, std::string_view key, std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(with.integer(key).value_or(otherwise));
}

// An instance that the services of the target do not have.
void check_instance(const Node& fault, const ServiceGraph& graph, Diagnostics& diagnostics) {
    const Fields fields(fault);
    const auto instance = fields.map("with").integer("instance");
    const Node* target = fields.any("target");
    if (!instance || target == nullptr) return;
    std::vector<const Node*> words{target};
    for (const Node& item : target->items) words.push_back(&item);
    for (const Node* word : words) {
        const auto service = number_of(graph.services, word->text);
        if (!service) continue;
        const std::size_t count = graph.services[*service].on.size();
        if (static_cast<std::uint64_t>(*instance) < count) continue;
        diagnostics.add(about(*fields.map("with").any("instance"),
                              "'" + word->text + "' has " + std::to_string(count) +
                                  (count == 1 ? " instance" : " instances"),
                              "they are counted from 0"));
    }
}

}  // namespace

std::optional<FaultKind> service_fault_of(std::string_view word, const Node& fault,
                                          const Scenario& scenario, Diagnostics& diagnostics) {
    const Fields with = Fields(fault).map("with");
    const auto caller = [&] { return caller_of(with, scenario.graph, diagnostics); };
    if (word == "dependency.errors") {
        return DependencyErrors{with.probability("probability").value_or(0), caller()};
    }
    if (word == "dependency.latency") {
        return DependencyLatency{with.distribution("latency").value_or(Constant{}), caller()};
    }
    if (word == "dependency.black_hole") return DependencyBlackHole{caller()};
    if (word == "resource.threads") return StuckThreads{whole(with, "workers", 1)};
    if (word == "resource.descriptors") return DescriptorLimit{whole(with, "connections", 0)};
    if (word == "service.crash") {
        ServiceCrash crash;
        if (with.integer("instance")) crash.instance = whole(with, "instance", 0);
        check_instance(fault, scenario.graph, diagnostics);
        return crash;
    }
    if (word == "cache.loss") return CacheLoss{};
    if (word == "operator.reset_breakers") return BreakerReset{caller()};
    return std::nullopt;
}

std::optional<Selector> bind_services(const Node& target, const ServiceGraph& graph,
                                      Diagnostics& diagnostics) {
    const auto report = [&](const Node& node, std::string message, std::string hint = {}) {
        diagnostics.add(about(node, std::move(message), std::move(hint)));
        return std::nullopt;
    };
    if (target.kind == Node::Kind::hole) return std::nullopt;
    if (graph.services.empty()) return report(target, "there are no services", "add services");
    if (target.is_map()) {
        return report(target, "this is about services, and not about nodes",
                      "write the names of services");
    }
    std::vector<const Node*> words;
    if (target.is_scalar()) words.push_back(&target);
    for (const Node& item : target.items) words.push_back(&item);
    if (words.empty()) return report(target, "nobody is meant here", "name a service");
    std::vector<std::string> names;
    for (const ServiceSpec& service : graph.services) names.push_back(service.id);
    Selector selector;
    bool good = true;
    for (const Node* word : words) {
        if (!word->is_scalar()) return std::nullopt;
        if (word->text == "all" && !number_of(graph.services, "all")) {
            for (std::uint32_t i = 0; i < names.size(); ++i) selector.services.push_back(i);
        } else if (const auto number = number_of(graph.services, word->text)) {
            selector.services.push_back(*number);
        } else {
            good = false;
            report(*word, "unknown service '" + word->text.substr(0, 60) + "'",
                   did_you_mean(word->text, names));
        }
    }
    if (!good) return std::nullopt;
    auto& numbers = selector.services;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return selector;
}

std::vector<std::pair<std::string, std::string>> service_options_of(const FaultKind& kind,
                                                                    const ServiceGraph& graph) {
    const auto by = [&](const CallerSpec& caller, Options options) {
        if (caller.service) options.emplace_back("caller", graph.services[*caller.service].id);
        if (caller.clients) options.emplace_back("caller", graph.clients[*caller.clients].id);
        return options;
    };
    return std::visit(
        novacron::Overloaded{
            [&](const DependencyErrors& f) {
                return by(f.caller, {{"probability", format_probability(f.probability)}});
            },
            [&](const DependencyLatency& f) { return by(f.caller, {}); },
            [&](const DependencyBlackHole& f) { return by(f.caller, {}); },
            [&](const BreakerReset& f) { return by(f.caller, {}); },
            [](const StuckThreads& f) { return Options{{"workers", std::to_string(f.workers)}}; },
            [](const DescriptorLimit& f) {
                return Options{{"connections", std::to_string(f.connections)}};
            },
            [](const ServiceCrash& f) {
                return f.instance ? Options{{"instance", std::to_string(*f.instance)}} : Options{};
            },
            [](const auto&) { return Options{}; }},
        kind);
}

}  // namespace shaketable
