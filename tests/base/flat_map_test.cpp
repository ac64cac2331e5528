// SPDX-License-Identifier: MIT
#include "core/base/flat_map.hpp"

#include <limits>
#include <map>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using novacron::FlatMap;

TEST_CASE("flat map: finds what was inserted, and nothing else, the largest key included") {
    constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        novacron::Random random(seed);
        FlatMap<std::uint64_t> map;
        std::map<std::uint64_t, std::uint64_t> model;
        REQUIRE(map.find(kLargest) == nullptr);
        for (int step = 0; step < 3000; ++step) {
            const std::uint64_t key = kLargest - random.below(500);
            const auto [value, is_new] = map.insert(key);
            REQUIRE(is_new == (model.count(key) == 0));
            REQUIRE(*value == (is_new ? 0 : model[key]));
            model[key] = *value = random.bits();
        }
        REQUIRE(map.size() == model.size());
        for (std::uint64_t key = kLargest; key > kLargest - 600; --key) {
            const auto place = model.find(key);
            const std::uint64_t* value = map.find(key);
            REQUIRE((value != nullptr) == (place != model.end()));
            if (value != nullptr) REQUIRE(*value == place->second);
        }
    }
}

TEST_CASE("flat map: all its keys come in ascending order, the largest included") {
    FlatMap<int> map;
    CHECK(map.sorted_keys().empty());
    for (const std::uint64_t key : {9U, 0U, 77U, 3U}) map.insert(key);
    map.insert(~std::uint64_t{0});
    map.insert(9);
    CHECK(map.sorted_keys() == std::vector<std::uint64_t>{0, 3, 9, 77, ~std::uint64_t{0}});
}
