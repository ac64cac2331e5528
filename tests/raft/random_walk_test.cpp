// SPDX-License-Identifier: MIT
//
// Random hosts: many short stories that nobody has thought of. A failure names its seed; the same
// seed fails the same way.
#include "tests/raft/random_walk.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

constexpr std::uint32_t kSteps = 3000;
constexpr std::uint64_t kSeeds = 60;

struct Sum {
    std::size_t committed = 0;
    std::size_t leaders = 0;
    std::size_t reads = 0;
    std::size_t snapshots = 0;
    std::size_t installed = 0;
};

Sum walk_all(std::uint32_t size, const Options& options, std::uint64_t seeds) {
    Sum sum;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(size, options.pre_vote, options.check_quorum, seed);
        RandomWalk story(size, options, seed);
        REQUIRE_NOTHROW(story.walk(kSteps));
        REQUIRE_NOTHROW(story.heal());
        sum.committed += story.committed();
        sum.leaders += story.leaders();
        sum.reads += story.reads();
        sum.snapshots += story.snapshots();
        sum.installed += story.installed();
    }
    return sum;
}

}  // namespace

TEST_CASE("random walk: safety holds under a random host, and a healed group agrees") {
    Options small;
    small.max_append_entries = 2;
    small.max_inflight_messages = 3;
    Options tight;  // a command has 1 to 4 bytes
    tight.max_message_bytes = 3;
    tight.max_inflight_bytes = 4;
    tight.max_uncommitted_bytes = 20;
    Options plain;
    plain.pre_vote = false;
    plain.check_quorum = false;
    for (const Options& options : {Options{}, small, tight, plain}) {
        for (const std::uint32_t size : {3U, 5U}) {
            const Sum sum = walk_all(size, options, kSeeds);
            // A walk in which nothing happens proves nothing.
            CHECK(sum.leaders >= kSeeds);
            CHECK(sum.committed >= 10 * kSeeds);
            CHECK(sum.reads >= kSeeds);
        }
    }
}

TEST_CASE("random walk: it holds as well where logs are compacted and followers get snapshots") {
    Options often;
    often.snapshot_threshold = 5;
    often.trailing_entries = 2;
    Options at_once = often;
    at_once.snapshot_threshold = 1;
    at_once.trailing_entries = 0;
    for (const Options& options : {often, at_once}) {
        for (const std::uint32_t size : {3U, 5U}) {
            const Sum sum = walk_all(size, options, kSeeds / 2);
            CHECK(sum.committed >= 10 * kSeeds / 2);
            CHECK(sum.snapshots >= 10 * kSeeds / 2);
            CHECK(sum.installed >= kSeeds / 2);
        }
    }
}

TEST_CASE("determinism: the same inputs give the same outputs, and other seeds others") {
    const auto digest_of = [](std::uint64_t seed) {
        RandomWalk story(5, Options{}, seed);
        story.walk(kSteps);
        return story.digest();
    };
    CHECK(digest_of(1) == digest_of(1));
    CHECK(digest_of(1) != digest_of(2));
}
