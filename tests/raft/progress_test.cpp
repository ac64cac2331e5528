// SPDX-License-Identifier: MIT
#include "core/raft/progress.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

constexpr std::uint32_t kWindow = 3;
constexpr std::uint64_t kBytes = 100;

Progress probing(std::uint64_t next) {
    Options options;
    options.max_inflight_messages = kWindow;
    options.max_inflight_bytes = kBytes;
    return Progress(LogIndex{next}, options, Instant{});
}
Progress replicating(std::uint64_t match) {
    Progress progress = probing(match + 1);
    progress.accepted(LogIndex{match});
    return progress;
}

}  // namespace

TEST_CASE(
    "progress: while probing, one append is outstanding until there is an answer or a sign of "
    "life") {
    Progress progress = probing(5);
    CHECK(progress.state() == Progress::State::probe);
    CHECK(progress.may_send());
    progress.sent(LogIndex{9}, 1);
    CHECK_FALSE(progress.may_send());
    CHECK(progress.next() == LogIndex{5});
    progress.resume();
    CHECK(progress.may_send());
}

TEST_CASE("progress: the first acceptance ends probing") {
    Progress progress = probing(5);
    CHECK(progress.accepted(LogIndex{4}));
    CHECK(progress.state() == Progress::State::replicate);
    CHECK(progress.match() == LogIndex{4});
    CHECK(progress.next() == LogIndex{5});
}

TEST_CASE("progress: while replicating, appends go ahead up to the window and no further") {
    Progress progress = replicating(4);
    for (std::uint64_t last = 5; last < 5 + kWindow; ++last) {
        REQUIRE(progress.may_send());
        progress.sent(LogIndex{last}, 1);
        CHECK(progress.next() == LogIndex{last + 1});
    }
    CHECK_FALSE(progress.may_send());
    progress.accepted(LogIndex{5});
    CHECK(progress.may_send());
    progress.sent(LogIndex{8}, 1);
    CHECK_FALSE(progress.may_send());
}

TEST_CASE("progress: one acknowledgement frees the window of all appends that it covers") {
    Progress progress = replicating(0);
    for (std::uint64_t last = 1; last <= kWindow; ++last) progress.sent(LogIndex{last}, 1);
    progress.accepted(LogIndex{kWindow});
    for (std::uint32_t i = 1; i <= kWindow; ++i) {
        CHECK(progress.may_send());
        progress.sent(LogIndex{kWindow + i}, 1);
    }
    CHECK_FALSE(progress.may_send());
}

TEST_CASE("progress: the window is full by bytes as well as by messages") {
    Progress progress = replicating(0);
    progress.sent(LogIndex{1}, kBytes - 1);
    CHECK(progress.may_send());
    progress.sent(LogIndex{2}, 1);
    CHECK_FALSE(progress.may_send());
    progress.accepted(LogIndex{1});
    CHECK(progress.may_send());
    progress.sent(LogIndex{3}, kBytes);  // the last to fit may exceed it
    CHECK_FALSE(progress.may_send());
    progress.accepted(LogIndex{2});
    CHECK_FALSE(progress.may_send());
    progress.accepted(LogIndex{3});
    CHECK(progress.may_send());
}

TEST_CASE("progress: an empty window has room for a message, whatever its size") {
    Progress progress = replicating(0);
    progress.sent(LogIndex{1}, 1'000 * kBytes);
    CHECK_FALSE(progress.may_send());
    progress.accepted(LogIndex{1});
    CHECK(progress.may_send());
}

TEST_CASE("progress: a full window that is refused is forgotten, and what it carried as well") {
    Progress progress = replicating(0);
    progress.sent(LogIndex{1}, kBytes);
    CHECK(progress.refused(LogIndex{1}, LogIndex{0}));
    progress.sent(LogIndex{1}, kBytes);
    progress.accepted(LogIndex{1});
    progress.sent(LogIndex{2}, kBytes - 1);
    CHECK(progress.may_send());
}

TEST_CASE("progress: who can't be reached is probed from what it is known to hold") {
    Progress progress = replicating(4);
    progress.sent(LogIndex{6}, kBytes);
    progress.unreachable();
    CHECK(progress.state() == Progress::State::probe);
    CHECK(progress.next() == LogIndex{5});
    CHECK(progress.may_send());

    Progress probe = probing(9);
    probe.sent(LogIndex{9}, 1);
    probe.unreachable();
    CHECK(probe.next() == LogIndex{9});
    CHECK_FALSE(probe.may_send());

    Progress receiver = probing(9);
    receiver.start_snapshot({}, LogIndex{5});
    receiver.part_sent();
    receiver.unreachable();
    CHECK(receiver.state() == Progress::State::snapshot);
    CHECK_FALSE(receiver.may_send());
}

TEST_CASE("progress: match never decreases") {
    Progress progress = replicating(4);
    CHECK(progress.accepted(LogIndex{7}));
    CHECK_FALSE(progress.accepted(LogIndex{5}));
    CHECK_FALSE(progress.accepted(LogIndex{7}));
    CHECK(progress.match() == LogIndex{7});
    CHECK(progress.next() == LogIndex{8});
}

TEST_CASE("progress: a refusal leads back to probing, after the place where the logs may agree") {
    Progress progress = probing(10);
    CHECK(progress.refused(LogIndex{9}, LogIndex{3}));
    CHECK(progress.next() == LogIndex{4});
    CHECK(progress.may_send());

    Progress ahead = replicating(4);
    ahead.sent(LogIndex{6}, 1);
    CHECK(ahead.refused(LogIndex{6}, LogIndex{4}));
    CHECK(ahead.state() == Progress::State::probe);
    CHECK(ahead.next() == LogIndex{5});
}

TEST_CASE("progress: each refusal takes next back by at least one place") {
    Progress progress = probing(10);
    CHECK(progress.refused(LogIndex{9}, LogIndex{9}));
    CHECK(progress.next() == LogIndex{9});
}

// Reordered refusals (etcd calls them stale): they speak of what has long been settled.
TEST_CASE("progress: a refusal at or before match, or of another probe, is no news") {
    Progress settled = replicating(4);
    CHECK_FALSE(settled.refused(LogIndex{4}, LogIndex{0}));
    CHECK(settled.state() == Progress::State::replicate);
    CHECK(settled.match() == LogIndex{4});

    Progress probe = probing(10);
    probe.sent(LogIndex{10}, 1);
    CHECK_FALSE(probe.refused(LogIndex{7}, LogIndex{2}));
    CHECK(probe.next() == LogIndex{10});
    CHECK_FALSE(probe.may_send());
}

TEST_CASE("progress: next stays after match, whatever a refusal hints at") {
    Progress progress = replicating(4);
    progress.sent(LogIndex{8}, 1);
    CHECK(progress.refused(LogIndex{8}, LogIndex{1}));
    CHECK(progress.next() == LogIndex{5});
    CHECK(progress.match() < progress.next());
}

TEST_CASE("progress: it is stalled when nothing is acknowledged between two looks") {
    Progress progress = replicating(4);
    CHECK_FALSE(progress.stalled());
    CHECK_FALSE(progress.stalled());
    progress.sent(LogIndex{5}, 1);
    CHECK(progress.stalled());
    progress.sent(LogIndex{6}, 1);
    progress.accepted(LogIndex{5});
    CHECK_FALSE(progress.stalled());
    CHECK(progress.stalled());
}
