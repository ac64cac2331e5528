// SPDX-License-Identifier: MIT
//
// Damaged copies of the shipped scenarios, from fixed seeds. Whatever the damage: the loader
// returns, with a scenario or with diagnostics that all have a position, and what it accepts
// survives the way through its resolved text.
#include "core/base/random.hpp"
#include "sim/scenario/assemble.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/schema.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/shipped.hpp"

namespace shaketable {
namespace {

using novacron::Random;

std::string piece(Random& random) {
    static constexpr std::string_view pieces[] = {"\n",
                                                  " ",
                                                  "  ",
                                                  "\t",
                                                  ":",
                                                  ": ",
                                                  "- ",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  "\"",
                                                  "'",
                                                  "#",
                                                  "&a ",
                                                  "*a",
                                                  "!!int ",
                                                  "<<",
                                                  "? ",
                                                  "|",
                                                  ">",
                                                  "${heartbeat}",
                                                  "${",
                                                  "}",
                                                  "..",
                                                  "-1",
                                                  "0",
                                                  "99999999999999999999",
                                                  "1e999",
                                                  "nan",
                                                  "inf",
                                                  "5ms",
                                                  "3d",
                                                  "9223372036854775807ns",
                                                  "100%",
                                                  "0.5",
                                                  "6/min",
                                                  "1/s",
                                                  "zone:a",
                                                  "site:x",
                                                  "all",
                                                  "clients",
                                                  "leader",
                                                  "others",
                                                  "warmup.end",
                                                  "crash.end + 5s",
                                                  "node-1",
                                                  "true",
                                                  "no",
                                                  "~",
                                                  "null",
                                                  "\xff",
                                                  "\xc3\xa4",
                                                  std::string_view("\0", 1),
                                                  "---\n",
                                                  "...\n",
                                                  "+faults",
                                                  "%YAML 1.2\n",
                                                  "\\x00",
                                                  "\\u2028",
                                                  "permanent: true",
                                                  "for: 1s",
                                                  "until: cut.end",
                                                  "split: [[leader], [others]]",
                                                  "pick: 1",
                                                  "of: all",
                                                  "dist: empirical",
                                                  "quantiles: [1ms, 2ms]"};
    return std::string(pieces[random.below(std::size(pieces))]);
}

// A key or a fault's word, so that the damage is often nearly right.
std::string word(Random& random) {
    const auto all = keys();
    const std::string path(all[random.below(all.size())].path);
    if (random.below(4) == 0) return std::string(fault_words()[random.below(fault_words().size())]);
    return path.substr(path.rfind('.') + 1);
}

// Where words, numbers and spaces of the text begin.
std::vector<std::size_t> token_starts(const std::string& text) {
    const auto kind = [&](std::size_t i) {
        const char c = text[i];
        if (c == ' ') return 0;
        const bool inner =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        return inner ? 1 : 2;
    };
    std::vector<std::size_t> starts{0};
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (kind(i) != kind(i - 1) || kind(i) == 2) starts.push_back(i);
    }
    starts.push_back(text.size());
    return starts;
}

void damage_bytes(std::string& text, Random& random) {
    const auto at = static_cast<std::size_t>(random.below(text.size() + 1));
    switch (random.below(4)) {
        case 0: text.insert(at, piece(random)); break;
        case 1: text.erase(at, static_cast<std::size_t>(random.below(30))); break;
        case 2:
            if (at < text.size()) text[at] = static_cast<char>(random.below(256));
            break;
        default: text.resize(at); break;
    }
}

void damage_tokens(std::string& text, Random& random) {
    const auto starts = token_starts(text);
    if (starts.size() < 2) return;
    const auto pick = static_cast<std::size_t>(random.below(starts.size() - 1));
    const std::size_t begin = starts[pick];
    const std::size_t length = starts[pick + 1] - begin;
    const auto other = static_cast<std::size_t>(random.below(starts.size() - 1));
    const std::string copied = text.substr(starts[other], starts[other + 1] - starts[other]);
    switch (random.below(4)) {
        case 0: text.replace(begin, length, piece(random)); break;
        case 1: text.replace(begin, length, word(random)); break;
        case 2: text.replace(begin, length, copied); break;
        default: text.erase(begin, length); break;
    }
}

// Says what is wrong with the way the text was treated, or nothing.
std::string complaint(const std::string& text, const std::string& path) {
    const auto result = load_scenario_text(text, path);
    if (result.ok() != result.diagnostics.empty())
        return "neither a scenario nor a diagnostic, or both";
    for (const Diagnostic& d : result.diagnostics) {
        if (!d.at.source || d.at.line < 1 || d.at.column < 1) return "no position: " + d.message;
        const auto lines = std::max<std::size_t>(1, d.at.source->lines.size());
        if (static_cast<std::size_t>(d.at.line) > lines)
            return "a line beyond the end: " + d.message;
        if (d.message.empty()) return "an empty message";
    }
    (void)format(result.diagnostics);
    if (!result.ok()) return {};
    const auto again = load_scenario_text(result.scenario->resolved, "resolved");
    if (!again.ok()) return "the resolved text does not load:\n" + format(again.diagnostics);
    if (again.scenario->resolved != result.scenario->resolved) return "the resolved text changes";
    return {};
}

void fuzz(std::uint64_t seed, int variants, bool resolved) {
    Random root(seed);
    int accepted = 0;
    const auto files = testing::shipped_scenarios();
    for (int i = 0; i < variants; ++i) {
        Random random = root.fork("variant", static_cast<std::uint64_t>(i));
        const std::string& path = files[random.below(files.size())];
        std::string text = *read_file(path, 1U << 20U);
        if (resolved) text = load_scenario_text(text, path).scenario->resolved;
        const std::uint64_t times = 1 + random.below(3);
        for (std::uint64_t n = 0; n < times; ++n) {
            if (random.below(3) == 0)
                damage_bytes(text, random);
            else
                damage_tokens(text, random);
        }
        const std::string wrong = complaint(text, path);
        if (!wrong.empty()) {
            FAIL("seed " << seed << " variant " << i << " of " << path << ": " << wrong << "\n"
                         << text);
        }
        accepted += load_scenario_text(text, path).ok() ? 1 : 0;
    }
    // A fuzzer whose variants are all refused, or all taken, tests little.
    CHECK(accepted > variants / 100);
    CHECK(accepted < variants);
}

TEST_CASE("fuzz: a damaged scenario is refused with positions, or loads for good", "[scenario]") {
    fuzz(1, 2'000, false);
}

TEST_CASE("fuzz: so is a damaged resolved scenario, which has every key", "[scenario]") {
    fuzz(2, 2'000, true);
}

TEST_CASE("fuzz: bytes at random are refused", "[scenario]") {
    Random random(3);
    for (int i = 0; i < 2'000; ++i) {
        std::string text;
        const std::uint64_t length = random.below(200);
        while (text.size() < length) {
            if (random.below(2) == 0)
                text += piece(random);
            else
                text += static_cast<char>(random.below(256));
        }
        INFO("variant " << i);
        REQUIRE(complaint(text, "random.yaml").empty());
    }
}

}  // namespace
}  // namespace shaketable
