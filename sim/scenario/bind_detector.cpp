// SPDX-License-Identifier: MIT
#include "sim/scenario/bind_detector.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"
#include "sim/scenario/fields.hpp"

namespace shaketable {
namespace {

using namespace novacron::detector;

// Knobs and the detectors that heed them.
struct Knob {
    std::string_view name;
    std::string_view of;
};
constexpr std::array<Knob, 23> kKnobs = {{
    {"detector", "phi fixed chen two_window swim"},
    {"threshold", "phi"},
    {"adaptive", "phi"},
    {"window_size", "phi chen two_window"},
    {"network_jitter_factor", "phi"},
    {"failed_threshold", "phi"},
    {"phi_base", "phi"},
    {"model", "phi"},
    {"acceptable_pause", "phi"},
    {"min_standard_deviation", "phi"},
    {"heartbeat_interval", "phi fixed chen two_window"},
    {"max_local_pause", "phi fixed chen two_window swim"},
    {"timeout", "fixed"},
    {"failed_timeout", "fixed"},
    {"margin", "chen two_window"},
    {"failed_margin", "chen two_window"},
    {"short_window", "two_window"},
    {"probe_interval", "swim"},
    {"probe_timeout", "swim"},
    {"indirect_checks", "swim"},
    {"suspicion_mult", "swim"},
    {"suspicion_max_timeout_mult", "swim"},
    {"awareness_max", "swim"},
}};

class DetectorBinder {
public:
    DetectorBinder(const Node& section, Diagnostics& diagnostics)
        : fields_(section), diagnostics_(diagnostics) {}

    DetectorOptions bind() {
        const std::string detector = fields_.text("detector").value_or("phi");
        if (detector == "swim") return swim();
        HeartbeatWatchOptions options;
        assign(options.heartbeat_interval, fields_.duration("heartbeat_interval"));
        interval_ = options.heartbeat_interval;
        options.max_local_pause = fields_.duration("max_local_pause").value_or(interval_);
        if (detector == "fixed") {
            options.estimator = fixed();
        } else if (detector == "chen") {
            options.estimator = chen();
        } else if (detector == "two_window") {
            options.estimator = two_window();
        } else {
            options.estimator = phi();
        }
        return options;
    }

private:
    PhiOptions phi() {
        PhiOptions options;
        options.heartbeat_interval = interval_;
        assign(options.threshold, fields_.number("threshold"));
        options.failed_threshold =
            fields_.number("failed_threshold").value_or(2 * options.threshold);
        assign(options.adaptive, fields_.boolean("adaptive"));
        assign(options.window_size, fields_.integer("window_size"));
        assign(options.network_jitter_factor, fields_.number("network_jitter_factor"));
        assign(options.acceptable_pause, fields_.duration("acceptable_pause"));
        assign(options.min_standard_deviation, fields_.duration("min_standard_deviation"));
        if (fields_.text("phi_base") == "ln") options.phi_base = PhiBase::ln;
        const auto model = fields_.text("model");
        if (model == "logistic") options.model = PhiModel::logistic;
        if (model == "exponential") options.model = PhiModel::exponential;
        if (options.failed_threshold < options.threshold) {
            refuse("failed_threshold", "failed_threshold is below the threshold",
                   "a peer is suspected before it is given up");
            options.failed_threshold = options.threshold;
        }
        return options;
    }

    FixedTimeoutOptions fixed() {
        FixedTimeoutOptions options;
        options.timeout = fields_.duration("timeout").value_or(interval_ * 3);
        options.failed_timeout =
            fields_.duration("failed_timeout").value_or(options.timeout * 2);
        if (options.failed_timeout < options.timeout) {
            refuse("failed_timeout", "failed_timeout is below the timeout",
                   "a peer is suspected before it is given up");
            options.failed_timeout = options.timeout;
        }
        return options;
    }

    ChenOptions chen() {
        ChenOptions options;
        options.heartbeat_interval = interval_;
        bind_margins(options.margin, options.failed_margin);
        assign(options.window_size, fields_.integer("window_size"));
        return options;
    }

    TwoWindowOptions two_window() {
        TwoWindowOptions options;
        options.heartbeat_interval = interval_;
        bind_margins(options.margin, options.failed_margin);
        assign(options.long_window, fields_.integer("window_size"));
        assign(options.short_window, fields_.integer("short_window"));
        if (options.short_window > options.long_window) {
            refuse("short_window", "short_window is above window_size, " +
                                       std::to_string(options.long_window),
                   "the longer window is the steady one");
            options.short_window = options.long_window;
        }
        return options;
    }

    void bind_margins(Duration& margin, Duration& failed) {
        margin = fields_.duration("margin").value_or(interval_ * 2);
        failed = fields_.duration("failed_margin").value_or(margin * 5 / 2);
        if (failed >= margin) return;
        refuse("failed_margin", "failed_margin is below the margin",
               "a peer is suspected before it is given up");
        failed = margin;
    }

    SwimOptions swim() {
        SwimOptions options;
        assign(options.probe_interval, fields_.duration("probe_interval"));
        options.probe_timeout =
            fields_.duration("probe_timeout").value_or(options.probe_interval / 2);
        assign(options.indirect_checks, fields_.integer("indirect_checks"));
        assign(options.suspicion_mult, fields_.integer("suspicion_mult"));
        assign(options.suspicion_max_timeout_mult, fields_.integer("suspicion_max_timeout_mult"));
        assign(options.awareness_max, fields_.integer("awareness_max"));
        options.max_local_pause =
            fields_.duration("max_local_pause").value_or(options.probe_timeout);
        if (options.probe_timeout >= options.probe_interval) {
            refuse("probe_timeout",
                   "probe_timeout is not below probe_interval, " +
                       format_duration(options.probe_interval),
                   "a probe has to ask others before the next begins");
            options.probe_timeout = options.probe_interval / 2;
        }
        return options;
    }

    // The key, or the other one that it is at odds with.
    void refuse(std::string_view key, std::string message, std::string hint) {
        const Node* at = fields_.valid(key);
        if (at == nullptr && key == "probe_timeout") at = fields_.valid("probe_interval");
        if (at == nullptr && key == "short_window") at = fields_.valid("window_size");
        novacron::check(at != nullptr, "a default contradicts nothing");
        diagnostics_.add(about(*at, std::move(message), std::move(hint)));
    }

    Fields fields_;
    Diagnostics& diagnostics_;
    Duration interval_;
};

using Json = nlohmann::ordered_json;

Json knobs(const PhiOptions& options) {
    constexpr std::array<std::string_view, 3> kModels = {"normal", "logistic", "exponential"};
    return {{"threshold", options.threshold},
            {"failed_threshold", options.failed_threshold},
            {"adaptive", options.adaptive},
            {"window_size", options.window_size},
            {"network_jitter_factor", options.network_jitter_factor},
            {"phi_base", options.phi_base == PhiBase::ln ? "ln" : "log10"},
            {"model", kModels.at(static_cast<std::size_t>(options.model))},
            {"acceptable_pause_ns", options.acceptable_pause.ns},
            {"min_standard_deviation_ns", options.min_standard_deviation.ns}};
}
Json knobs(const FixedTimeoutOptions& options) {
    return {{"timeout_ns", options.timeout.ns}, {"failed_timeout_ns", options.failed_timeout.ns}};
}
Json knobs(const ChenOptions& options) {
    return {{"margin_ns", options.margin.ns},
            {"failed_margin_ns", options.failed_margin.ns},
            {"window_size", options.window_size}};
}
Json knobs(const TwoWindowOptions& options) {
    return {{"margin_ns", options.margin.ns},
            {"failed_margin_ns", options.failed_margin.ns},
            {"window_size", options.long_window},
            {"short_window", options.short_window}};
}
Json knobs(const SwimOptions& options) {
    return {{"probe_interval_ns", options.probe_interval.ns},
            {"probe_timeout_ns", options.probe_timeout.ns},
            {"indirect_checks", options.indirect_checks},
            {"suspicion_mult", options.suspicion_mult},
            {"suspicion_max_timeout_mult", options.suspicion_max_timeout_mult},
            {"awareness_max", options.awareness_max},
            {"max_local_pause_ns", options.max_local_pause.ns}};
}
Json knobs(const HeartbeatWatchOptions& options) {
    Json all = std::visit([](const auto& one) { return knobs(one); }, options.estimator);
    all["heartbeat_interval_ns"] = options.heartbeat_interval.ns;
    all["max_local_pause_ns"] = options.max_local_pause.ns;
    return all;
}

}  // namespace

DetectorOptions bind_detector(const Node& section, Diagnostics& diagnostics) {
    return DetectorBinder(section, diagnostics).bind();
}

std::string_view word_of(const DetectorOptions& options) {
    constexpr std::array<std::string_view, 4> kWords = {"phi", "fixed", "chen", "two_window"};
    const auto* heartbeats = std::get_if<HeartbeatWatchOptions>(&options);
    return heartbeats == nullptr ? "swim" : kWords.at(heartbeats->estimator.index());
}

std::string knobs_json(const DetectorOptions& options) {
    return std::visit([](const auto& one) { return knobs(one); }, options).dump();
}

std::vector<std::string> idle_knobs(const Node& section) {
    const std::string detector = Fields(section).text("detector").value_or("phi");
    std::vector<std::string> idle;
    for (const Node::Entry& entry : section.entries) {
        const auto* knob = std::find_if(kKnobs.begin(), kKnobs.end(), [&](const Knob& one) {
            return one.name == entry.key;
        });
        novacron::check(knob != kKnobs.end(), "a knob of a detector is of some detector");
        if ((" " + std::string(knob->of) + " ").find(" " + detector + " ") == std::string::npos) {
            idle.push_back(entry.key);
        }
    }
    return idle;
}

}  // namespace shaketable
