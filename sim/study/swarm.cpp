// SPDX-License-Identifier: MIT
#include "sim/study/swarm.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/edits.hpp"

namespace shaketable {
namespace {

using novacron::Random;

struct Dial {
    std::string_view key;
    std::vector<std::string_view> values;  // as YAML
};

const std::vector<Dial>& table() {
    static const std::vector<Dial> kTable = {
        {"network.latency",
         {"50us", "100us..2ms", "{dist: lognormal, median: 1ms, p99: 10ms}",
          "{dist: pareto, scale: 200us, shape: 2}"}},
        {"network.loss", {"0.1%", "1%", "3%"}},
        {"network.duplicate", {"0.1%", "2%"}},
        {"network.reorder", {"1%", "20%"}},
        {"disk.sync_latency", {"10us", "1ms..5ms", "{dist: lognormal, median: 1ms, p99: 20ms}"}},
        {"cluster.boot_time", {"1ms", "100ms", "3s"}},
        {"cluster.consensus.max_append_entries", {"2", "10", "50"}},
        {"cluster.consensus.max_inflight_messages", {"4", "16"}},
        {"cluster.consensus.snapshot_threshold", {"10", "50", "500"}},
        {"cluster.consensus.trailing_entries", {"0", "5", "100"}},
    };
    return kTable;
}

constexpr std::string_view kNodes = "cluster.sites";
constexpr std::string_view kLoad = "workload";
constexpr std::array<double, 4> kLoadFactors = {0.1, 0.5, 2, 4};
constexpr std::array<double, 4> kStormFactors = {0.25, 0.5, 2, 4};

std::vector<std::string_view> split(std::string_view key) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0; from <= key.size();) {
        const std::size_t to = std::min(key.find('.', from), key.size());
        parts.push_back(key.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

Node yaml(std::string_view text) {
    Diagnostics diagnostics;
    auto tree = parse_yaml("value: " + std::string(text), "dial", diagnostics);
    novacron::check(tree.has_value(), "a dial's value can be read");
    return std::move(tree->entries[0].value);
}

std::string rate_times(const std::string& rate, double factor) {
    const auto known = parse_rate(rate);
    return known ? format_rate({known->count * factor, known->per}) : rate;
}

class Redrawing {
public:
    Redrawing(const Scenario& scenario, std::uint64_t seed, const std::vector<std::string>& keep)
        : random_(Random(seed).fork("swarm")), keep_(keep), scenario_(scenario) {
        Diagnostics diagnostics;
        auto tree = parse_yaml(scenario.resolved, scenario.path, diagnostics);
        novacron::check(tree.has_value(), "a scenario's resolved text can be read");
        tree_ = *std::move(tree);
    }

    Redrawn draw() {
        judge_by_promises_alone();
        for (const Dial& dial : table()) turn(dial);
        turn_nodes();
        turn_load();
        for (std::size_t i = 0; i < edits::faults(tree_).size(); ++i) turn_storm(i);
        return {std::move(scenario_), std::move(drawn_)};
    }

private:
    // The dial's own stream, if it is to be turned.
    std::optional<Random> stream(std::string_view key) const {
        if (std::find(keep_.begin(), keep_.end(), key) != keep_.end()) return std::nullopt;
        Random own = random_.fork(key);
        if (own.below(2) == 0) return std::nullopt;
        return own;
    }

    // Takes the tree if it is a scenario.
    bool take(Node tree, std::string_view key, std::string value) {
        LoadResult loaded = load_scenario_text(emit_yaml(tree), scenario_.path);
        if (!loaded.ok() || loaded.scenario->hash == scenario_.hash) return false;
        tree_ = std::move(tree);
        scenario_ = *std::move(loaded.scenario);
        drawn_.push_back({std::string(key), std::move(value)});
        return true;
    }

    // How soon service is back was bounded for the scenario as it was.
    void judge_by_promises_alone() {
        Node tree = tree_;
        edits::erase(tree, "slo");
        if (Node* targets = tree.find("targets"); targets != nullptr) {
            edits::erase(*targets, "rto");
            edits::erase(*targets, "availability");
        }
        LoadResult loaded = load_scenario_text(emit_yaml(tree), scenario_.path);
        if (!loaded.ok()) return;
        tree_ = std::move(tree);
        scenario_ = *std::move(loaded.scenario);
    }

    void turn(const Dial& dial) {
        auto own = stream(dial.key);
        if (!own) return;
        const std::string_view value = dial.values[own->below(dial.values.size())];
        Node tree = tree_;
        Node* place = &tree;
        for (const std::string_view part : split(dial.key)) {
            if (place != nullptr) place = place->find(part);
        }
        if (place == nullptr) return;  // a canonical scenario has all of these
        *place = yaml(value);
        take(std::move(tree), dial.key, std::string(value));
    }

    // Three, five or seven nodes: the last ones go, or more stand beside them.
    void turn_nodes() {
        auto own = stream(kNodes);
        if (!own) return;
        const std::size_t wanted = 3 + 2 * own->below(3);
        Node tree = tree_;
        std::vector<Node>& last =
            edits::find(tree, {"cluster", "sites"})->entries.back().value.find("nodes")->items;
        std::size_t count = scenario_.nodes.size();
        for (; count > wanted && last.size() > 1; --count) last.pop_back();
        for (; count < wanted; ++count) {
            last.push_back(Node::scalar("swarm-" + std::to_string(count + 1), {}));
        }
        take(std::move(tree), kNodes, std::to_string(count) + " nodes");
    }

    void turn_load() {
        auto own = stream(kLoad);
        if (!own) return;
        const double factor = kLoadFactors[own->below(kLoadFactors.size())];
        Node tree = tree_;
        for (Node& workload : edits::workloads(tree)) {
            Node* rate = workload.find("rate");
            rate->text = rate_times(rate->text, factor);
        }
        take(std::move(tree), kLoad, format_number(factor) + " times");
    }

    // A part of the kinds, and how often they strike.
    void turn_storm(std::size_t number) {
        Node tree = tree_;
        Node& fault = edits::faults(tree)[number];
        Node* storm = fault.find("random");
        if (storm == nullptr) return;
        const std::string key = "faults[" + edits::text(fault, "id") + "].random";
        if (auto own = stream(key + ".pick")) {
            Node& pick = *storm->find("pick");
            std::vector<Node> some;
            for (const Node& kind : pick.items) {
                if (own->below(2) == 0) some.push_back(kind);
            }
            if (some.empty()) some.push_back(pick.items[own->below(pick.items.size())]);
            std::string names;
            for (const Node& kind : some) names += (names.empty() ? "" : ", ") + kind.text;
            pick.items = std::move(some);
            take(tree, key + ".pick", "[" + names + "]");
        }
        if (auto own = stream(key + ".rate")) {
            const double factor = kStormFactors[own->below(kStormFactors.size())];
            tree = tree_;
            Node& rate = *edits::find(edits::faults(tree)[number], {"random", "rate"});
            rate.text = rate_times(rate.text, factor);
            std::string text = rate.text;
            take(std::move(tree), key + ".rate", std::move(text));
        }
    }

    Random random_;
    const std::vector<std::string>& keep_;
    Scenario scenario_;
    Node tree_;
    std::vector<Drawn> drawn_;
};

}  // namespace

Redrawn redraw(const Scenario& scenario, std::uint64_t seed, const std::vector<std::string>& keep) {
    return Redrawing(scenario, seed, keep).draw();
}

std::vector<std::string> dials() {
    std::vector<std::string> keys;
    for (const Dial& dial : table()) keys.emplace_back(dial.key);
    keys.emplace_back(kNodes);
    keys.emplace_back(kLoad);
    return keys;
}

bool Catches::add(const Result& result) {
    const auto signature = signature_of(result);
    if (!signature) return false;
    const auto known = std::find_if(all_.begin(), all_.end(),
                                    [&](const Catch& one) { return one.signature == *signature; });
    if (known != all_.end()) {
        ++known->count;
        return false;
    }
    all_.push_back({*signature, result.seed, 1, result});
    return true;
}

std::uint64_t Catches::failed() const {
    std::uint64_t count = 0;
    for (const Catch& one : all_) count += one.count;
    return count;
}

}  // namespace shaketable
