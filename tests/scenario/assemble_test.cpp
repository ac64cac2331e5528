// SPDX-License-Identifier: MIT
//
// Files that extend others live in tests/scenario/extends.
#include "sim/scenario/assemble.hpp"

#include "sim/scenario/emit.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

const std::string kFolder = std::string(SHAKETABLE_SOURCE_DIR) + "/tests/scenario/extends/";

struct Outcome {
    std::string text;   // the tree as YAML
    std::string first;  // the first message
};

Outcome assembled(std::string_view text, const std::vector<Override>& overrides = {}) {
    Diagnostics diagnostics;
    const auto result =
        assemble("version: 1\n" + std::string(text), kFolder + "top.yaml", overrides, diagnostics);
    const auto found = diagnostics.take();
    return {result && found.empty() ? emit_yaml(result->root) : "",
            found.empty() ? "" : found.front().message};
}

TEST_CASE("extends: maps merge, lists and values replace, the extending file wins", "[scenario]") {
    CHECK(assembled("extends: [base.yaml]\nmap: {inner: {b: 3}}\nlist: [z]\n").text ==
          "version: 1\nmap: {inner: {a: 1, b: 3}, other: x}\nlist: [z]\nlatency: {dist: lognormal, "
          "median: 1ms, p99: 2ms}\n");
}

TEST_CASE("extends: a key with + appends to the list below", "[scenario]") {
    CHECK(assembled("extends: [base.yaml]\n+list: [z]\n").text.find("list: [a, b, z]\n") !=
          std::string::npos);
    CHECK(assembled("+fresh: [z]\nmap: {+deep: [y]}\n").text ==
          "version: 1\nfresh: [z]\nmap: {deep: [y]}\n");
    CHECK(assembled("extends: [base.yaml]\nlist: [y]\n+list: [z]\n").first ==
          "both 'list' and '+list' in one map: replace or append?");
    CHECK(assembled("extends: [base.yaml]\n+map: [z]\n").first ==
          "'map' is a map, so nothing can be appended to it");
    CHECK(assembled("+list: z\n").first == "'+list' appends to a list, and this is a single value");
}

TEST_CASE("extends: a distribution replaces another as a whole", "[scenario]") {
    CHECK(assembled("extends: [base.yaml]\nlatency: {dist: exponential, mean: 1ms}\n")
              .text.find("latency: {dist: exponential, mean: 1ms}\n") != std::string::npos);
    CHECK(assembled("extends: [base.yaml]\nlatency: {p99: 9ms}\n")
              .text.find("latency: {dist: lognormal, median: 1ms, p99: 9ms}\n") !=
          std::string::npos);
}

TEST_CASE("extends: of several files the later wins", "[scenario]") {
    const auto both = assembled("extends: [base.yaml, second.yaml]\n");
    CHECK(both.text.find("map: {inner: {a: 7, b: 2}, other: x}") != std::string::npos);
}

TEST_CASE("extends: a circle is reported with its chain", "[scenario]") {
    const auto result = load_scenario(kFolder + "circle_a.yaml");
    REQUIRE(result.diagnostics.size() == 1);
    const std::string a = kFolder + "circle_a.yaml";
    const std::string b = kFolder + "circle_b.yaml";
    CHECK(result.diagnostics[0].message ==
          "extends goes in a circle: " + a + " -> " + b + " -> " + a);
    CHECK(result.diagnostics[0].at.source->name == b);
    CHECK(result.diagnostics[0].at.line == 2);
}

TEST_CASE("extends: a file that can't be read is reported where it is named", "[scenario]") {
    CHECK(assembled("extends: [nope.yaml]\n").first ==
          "can't read the file " + kFolder + "nope.yaml");
    CHECK(assembled("extends: [.]\n").first.substr(0, 19) == "can't read the file");
    CHECK(assembled("extends: base.yaml\n").first ==
          "extends is a list of files, not a single value");
    CHECK(assembled("extends: [[a]]\n").first == "extends is a list of files");
}

TEST_CASE("extends: a mistake in a base is reported in the base", "[scenario]") {
    Diagnostics diagnostics;
    assemble("version: 1\nextends: [no_version.yaml]\n", kFolder + "top.yaml", {}, diagnostics);
    const auto found = diagnostics.take();
    REQUIRE(found.size() == 1);
    CHECK(found[0].at.source->name == kFolder + "no_version.yaml");
    CHECK(found[0].message == "the key 'version' is missing");
}

constexpr std::string_view kKnobs =
    "params:\n"
    "  beat: {type: duration, default: 50ms, min: 1ms, max: 10s}\n"
    "  count: {type: integer, default: 3, min: 1}\n"
    "  share: {type: probability, default: 5%, max: 50%}\n"
    "  ratio: {type: number, default: 1.5, max: 2}\n"
    "  vote: {type: boolean, default: true}\n"
    "  word: {type: string, default: abc}\n";

std::string substituted(std::string_view text, const std::vector<Override>& overrides = {}) {
    const auto outcome = assembled(std::string(kKnobs) + std::string(text), overrides);
    return outcome.first.empty() ? outcome.text.substr(sizeof("version: 1")) : "! " + outcome.first;
}

TEST_CASE("parameters: stand for their value, whole or in part of a value", "[scenario]") {
    CHECK(substituted("a: \"${beat}\"\nb: [\"node-${count}\", \"${word}${vote}\"]\n") ==
          "a: 50ms\nb: [node-3, abctrue]\n");
    CHECK(substituted("a: \"$ {beat} $5 }\"\n") == "a: \"$ {beat} $5 }\"\n");
}

TEST_CASE("parameters: an override sets the value, the last one of a name wins", "[scenario]") {
    CHECK(substituted("a: \"${beat}\"\n", {{"beat", "1s"}, {"beat", "2s"}}) == "a: 2s\n");
    CHECK(substituted("a: \"${word}\"\n", {{"word", "{b: c}"}}) == "a: \"{b: c}\"\n");
}

TEST_CASE("parameters: an override is of the type and within the bounds", "[scenario]") {
    CHECK(substituted("", {{"beat", "5"}}) == "! a duration needs a unit: 5");
    CHECK(substituted("", {{"beat", "-5ms"}}) == "! may not be negative: '-5ms'");
    CHECK(substituted("", {{"beat", "11s"}}) == "! 11s is above the most, 10s");
    CHECK(substituted("", {{"count", "0"}}) == "! 0 is below the least, 1");
    CHECK(substituted("", {{"count", "1.5"}}) == "! not a whole number: '1.5'");
    CHECK(substituted("", {{"share", "0.6"}}) == "! 0.6 is above the most, 50%");
    CHECK(substituted("", {{"ratio", "nan"}}) == "! not a finite decimal number: 'nan'");
    CHECK(substituted("", {{"vote", "yes"}}) == "! a boolean is true or false, not 'yes'");
    CHECK(substituted("", {{"word", "\xff"}}) == "! not text in UTF-8");
}

TEST_CASE("parameters: an unknown one is reported with the nearest", "[scenario]") {
    const auto result = testing::load(kKnobs, {{"baet", "1s"}});
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(format(result.diagnostics) ==
          "--set:1:1: error: unknown parameter 'baet'\n"
          "1 | baet=1s\n"
          "  | ^^^^  did you mean beat?\n");
    CHECK(substituted("a: \"${baet}\"\n") == "! unknown parameter 'baet'");
    CHECK(substituted("a: \"${beat\"\n") == "! a ${ without its }");
}

TEST_CASE("parameters: a value never refers to another parameter", "[scenario]") {
    CHECK(substituted("a: \"${word}\"\n", {{"word", "${beat}"}}) ==
          "! a parameter's value may not refer to a parameter");
    CHECK(substituted("a: \"$${word}\"\n", {{"word", "{beat}"}}) ==
          "! a parameter's value may not refer to a parameter");
}

TEST_CASE("parameters: a declaration is checked even if nobody uses it", "[scenario]") {
    const auto first = [](std::string_view declaration) {
        return assembled("params: {p: {" + std::string(declaration) + "}}\n").first;
    };
    CHECK(first("type: duration, default: 5") == "a duration needs a unit: 5");
    CHECK(first("type: integer, default: 5, max: 4") ==
          "the default is out of bounds: 5 is above the most, 4");
    CHECK(first("type: boolean, default: true, min: true") == "a boolean has no bounds");
    CHECK(first("type: integr, default: 5") == "no such choice: 'integr'");
    CHECK(first("type: integer") == "the key 'default' is missing");
    CHECK(first("type: integer, default: 5, mx: 3") == "unknown key 'mx' in params.*");
}

TEST_CASE("parameters: few bytes can't fill in many", "[scenario]") {
    std::string text(kKnobs);
    text += "a: [";
    for (int i = 0; i < 1'000; ++i) text += "\"${word}\", ";
    text += "]\n";
    CHECK(assembled(text, {{"word", std::string(100'000, 'x')}}).first ==
          "parameters fill in more than 16 MiB");
}

TEST_CASE("overrides: a name, an equals sign and anything", "[scenario]") {
    CHECK(parse_override("a=b=c") == Override{"a", "b=c"});
    CHECK(parse_override("a=") == Override{"a", ""});
    CHECK_FALSE(parse_override("a"));
    CHECK_FALSE(parse_override("=a"));
}

}  // namespace
}  // namespace shaketable
