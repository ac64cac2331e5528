// SPDX-License-Identifier: MIT
#include "sim/scenario/service_lints.hpp"

#include <algorithm>

#include "sim/scenario/bind_policy.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/service_graph.hpp"

namespace shaketable {
namespace {

using namespace novacron::resilience;

constexpr std::uint64_t kMeanSamples = 1000;

Duration mean_of(const DistributionOptions& options) {
    const Distribution distribution(options);
    const std::uint64_t step = ~std::uint64_t{0} / kMeanSamples;
    std::int64_t sum = 0;
    for (std::uint64_t i = 0; i < kMeanSamples; ++i) {
        sum += distribution.at(step * i + step / 2).ns / static_cast<std::int64_t>(kMeanSamples);
    }
    return {sum};
}

class ServiceLints {
public:
    ServiceLints(const Node& tree, const Scenario& scenario, Diagnostics& warnings)
        : root_(tree), graph_(scenario.graph), warnings_(warnings) {}

    void look() {
        look_at_resilience();
        if (graph_.empty()) return;
        const Node& services = *root_.valid("services");
        if (graph_.clients.empty()) {
            warn(services, "nobody uses the services", "write clients: {people: {to: ...}}");
        } else {
            look_for_idlers(services);
        }
        for (std::size_t i = 0; i < graph_.services.size(); ++i) {
            look_at_policies(services.entries[i].value, graph_.services[i]);
        }
        const Node* clients = root_.valid("clients");
        for (std::size_t i = 0; i < graph_.clients.size(); ++i) {
            const Fields own(clients->entries[i].value);
            look_at_policy(own.map("policy"), graph_.clients[i].policy, graph_.clients[i].to);
        }
    }

private:
    void warn(const Node& node, std::string message, std::string hint = {}) {
        Diagnostic diagnostic = about(node, std::move(message), std::move(hint));
        diagnostic.severity = Severity::warning;
        warnings_.add(std::move(diagnostic));
    }

    void look_at_resilience() {
        const Fields resilience = root_.map("cluster").map("resilience");
        const Node* node = root_.map("cluster").valid("resilience");
        if (node == nullptr) return;
        const bool calls =
            std::any_of(graph_.services.begin(), graph_.services.end(),
                        [](const ServiceSpec& service) { return !service.calls.empty(); });
        for (const Node::Entry& pattern : node->entries) {
            const bool of_instances = pattern.key == "rate_limiter";
            if (of_instances ? !graph_.empty() : calls) continue;
            warn(pattern.value, "nothing goes by " + pattern.key + ": " +
                                    (of_instances ? "there are no services"
                                                  : "no service calls another"));
        }
        tell(resilience, remarks_on(bind_resilience(resilience), {}));
    }

    // Remarks on sections that are there.
    void tell(const Fields& sections, const std::vector<Remark>& remarks) {
        for (const Remark& remark : remarks) {
            const std::size_t dot = remark.key.find('.');
            const std::string section = remark.key.substr(0, dot);
            const std::string key = remark.key.substr(dot + 1);
            if (!sections.has(section)) continue;
            const Node* place = sections.map(section).valid(key);
            if (place == nullptr) place = sections.valid(section);
            if (place == nullptr) continue;
            warn(*place, key + " " + remark.says);
        }
    }

    void look_for_idlers(const Node& services) {
        const CallGraph calls = call_graph_of(graph_);
        std::vector<bool> asked(graph_.services.size(), false);
        for (const std::uint32_t entry : calls.entries) asked[entry] = true;
        const std::vector<Dependencies> map = dependency_map(calls);
        for (const std::uint32_t entry : calls.entries) {
            for (const std::uint32_t each : map[entry].all) asked[each] = true;
        }
        for (std::size_t i = 0; i < asked.size(); ++i) {
            if (asked[i]) continue;
            warn(services.entries[i].value,
                 "nobody asks " + graph_.services[i].id + ", neither clients nor on their behalf");
        }
    }

    void look_at_policies(const Node& node, const ServiceSpec& service) {
        const Fields policies = Fields(node).map("policies");
        const Node* calls = Fields(node).valid("calls");
        for (std::size_t i = 0; i < service.calls.size(); ++i) {
            look_at_policy(policies.map(calls->entries[i].key), service.calls[i].policy,
                           service.calls[i].to);
        }
    }

    // The sections that the policy itself names, with what is known of the callee.
    void look_at_policy(const Fields& own, const CallPolicy& policy, std::uint32_t to) {
        ResilienceOptions options;
        if (policy.breaker) options.circuit_breaker = *policy.breaker;
        if (policy.limiter) options.rate_limiter = *policy.limiter;
        if (policy.bulkhead) options.bulkhead = *policy.bulkhead;
        if (policy.retry) options.retry = *policy.retry;
        Surroundings around;
        around.service_time = mean_of(graph_.services[to].service_time);
        if (policy.deadline.ns > 0) around.client_deadline = policy.deadline;
        std::vector<Remark> remarks = remarks_on(options, around);
        std::erase_if(remarks, [&](const Remark& remark) {
            return (remark.key.starts_with("retry.") && !policy.retry) ||
                   (remark.key.starts_with("bulkhead.") && !policy.bulkhead);
        });
        tell(own, remarks);
    }

    Fields root_;
    const ServiceGraph& graph_;
    Diagnostics& warnings_;
};

}  // namespace

void lint_services(const Node& canonical, const Scenario& scenario, Diagnostics& warnings) {
    ServiceLints(canonical, scenario, warnings).look();
}

}  // namespace shaketable
