// SPDX-License-Identifier: MIT
//
// What the models of bad links promise, against what a sheet of paper says.
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "sim/net/rules.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

struct Losses {
    double share;      // of all messages
    double run;        // the mean number of messages lost one after the other
    std::size_t runs;
};

// Messages so far apart on one path.
Losses losses(const BurstLossOptions& options, Duration gap, std::size_t messages,
              std::uint64_t seed) {
    BurstLoss model(options, 1, Random(seed));
    std::size_t lost = 0;
    std::size_t runs = 0;
    bool before = false;
    for (std::size_t i = 0; i < messages; ++i) {
        const bool now = model.loses(Instant{} + gap * static_cast<std::int64_t>(i), 0);
        lost += now ? 1 : 0;
        runs += now && !before ? 1 : 0;
        before = now;
    }
    return {static_cast<double>(lost) / static_cast<double>(messages),
            static_cast<double>(lost) / static_cast<double>(runs), runs};
}

}  // namespace

// The losses of messages are correlated, so the tolerance is that of so many independent bursts.
TEST_CASE("burst loss: the mean loss is that of both states, weighed by their times") {
    struct Case {
        BurstLossOptions options;
        double expected;
    };
    const Case cases[] = {
        {{seconds(1), milliseconds(100), 0.9, 0}, 0.1 * 0.9 / 1.1},
        {{milliseconds(50), milliseconds(50), 1, 0}, 0.5},
        {{milliseconds(300), milliseconds(100), 0.5, 0.02}, (0.3 * 0.02 + 0.1 * 0.5) / 0.4},
    };
    for (const Case& c : cases) {
        constexpr std::size_t kMessages = 400'000;
        const Losses found = losses(c.options, milliseconds(10), kMessages, 7);
        const double cycles = static_cast<double>(kMessages) * 1e7 /
                              static_cast<double>((c.options.good + c.options.bad).ns);
        INFO("expected " << c.expected << ", found " << found.share << " of " << cycles
                         << " cycles");
        // A burst's time is exponential: its standard deviation is its mean; good times alike.
        REQUIRE(std::abs(found.share - c.expected) < 4 * 1.5 * c.expected / std::sqrt(cycles));
    }
}

TEST_CASE("burst loss: runs of lost messages are as long as the formula says") {
    for (const Duration gap : {milliseconds(1), milliseconds(10), milliseconds(100)}) {
        const BurstLossOptions options{milliseconds(400), milliseconds(100), 1, 0};
        const Losses found = losses(options, gap, 400'000, 8);
        const double p = 0.1 / 0.5;
        const double decay = std::exp(-static_cast<double>(gap.ns) * 1e-9 * (1 / 0.4 + 1 / 0.1));
        const double expected = 1 / ((1 - p) * (1 - decay));
        INFO("gap " << gap.ns << ": expected " << expected << ", found " << found.run);
        // Runs are geometric: their standard deviation is at most their mean.
        REQUIRE(std::abs(found.run - expected) <
                4 * expected / std::sqrt(static_cast<double>(found.runs)));
    }
}

TEST_CASE("burst loss: paths are good and bad apart from each other") {
    const BurstLossOptions options{seconds(1), seconds(1), 1, 0};
    BurstLoss model(options, 2, Random(3));
    std::size_t alike = 0;
    constexpr std::size_t kLooks = 10'000;
    for (std::size_t i = 0; i < kLooks; ++i) {
        const Instant now = Instant{} + seconds(10) * static_cast<std::int64_t>(i);
        const bool first = model.loses(now, 0);
        const bool second = model.loses(now, 1);
        alike += first == second ? 1 : 0;
    }
    REQUIRE(std::abs(static_cast<double>(alike) - kLooks / 2.0) < 4 * std::sqrt(kLooks / 4.0));
}

TEST_CASE("burst loss: a path that is quiet for years is looked at once") {
    BurstLoss model({milliseconds(1), milliseconds(1), 1, 0}, 1, Random(1));
    std::size_t lost = 0;
    for (std::int64_t i = 0; i < 2000; ++i) {
        lost += model.loses(Instant{} + seconds(3600) * i, 0) ? 1 : 0;
    }
    REQUIRE(std::abs(static_cast<double>(lost) - 1000) < 4 * std::sqrt(500.0));
}

TEST_CASE("bottleneck: a message passes for its size over the rate, after those before it") {
    Bottleneck line({1000, 10'000}, {true, false});
    REQUIRE(line.pass(Instant{}, 0, 1, 500) == milliseconds(500));
    REQUIRE(line.pass(Instant{}, 0, 1, 250) == milliseconds(750));
    // The line in is another one.
    REQUIRE(line.pass(Instant{}, 1, 0, 100) == milliseconds(100));
    // Once all has passed the line is idle.
    REQUIRE(line.pass(Instant{} + seconds(5), 0, 1, 1) == milliseconds(1));
    REQUIRE(line.pass(Instant{} + seconds(5), 1, 1, 1'000'000) == Duration{});
}

TEST_CASE("bottleneck: between two narrow hosts a message passes two lines") {
    Bottleneck line({1000, 10'000}, {true, true, true});
    REQUIRE(line.pass(Instant{}, 0, 1, 100) == milliseconds(200));
    REQUIRE(line.pass(Instant{}, 2, 1, 100) == milliseconds(300));  // waits at the receiver's
}

TEST_CASE("bottleneck: what the queue does not hold is dropped, the newest first") {
    Bottleneck line({1000, 300}, {true, false});
    REQUIRE(line.pass(Instant{}, 0, 1, 5000).has_value());  // an idle line takes anything
    REQUIRE_FALSE(line.pass(Instant{}, 0, 1, 1).has_value());
    const Instant later = Instant{} + milliseconds(4800);
    REQUIRE_FALSE(line.pass(later, 0, 1, 101).has_value());  // 200 bytes wait
    REQUIRE(line.pass(later, 0, 1, 100) == milliseconds(300));
    REQUIRE_FALSE(line.pass(later, 0, 1, 1).has_value());
}

TEST_CASE("bottleneck: times are rounded up, so the rate is never exceeded") {
    Bottleneck line({3, 1'000'000}, {true, false});
    Duration last{};
    for (int i = 1; i <= 100; ++i) last = *line.pass(Instant{}, 0, 1, 1);
    REQUIRE(last.ns >= 33'333'333'333);
    REQUIRE(last.ns <= 33'333'333'333 + 100);
}

TEST_CASE("flapping: down for one time and up for the other, from its start on") {
    const Instant start = Instant{} + seconds(7);
    const Flapping link(start, milliseconds(200), milliseconds(800));
    for (std::int64_t cycle = 0; cycle < 5; ++cycle) {
        const Instant from = start + seconds(cycle);
        REQUIRE(link.is_down(from));
        REQUIRE(link.is_down(from + milliseconds(200) - Duration{1}));
        REQUIRE_FALSE(link.is_down(from + milliseconds(200)));
        REQUIRE_FALSE(link.is_down(from + seconds(1) - Duration{1}));
    }
}

TEST_CASE("swizzle: one more is cut off at each step, and then one more is healed") {
    const Instant start = Instant{} + seconds(3);
    const std::vector<bool> chosen = {true, true, false, true, true};
    std::set<std::vector<bool>> second_steps;
    std::size_t alike = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::vector<bool> first_cut;
        std::vector<bool> last_left;
        Swizzle swizzle(start, seconds(1), chosen, Random(seed));
        for (std::int64_t step = 0; step < 24; ++step) {
            const Instant now = start + seconds(step) + milliseconds(step % 1000);
            std::vector<bool> cut;
            std::size_t count = 0;
            for (std::size_t host = 0; host < chosen.size(); ++host) {
                cut.push_back(swizzle.is_cut(now, host));
                count += cut.back() ? 1 : 0;
            }
            REQUIRE_FALSE(cut[2]);
            const std::int64_t place = step % 8;  // of a round
            REQUIRE(count == static_cast<std::size_t>(place < 4 ? place + 1 : 7 - place));
            if (step == 1) second_steps.insert(cut);
            // Who was cut first would be healed first, or last, if the order were the same.
            if (step == 0) first_cut = cut;
            if (step == 6) last_left = cut;
        }
        if (last_left == first_cut) ++alike;
    }
    REQUIRE(second_steps.size() == 6);  // two of four
    REQUIRE(alike > 0);  // one of four, in the mean
    REQUIRE(alike < 20);
}
