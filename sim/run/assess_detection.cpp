// SPDX-License-Identifier: MIT
//
// What a result says of failure detectors, and how their targets are judged.
#include "sim/run/assess.hpp"
#include "sim/scenario/bind_detector.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

using novacron::stats::Fraction;
using novacron::stats::Histogram;

std::optional<Duration> mean_of(const Histogram& times) {
    if (times.empty()) return std::nullopt;
    return Duration{static_cast<std::int64_t>(times.mean())};
}
std::optional<Duration> quantile_of(const Histogram& times, Fraction part) {
    if (times.empty()) return std::nullopt;
    return Duration{static_cast<std::int64_t>(times.quantile(part))};
}

SpellsRow row_of(const novacron::detector::Spells& spells) {
    const Histogram& times = spells.detection;
    return {times.count(),
            spells.missed,
            mean_of(times),
            quantile_of(times, {1, 2}),
            quantile_of(times, {99, 100}),
            quantile_of(times, {1, 1})};
}

TargetRow counted(std::string id, std::uint64_t count, std::uint64_t most) {
    TargetRow row;
    row.id = std::move(id);
    row.objective = "<= " + std::to_string(most);
    row.actual = std::to_string(count);
    row.severity = static_cast<std::int64_t>(count);
    row.verdict = count <= most ? Verdict::pass : Verdict::fail;
    return row;
}

}  // namespace

std::optional<DetectionRow> detection_row(const World& world) {
    if (!world.detection) return std::nullopt;
    const Instant until = world.finished ? world.run_end() : world.queue.now();
    const DetectionQuality quality = world.detection->quality(until);
    const novacron::detector::Quality& pairs = quality.pairs;
    DetectionRow row;
    row.detector = word_of(*world.scenario.failure_detector);
    row.knobs_json = knobs_json(*world.scenario.failure_detector);
    row.messages = world.fleet.network().watch_messages();
    row.crashes = row_of(pairs.crashes);
    row.partitions = row_of(pairs.partitions);
    row.mistakes = pairs.mistakes;
    row.convictions = quality.convictions;
    row.well = Duration{static_cast<std::int64_t>(pairs.well_ns)};
    if (pairs.well_ns > 0) {
        row.mistake_rate = pairs.mistake_rate();
        row.query_accuracy = pairs.query_accuracy();
    }
    row.mistake_duration = mean_of(pairs.mistake_duration);
    row.mistake_recurrence = mean_of(pairs.mistake_recurrence);
    row.good_period = mean_of(pairs.good_period);
    row.trust_after_return = mean_of(pairs.trust_after_return);
    return row;
}

void judge_detection(const Result& measured, const DetectionTarget& target,
                     std::vector<TargetRow>& rows) {
    if (!measured.detection) return;
    const DetectionRow& found = *measured.detection;
    if (target.max) {
        TargetRow row;
        row.id = "detection.max";
        row.objective = "<= " + format_duration(*target.max);
        row.actual = "none";
        row.detail = "nobody who was watched ended after the warm-up";
        if (found.crashes.longest) {
            row.actual = format_duration(*found.crashes.longest);
            row.actual_ns = found.crashes.longest->ns;
            row.detail.clear();
            row.verdict = *found.crashes.longest <= *target.max ? Verdict::pass : Verdict::fail;
        }
        if (found.crashes.missed > 0 && row.verdict != Verdict::fail) {
            row.verdict = Verdict::inconclusive;
            row.detail = std::to_string(found.crashes.missed) +
                         " times a node that had ended was not suspected before it was back, or "
                         "the run over";
        }
        rows.push_back(std::move(row));
    }
    if (target.max_mistakes) {
        rows.push_back(counted("detection.max_mistakes", found.mistakes, *target.max_mistakes));
    }
    if (target.max_convictions) {
        rows.push_back(
            counted("detection.max_convictions", found.convictions, *target.max_convictions));
    }
}

}  // namespace shaketable
