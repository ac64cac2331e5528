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
