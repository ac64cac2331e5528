// SPDX-License-Identifier: MIT
#include "sim/cli/junit.hpp"

#include "sim/cli/annotations.hpp"
#include "tests/catch.hpp"

using namespace shaketable;
using namespace shaketable::cli;

namespace {

GateReport report(Verdict verdict, const std::string& message) {
    GateReport report;
    report.scenario.name = "sample";
    report.replay = "shaketable gate sample.yaml";
    report.cases.push_back({"runs", Verdict::pass, "12 runs", "sample.yaml", 2, {}});
    report.cases.push_back({"target a, b: c", verdict, message, "dir,1/x:y.yaml", 7, {}});
    return report;
}

}  // namespace

TEST_CASE("XML: markup is escaped, and ends of lines survive in attributes") {
    CHECK(xml_text("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
    CHECK(xml_text("one\ntwo\tthree\r") == "one&#10;two&#9;three&#13;");
    CHECK(xml_text("é€😀") == "é€😀");
}

TEST_CASE("XML: what the standard cannot hold becomes the replacement character") {
    const std::string bad = "\xef\xbf\xbd";
    CHECK(xml_text(std::string_view("a\0b", 3)) == "a" + bad + "b");
    CHECK(xml_text("\x1b[31m") == bad + "[31m");
    CHECK(xml_text("\xff") == bad);
    CHECK(xml_text("\xc3") == bad);
    CHECK(xml_text("\xed\xa0\x80") == bad + bad + bad);  // a surrogate
    CHECK(xml_text("\xef\xbf\xbe") == bad);              // U+FFFE
}

TEST_CASE("JUnit: a failure is a failure, and no evidence is an error") {
    const std::string failed = junit_xml({report(Verdict::fail, "missed")});
    CHECK(failed.find("failures=\"1\" errors=\"0\"") != std::string::npos);
    CHECK(
        failed.find("<failure message=\"missed\" type=\"fail\">missed&#10;replay: shaketable gate "
                    "sample.yaml</failure>") != std::string::npos);
    const std::string open = junit_xml({report(Verdict::inconclusive, "who knows")});
    CHECK(open.find("failures=\"0\" errors=\"1\"") != std::string::npos);
    CHECK(open.find("<error message=\"who knows\" type=\"inconclusive\">") != std::string::npos);
    const std::string passed = junit_xml({report(Verdict::pass, "met")});
    CHECK(passed.find("<failure") == std::string::npos);
    CHECK(passed.find("<error") == std::string::npos);
}

TEST_CASE("annotations: what would end a field early is escaped") {
    CHECK(annotations({report(Verdict::fail, "50 % missed\nby far, seed 3: x")}) ==
          "::error file=dir%2C1/x%3Ay.yaml,line=7,title=sample%3A target a%2C b%3A c::"
          "50 %25 missed%0Aby far, seed 3: x%0Areplay: shaketable gate sample.yaml\n");
}

TEST_CASE("annotations: failures come before warnings, and what passed is silent") {
    const std::string text =
        annotations({report(Verdict::inconclusive, "open"), report(Verdict::pass, "met"),
                     report(Verdict::fail, "missed")});
    CHECK(text.find("::error") == 0);
    CHECK(text.find("::warning") > text.find("::missed"));
    CHECK(text.find("met%0A") == std::string::npos);
}
