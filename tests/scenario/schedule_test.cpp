// SPDX-License-Identifier: MIT
#include "sim/scenario/schedule.hpp"

#include "tests/catch.hpp"

namespace shaketable {
namespace {

using novacron::seconds;
using Anchor = When::Anchor;

Diagnostic somewhere() { return {{std::make_shared<Source>(), 1, 1}, 1, "", ""}; }
Planned fault(std::string id, When start, std::optional<When> end) {
    return {std::move(id), start, end, somewhere(), somewhere()};
}

TEST_CASE("schedule: anchors add up, and so do draws", "[scenario]") {
    Diagnostics diagnostics;
    const auto times =
        plan_times({fault("a", {Anchor::warmup_end, 0, seconds(10), seconds(4)},
                          When{Anchor::fault_start, 0, seconds(3), {}}),
                    fault("b", {Anchor::fault_end, 0, seconds(1), {}}, std::nullopt)},
                   Instant{seconds(5).ns}, diagnostics);
    REQUIRE(diagnostics.empty());
    CHECK(times[1].start->earliest() == Instant{seconds(19).ns});
    CHECK(times[1].start->latest() == Instant{seconds(23).ns});
    CHECK_FALSE(times[1].end);
}

TEST_CASE("schedule: a draw that two times share does not widen their gap", "[scenario]") {
    Diagnostics diagnostics;
    const auto times =
        plan_times({fault("a", {Anchor::run_start, 0, seconds(10), seconds(20)},
                          When{Anchor::fault_start, 0, seconds(2), seconds(1)}),
                    fault("b", {Anchor::run_start, 0, seconds(35), {}}, std::nullopt)},
                   Instant{}, diagnostics);
    CHECK(least_gap(*times[0].start, *times[0].end) == seconds(2));
    CHECK(least_gap(*times[0].end, *times[1].start) == seconds(2));
    CHECK(least_gap(*times[1].start, *times[0].start) == Duration{} - seconds(25));
}

TEST_CASE("schedule: a circle is reported once and its times are unknown", "[scenario]") {
    Diagnostics diagnostics;
    const auto times = plan_times(
        {fault("a", {Anchor::fault_end, 1, {}, {}}, When{Anchor::fault_start, 0, seconds(1), {}}),
         fault("b", {Anchor::fault_end, 0, {}, {}}, When{Anchor::fault_start, 1, seconds(1), {}}),
         fault("c", {Anchor::fault_start, 1, {}, {}}, std::nullopt)},
        Instant{}, diagnostics);
    const auto found = diagnostics.take();
    REQUIRE(found.size() == 1);
    CHECK(found[0].message ==
          "times go in a circle: a.start -> b.end -> b.start -> a.end -> a.start");
    CHECK_FALSE(times[2].start);
}

TEST_CASE("schedule: a long chain of long times neither overflows nor recurses", "[scenario]") {
    std::vector<Planned> faults;
    constexpr std::uint32_t count = 100'000;
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool last = i + 1 == count;
        faults.push_back(fault("f" + std::to_string(i),
                               {last ? Anchor::run_start : Anchor::fault_start,
                                last ? 0 : i + 1,
                                seconds(86'400 * 3'650),
                                {}},
                               std::nullopt));
    }
    Diagnostics diagnostics;
    const auto times = plan_times(faults, Instant{}, diagnostics);
    CHECK(diagnostics.empty());
    CHECK(times[0].start->latest() >= times[1].start->latest());
    CHECK(times[0].start->latest() > Instant{});
}

}  // namespace
}  // namespace shaketable
