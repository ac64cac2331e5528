// SPDX-License-Identifier: MIT
#include "sim/cli/render.hpp"

#include "sim/cli/text_table.hpp"
#include "tests/catch.hpp"

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

TEST_CASE("text table: columns are as wide as their widest cell, and no line ends in a space") {
    cli::TextTable table;
    table.add({"a", "bcd", "x"});
    table.add({"long", "", "y"});
    table.add({"", "ef", ""});
    CHECK(table.text(2) == "  a     bcd  x\n  long       y\n        ef\n");
}

TEST_CASE("text table: the last cell of a row widens nothing") {
    cli::TextTable table;
    table.add({"a", "a sentence that is long"});
    table.add({"b", "c", "d"});
    CHECK(table.text(0) == "a  a sentence that is long\nb  c  d\n");
}

TEST_CASE("text table: colours and accents take the width that is seen") {
    CHECK(cli::visible_width("\x1b[31mred\x1b[0m") == 3);
    CHECK(cli::visible_width("\xc3\xa9t\xc3\xa9") == 3);
}

TEST_CASE("histogram: intervals are round, hold every number, and show who never came back") {
    Sample sample;
    for (std::uint64_t seed = 1; seed <= 8; ++seed)
        sample.add(milliseconds(150 + 10 * static_cast<int>(seed)), seed);
    sample.add(std::nullopt, 9);
    CHECK(cli::histogram(sample, 0) ==
          "160ms .. 170ms  ######################################## 1\n"
          "170ms .. 180ms  ######################################## 1\n"
          "180ms .. 190ms  ######################################## 1\n"
          "190ms .. 200ms  ######################################## 1\n"
          "200ms .. 210ms  ######################################## 1\n"
          "210ms .. 220ms  ######################################## 1\n"
          "220ms .. 230ms  ######################################## 1\n"
          "230ms .. 240ms  ######################################## 1\n"
          "not recovered   ######################################## 1\n");
}

TEST_CASE("histogram: at most ten intervals whatever the spread, and the counts add up") {
    for (const std::int64_t far : {2L, 11L, 999L, 1'000'000L, 9'876'543'210L}) {
        Sample sample;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            sample.add(Duration{1 + far * static_cast<std::int64_t>(seed) / 19}, seed);
        }
        const std::string text = cli::histogram(sample, 0);
        std::size_t lines = 0;
        unsigned long counted = 0;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            const std::size_t end = text.find('\n', at);
            counted += std::stoul(text.substr(text.rfind(' ', end) + 1));
            ++lines;
        }
        INFO(text);
        CHECK(lines >= 2);
        CHECK(lines <= 10);
        CHECK(counted == 20);
    }
}

TEST_CASE("histogram: one value makes no picture") {
    Sample sample;
    CHECK(cli::histogram(sample, 0).empty());
    sample.add(seconds(1), 1);
    sample.add(seconds(1), 2);
    CHECK(cli::histogram(sample, 0).empty());
}

TEST_CASE("percent: rounded down, so that a hundred means all") {
    CHECK(cli::percent(1) == "100.00 %");
    CHECK(cli::percent(0.999999) == "99.99 %");
    CHECK(cli::percent(0.57) == "57.00 %");
    CHECK(cli::percent(0) == "0.00 %");
}
