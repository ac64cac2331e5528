// SPDX-License-Identifier: MIT
#include "sim/study/run_many.hpp"

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace shaketable;

namespace {

Result result_of(std::uint64_t seed) {
    Result result;
    result.seed = seed;
    return result;
}

// Seeds take different times, so that threads overtake each other.
std::optional<Result> uneven(std::uint64_t seed) {
    std::this_thread::sleep_for(std::chrono::microseconds(novacron::Random(seed).below(800)));
    return result_of(seed);
}

std::vector<std::uint64_t> seeds_of(SeedRange range, unsigned threads, const RunOne& run_one) {
    const std::atomic<bool> stop{false};
    std::vector<std::uint64_t> seen;
    run_seeds(
        range, threads, run_one, [&](Result&& r) { seen.push_back(r.seed); }, stop);
    return seen;
}

}  // namespace

TEST_CASE("many seeds: results come in the order of the seeds, whatever the number of threads") {
    std::vector<std::uint64_t> expected;
    for (std::uint64_t seed = 5; seed <= 204; ++seed) expected.push_back(seed);
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
        INFO(threads << " threads");
        CHECK(seeds_of({5, 204}, threads, uneven) == expected);
    }
}

TEST_CASE("many seeds: a range of one seed, and one that ends at the largest seed") {
    CHECK(seeds_of({7, 7}, 4, uneven) == std::vector<std::uint64_t>{7});
    const std::uint64_t last = ~std::uint64_t{0};
    for (const unsigned threads : {1U, 3U}) {
        CHECK(seeds_of({last - 1, last}, threads, uneven) ==
              std::vector<std::uint64_t>{last - 1, last});
    }
}

TEST_CASE("many seeds: results are handed on by the caller's own thread") {
    const auto mine = std::this_thread::get_id();
    const std::atomic<bool> stop{false};
    bool elsewhere = false;
    run_seeds(
        {1, 50}, 3, uneven,
        [&](Result&&) { elsewhere = elsewhere || std::this_thread::get_id() != mine; }, stop);
    CHECK_FALSE(elsewhere);
}

TEST_CASE(
    "many seeds: a slow first seed holds the others back instead of piling up their results") {
    constexpr unsigned kThreads = 3;
    std::atomic<std::uint64_t> begun{0};
    std::uint64_t begun_before_first = 0;
    const auto run_one = [&](std::uint64_t seed) {
        ++begun;
        if (seed == 1) {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            begun_before_first = begun;
        }
        return std::optional(result_of(seed));
    };
    CHECK(seeds_of({1, 1000}, kThreads, run_one).size() == 1000);
    CHECK(begun_before_first <= kAhead * kThreads);
    CHECK(begun_before_first > kThreads);
}

TEST_CASE("many seeds: a stop lets no seed begin and keeps an unbroken beginning") {
    for (const unsigned threads : {1U, 4U}) {
        std::atomic<bool> stop{false};
        std::atomic<std::uint64_t> begun_after{0};
        const auto run_one = [&](std::uint64_t seed) {
            if (stop) ++begun_after;
            return uneven(seed);
        };
        std::vector<std::uint64_t> seen;
        run_seeds(
            {1, 1000}, threads, run_one,
            [&](Result&& r) {
                seen.push_back(r.seed);
                if (r.seed == 40) stop = true;
            },
            stop);
        INFO(threads << " threads");
        CHECK(seen.size() >= 40);
        CHECK(seen.size() <= 40 + kAhead * threads);
        for (std::size_t i = 0; i < seen.size(); ++i) REQUIRE(seen[i] == i + 1);
        // A thread may have looked at the stop just before it was set.
        CHECK(begun_after <= threads);
    }
}

TEST_CASE("many seeds: a run given up because of the stop is not handed on, nor is any after it") {
    std::atomic<bool> stop{false};
    const auto run_one = [&](std::uint64_t seed) -> std::optional<Result> {
        if (seed == 10) {
            // The other threads finish later seeds meanwhile.
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            stop = true;
            return std::nullopt;
        }
        return uneven(seed);
    };
    for (const unsigned threads : {1U, 4U}) {
        stop = false;
        std::vector<std::uint64_t> seen;
        run_seeds(
            {1, 100}, threads, run_one, [&](Result&& r) { seen.push_back(r.seed); }, stop);
        CHECK(seen.size() == 9);
        for (std::size_t i = 0; i < seen.size(); ++i) REQUIRE(seen[i] == i + 1);
    }
}

TEST_CASE(
    "many seeds: of several exceptions the lowest seed's comes out, after the results before it") {
    const auto run_one = [](std::uint64_t seed) {
        if (seed == 20) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (seed >= 20) throw std::runtime_error("seed " + std::to_string(seed));
        return uneven(seed);
    };
    for (const unsigned threads : {1U, 4U}) {
        const std::atomic<bool> stop{false};
        std::size_t seen = 0;
        CHECK_THROWS_WITH(run_seeds(
                              {1, 100}, threads, run_one, [&](Result&&) { ++seen; }, stop),
                          "seed 20");
        CHECK(seen == 19);
    }
}

TEST_CASE("many seeds: an exception of the receiver ends all threads and comes out") {
    for (const unsigned threads : {1U, 4U}) {
        const std::atomic<bool> stop{false};
        std::atomic<int> running{0};
        const auto run_one = [&](std::uint64_t seed) {
            ++running;
            auto result = uneven(seed);
            --running;
            return result;
        };
        CHECK_THROWS_WITH(run_seeds(
                              {1, 100'000}, threads, run_one,
                              [](Result&& r) {
                                  if (r.seed == 5) throw std::runtime_error("disk full");
                              },
                              stop),
                          "disk full");
        CHECK(running == 0);
    }
}

TEST_CASE("many seeds: no thread and a backward range are bugs of the caller") {
    CHECK_THROWS_AS(seeds_of({1, 2}, 0, uneven), novacron::BugError);
    CHECK_THROWS_AS(seeds_of({2, 1}, 1, uneven), novacron::BugError);
}
