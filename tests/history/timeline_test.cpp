// SPDX-License-Identifier: MIT
#include "sim/history/timeline.hpp"

#include "sim/history/read_history.hpp"
#include "tests/catch.hpp"

namespace shaketable::history {
namespace {

History read(const std::string& text) {
    ReadResult result = read_history("test.edn", text, std::nullopt);
    REQUIRE(result.history);
    return std::move(*result.history);
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
    return count;
}

}  // namespace

TEST_CASE("timeline: one red bar, those before blue, those beside yellow, those after grey",
          "[history]") {
    const History history = read(
        "[0 :invoke :write 1] [0 :ok :write 1] [1 :invoke :write 2] [2 :invoke :read nil]"
        "[2 :ok :read 3] [3 :invoke :read nil] [3 :ok :read 1]");
    const std::string svg = timeline_svg(history, check(history));
    CHECK(count_of(svg, "fill=\"#d62728\"") == 1);
    CHECK(count_of(svg, "fill=\"#cfe3f5\"") == 1);
    CHECK(count_of(svg, "fill=\"#fde9a9\"") == 1);
    CHECK(count_of(svg, "fill=\"#e6e6e6\"") == 1);
    CHECK(count_of(svg, "stroke-dasharray") == 1);
    CHECK(count_of(svg, ">read 3</text>") == 1);
    CHECK(svg == timeline_svg(history, check(history)));
}

TEST_CASE("timeline: of a long history the part around the offence is drawn", "[history]") {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        const std::string word = " :write " + std::to_string(i) + "]\n";
        text += "[0 :invoke" + word + "[0 :ok" + word;
        if (i == 700) text += "[1 :invoke :read nil] [1 :ok :read 5]\n";
    }
    const History history = read(text);
    const std::string svg = timeline_svg(history, check(history));
    CHECK(count_of(svg, "<g>") < 120);
    CHECK(count_of(svg, ">write 700<") == 1);
    CHECK(count_of(svg, ">write 701<") == 1);
    CHECK(count_of(svg, ">write 5<") == 0);
    CHECK(svg.find("operations are not drawn") != std::string::npos);
}

TEST_CASE("timeline: what a history says is text, not markup", "[history]") {
    const History history = read("[0 :invoke :write \"<script>&\"] [0 :ok :write \"<script>&\"]");
    const std::string page = timeline_html("<b>", history, check(history));
    CHECK(page.find("<script>") == std::string::npos);
    CHECK(page.find("<b>") == std::string::npos);
    CHECK(page.find("&lt;script&gt;&amp;") != std::string::npos);
}

}  // namespace shaketable::history
