// SPDX-License-Identifier: MIT
#include "sim/study/study.hpp"

#include <algorithm>
#include <map>

#include "core/base/check.hpp"
#include "core/base/digest.hpp"
#include "core/base/hex.hpp"
#include "sim/run/run.hpp"

namespace shaketable {
namespace {

std::string words_of(const std::vector<Override>& values) {
    std::string text;
    for (const Override& value : values) {
        text += (text.empty() ? "" : ", ") + value.name + "=" + value.value;
    }
    return text;
}

Diagnostic about_file(const std::string& path, std::string message, std::string hint) {
    auto source = std::make_shared<Source>();
    source->name = path;
    return {{source, 1, 1}, 1, std::move(message), std::move(hint)};
}

// Every combination of the axes' values, the last axis running fastest.
std::vector<std::vector<Override>> grid(const std::vector<Axis>& axes) {
    std::vector<std::vector<Override>> points = {{}};
    for (const Axis& axis : axes) {
        std::vector<std::vector<Override>> longer;
        for (const std::vector<Override>& point : points) {
            for (const std::string& value : axis.values) {
                longer.push_back(point);
                longer.back().push_back({axis.parameter, value});
            }
        }
        points = std::move(longer);
    }
    return points;
}

std::string key_of(const Study& study) {
    novacron::Digest digest;
    digest.add(study.name);
    digest.add(model_version());
    digest.add(study.sweep.seeds.first);
    digest.add(study.sweep.seeds.last);
    for (const StudyPoint& point : study.points) {
        digest.add(words_of(point.values));
        digest.add(point.scenario.hash);
    }
    for (const Objective& objective : study.sweep.objectives) {
        digest.add(objective.id);
        digest.add(objective.name);
        digest.add(static_cast<std::uint64_t>(objective.direction));
    }
    return novacron::hex(digest.value());
}

// Builds a study, or finds out why there is none.
class Loader {
public:
    Loader(const std::string& path, const std::vector<Override>& overrides)
        : path_(path), overrides_(overrides) {}

    StudyLoad load(std::optional<SeedRange> seeds) {
        LoadResult base = load_scenario(path_, overrides_);
        if (!base.ok()) return {std::nullopt, std::move(base.diagnostics)};
        if (!base.scenario->sweep) {
            return refuse("no sweep here, so nothing varies",
                          "write sweep: {matrix: ..., objectives: ...}");
        }
        study_.name = base.scenario->name;
        study_.description = base.scenario->description;
        study_.path = path_;
        study_.sweep = *base.scenario->sweep;
        if (seeds) study_.sweep.seeds = *seeds;
        for (const Override& one : overrides_) refuse_if_swept(one);
        if (diagnostics_.empty()) load_points();
        if (diagnostics_.empty()) check_size();
        if (auto found = diagnostics_.take(); !found.empty()) return {std::nullopt, found};
        study_.key = key_of(study_);
        return {std::move(study_), {}};
    }

private:
    StudyLoad refuse(std::string message, std::string hint) const {
        return {std::nullopt, {about_file(path_, std::move(message), std::move(hint))}};
    }

    void refuse_if_swept(const Override& one) {
        const auto is_it = [&](const Axis& axis) { return axis.parameter == one.name; };
        if (std::none_of(study_.sweep.axes.begin(), study_.sweep.axes.end(), is_it)) return;
        auto source = std::make_shared<Source>();
        source->name = "--set";
        source->lines.push_back(one.name + "=" + one.value);
        diagnostics_.add({{source, 1, 1}, one.name.size(),
                          "the sweep varies '" + one.name + "', so it has no one value", {}});
    }

    void load_points() {
        std::map<std::string, std::string> seen;  // by the scenario's hash
        const auto combinations = grid(study_.sweep.axes);
        std::optional<LoadResult> refused;
        for (const std::vector<Override>& values : combinations) {
            std::vector<Override> all = overrides_;
            all.insert(all.end(), values.begin(), values.end());
            LoadResult loaded = load_scenario(path_, all);
            const std::string point = words_of(values);
            if (!loaded.ok()) {
                ++study_.skipped;
                if (refused) continue;
                for (Diagnostic& one : loaded.diagnostics) one.message += "  (" + point + ")";
                refused = std::move(loaded);
                continue;
            }
            const auto [same, fresh] = seen.emplace(loaded.scenario->hash, point);
            if (!fresh) {
                diagnostics_.add(about_file(
                    path_, "the points " + same->second + " and " + point + " are one scenario",
                    "does a value of the scenario use every parameter that varies?"));
                return;
            }
            loaded.scenario->sweep.reset();
            study_.points.push_back({values, std::move(*loaded.scenario)});
        }
        if (!refused) return;
        const bool skip = study_.sweep.invalid == SweepSpec::Invalid::skip;
        if (skip && !study_.points.empty()) return;
        for (Diagnostic& one : refused->diagnostics) diagnostics_.add(std::move(one));
        diagnostics_.add(about_file(path_,
                                    std::to_string(study_.skipped) + " of " +
                                        std::to_string(combinations.size()) +
                                        " points of the grid are no valid scenario",
                                    skip ? "" : "sweep.invalid: skip leaves such points out"));
    }

    void check_size() {
        const std::uint64_t most = kMostTrials / study_.points.size();
        if (study_.sweep.seeds.last - study_.sweep.seeds.first < most) return;
        diagnostics_.add(about_file(path_,
                                    "more than " + std::to_string(kMostTrials) +
                                        " runs: " + std::to_string(study_.points.size()) +
                                        " points, each with so many seeds",
                                    {}));
    }

    std::string path_;
    std::vector<Override> overrides_;
    Diagnostics diagnostics_;
    Study study_;
};

}  // namespace

StudyLoad load_study(const std::string& path, const std::vector<Override>& overrides,
                     std::optional<SeedRange> seeds) {
    return Loader(path, overrides).load(seeds);
}

StudyWeights::StudyWeights(const Study& study) : study_(study), trials_(study.trial_count()) {}

void StudyWeights::add(std::uint64_t trial, const std::vector<Weight>& weights) {
    novacron::check(weights.size() == study_.sweep.objectives.size(), "a weight an objective");
    novacron::check(!has(trial), "no trial twice");
    trials_[trial] = weights;
}

std::vector<StudyWeights::Point> StudyWeights::fold_points() const {
    const auto& objectives = study_.sweep.objectives;
    std::vector<Direction> directions;
    for (const Objective& objective : objectives) directions.push_back(objective.direction);
    std::vector<Point> points(study_.points.size());
    std::vector<std::vector<Weight>> weights(points.size());
    for (std::size_t p = 0; p < points.size(); ++p) {
        for (std::size_t i = 0; i < objectives.size(); ++i) {
            std::vector<Weight> runs;
            for (std::uint64_t s = 0; s < study_.seed_count(); ++s) {
                runs.push_back(trials_[p * study_.seed_count() + s].at(i));
            }
            points[p].objectives.push_back(fold(objectives[i].measure.statistic, runs));
            weights[p].push_back(points[p].objectives.back().weight);
        }
    }
    const std::vector<bool> front = pareto_front(weights, directions);
    for (std::size_t p = 0; p < points.size(); ++p) points[p].on_front = front[p];
    return points;
}

}  // namespace shaketable
