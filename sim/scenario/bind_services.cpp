// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <set>

#include "sim/scenario/bind.hpp"
#include "sim/scenario/bind_policy.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/places.hpp"
#include "sim/scenario/service_graph.hpp"
#include "sim/service/graph.hpp"

namespace shaketable {
namespace {

using namespace novacron::resilience;

constexpr std::size_t kMostServices = 1000;
constexpr std::size_t kMostInstances = 10'000;

class ServiceBinder {
public:
    ServiceBinder(const Node& tree, Scenario& scenario, Diagnostics& diagnostics)
        : root_(tree),
          usual_(root_.map("cluster").map("resilience")),
          scenario_(scenario),
          diagnostics_(diagnostics) {}

    void bind() {
        check_usual_retry();
        if (const auto cores = root_.map("cluster").integer("cores")) {
            scenario_.graph.cores = static_cast<std::uint32_t>(*cores);
        }
        const Node* services = root_.valid("services");
        const Node* clients = root_.valid("clients");
        if (services == nullptr) {
            if (clients != nullptr) {
                report(*clients, "there are clients, and no services for them",
                       "write services, or workload for clients of the replicated store");
            }
            return;
        }
        if (services->entries.size() > kMostServices) {
            report(*services, "more than " + std::to_string(kMostServices) + " services");
            return;
        }
        for (const Node::Entry& entry : services->entries) names_.push_back(entry.key);
        for (const Node::Entry& entry : services->entries) bind_service(entry);
        check_instances(*services);
        check_circles(*services);
        if (clients == nullptr || clients->entries.empty()) return;
        for (const Node::Entry& entry : clients->entries) bind_client(entry);
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    void check_usual_retry() {
        const Fields retry = usual_.map("retry");
        const RetryOptions options = bind_resilience(usual_).retry;
        if (options.max_delay >= options.initial_delay) return;
        const Node* place = retry.valid("max_delay");
        if (place == nullptr) place = retry.valid("initial_delay");
        if (place == nullptr) return;
        report(*place, "max_delay, " + format_duration(options.max_delay) +
                           ", is below initial_delay, " + format_duration(options.initial_delay),
               "write at least " + format_duration(options.initial_delay));
    }

    std::optional<std::uint32_t> service_of(const std::string& name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        if (found == names_.end()) return std::nullopt;
        return static_cast<std::uint32_t>(found - names_.begin());
    }

    void bind_service(const Node::Entry& entry) {
        ServiceSpec spec;
        spec.id = entry.key;
        const Fields fields(entry.value.is_map() ? &entry.value : nullptr);
        bind_places(fields, spec);
        assign(spec.concurrency, fields.integer("concurrency"));
        bind_queue(fields.map("queue"), spec.queue);
        assign(spec.service_time, fields.distribution("service_time"));
        assign(spec.cpu_share, fields.probability("cpu_share"));
        bind_memory(fields, spec.memory);
        assign(spec.start_time, fields.duration("start_time"));
        bind_calls(fields, spec);
        spec.server.rate_limit = bind_rate_limiter(fields, usual_);
        bind_shedder(fields, spec.server);
        bind_degradation(fields, spec.server);
        bind_adaptive(fields, spec.server);
        assign(spec.error_rate, fields.probability("error_rate"));
        bind_versions(fields, spec);
        scenario_.graph.services.push_back(std::move(spec));
    }

    void bind_places(const Fields& fields, ServiceSpec& spec) {
        const Node* target = fields.valid("nodes");
        if (target == nullptr || scenario_.nodes.empty()) return;
        if (target->is_map()) {
            report(*target, "a service runs on nodes, zones or sites, not on a choice of them",
                   "write nodes: [node-1, node-2], zone:a or all");
            return;
        }
        const auto nodes = Places(scenario_.nodes, diagnostics_).nodes(*target);
        if (!nodes) return;
        const std::int64_t rounds = fields.integer("per_node").value_or(1);
        for (std::int64_t i = 0; i < rounds; ++i) {
            spec.on.insert(spec.on.end(), nodes->begin(), nodes->end());
        }
    }

    // What a version does not say is as in the service.
    void bind_versions(const Fields& fields, ServiceSpec& spec) {
        assign(spec.version, fields.text("version"));
        const Node* versions = fields.valid("versions");
        if (versions == nullptr) return;
        for (const Node::Entry& entry : versions->entries) {
            const Fields own(entry.value.is_map() ? &entry.value : nullptr);
            if (entry.key == spec.version) {
                diagnostics_.add(about(entry, "'" + entry.key + "' is what " + spec.id +
                                                  " runs at first, and is described by itself",
                                       "give the other one another name, or write version: NAME"));
            }
            ServiceVersion version{entry.key, spec.service_time, spec.error_rate};
            assign(version.service_time, own.distribution("service_time"));
            assign(version.error_rate, own.probability("error_rate"));
            spec.versions.push_back(std::move(version));
        }
    }

    void check_instances(const Node& services) {
        std::size_t instances = 0;
        for (const ServiceSpec& service : scenario_.graph.services) {
            instances += service.on.size() * service.version_count();
        }
        if (instances <= kMostInstances) return;
        report(services, std::to_string(instances) + " instances are more than " +
                             std::to_string(kMostInstances));
    }

    void bind_queue(const Fields& fields, QueueSpec& queue) {
        assign(queue.limit, fields.integer("limit"));
        assign(queue.timeout, fields.duration("timeout"));
        assign(queue.drop_expired, fields.boolean("drop_expired"));
        const auto discipline = fields.text("discipline");
        if (discipline == "lifo") queue.discipline = QueueDiscipline::lifo;
        if (discipline == "priority") queue.discipline = QueueDiscipline::priority;
        if (discipline == "codel") queue.discipline = QueueDiscipline::codel;
        if (discipline == "adaptive_lifo") queue.discipline = QueueDiscipline::adaptive_lifo;
        assign(queue.codel.target, fields.duration("target"));
        assign(queue.codel.interval, fields.duration("interval"));
        const bool delays = discipline == "codel" || discipline == "adaptive_lifo";
        for (const std::string_view key : {"target", "interval"}) {
            if (delays || !fields.has(key)) continue;
            report(*fields.any(key),
                   "discipline: " + discipline.value_or("fifo") + " has no '" + std::string(key) +
                       "'",
                   "write discipline: codel, or leave it out");
        }
        if (queue.codel.interval > queue.codel.target) return;
        const Node* place = fields.valid("target");
        if (place == nullptr) place = fields.valid("interval");
        if (place == nullptr) return;
        report(*place, "the target, " + format_duration(queue.codel.target) +
                           ", is not below the interval, " + format_duration(queue.codel.interval));
    }

    void bind_memory(const Fields& fields, MemorySpec& memory) {
        const Fields own = fields.map("memory");
        assign(memory.base, own.size("base"));
        assign(memory.per_request, own.size("per_request"));
        assign(memory.limit, own.size("limit"));
        if (memory.base >= memory.limit && own.valid("limit") != nullptr) {
            report(*own.valid("limit"), "the limit of memory is not above base, " +
                                            format_size(memory.base),
                   "the process would be killed before it serves");
        }
    }

    // ---- calls

    void bind_calls(const Fields& fields, ServiceSpec& spec) {
        const Node* calls = fields.valid("calls");
        const Fields policies = fields.map("policies");
        std::vector<std::string> called;
        if (calls != nullptr) {
            for (const Node::Entry& entry : calls->entries) {
                called.push_back(entry.key);
                const auto to = service_of(entry.key);
                if (!to) {
                    diagnostics_.add(about(entry, "unknown service '" + entry.key + "'",
                                           did_you_mean(entry.key, names_)));
                    continue;
                }
                bind_call(entry, *to, policies, spec);
            }
        }
        const Node* map = fields.valid("policies");
        if (map == nullptr) return;
        for (const Node::Entry& entry : map->entries) {
            if (std::find(called.begin(), called.end(), entry.key) != called.end()) continue;
            std::string hint = did_you_mean(entry.key, called);
            if (hint.empty() && service_of(entry.key)) {
                hint = "write calls: {" + entry.key + ": {}}, or leave the policy out";
            }
            diagnostics_.add(about(entry, spec.id + " does not call '" + entry.key +
                                              "', so no call goes by this policy",
                                   hint));
        }
    }

    void bind_call(const Node::Entry& entry, std::uint32_t to, const Fields& policies,
                   ServiceSpec& spec) {
        const Fields fields(entry.value.is_map() ? &entry.value : nullptr);
        CallSpec call;
        call.to = to;
        assign(call.parallel, fields.boolean("parallel"));
        assign(call.optional, fields.boolean("optional"));
        assign(call.probability, fields.probability("probability"));
        if (const Node* cache = fields.valid("cache")) {
            const Fields own(*cache);
            CacheSpec& spec_of_cache = call.cache.emplace();
            assign(spec_of_cache.hit_rate, own.probability("hit_rate"));
            assign(spec_of_cache.entries, own.integer("entries"));
        }
        if (call.parallel && spec.calls.empty()) {
            report(*fields.valid("parallel"), "no call comes before this one",
                   "write parallel: true in the second");
        }
        call.policy = bind_policy(policies.map(entry.key), usual_, diagnostics_);
        spec.calls.push_back(std::move(call));
    }

    void check_circles(const Node& services) {
        for (const auto& circle : circles(call_graph_of(scenario_.graph))) {
            std::string way;
            for (const std::uint32_t each : circle) way += names_[each] + " -> ";
            const std::string& first = names_[circle.front()];
            const Node::Entry& last = services.entries[circle.back()];
            const Node::Entry* call = last.value.find("calls")->find_entry(first);
            diagnostics_.add(about(*call, "these calls wait for each other: " + way + first,
                                   "a request would wait for itself; leave one of them out"));
        }
    }

    // ---- what an instance guards itself with

    static bool wants(const Fields& fields, std::string_view pattern) {
        return fields.has(pattern) && fields.map(pattern).boolean("enabled").value_or(true);
    }

    void bind_shedder(const Fields& fields, ServerPolicy& server) {
        if (!wants(fields, "load_shed")) return;
        const Fields own = fields.map("load_shed");
        const bool by_delay = own.text("by") == "queue_delay";
        const std::string word = by_delay ? "queue_delay" : "utilisation";
        for (const std::string_view key : {"threshold", "half_life"}) {
            if (by_delay && own.has(key)) refuse_key(own, key, word, "utilisation");
        }
        for (const std::string_view key : {"wait_max", "window"}) {
            if (!by_delay && own.has(key)) refuse_key(own, key, word, "queue_delay");
        }
        if (by_delay) {
            PriorityShedderOptions options;
            assign(options.wait_max, own.duration("wait_max"));
            assign(options.window, own.duration("window"));
            server.shed = options;
        } else {
            UtilisationShedderOptions options;
            assign(options.threshold, own.integer("threshold"));
            assign(options.half_life, own.duration("half_life"));
            server.shed = options;
        }
    }

    void refuse_key(const Fields& own, std::string_view key, const std::string& by,
                    const std::string& other) {
        report(*own.any(key), "by: " + by + " has no '" + std::string(key) + "'",
               "write by: " + other + ", or leave it out");
    }

    void bind_degradation(const Fields& fields, ServerPolicy& server) {
        if (!wants(fields, "degradation")) return;
        const Fields own = fields.map("degradation");
        DegradationOptions options;
        assign(options.min_dwell, own.duration("min_dwell"));
        const DegradationOptions::Step* before = nullptr;
        std::string name_before;
        const std::pair<const char*, DegradationOptions::Step*> steps[] = {
            {"reduced", &options.reduced},
            {"essential", &options.essential},
            {"emergency", &options.emergency}};
        for (const auto& [name, step] : steps) {
            const Fields level = own.map(name);
            assign(step->enter, level.integer("enter"));
            assign(step->leave, level.integer("leave"));
            const Node* place = level.valid("leave");
            if (place == nullptr) place = level.valid("enter");
            if (place == nullptr) place = own.valid(name_before);
            if (place == nullptr) place = fields.valid("degradation");
            if (step->leave >= step->enter) {
                report(*place, std::string(name) + " is left below " + percent(step->leave) +
                                   ", which is not below " + percent(step->enter) +
                                   ", where it is entered",
                       "it would flap");
            } else if (before != nullptr &&
                       (step->enter < before->enter || step->leave < before->leave)) {
                report(*place, std::string(name) + " (" + percent(step->enter) + ", left below " +
                                   percent(step->leave) + ") has lower thresholds than " +
                                   name_before + " (" + percent(before->enter) + ", left below " +
                                   percent(before->leave) + ")",
                       "thresholds rise from level to level");
            }
            before = step;
            name_before = name;
        }
        server.degradation = options;
    }

    static std::string percent(std::uint32_t value) { return std::to_string(value) + " %"; }

    void bind_adaptive(const Fields& fields, ServerPolicy& server) {
        if (!wants(fields, "adaptive_concurrency")) return;
        const Fields own = fields.map("adaptive_concurrency");
        if (own.text("by") == "vegas") {
            VegasOptions options;
            bind_limits(own, options);
            server.adaptive_concurrency = options;
        } else {
            GradientOptions options;
            bind_limits(own, options);
            server.adaptive_concurrency = options;
        }
    }

    template <class Options>
    void bind_limits(const Fields& own, Options& options) {
        assign(options.initial_limit, own.number("initial"));
        assign(options.min_limit, own.number("min"));
        assign(options.max_limit, own.number("max"));
        if (options.min_limit <= options.initial_limit &&
            options.initial_limit <= options.max_limit) {
            return;
        }
        for (const std::string_view key : {"initial", "min", "max"}) {
            const Node* place = own.valid(key);
            if (place == nullptr) continue;
            report(*place, "min, initial and max are in the wrong order: " +
                               format_number(options.min_limit) + ", " +
                               format_number(options.initial_limit) + ", " +
                               format_number(options.max_limit));
            return;
        }
    }

    // ---- clients

    void bind_client(const Node::Entry& entry) {
        ClientSpec spec;
        spec.id = entry.key;
        const Fields fields(entry.value.is_map() ? &entry.value : nullptr);
        if (entry.key == "clients" || is_workload(entry.key)) {
            diagnostics_.add(about(entry, "clients can't be called '" + entry.key +
                                              "', which is the name of others",
                                   "give them another name"));
        }
        if (const auto to = fields.text("to")) {
            const auto service = service_of(*to);
            if (!service) {
                report(*fields.valid("to"), "unknown service '" + *to + "'",
                       did_you_mean(*to, names_));
            }
            spec.to = service.value_or(0);
        }
        const bool closed = fields.text("kind") == "closed_loop";
        spec.loop = closed ? ClientSpec::Loop::closed : ClientSpec::Loop::open;
        if (const auto rate = fields.text("rate")) {
            spec.rate_per_second = parse_rate(*rate)->per_second();
        }
        assign(spec.clients, fields.integer("clients"));
        assign(spec.think_time, fields.distribution("think_time"));
        if (closed && !fields.has("clients")) {
            report(entry.value, "a closed_loop needs its number of clients", "write clients: 100");
        }
        if (!closed && !fields.has("rate")) {
            report(entry.value, "an open_loop needs its rate", "write rate: 100/s");
        }
        for (const std::string_view key : {"rate", "think_time"}) {
            if (closed != (key == "rate") || !fields.has(key)) continue;
            report(*fields.any(key), "'" + std::string(key) + "' is for " +
                                         (closed ? "an open_loop" : "a closed_loop") + " only",
                   closed ? "their rate follows from clients and think_time"
                          : "leave it out, or write kind: closed_loop");
        }
        const auto worth = fields.text("criticality");
        if (worth == "critical") spec.criticality = Criticality::critical;
        if (worth == "background") spec.criticality = Criticality::background;
        spec.policy = bind_policy(fields.map("policy"), Fields(nullptr), diagnostics_);
        scenario_.graph.clients.push_back(std::move(spec));
    }

    bool is_workload(const std::string& name) const {
        return std::any_of(scenario_.workloads.begin(), scenario_.workloads.end(),
                           [&](const WorkloadSpec& load) { return load.id == name; });
    }

    Fields root_;
    Fields usual_;
    Scenario& scenario_;
    Diagnostics& diagnostics_;
    std::vector<std::string> names_;
};

}  // namespace

void bind_services(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics) {
    ServiceBinder(canonical, scenario, diagnostics).bind();
}

CallGraph call_graph_of(const ServiceGraph& graph) {
    CallGraph result;
    result.services = static_cast<std::uint32_t>(graph.services.size());
    for (std::uint32_t i = 0; i < graph.services.size(); ++i) {
        for (const CallSpec& call : graph.services[i].calls) {
            result.calls.push_back({i, call.to, call.optional});
        }
    }
    for (const ClientSpec& client : graph.clients) result.entries.push_back(client.to);
    return result;
}

}  // namespace shaketable
