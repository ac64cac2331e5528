// SPDX-License-Identifier: MIT
#include "sim/cli/render_sweep.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/render.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/result_json.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {
namespace {

using Points = std::vector<StudyWeights::Point>;

constexpr std::size_t kMostRows = 100;  // of a larger grid only the front is shown

std::string value_in_words(const Weight& weight, std::string_view unit) {
    if (weight.censored) return "not recovered";
    if (!weight.value) return "no evidence";
    if (unit == "s") {
        return format_duration_brief(Duration{std::llround(*weight.value * 1e9)});
    }
    if (unit == "share") return percent(*weight.value);
    return fmt::format("{:.4g}{}", *weight.value, unit == "count" ? "" : unit.substr(1));
}

std::size_t on_front(const Points& points) {
    return static_cast<std::size_t>(
        std::count_if(points.begin(), points.end(), [](const auto& p) { return p.on_front; }));
}

bool lacks_evidence(const StudyWeights::Point& point) {
    return std::any_of(point.objectives.begin(), point.objectives.end(),
                       [](const Folded& one) { return !one.weight.evidence(); });
}

std::vector<std::string> head_of(const Study& study) {
    std::vector<std::string> head = {""};
    for (const Axis& axis : study.sweep.axes) head.push_back(axis.parameter);
    for (const Objective& one : study.sweep.objectives) head.push_back(one.id);
    return head;
}

std::vector<std::string> row_of(const Study& study, std::size_t p, const Points& points) {
    std::vector<std::string> row = {points[p].on_front ? "*" : ""};
    for (const Override& one : study.points[p].values) row.push_back(one.value);
    for (std::size_t i = 0; i < study.sweep.objectives.size(); ++i) {
        row.push_back(value_in_words(points[p].objectives[i].weight,
                                     unit_of(study.sweep.objectives[i].measure)));
    }
    return row;
}

}  // namespace

std::string render(const Terminal& terminal, const Study& study, const Points& points) {
    const std::string skipped =
        study.skipped == 0 ? "" : fmt::format(" ({} invalid ones left out)", study.skipped);
    std::string text =
        fmt::format("{}   {} points{} x {} seeds   study {}\n",
                    terminal.paint(Colour::bold, study.name), points.size(), skipped,
                    study.seed_count(), study.key);
    for (const Objective& one : study.sweep.objectives) {
        text += fmt::format("  {:<12}{}, {} is better\n", one.id, one.name,
                            one.direction == Direction::min ? "less" : "more");
    }
    const bool all = points.size() <= kMostRows;
    TextTable table;
    table.add(head_of(study));
    for (std::size_t p = 0; p < points.size(); ++p) {
        if (all || points[p].on_front) table.add(row_of(study, p, points));
    }
    text += table.text(2);
    if (!all) text += "  (only the front is shown; v_sweep in the database has all points)\n";
    const auto blank = std::count_if(points.begin(), points.end(), lacks_evidence);
    if (blank > 0) {
        text += fmt::format("  {} points lack evidence for an objective and are not compared\n",
                            blank);
    }
    return text;
}

std::string front_line(const Study& study, const Points& points) {
    std::string ids;
    const auto& objectives = study.sweep.objectives;
    for (std::size_t i = 0; i < objectives.size(); ++i) {
        const bool last = i + 1 == objectives.size();
        ids += (i == 0 ? "" : last ? " and " : ", ") + objectives[i].id;
    }
    const std::size_t front = on_front(points);
    if (front == 0) return "inconclusive: no point has evidence for every objective\n";
    if (front == points.size()) {
        return fmt::format("front: all {} points; none is beaten in {}\n", front, ids);
    }
    return fmt::format("front: {} of {} points, marked *; each of the others is beaten in {}\n",
                       front, points.size(), ids);
}

nlohmann::ordered_json to_json(const Study& study, const Points& points) {
    using Json = nlohmann::ordered_json;
    Json axes = Json::array();
    for (const Axis& axis : study.sweep.axes) {
        axes.push_back({{"parameter", axis.parameter}, {"type", axis.type},
                        {"values", axis.values}});
    }
    Json objectives = Json::array();
    for (const Objective& one : study.sweep.objectives) {
        objectives.push_back({{"id", one.id},
                              {"measure", one.name},
                              {"direction", one.direction == Direction::min ? "min" : "max"},
                              {"unit", unit_of(one.measure)}});
    }
    Json list = Json::array();
    for (std::size_t p = 0; p < points.size(); ++p) {
        Json parameters = Json::object();
        for (const Override& one : study.points[p].values) parameters[one.name] = one.value;
        Json values = Json::object();
        for (std::size_t i = 0; i < study.sweep.objectives.size(); ++i) {
            const Folded& one = points[p].objectives[i];
            values[study.sweep.objectives[i].id] = {
                {"value", one.weight.value ? Json(*one.weight.value) : Json(nullptr)},
                {"censored", one.weight.censored},
                {"observations", one.observations}};
        }
        list.push_back({{"point", p},
                        {"scenario_hash", study.points[p].scenario.hash},
                        {"parameters", parameters},
                        {"objectives", values},
                        {"on_front", points[p].on_front}});
    }
    return {{"schema_version", kResultSchemaVersion},
            {"study", study.name},
            {"study_key", study.key},
            {"seeds", {study.sweep.seeds.first, study.sweep.seeds.last}},
            {"skipped", study.skipped},
            {"axes", axes},
            {"objectives", objectives},
            {"points", list}};
}

}  // namespace shaketable::cli
