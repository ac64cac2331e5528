// SPDX-License-Identifier: MIT
#include "sim/study/baseline.hpp"

#include <algorithm>

#include "sim/study/resample.hpp"
#include "tests/catch.hpp"

using namespace shaketable;

namespace {

Baseline sample() {
    Baseline baseline;
    baseline.scenario = "leader_crash";
    baseline.scenario_hash = "6bd4ac1b9c145e21";
    baseline.model_version = "1";
    baseline.parameters = {{"heartbeat", "50ms"}, {"note", "\"quoted\" \\ é"}};
    baseline.resolved = "version: 1\nname: leader_crash\n";
    baseline.runs = {{3, "aa", {{"rto.write", 180'000'000}, {"elections", 1}}},
                     {4, "bb", {{"rto.write", kNever}, {"elections", 0}}}};
    return baseline;
}

std::string why_refused(const std::string& text) {
    try {
        (void)parse_baseline(text);
    } catch (const BaselineError& error) {
        return error.what();
    }
    return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("baseline: what is written is read back, and written again in the same bytes") {
    const std::string text = to_text(sample());
    const Baseline back = parse_baseline(text);
    CHECK(back.scenario == "leader_crash");
    CHECK(back.resolved == sample().resolved);
    CHECK(back.parameters == sample().parameters);
    CHECK(back.runs == sample().runs);
    CHECK(to_text(back) == text);
}

TEST_CASE("baseline: one line a run, never is null, nanoseconds say so") {
    const std::string text = to_text(sample());
    CHECK(text.find("  {\"fingerprint\":\"aa\",\"seed\":3,\"values\":{\"elections\":1,"
                    "\"rto.write_ns\":180000000}},\n") != std::string::npos);
    CHECK(text.find("\"rto.write_ns\":null") != std::string::npos);
}

TEST_CASE("baseline: every beginning of a file is refused, and none crashes") {
    const std::string text = to_text(sample());
    for (std::size_t n = 0; n + 3 < text.size(); ++n) {
        CAPTURE(n);
        REQUIRE_FALSE(why_refused(text.substr(0, n)).empty());
    }
}

TEST_CASE("baseline: what is wrong is said with its place") {
    const std::string text = to_text(sample());
    CHECK(why_refused("[]") == "the file: an object is expected, not []");
    CHECK(why_refused("{}") == "format: is missing");
    CHECK(why_refused(replaced(text, "\"format\": 1", "\"format\": 2")) ==
          "format: 1 is expected, not 2");
    CHECK(why_refused(replaced(text, "\"seed\":4", "\"seed\":-4")) ==
          "runs[1].seed: a whole number from 0 to 2^63 - 2 is expected, not -4");
    CHECK(why_refused(replaced(text, "\"seed\":4", "\"seed\":3")) ==
          "runs[1].seed: the next seed is expected, not 3");
    CHECK(why_refused(replaced(text, "180000000", "1.5")).find("runs[0].values.rto.write_ns") == 0);
    CHECK(why_refused(replaced(text, "180000000", "99999999999999999999")).find("whole") !=
          std::string::npos);
    CHECK(why_refused(replaced(text, "rto.write_ns", "rto.write")).find("a known measure") !=
          std::string::npos);
    CHECK(why_refused(replaced(text, "\"version: 1\"", "1")) ==
          "resolved[0]: text is expected, not 1");
}

TEST_CASE("baseline: a file without runs is none") {
    Baseline empty = sample();
    empty.runs.clear();
    CHECK(why_refused(to_text(empty)) == "runs: a run or more is expected, not []");
}
