// SPDX-License-Identifier: MIT
#include "core/base/fifo.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using novacron::Fifo;

TEST_CASE("fifo: what comes first leaves first, however adding and taking mix") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        novacron::Random random(seed);
        Fifo<std::uint64_t> queue;
        std::deque<std::uint64_t> model;
        for (int step = 0; step < 5000; ++step) {
            // Long spells of growing and of shrinking.
            const bool grow = random.below(10) < (step / 500 % 2 == 0 ? 7U : 3U);
            if (grow || model.empty()) {
                const std::uint64_t value = random.bits();
                queue.push_back(value);
                model.push_back(value);
            } else {
                queue.pop_front();
                model.pop_front();
            }
            REQUIRE(queue.size() == model.size());
            REQUIRE(queue.empty() == model.empty());
            if (model.empty()) continue;
            REQUIRE(queue.front() == model.front());
            REQUIRE(queue.back() == model.back());
            REQUIRE(queue[model.size() / 2] == model[model.size() / 2]);
        }
        REQUIRE(std::vector<std::uint64_t>(queue.begin(), queue.end()) ==
                std::vector<std::uint64_t>(model.begin(), model.end()));
    }
}

TEST_CASE("fifo: a queue that is never empty doesn't grow without end") {
    Fifo<int> queue;
    queue.push_back(0);
    const int* lowest = &queue.front();
    const int* highest = lowest;
    for (int i = 1; i <= 100'000; ++i) {
        queue.push_back(i);
        queue.pop_front();
        if (i == 1000) lowest = highest = &queue.front();
        if (i > 1000) {
            lowest = std::min<const int*>(lowest, &queue.front());
            highest = std::max<const int*>(highest, &queue.front());
        }
    }
    REQUIRE(queue.size() == 1);
    REQUIRE(highest - lowest < 1000);
}
