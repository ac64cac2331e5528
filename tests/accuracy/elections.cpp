// SPDX-License-Identifier: MIT
#include "tests/accuracy/elections.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/accuracy/rows.hpp"

namespace shaketable::accuracy {
namespace {

using namespace novacron;
using namespace novacron::raft::accuracy;

constexpr std::uint64_t kTrials = 3000;  // of a seed

// A latency in units of the range of timeouts, which is their minimum as well.
Setting unit_setting(std::uint32_t servers, std::uint32_t failed, double low, double high) {
    const auto latency = [](double l) { return Duration{static_cast<std::int64_t>(l * 1e9)}; };
    return {servers, failed, seconds(1), seconds(2), latency(low), latency(high)};
}

// What `of` says of each seed's trials.
std::vector<double> elections(const Effort& effort, const Setting& setting,
                              double (*of)(const Measured&)) {
    const std::uint64_t trials = kTrials / effort.parts;
    return by_seed(effort, [&](std::uint64_t seed) {
        return of(measure(setting, trials, 1 + (seed - 1) * trials));
    });
}

}  // namespace

std::vector<Row> election_rows(const Effort& effort) {
    std::vector<Row> rows;
    struct Split {
        std::uint32_t servers, failed;
        double latency;
        const char* published;
    };
    for (const Split& one :
         {Split{5, 1, .1, "5.2 %"}, Split{5, 1, .2, "18.1 %"}, Split{5, 2, .2, "about 50 %"},
          Split{9, 4, .1, "about 40 %"}, Split{9, 4, .2, "about 70 %"},
          Split{9, 3, .2, "about 35 %"}, Split{7, 1, .2, "about 10 %"}}) {
        rows.push_back(estimated(
            fmt::format("split votes, {} servers, {} failed, latency {:g}", one.servers, one.failed,
                        one.latency),
            fmt::format("binomial; thesis: {}", one.published),
            100 * split_probability(one.servers, one.failed, one.latency),
            elections(effort, unit_setting(one.servers, one.failed, one.latency, one.latency),
                      [](const Measured& m) { return 100 * m.split_rate(); }),
            "%"));
    }
    // The thesis' own simulation, of which it gives whole percents: one more or less.
    Row spread = estimated(
        "split votes, 5 servers, 1 failed, latency 0.1 to 0.2", "thesis: 16 % +- 1", 16,
        elections(effort, unit_setting(5, 1, .1, .2),
                  [](const Measured& m) { return 100 * m.split_rate(); }),
        "%");
    spread.tolerance = std::max(spread.tolerance, 1.0);
    rows.push_back(std::move(spread));
    for (const double latency : {.005, .01, .05}) {
        Setting setting = unit_setting(5, 1, latency, latency);
        setting.crash_between_heartbeats = true;
        rows.push_back(estimated(
            fmt::format("election time in shortest timeouts, latency {:g}", latency),
            "(1 + 1/(n+1) + l) / (1 - split) + l - 1/4", election_time(5, 1, latency),
            elections(effort, setting, [](const Measured& m) { return m.mean_ms() / 1000; })));
    }
    const Setting wan{5,  1, milliseconds(300), milliseconds(600), milliseconds(30),
                      milliseconds(40)};
    rows.push_back(estimated("election time of the thesis' WAN, from the last heartbeat",
                             "Ongaro 2014, about 475 ms", 475,
                             elections(effort, wan, [](const Measured& m) { return m.mean_ms(); }),
                             "ms"));
    return rows;
}

}  // namespace shaketable::accuracy
