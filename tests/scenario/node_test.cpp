// SPDX-License-Identifier: MIT
#include "sim/scenario/node.hpp"

#include "sim/scenario/utf8.hpp"
#include "tests/catch.hpp"

namespace shaketable {
namespace {

struct Outcome {
    std::optional<Node> root;
    std::vector<Diagnostic> diagnostics;

    // "line:column message" of the first diagnostic.
    std::string first() const {
        if (diagnostics.empty()) return "";
        const Diagnostic& d = diagnostics.front();
        return std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + " " + d.message;
    }
};

Outcome parse(std::string_view text) {
    Diagnostics diagnostics;
    auto root = parse_yaml(text, "x.yaml", diagnostics);
    return {std::move(root), diagnostics.take()};
}

std::string repeat(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

TEST_CASE("node: every value and key knows its position", "[scenario]") {
    const auto outcome = parse("a: 1\nb:\n  - {c: \"x y\"}\n");
    REQUIRE(outcome.root);
    const Node::Entry& b = outcome.root->entries[1];
    CHECK(b.key_at.line == 2);
    CHECK(b.key_at.column == 1);
    const Node& c = b.value.items[0].entries[0].value;
    CHECK(c.text == "x y");
    CHECK_FALSE(c.plain);
    CHECK(c.at.line == 3);
    CHECK(c.at.column == 9);
}

TEST_CASE("node: columns count characters, not bytes", "[scenario]") {
    const auto outcome = parse("{\"\xc3\xa4\xc3\xb6\": x, \"b\": y}\n");
    REQUIRE(outcome.root);
    CHECK(outcome.root->find_entry("b")->key_at.column == 11);
}

TEST_CASE("node: scalars stay text, whatever YAML would make of them", "[scenario]") {
    const auto outcome = parse("a: no\nb: 1:30\nc: 010\nd: 1e3\ne: .nan\nf: 2024-01-01\n");
    REQUIRE(outcome.root);
    CHECK(outcome.root->find("a")->text == "no");
    CHECK(outcome.root->find("b")->text == "1:30");
    CHECK(outcome.root->find("c")->text == "010");
    CHECK(outcome.root->find("e")->text == ".nan");
}

TEST_CASE("node: a duplicate key is refused with both positions", "[scenario]") {
    CHECK(parse("a: 1\nb: 2\n\"a\": 3\n").first() == "3:1 duplicate key 'a' (first at 1:1)");
}

TEST_CASE("node: a key is a name", "[scenario]") {
    CHECK(parse("1: x\n").first() == "1:1 a key is a name, not a number: 1");
    CHECK(parse("? [a]\n: x\n").first() == "1:3 a key is a name, not a list");
    CHECK(parse("? {a: b}\n: x\n").first() == "1:3 a key is a name, not a map");
    CHECK(parse("~: x\n").first() == "1:1 a key is a name, not nothing");
}

TEST_CASE("node: merge keys and tags are refused", "[scenario]") {
    CHECK(parse("a: &a {b: c}\nd:\n  <<: *a\n").first() == "3:3 merge keys (<<) are not used here");
    CHECK(parse("a: !!int 3\n").first().substr(0, 14) == "1:4 tags such ");
    CHECK(parse("a: !mine {b: c}\n").first().substr(0, 14) == "1:4 tags such ");
}

TEST_CASE("node: an alias stands for its value, up to eight deep", "[scenario]") {
    const auto good = parse("a: &a {b: c}\nd: *a\n");
    REQUIRE(good.root);
    CHECK(good.root->find("d")->find("b")->text == "c");
    const auto chain = [](int length) {
        std::string text = "a0: &a0 x\n";
        for (int i = 1; i <= length; ++i) {
            const std::string n = std::to_string(i);
            text += "a" + n + ": &a" + n + " [*a" + std::to_string(i - 1) + "]\n";
        }
        return text;
    };
    CHECK(parse(chain(8)).root);
    CHECK(parse(chain(9)).first() == "10:10 aliases nested more than 8 deep");
    CHECK(parse("a: &a [*a]\n").first() == "1:8 an alias inside the value it stands for");
    CHECK_FALSE(parse("a: *b\n").root);
}

TEST_CASE("node: few bytes can't stand for many values", "[scenario]") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i <= 7; ++i) {
        const std::string alias = "*a" + std::to_string(i - 1) + ", ";
        const std::string n = std::to_string(i);
        text += "a" + n + ": &a" + n + " [" + repeat(alias, 9) + "x]\n";
    }
    const auto outcome = parse(text);
    CHECK_FALSE(outcome.root);
    CHECK(outcome.first().find("more than 1000000 values") != std::string::npos);
}

TEST_CASE("node: nesting ends at 64", "[scenario]") {
    CHECK(parse("a: " + repeat("[", 63) + repeat("]", 63)).root);
    CHECK(parse("a: " + repeat("[", 64) + repeat("]", 64)).first() ==
          "1:67 nested more than 64 deep");
    CHECK_FALSE(parse("a: " + repeat("[", 200'000)).root);
    CHECK_FALSE(parse(repeat("- ", 200'000)).root);
    CHECK_FALSE(parse(repeat("? ", 200'000)).root);
    CHECK_FALSE(parse(repeat("{a: ", 200'000)).root);
    std::string deep;
    for (int i = 0; i < 300; ++i) deep += repeat(" ", i) + "a:\n";
    CHECK_FALSE(parse(deep).root);
}

TEST_CASE("node: deep values behind aliases count as deep", "[scenario]") {
    const std::string half = repeat("[", 40) + repeat("]", 40);
    CHECK(parse("a: &a " + half + "\nb: " + repeat("[", 30) + "*a" + repeat("]", 30)).first() ==
          "2:34 nested more than 64 deep");
}

TEST_CASE("node: what is no scenario at all says so", "[scenario]") {
    CHECK(parse("").first() == "1:1 the file is empty");
    CHECK(parse("# only a comment\n").first() == "1:1 the file is empty");
    CHECK(parse("---\n").first() == "1:1 the file is empty");
    CHECK(parse("words\n").first() == "1:1 a scenario is a map of keys, not a single value");
    CHECK(parse("- a\n").first() == "1:1 a scenario is a map of keys, not a list");
    CHECK(parse("a: 1\n---\nb: 2\n").first() ==
          "2:1 a scenario file holds one document, not several");
    CHECK(parse(std::string(kMostFileBytes + 1, ' ')).first() ==
          "1:1 the file is larger than 16 MiB");
}

TEST_CASE("node: bytes that are not text are refused where they stand", "[scenario]") {
    CHECK(parse(std::string_view("a: b\0c\n", 7)).first() == "1:5 not a text file in UTF-8");
    CHECK(parse("a: b\nc: \xff\n").first() == "2:4 not a text file in UTF-8");
    CHECK(parse("a: \"\\0\"\n").first() == "1:4 an escape stands for a character that is not text");
}

TEST_CASE("node: a quote that is not closed is refused where it opens", "[scenario]") {
    CHECK(parse("a: \"b\nc: d\n").first() == "1:4 a quote that is not closed");
    CHECK(parse("a: 'b\nc: d\n").first() == "1:4 a quote that is not closed");
    CHECK(parse("a: 'it''s'\nb: \"say \\\"so\\\"\"\nc: \"two\n  lines\"\n").root);
}

TEST_CASE("node: a byte order mark and Windows line ends are taken in", "[scenario]") {
    const auto outcome = parse(
        "\xef\xbb\xbf"
        "a: 1\r\nb: x\r\n");
    REQUIRE(outcome.root);
    CHECK(outcome.root->find("b")->text == "x");
    CHECK(outcome.root->find("b")->at.source->lines[1] == "b: x");
}

TEST_CASE("utf8: overlong forms, surrogates and control characters are not text", "[scenario]") {
    CHECK(is_text("plain, \xc3\xa4, \xe2\x82\xac, \xf0\x9f\x98\x80\n\t"));
    for (const char* bytes :
         {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
          "\xf8", "\x80", "\xe2\x82", "\x1b", "\x7f", "\xc2\x85"}) {
        CHECK_FALSE(is_text(bytes));
    }
}

}  // namespace
}  // namespace shaketable
