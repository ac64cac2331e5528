// SPDX-License-Identifier: MIT
#include "sim/study/baseline.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sim/run/run.hpp"
#include "sim/study/resample.hpp"

namespace shaketable {

namespace {

using Json = nlohmann::json;  // keeps its keys sorted

constexpr int kFormat = 1;
constexpr std::string_view kNanoseconds = "_ns";

std::string key_of(const std::string& measure) {
    return unit_of(measure) == Unit::nanoseconds ? measure + std::string(kNanoseconds) : measure;
}

std::string one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string line_of(const RunMeasures& run) {
    Json json = {{"seed", run.seed}, {"fingerprint", run.fingerprint}};
    for (const auto& [measure, value] : run.values) {
        json["values"][key_of(measure)] = value == kNever ? Json(nullptr) : Json(value);
    }
    return one_line(json);
}

// Elements of a list, one a line.
std::string lines(const std::vector<std::string>& elements) {
    std::string text = "[\n";
    for (std::size_t i = 0; i < elements.size(); ++i) {
        text += "  " + elements[i] + (i + 1 < elements.size() ? ",\n" : "\n");
    }
    return text + " ]";
}

// Reads one value of a known shape after the other, and says where the shape is wrong.
class Reader {
public:
    Reader(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

    Reader at(const std::string& key) const {
        if (!json_.is_object()) refuse("an object");
        const auto found = json_.find(key);
        const std::string place = place_.empty() ? key : place_ + "." + key;
        if (found == json_.end()) throw BaselineError(place + ": is missing");
        return {*found, place};
    }
    std::string text() const {
        if (!json_.is_string()) refuse("text");
        return json_.get<std::string>();
    }
    std::int64_t whole_number() const {
        const bool fits = json_.is_number_unsigned() &&
                          json_.get<std::uint64_t>() < static_cast<std::uint64_t>(kNever);
        if (!fits) refuse("a whole number from 0 to 2^63 - 2");
        return json_.get<std::int64_t>();
    }
    std::int64_t number_or_never() const { return json_.is_null() ? kNever : whole_number(); }
    std::vector<Reader> list() const {
        if (!json_.is_array()) refuse("a list");
        std::vector<Reader> items;
        for (const Json& item : json_) {
            items.emplace_back(item, place_ + "[" + std::to_string(items.size()) + "]");
        }
        return items;
    }
    std::vector<std::pair<std::string, Reader>> entries() const {
        if (!json_.is_object()) refuse("an object");
        std::vector<std::pair<std::string, Reader>> entries;
        for (const auto& [key, value] : json_.items()) {
            entries.emplace_back(key, Reader(value, place_ + "." + key));
        }
        return entries;
    }
    [[noreturn]] void refuse(const std::string& expected) const {
        std::string found = one_line(json_);
        if (found.size() > 40) found = found.substr(0, 37) + "...";
        throw BaselineError((place_.empty() ? "the file" : place_) + ": " + expected +
                            " is expected, not " + found);
    }

private:
    const Json& json_;
    std::string place_;
};

RunMeasures run_of(const Reader& reader) {
    RunMeasures run;
    run.seed = static_cast<std::uint64_t>(reader.at("seed").whole_number());
    run.fingerprint = reader.at("fingerprint").text();
    for (const auto& [key, value] : reader.at("values").entries()) {
        std::string measure = key;
        if (measure.ends_with(kNanoseconds)) measure.resize(key.size() - kNanoseconds.size());
        if (key_of(measure) != key) value.refuse("a known measure");
        run.values[measure] = value.number_or_never();
    }
    return run;
}

}  // namespace

Baseline new_baseline(const Scenario& scenario) {
    Baseline baseline;
    baseline.scenario = scenario.name;
    baseline.scenario_hash = scenario.hash;
    baseline.model_version = model_version();
    baseline.parameters = scenario.parameters;
    baseline.resolved = scenario.resolved;
    return baseline;
}

std::string to_text(const Baseline& baseline) {
    Json parameters = Json::object();
    for (const ParameterValue& one : baseline.parameters) parameters[one.name] = one.value;
    std::vector<std::string> resolved;
    for (std::size_t from = 0; from < baseline.resolved.size();) {
        const std::size_t end =
            std::min(baseline.resolved.find('\n', from), baseline.resolved.size());
        resolved.push_back(one_line(baseline.resolved.substr(from, end - from)));
        from = end + 1;
    }
    std::vector<std::string> runs;
    for (const RunMeasures& run : baseline.runs) runs.push_back(line_of(run));
    return "{\n \"format\": " + std::to_string(kFormat) +
           ",\n \"model_version\": " + one_line(baseline.model_version) +
           ",\n \"parameters\": " + one_line(parameters) + ",\n \"resolved\": " + lines(resolved) +
           ",\n \"runs\": " + lines(runs) + ",\n \"scenario\": " + one_line(baseline.scenario) +
           ",\n \"scenario_hash\": " + one_line(baseline.scenario_hash) + "\n}\n";
}

Baseline parse_baseline(std::string_view text) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::exception&) {
        throw BaselineError("is not JSON, or cut off");
    }
    const Reader reader(json, "");
    if (reader.at("format").whole_number() != kFormat) {
        reader.at("format").refuse(std::to_string(kFormat));
    }
    Baseline baseline;
    baseline.scenario = reader.at("scenario").text();
    baseline.scenario_hash = reader.at("scenario_hash").text();
    baseline.model_version = reader.at("model_version").text();
    for (const auto& [name, value] : reader.at("parameters").entries()) {
        baseline.parameters.push_back({name, value.text()});
    }
    for (const Reader& line : reader.at("resolved").list()) {
        baseline.resolved += line.text() + "\n";
    }
    for (const Reader& run : reader.at("runs").list()) {
        baseline.runs.push_back(run_of(run));
        const std::size_t n = baseline.runs.size();
        if (n > 1 && baseline.runs[n - 1].seed != baseline.runs[n - 2].seed + 1) {
            run.at("seed").refuse("the next seed");
        }
    }
    if (baseline.runs.empty()) reader.at("runs").refuse("a run or more");
    return baseline;
}

}  // namespace shaketable
