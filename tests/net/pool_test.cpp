// SPDX-License-Identifier: MIT
#include "sim/net/pool.hpp"

#include <cstdint>
#include <vector>

#include "tests/catch.hpp"

using shaketable::Pool;

TEST_CASE("pool: what is in use has a slot of its own") {
    Pool<int> pool;
    const std::uint32_t a = pool.take();
    const std::uint32_t b = pool.take();
    REQUIRE(a != b);
    pool[a] = 1;
    pool[b] = 2;
    REQUIRE(pool[a] == 1);
    REQUIRE(pool.in_use() == 2);
}

TEST_CASE("pool: what was given back is used again, memory and all") {
    Pool<std::vector<int>> pool;
    const std::uint32_t slot = pool.take();
    pool[slot].assign(100, 7);
    const int* memory = pool[slot].data();
    pool.give_back(slot);
    REQUIRE(pool.in_use() == 0);
    REQUIRE(pool.take() == slot);
    pool[slot].assign(50, 8);
    REQUIRE(pool[slot].data() == memory);
}

TEST_CASE("pool: a reference stays valid while others are taken and given back") {
    Pool<int> pool;
    const std::uint32_t slot = pool.take();
    int& value = pool[slot];
    value = 42;
    std::vector<std::uint32_t> taken;
    for (int i = 0; i < 10'000; ++i) taken.push_back(pool.take());
    for (const std::uint32_t other : taken) {
        pool[other] = 0;
        pool.give_back(other);
    }
    REQUIRE(&value == &pool[slot]);
    REQUIRE(value == 42);
}
