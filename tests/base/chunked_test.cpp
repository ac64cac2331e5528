// SPDX-License-Identifier: MIT
#include "core/base/chunked.hpp"

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using novacron::Chunked;

TEST_CASE("chunked: holds what was added and not cut off, as a vector does") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        novacron::Random random(seed);
        Chunked<std::uint64_t> list;
        std::vector<std::uint64_t> model;
        for (int step = 0; step < 3000; ++step) {
            if (random.below(200) == 0) {
                const std::size_t kept = random.below(model.size() + 1);
                list.cut(kept);
                model.resize(kept);
            } else {
                const std::uint64_t value = random.bits();
                list.push_back(value);
                model.push_back(value);
            }
            REQUIRE(list.size() == model.size());
            if (!model.empty()) REQUIRE(list.back() == model.back());
        }
        for (std::size_t i = 0; i < model.size(); ++i) REQUIRE(list[i] == model[i]);
    }
}

TEST_CASE("chunked: growing moves nothing") {
    Chunked<int> list;
    list.push_back(7);
    const int* first = &list[0];
    for (int i = 0; i < 100'000; ++i) list.push_back(i);
    REQUIRE(&list[0] == first);
    REQUIRE(*first == 7);
}

TEST_CASE("chunked: what is cut off is let go at once") {
    const auto shared = std::make_shared<int>(1);
    Chunked<std::shared_ptr<int>> list;
    for (int i = 0; i < 10; ++i) list.push_back(shared);
    list.cut(4);
    REQUIRE(shared.use_count() == 5);
    list.push_back(nullptr);
    REQUIRE(list.size() == 5);
    REQUIRE(list[4] == nullptr);
}

namespace {

struct Counted {
    static inline std::size_t alive = 0;
    Counted() { ++alive; }
    Counted(const Counted&) { ++alive; }
    Counted& operator=(const Counted&) = default;
    ~Counted() { --alive; }
    std::uint64_t value = 0;
};
// Grows and forgets until it has been so long, and holds the newest thousand of its elements.
void go_on(Chunked<Counted>& list, std::size_t size) {
    while (list.size() < size) {
        for (int i = 0; i < 2'000; ++i) list.push_back(Counted{});
        list.forget_before(list.size() - 1'000);
    }
}

}  // namespace

TEST_CASE("chunked: a list that forgets as much as it grows needs no more memory") {
    Chunked<Counted> list;
    go_on(list, 10'000);
    const std::size_t before = Counted::alive;
    CHECK(before < 5'000);
    go_on(list, 1'000'000);
    CHECK(Counted::alive <= before + 4096 / sizeof(Counted));
}

TEST_CASE("chunked: what a list once needed, and needs no more, is given back") {
    Chunked<Counted> list;
    for (int i = 0; i < 1'000'000; ++i) list.push_back(Counted{});
    list.forget_before(list.size() - 1'000);
    CHECK(Counted::alive >= 1'000'000);
    go_on(list, list.size() + 4'000);
    CHECK(Counted::alive < 5'000);
}

TEST_CASE("chunked: what is forgotten is let go by the chunk, and the rest keeps its place") {
    const auto counted = std::make_shared<int>(0);
    Chunked<std::shared_ptr<int>> list;
    constexpr std::size_t kSize = 10'000;
    for (std::size_t i = 0; i < kSize; ++i) list.push_back(counted);
    const std::size_t places[] = {1, 5'000, 5'000, kSize};
    for (const std::size_t place : places) {
        list.forget_before(place);
        const auto held = static_cast<std::size_t>(counted.use_count()) - 1;
        CHECK(held >= kSize - place);
        CHECK(held < kSize - place + 4096 / sizeof(counted));
        if (place < kSize) CHECK(list[place] == counted);
    }
    list.push_back(nullptr);
    CHECK(list.size() == kSize + 1);
    CHECK(list.back() == nullptr);
    list.cut(kSize);
    CHECK(list.size() == kSize);
}
