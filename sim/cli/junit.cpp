// SPDX-License-Identifier: MIT
#include "sim/cli/junit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/run/run.hpp"
#include "sim/scenario/utf8.hpp"

namespace shaketable::cli {

namespace {

std::string attributes(const std::vector<std::pair<std::string, std::string>>& all) {
    std::string text;
    for (const auto& [name, value] : all) {
        text += fmt::format(" {}=\"{}\"", name, xml_text(value));
    }
    return text;
}

std::string properties(const std::vector<std::pair<std::string, std::string>>& all,
                       const std::string& indent) {
    if (all.empty()) return "";
    std::string text = indent + "<properties>\n";
    for (const auto& [name, value] : all) {
        text += indent + "  <property" + attributes({{"name", name}, {"value", value}}) + "/>\n";
    }
    return text + indent + "</properties>\n";
}

std::size_t count(const GateReport& report, Verdict verdict) {
    return static_cast<std::size_t>(
        std::count_if(report.cases.begin(), report.cases.end(),
                      [&](const GateCase& one) { return one.verdict == verdict; }));
}

std::string seconds(double time) { return fmt::format("{:.3f}", time); }

std::string xml_of(const GateReport& report, const GateCase& one) {
    const bool runs = &one == &report.cases.front();
    std::string text = "    <testcase" +
                       attributes({{"name", one.name},
                                   {"classname", report.scenario.name},
                                   {"file", one.file},
                                   {"line", std::to_string(one.line)},
                                   {"time", seconds(runs ? report.wall_seconds : 0)}}) +
                       ">\n";
    text += properties(one.properties, "      ");
    if (one.verdict == Verdict::pass) {
        text += "      <system-out>" + xml_text(one.message) + "</system-out>\n";
    } else {
        const bool failed = one.verdict == Verdict::fail;
        const std::string tag = failed ? "failure" : "error";
        text += "      <" + tag +
                attributes({{"message", one.message}, {"type", failed ? "fail" : "inconclusive"}}) +
                ">" + xml_text(one.message + "\nreplay: " + report.replay) + "</" + tag + ">\n";
    }
    return text + "    </testcase>\n";
}

std::string xml_of(const GateReport& report) {
    std::string text = "  <testsuite" +
                       attributes({{"name", report.scenario.name},
                                   {"tests", std::to_string(report.cases.size())},
                                   {"failures", std::to_string(count(report, Verdict::fail))},
                                   {"errors", std::to_string(count(report, Verdict::inconclusive))},
                                   {"skipped", "0"},
                                   {"time", seconds(report.wall_seconds)}}) +
                       ">\n";
    text += properties(
        {{"scenario_hash", report.scenario.hash},
         {"model_version", std::string(model_version())},
         {"seeds", fmt::format("{}..{}", report.seeds.first, report.seeds.last)},
         {"virtual_seconds", seconds(static_cast<double>(report.summary.virtual_ns) / 1e9)},
         {"baseline", report.baseline_file}},
        "    ");
    for (const GateCase& one : report.cases) text += xml_of(report, one);
    return text + "  </testsuite>\n";
}

}  // namespace

std::string xml_text(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(character.size());
        if (length == 0 || character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf") {
            result += "\xef\xbf\xbd";
        } else if (character == "&") {
            result += "&amp;";
        } else if (character == "<") {
            result += "&lt;";
        } else if (character == ">") {
            result += "&gt;";
        } else if (character == "\"") {
            result += "&quot;";
        } else if (character == "\n" || character == "\r" || character == "\t") {
            // As they are, a reader would turn them into spaces in an attribute.
            result += fmt::format("&#{};", static_cast<int>(character[0]));
        } else {
            result += character;
        }
    }
    return result;
}

std::string junit_xml(const std::vector<GateReport>& reports) {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    double time = 0;
    std::string suites;
    for (const GateReport& report : reports) {
        tests += report.cases.size();
        failures += count(report, Verdict::fail);
        errors += count(report, Verdict::inconclusive);
        time += report.wall_seconds;
        suites += xml_of(report);
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
           attributes({{"name", "shaketable gate"},
                       {"tests", std::to_string(tests)},
                       {"failures", std::to_string(failures)},
                       {"errors", std::to_string(errors)},
                       {"time", seconds(time)}}) +
           ">\n" + suites + "</testsuites>\n";
}

}  // namespace shaketable::cli
