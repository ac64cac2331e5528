// SPDX-License-Identifier: MIT
#include "sim/scenario/diagnostics.hpp"

#include "tests/catch.hpp"

namespace shaketable {
namespace {

std::shared_ptr<const Source> source(std::vector<std::string> lines, std::string name = "f.yaml") {
    auto result = std::make_shared<Source>();
    result->name = std::move(name);
    result->lines = std::move(lines);
    return result;
}

TEST_CASE("diagnostics: position, message, source line, caret and hint", "[scenario]") {
    const auto file = source({"a", "    for:  150"});
    CHECK(format(Diagnostic{
              {file, 2, 11}, 3, "a duration needs a unit: 150", "did you mean 150ms or 150s?"}) ==
          "f.yaml:2:11: error: a duration needs a unit: 150\n"
          "2 |     for:  150\n"
          "  |           ^^^  did you mean 150ms or 150s?\n");
}

TEST_CASE("diagnostics: the caret stands under the character, tabs and umlauts or not",
          "[scenario]") {
    const auto file = source({"\t\xc3\xa4\xc3\xb6: x"});
    CHECK(format(Diagnostic{{file, 1, 6}, 1, "m", ""}) ==
          "f.yaml:1:6: error: m\n"
          "1 |  \xc3\xa4\xc3\xb6: x\n"
          "  |      ^\n");
}

TEST_CASE("diagnostics: of a long line the part around the mistake is shown", "[scenario]") {
    const auto file = source({std::string(500, 'x') + "HERE" + std::string(500, 'y')});
    const std::string text = format(Diagnostic{{file, 1, 501}, 4, "m", ""});
    CHECK(text.find("xHEREy") != std::string::npos);
    CHECK(text.size() < 400);
}

TEST_CASE("diagnostics: a position beyond the line or the file is survived", "[scenario]") {
    const auto file = source({"ab"});
    CHECK(format(Diagnostic{{file, 1, 99}, 50, "m", ""}) ==
          "f.yaml:1:99: error: m\n1 | ab\n  |   ^\n");
    CHECK(format(Diagnostic{{file, 9, 1}, 1, "m", ""}) == "f.yaml:9:1: error: m\n9 |\n  | ^\n");
}

TEST_CASE("diagnostics: bytes that are not text reach no terminal", "[scenario]") {
    const auto file = source({"a\x1b[31m\xff"}, "b\x1b.yaml");
    Diagnostics diagnostics;
    diagnostics.add({{file, 1, 1}, 1, "bad\x1b\n", "\xff"});
    const std::string text = format(diagnostics.take());
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
}

TEST_CASE("diagnostics: sorted by file, line and column, and each said once", "[scenario]") {
    const auto one = source({"a", "b"}, "one");
    const auto two = source({"a"}, "two");
    Diagnostics diagnostics;
    diagnostics.add({{two, 1, 1}, 1, "first file", ""});
    diagnostics.add({{one, 2, 1}, 1, "c", ""});
    diagnostics.add({{one, 1, 5}, 1, "b", ""});
    diagnostics.add({{one, 1, 2}, 1, "a", ""});
    diagnostics.add({{one, 2, 1}, 1, "c", ""});
    std::string order;
    for (const Diagnostic& d : diagnostics.take()) order += d.message + ";";
    CHECK(order == "first file;a;b;c;");
}

TEST_CASE("diagnostics: the first twenty are printed and the rest counted", "[scenario]") {
    const auto file = source({"a"});
    Diagnostics diagnostics;
    for (int i = 1; i <= 23; ++i) diagnostics.add({{file, 1, i}, 1, "m", ""});
    const std::string text = format(diagnostics.take());
    CHECK(text.find("f.yaml:1:20:") != std::string::npos);
    CHECK(text.find("f.yaml:1:21:") == std::string::npos);
    CHECK(text.substr(text.size() - 18) == "and 3 more errors\n");
}

TEST_CASE("diagnostics: the distance counts insertions, deletions, changes and swaps",
          "[scenario]") {
    CHECK(edit_distance("latency", "latency") == 0);
    CHECK(edit_distance("latncy", "latency") == 1);
    CHECK(edit_distance("latnecy", "latency") == 1);
    CHECK(edit_distance("ltnecy", "latency") == 2);
    CHECK(edit_distance("", "ab") == 2);
    CHECK(edit_distance("loss", "latency") == 3);
}

TEST_CASE("diagnostics: a suggestion is at most two changes away and resembles the word",
          "[scenario]") {
    const std::vector<std::string> words{"loss", "latency", "links", "id"};
    CHECK(closest("lantecy", words) == "latency");
    CHECK(closest("los", words) == "loss");
    CHECK(closest("x", words).empty());
    CHECK(closest("xy", words).empty());
    CHECK(closest("", words).empty());
    CHECK(did_you_mean("lnks", words) == "did you mean links?");
}

}  // namespace
}  // namespace shaketable
