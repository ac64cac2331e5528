// SPDX-License-Identifier: MIT
#include "sim/cli/annotations.hpp"

#include <fmt/format.h>

namespace shaketable::cli {

namespace {

// `also` are characters that end a property's value.
std::string escaped(const std::string& text, std::string_view also) {
    std::string result;
    for (const char c : text) {
        const bool special = c == '%' || c == '\r' || c == '\n' || also.find(c) != also.npos;
        result +=
            special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
    return result;
}

std::string line_of(const GateReport& report, const GateCase& one) {
    return fmt::format("::{} file={},line={},title={}::{}\n",
                       one.verdict == Verdict::fail ? "error" : "warning", escaped(one.file, ":,"),
                       one.line, escaped(report.scenario.name + ": " + one.name, ":,"),
                       escaped(one.message + "\nreplay: " + report.replay, ""));
}

}  // namespace

std::string annotations(const std::vector<GateReport>& reports) {
    std::string text;
    for (const Verdict verdict : {Verdict::fail, Verdict::inconclusive}) {
        for (const GateReport& report : reports) {
            for (const GateCase& one : report.cases) {
                if (one.verdict == verdict) text += line_of(report, one);
            }
        }
    }
    return text;
}

}  // namespace shaketable::cli
