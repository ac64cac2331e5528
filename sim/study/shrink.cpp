// SPDX-License-Identifier: MIT
#include "sim/study/shrink.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/brief.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/delta_debugging.hpp"
#include "sim/study/edits.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;

Node parsed(const std::string& yaml) {
    Diagnostics diagnostics;
    auto tree = parse_yaml(yaml, "shrunk", diagnostics);
    novacron::check(tree.has_value(), "what was emitted can be read");
    return *std::move(tree);
}

class Shrinker {
public:
    Shrinker(const Scenario& scenario, std::uint64_t seed, const ShrinkOptions& options,
             const OnShrunk& on_shrunk, const std::atomic<bool>& stop)
        : options_(options), on_shrunk_(on_shrunk), stop_(stop), scenario_(scenario), seed_(seed) {}

    std::optional<Shrunk> shrink() {
        if (!start()) return std::nullopt;
        Size before = size_of(scenario_);
        before.faults = struck_.size();
        spell_out_storms();
        only_what_fails();
        go_round();
        const std::uint64_t first_seed = seed_;
        for (std::uint64_t other = 1; too_many() && other <= options_.other_seeds && !enough();
             ++other) {
            if (try_with(tree_, first_seed + other)) go_round();
        }
        const bool interrupted = enough();
        name_the_seed();
        return Shrunk{brief(scenario_), scenario_,          seed_, *signature_, message_,
                      before,           size_of(scenario_), runs_, interrupted};
    }

private:
    bool enough() const { return stop_ || runs_ >= options_.max_runs; }
    bool too_many() { return edits::faults(tree_).size() > options_.few_faults; }

    // ---- trials

    // The first run. Only it tells whom its faults hit.
    bool start() {
        Simulation simulation(scenario_, seed_);
        simulation.advance(Instant::never());
        const Result result = simulation.result();
        ++runs_;
        signature_ = signature_of(result);
        if (!signature_) return false;
        keep_words(result);
        tree_ = parsed(scenario_.resolved);
        struck_ = simulation.struck();
        return true;
    }

    // Runs until it shows the signature, or to the end.
    bool fails(const Scenario& scenario, std::uint64_t seed) {
        ++runs_;
        Simulation simulation(scenario, seed);
        const Instant end{scenario.duration.ns};
        for (Instant until{}; until < end && !stop_;) {
            until = std::min(end, until + seconds(1));
            simulation.advance(until);
            if (signature_->kind != Signature::Kind::finding) continue;
            const auto& found = simulation.findings().kept();
            if (std::any_of(found.begin(), found.end(), [&](const Finding& finding) {
                    return finding.rule == signature_->id;
                })) {
                break;
            }
        }
        const Result result = simulation.result();
        if (stop_ || !shows(result, *signature_)) return false;
        keep_words(result);
        return true;
    }

    void keep_words(const Result& result) {
        message_ = words_of(result, *signature_);
        for (const FindingRow& finding : result.findings) {
            if (finding.rule != signature_->id) continue;
            found_at_ = finding.at;
            return;
        }
    }

    // Takes the tree for the scenario if it is one and still fails.
    bool try_with(Node tree, std::uint64_t seed) {
        if (enough()) return false;
        edits::mend_clocks(tree);
        LoadResult loaded = load_scenario_text(emit_yaml(tree), "shrunk");
        if (!loaded.ok()) return false;
        if (loaded.scenario->hash == scenario_.hash && seed == seed_) return false;
        if (!fails(*loaded.scenario, seed)) return false;
        tree_ = parsed(loaded.scenario->resolved);
        scenario_ = std::move(*loaded.scenario);
        seed_ = seed;
        changed_ = true;
        on_shrunk_(reduction_, size_of(scenario_), runs_);
        return true;
    }
    bool try_with(Node tree) { return try_with(std::move(tree), seed_); }

    // Applies an edit to a copy of the tree, and tries that.
    template <class Edit>
    bool try_edit(const Edit& edit) {
        Node tree = tree_;
        edit(tree);
        return try_with(std::move(tree));
    }

    // ---- reductions

    void go_round() {
        do {
            changed_ = false;
            fewer_faults();
            shorter_run();
            fewer_nodes();
            fewer_hosts();
            less_load();
            fewer_settings();
            simpler_times();
        } while (changed_ && !enough());
    }

    // The same run, so nothing can be lost; but faults that hit nobody are gone.
    void spell_out_storms() {
        reduction_ = "storms spelled out";
        try_with(parsed(spell_out(scenario_, struck_)));
    }

    // Of targets and checks only what fails; of a finding, which needs none, not even that.
    void only_what_fails() {
        reduction_ = "targets and checks";
        try_edit([&](Node& tree) {
            edits::erase(tree, "description");
            const std::string target = signature_->id.substr(0, signature_->id.find('.'));
            const bool by_target = signature_->kind == Signature::Kind::target;
            if (Node* targets = edits::find(tree, {"targets"})) {
                std::erase_if(targets->entries, [&](const Node::Entry& entry) {
                    return !by_target || entry.key != target;
                });
            }
            if (Node* checks = edits::find(tree, {"checks"})) {
                std::erase_if(checks->items, [&](Node& check) {
                    return signature_->kind != Signature::Kind::check ||
                           edits::text(check, "id") != signature_->id;
                });
            }
        });
    }

    // Tries smaller parts of a set: `keep(tree, kept)` leaves these elements, ascending, of it.
    template <class Keep>
    void smaller(std::string_view reduction, std::size_t count, const Keep& keep) {
        reduction_ = reduction;
        const Node whole = tree_;
        smallest_part(
            count,
            [&](const std::vector<std::size_t>& kept) {
                Node tree = whole;
                keep(tree, kept);
                return try_with(std::move(tree));
            },
            [this] { return enough(); });
    }

    void fewer_faults() {
        smaller("faults", edits::faults(tree_).size(),
                [](Node& tree, const auto& kept) { edits::keep(edits::faults(tree), kept); });
    }

    void fewer_nodes() {
        std::vector<std::string> names;
        for (const NodeSpec& node : scenario_.nodes) names.push_back(node.name);
        smaller("nodes", names.size(), [&](Node& tree, const std::vector<std::size_t>& kept) {
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (!std::binary_search(kept.begin(), kept.end(), i))
                    edits::forget_node(tree, names[i]);
            }
        });
    }

    void fewer_hosts() {
        for (std::size_t i = 0; i < edits::faults(tree_).size() && !enough(); ++i) {
            for (std::size_t list = 0; list < edits::host_lists(edits::faults(tree_)[i]).size();
                 ++list) {
                const std::size_t hosts =
                    edits::host_lists(edits::faults(tree_)[i])[list]->items.size();
                if (hosts < 2) continue;
                smaller("hosts", hosts, [&](Node& tree, const std::vector<std::size_t>& kept) {
                    edits::keep(edits::host_lists(edits::faults(tree)[i])[list]->items, kept);
                });
            }
        }
    }

    void less_load() {
        const auto count = [this] { return edits::workloads(tree_).size(); };
        smaller("load", count(), [](Node& tree, const std::vector<std::size_t>& kept) {
            edits::keep(edits::workloads(tree), kept);
        });
        for (std::size_t i = 0; i < count(); ++i) {
            for (const std::string_view rate : {"1/s", "10/s", "100/s"}) {
                Node& now = *edits::workloads(tree_)[i].find("rate");
                const auto known = parse_rate(now.text);
                if (known && known->per_second() <= parse_rate(rate)->per_second()) break;
                if (try_edit(
                        [&](Node& tree) { edits::workloads(tree)[i].find("rate")->text = rate; })) {
                    break;
                }
            }
            try_edit([&](Node& tree) {
                Node& keys = *edits::workloads(tree)[i].find("keys");
                keys.entries = {{"n", {}, Node::scalar("1", {})}};
            });
        }
    }

    // What is set otherwise than by default, one setting after the other.
    void fewer_settings() {
        reduction_ = "settings";
        using Path = std::array<std::string_view, 2>;
        constexpr std::array<Path, 5> maps = {{{"network", ""},
                                               {"disk", ""},
                                               {"cluster", "consensus"},
                                               {"cluster", "clocks"},
                                               {"time", ""}}};
        for (const Path& path : maps) {
            const auto map_in = [&path](Node& tree) {
                return path[1].empty() ? edits::find(tree, {path[0]})
                                       : edits::find(tree, {path[0], path[1]});
            };
            const Node* map = map_in(tree_);
            if (map == nullptr) continue;
            std::vector<std::string> keys;
            for (const Node::Entry& entry : map->entries) keys.push_back(entry.key);
            for (const std::string& key : keys) {
                if (key == "duration") continue;
                try_edit([&](Node& tree) { edits::erase(*map_in(tree), key); });
            }
        }
        try_edit([](Node& tree) { edits::erase(*edits::find(tree, {"cluster"}), "boot_time"); });
        try_edit([](Node& tree) { edits::erase(tree, "service_level"); });
    }

    void shorter_run() {
        reduction_ = "duration";
        std::vector<Duration> lengths;
        const bool by_finding = signature_->kind == Signature::Kind::finding;
        if (by_finding) {
            lengths.push_back(Duration{(found_at_.ns / 1'000'000'000 + 1) * 1'000'000'000});
        }
        for (const std::int64_t part : {1, 2, 4, 6, 7}) {
            lengths.push_back(Duration{scenario_.duration.ns / 8 * part / 1'000'000 * 1'000'000});
        }
        for (const Duration length : lengths) {
            if (length >= scenario_.duration || length <= Duration{}) continue;
            if (try_edit([&](Node& tree) {
                    edits::end_at(tree, length);
                    if (by_finding) edits::hold_briefly(tree);
                })) {
                return;
            }
        }
    }

    // Whoever runs the file runs the run that fails.
    void name_the_seed() {
        Node tree = tree_;
        if (Node* seeds = edits::find(tree, {"seeds"})) seeds->text = std::to_string(seed_);
        LoadResult loaded = load_scenario_text(emit_yaml(tree), scenario_.path);
        novacron::check(loaded.ok(), "another seed makes no other scenario");
        scenario_ = *std::move(loaded.scenario);
    }

    void simpler_times() {
        reduction_ = "times";
        for (std::size_t i = 0; i < edits::faults(tree_).size(); ++i) {
            for (const std::string_view key : {"for", "at"}) {
                const Duration now = edits::duration(edits::faults(tree_)[i], key);
                if (now == Duration{}) continue;
                std::vector<Duration> values = edits::simpler(now);
                if (key == "for" && now > milliseconds(10)) {
                    values.push_back(Duration{now.ns / 2'000'000 * 1'000'000});
                }
                for (const Duration value : values) {
                    if (try_edit([&](Node& tree) {
                            edits::faults(tree)[i].find(key)->text = format_duration(value);
                        })) {
                        break;
                    }
                }
            }
        }
    }

    const ShrinkOptions& options_;
    const OnShrunk& on_shrunk_;
    const std::atomic<bool>& stop_;
    Scenario scenario_;
    std::uint64_t seed_;
    std::optional<Signature> signature_;
    std::vector<StruckFault> struck_;
    std::string message_;
    Instant found_at_;
    Node tree_;  // canonical, that of scenario_
    std::string_view reduction_;
    bool changed_ = false;
    std::uint64_t runs_ = 0;
};

}  // namespace

Size size_of(const Scenario& scenario) {
    return {scenario.faults.size(), scenario.nodes.size(), scenario.workloads.size(),
            scenario.duration};
}

std::optional<Shrunk> shrink(const Scenario& scenario, std::uint64_t seed,
                             const ShrinkOptions& options, const OnShrunk& on_shrunk,
                             const std::atomic<bool>& stop) {
    return Shrinker(scenario, seed, options, on_shrunk, stop).shrink();
}

}  // namespace shaketable
