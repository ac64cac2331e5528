// SPDX-License-Identifier: MIT
//
// How often votes are split and how long elections take, beside theory and published figures.
//
//   bench_elections [TRIALS]
//
// TRIALS (100,000) elections for each line. See tests/accuracy/elections.hpp for what is measured.
#include <cstdio>
#include <cstdlib>

#include "tests/accuracy/elections.hpp"

namespace {

using namespace novacron;
using namespace novacron::raft::accuracy;

double ms(Duration duration) { return static_cast<double>(duration.ns) / 1e6; }
double quantile_ms(const std::vector<Duration>& sorted, double q) {
    return ms(sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))]);
}

// Timeouts of one to two seconds: a latency of l seconds is l of the range.
Setting unit_setting(std::uint32_t servers, std::uint32_t failed, double low, double high) {
    const auto latency = [](double l) { return Duration{static_cast<std::int64_t>(l * 1e9)}; };
    return {servers, failed, seconds(1), seconds(2), latency(low), latency(high)};
}

void split_votes(std::uint64_t trials) {
    struct Row {
        std::uint32_t servers, failed;
        double low, high;
        const char* published;
    };
    constexpr Row kRows[] = {
        {5, 1, .01, .01, "0.06 %"}, {5, 1, .1, .1, "5.2 %"},   {5, 1, .2, .2, "18.1 %"},
        {5, 2, .2, .2, "about 50 %"}, {9, 4, .1, .1, "about 40 %"}, {9, 4, .2, .2, "about 70 %"},
        {9, 3, .2, .2, "about 35 %"}, {7, 1, .2, .2, "about 10 %"},
        {5, 1, .1, .2, "16 %"},     {5, 2, .1, .2, "about 40 %"}};
    std::printf("| servers | failed | latency / range | published | closed form | measured |\n");
    std::printf("|---|---|---|---|---|---|\n");
    for (const Row& row : kRows) {
        const Measured measured =
            measure(unit_setting(row.servers, row.failed, row.low, row.high), trials);
        char form[32] = "-";
        if (row.low == row.high) {
            const double p = split_probability(row.servers, row.failed, row.low);
            std::snprintf(form, sizeof form, "%.3f %%", 100 * p);
        }
        std::printf("| %u | %u | %g..%g | %s | %s | %.3f %% +- %.3f |\n", row.servers, row.failed,
                    row.low, row.high, row.published, form, 100 * measured.split_rate(),
                    100 * error_of_rate(measured.split_rate(), trials));
    }
}

void election_times(std::uint64_t trials) {
    std::printf("\n| servers | failed | latency / range | closed form, mean | measured, mean |\n");
    std::printf("|---|---|---|---|---|\n");
    for (const double latency : {.005, .01, .05, .1, .2}) {
        for (const std::uint32_t failed : {1U, 2U}) {
            Setting setting = unit_setting(5, failed, latency, latency);
            setting.crash_between_heartbeats = true;
            const Measured measured = measure(setting, trials);
            std::printf("| 5 | %u | %g | %.3f | %.3f |\n", failed, latency,
                        election_time(5, failed, latency), measured.mean_ms() / 1000);
        }
    }
}

void published(std::uint64_t trials) {
    std::printf("\n| published | setting | median | mean | p99.9 | longest of 1,000 |\n");
    std::printf("|---|---|---|---|---|---|\n");
    const auto line = [](const char* figure, const char* what, const std::vector<Duration>& times,
                         Duration longest) {
        double mean = 0;
        for (const Duration time : times) mean += ms(time) / static_cast<double>(times.size());
        std::printf("| %s | %s | %.0f ms | %.0f ms | %.0f ms | %.0f ms |\n", figure, what,
                    quantile_ms(times, .5), mean, quantile_ms(times, .999), ms(longest));
    };
    Setting wan{5, 1, milliseconds(300), milliseconds(600), milliseconds(30), milliseconds(40)};
    line("mean about 475 ms, 99.9 % under 1.5 s", "WAN of the thesis, from the last heartbeat",
         measure(wan, trials).until_leader, measure(wan, 1000).until_leader.back());
    wan.crash_between_heartbeats = true;
    line("", "the same, from the crash", measure(wan, trials).until_leader,
         measure(wan, 1000).until_leader.back());
    for (const int latency : {1, 2500, 7500}) {
        for (const int longest : {155, 175, 200, 300}) {
            Setting lan{5, 1, milliseconds(150), milliseconds(longest), microseconds(latency),
                        microseconds(latency)};
            lan.crash_between_heartbeats = true;
            char what[96];
            std::snprintf(what, sizeof what, "figure 16, 150-%d ms, %g ms one way", longest,
                          latency / 1000.0);
            line(longest == 200 ? "longest of 1,000: 513 ms" : "", what,
                 measure(lan, trials).until_known, measure(lan, 1000).until_known.back());
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t trials = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
    split_votes(trials);
    election_times(trials);
    published(trials);
}
