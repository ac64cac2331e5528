// SPDX-License-Identifier: MIT
#include "core/backup/delta.hpp"

#include "core/base/random.hpp"
#include "core/kv/store.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;

TEST_CASE("backup delta: applied to the earlier state it gives the later one, byte by byte") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        kv::Store store;
        LogIndex index{};
        const auto write = [&](std::uint64_t count) {
            for (std::uint64_t i = 0; i < count; ++i) {
                ++index;
                const std::uint64_t client = random.below(6);
                const std::uint64_t key = random.below(12);
                store.apply(index, {ClientId{client}, index.value, key, random.bits()});
            }
        };
        write(random.below(20));
        const auto earlier = store.encode();
        write(random.below(20));
        const auto later = store.encode();
        const auto delta = make_delta(earlier, later);
        REQUIRE(delta);
        REQUIRE(delta->size() <= later.size());
        REQUIRE(apply_delta(earlier, *delta) == later);
    }
}

TEST_CASE("backup delta: nothing changed is nothing to keep") {
    kv::Store store;
    for (std::uint64_t i = 1; i <= 50; ++i) store.apply(LogIndex{i}, {ClientId{i}, 1, i, i});
    const auto state = store.encode();
    CHECK(make_delta(state, state)->size() == 16);
    store.apply(LogIndex{51}, {ClientId{3}, 2, 7, 99});
    CHECK(make_delta(state, store.encode())->size() == 16 + 16 + 24);
}

TEST_CASE("backup delta: what is no store, or has lost something, is refused") {
    kv::Store small;
    small.apply(LogIndex{1}, {ClientId{1}, 1, 1, 1});
    kv::Store large = small;
    large.apply(LogIndex{2}, {ClientId{2}, 1, 2, 2});
    CHECK_FALSE(make_delta(large.encode(), small.encode()));
    auto bytes = small.encode();
    bytes.pop_back();
    CHECK_FALSE(make_delta(bytes, large.encode()));
    CHECK_FALSE(make_delta(small.encode(), bytes));
    CHECK_FALSE(apply_delta(bytes, small.encode()));
    CHECK_FALSE(apply_delta(small.encode(), bytes));
}

}  // namespace
