// SPDX-License-Identifier: MIT
#include "sim/measure/detection.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;

// Three nodes that serve from the start, and a record to tell about them; times in milliseconds.
struct Tale {
    Record record;
    Detection detection;

    explicit Tale(std::int64_t from = 0) : detection(record, 3, at(from)) {
        for (std::uint32_t i = 0; i < 3; ++i) starts(0, i);
    }
    static Instant at(std::int64_t ms) { return Instant{} + milliseconds(ms); }
    void starts(std::int64_t ms, std::uint32_t node) {
        record.add(at(ms), NodeStarted{NodeId{node}, {}, {}, {}});
    }
    void stops(std::int64_t ms, std::uint32_t node) {
        record.add(at(ms), NodeStopped{NodeId{node}, StopCause::crash});
    }
    void suspects(std::int64_t ms, std::uint32_t node, std::uint32_t peer) {
        record.add(at(ms), PeerSuspected{NodeId{node}, NodeId{peer}});
    }
    void trusts(std::int64_t ms, std::uint32_t node, std::uint32_t peer) {
        record.add(at(ms), PeerTrusted{NodeId{node}, NodeId{peer}});
    }
    void fails(std::int64_t ms, std::uint32_t node, std::uint32_t peer) {
        record.add(at(ms), PeerFailed{NodeId{node}, NodeId{peer}});
    }
    void path(std::int64_t ms, std::uint32_t from, std::uint32_t to, bool cut) {
        record.add(at(ms), PathChanged{NodeId{from}, NodeId{to}, cut});
    }
    DetectionQuality until(std::int64_t ms) const { return detection.quality(at(ms)); }
};

constexpr std::uint64_t kMs = 1'000'000;

}  // namespace

TEST_CASE("detection: a crash is detected by each of the others, after the lasting suspicion") {
    Tale tale;
    tale.stops(100, 2);
    tale.suspects(110, 0, 2);
    tale.trusts(112, 0, 2);  // by a heartbeat that was still under way
    tale.suspects(130, 0, 2);
    tale.suspects(150, 1, 2);
    tale.fails(170, 1, 2);
    const DetectionQuality found = tale.until(200);
    CHECK(found.pairs.crashes.detection.count() == 2);
    CHECK(found.pairs.crashes.detection.least() == 30 * kMs);
    CHECK(found.pairs.crashes.detection.most() == 50 * kMs);
    CHECK(found.pairs.mistakes == 0);
    CHECK(found.convictions == 0);
    // Six pairs; those that node 2 was one of were over after half of the time.
    CHECK(found.pairs.well_ns == novacron::Wide{(2 * 200 + 4 * 100) * 1'000'000});
}

TEST_CASE("detection: to suspect a node that is up is a mistake, to give it up a conviction") {
    Tale tale;
    tale.suspects(100, 0, 1);
    tale.trusts(120, 0, 1);
    tale.suspects(150, 0, 1);
    tale.fails(160, 0, 1);
    tale.trusts(190, 0, 1);
    const DetectionQuality found = tale.until(200);
    CHECK(found.pairs.mistakes == 2);
    CHECK(found.convictions == 1);
    CHECK(found.pairs.mistaken_ns == 60 * 1'000'000);
    CHECK(found.pairs.mistake_recurrence.most() == 50 * kMs);
}

TEST_CASE("detection: who can't be heard is rightly suspected, and has not crashed") {
    Tale tale;
    tale.path(100, 1, 0, true);  // what node 1 says to node 0 is lost
    tale.suspects(140, 0, 1);
    tale.path(200, 1, 0, false);
    tale.trusts(210, 0, 1);
    tale.suspects(230, 1, 0);  // the way from node 0 to node 1 was not cut
    const DetectionQuality found = tale.until(300);
    CHECK(found.pairs.partitions.detection.most() == 40 * kMs);
    CHECK(found.pairs.crashes.detection.empty());
    CHECK(found.pairs.trust_after_return.most() == 10 * kMs);
    CHECK(found.pairs.mistakes == 1);
}

TEST_CASE("detection: a node that is paused can't be heard; a watcher that was is to be right") {
    Tale tale;
    tale.record.add(Tale::at(100), NodePaused{NodeId{1}});
    tale.suspects(140, 0, 1);
    tale.record.add(Tale::at(200), NodeResumed{NodeId{1}});
    tale.suspects(200, 1, 0);
    tale.trusts(201, 0, 1);
    const DetectionQuality found = tale.until(300);
    CHECK(found.pairs.partitions.detection.count() == 1);
    CHECK(found.pairs.partitions.missed == 1);  // node 2 never noticed
    CHECK(found.pairs.mistakes == 1);
}

TEST_CASE("detection: a watcher that does not run has no opinion, and begins anew") {
    Tale tale;
    tale.suspects(100, 0, 1);
    tale.stops(110, 0);  // the mistake ends here
    tale.stops(120, 1);
    tale.starts(200, 0);  // it never saw node 1 alive: that is not to be detected
    tale.suspects(240, 0, 1);
    tale.starts(300, 1);
    tale.trusts(310, 0, 1);
    const DetectionQuality found = tale.until(400);
    CHECK(found.pairs.mistakes == 1);
    CHECK(found.pairs.mistaken_ns == 10 * 1'000'000);
    CHECK(found.pairs.crashes.detection.empty());
    // Node 2 missed both. Node 1 can't be said to have missed the end of node 0.
    CHECK(found.pairs.crashes.missed == 2);
}

TEST_CASE("detection: nothing counts before the warm-up's end, and asking changes nothing") {
    Tale tale(100);
    tale.suspects(10, 0, 1);
    tale.trusts(20, 0, 1);
    CHECK(tale.until(50).pairs.mistakes == 0);
    CHECK(tale.until(150).pairs.well_ns == 6 * 50 * 1'000'000);
    tale.suspects(160, 0, 1);
    CHECK(tale.until(170).pairs.mistaken_ns == 10 * 1'000'000);
    tale.trusts(180, 0, 1);
    const DetectionQuality found = tale.until(200);
    CHECK(found.pairs.mistakes == 1);
    CHECK(found.pairs.mistaken_ns == 20 * 1'000'000);
}
