// SPDX-License-Identifier: MIT
#include "core/detector/quality.hpp"

#include "core/base/check.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {
Instant at(std::int64_t ns) { return Instant{ns}; }
}  // namespace

TEST_CASE("quality: mistakes are counted, timed, and told from good periods") {
    Quality quality;
    PairQuality pair(quality, Truth::well, at(0));
    pair.opinion(at(100), true);
    pair.opinion(at(130), false);
    pair.opinion(at(200), true);
    pair.opinion(at(210), false);
    pair.finish(at(400));
    CHECK(quality.mistakes == 2);
    CHECK(quality.mistake_duration.mean() == 20);
    CHECK(quality.mistake_recurrence.mean() == 100);
    CHECK(quality.good_period.mean() == 70);
    CHECK(quality.query_accuracy() == 1 - 40.0 / 400);
    CHECK(quality.mistake_rate() == Approx(2 / 400e-9));
}

TEST_CASE("quality: detection is from the crash to the suspicion that lasts") {
    Quality quality;
    PairQuality pair(quality, Truth::well, at(0));
    pair.truth(at(100), Truth::down);
    pair.opinion(at(120), true);
    pair.opinion(at(125), false);  // a heartbeat that was still on its way
    pair.opinion(at(150), true);
    pair.truth(at(200), Truth::well);
    pair.opinion(at(230), false);
    pair.finish(at(300));
    CHECK(quality.crashes.detection.count() == 1);
    CHECK(quality.crashes.detection.most() == 50);
    CHECK(quality.crashes.missed == 0);
    CHECK(quality.mistakes == 0);
    CHECK(quality.trust_after_return.most() == 30);
    CHECK(quality.query_accuracy() == 1);
    CHECK(quality.well_ns == 200);
}

TEST_CASE("quality: a crash that was over before it was suspected is missed") {
    Quality quality;
    PairQuality pair(quality, Truth::well, at(0));
    pair.truth(at(100), Truth::down);
    pair.truth(at(110), Truth::well);
    pair.truth(at(200), Truth::down);
    pair.finish(at(210));
    CHECK(quality.crashes.missed == 2);
    CHECK(quality.crashes.detection.empty());
}

TEST_CASE("quality: a peer that is suspected by mistake when it crashes is detected after 0") {
    Quality quality;
    PairQuality pair(quality, Truth::well, at(0));
    pair.opinion(at(90), true);
    pair.truth(at(100), Truth::down);
    pair.finish(at(200));
    CHECK(quality.mistakes == 1);
    CHECK(quality.mistake_duration.most() == 10);
    CHECK(quality.mistaken_ns == 10);
    CHECK(quality.crashes.detection.most() == 0);
}

TEST_CASE("quality: to suspect who can't be reached is right, and counted apart from crashes") {
    Quality quality;
    PairQuality pair(quality, Truth::well, at(0));
    pair.truth(at(100), Truth::unreachable);
    pair.opinion(at(140), true);
    pair.truth(at(150), Truth::down);  // it crashes behind the cut
    pair.finish(at(200));
    CHECK(quality.mistakes == 0);
    CHECK(quality.partitions.detection.most() == 40);
    CHECK(quality.crashes.detection.count() == 1);
    CHECK(quality.crashes.detection.most() == 0);
}

TEST_CASE("quality: pairs that are merged give what they give together") {
    Quality together;
    Quality parts[2];
    for (int i = 0; i < 2; ++i) {
        for (Quality* into : {&together, &parts[i]}) {
            PairQuality pair(*into, Truth::well, at(0));
            pair.opinion(at(10 + i), true);
            pair.opinion(at(30), false);
            pair.truth(at(50), Truth::down);
            pair.opinion(at(60), true);
            pair.finish(at(100));
        }
    }
    parts[0].merge(parts[1]);
    CHECK(parts[0].mistakes == 2);
    CHECK(parts[0].query_accuracy() == together.query_accuracy());
    CHECK(parts[0].crashes.detection.count() == 2);
    CHECK(parts[0].mistake_duration.mean() == together.mistake_duration.mean());
}

TEST_CASE("quality: a watcher that is gone has missed nothing, and keeps what it had noticed") {
    Quality quality;
    PairQuality unaware(quality, Truth::well, at(0));
    unaware.truth(at(100), Truth::down);
    unaware.leave(at(110));
    CHECK(quality.crashes.missed == 0);
    PairQuality aware(quality, Truth::well, at(0));
    aware.truth(at(100), Truth::down);
    aware.opinion(at(130), true);
    aware.leave(at(140));
    CHECK(quality.crashes.detection.most() == 30);
    CHECK(quality.well_ns == 200);
}

TEST_CASE("quality: what counts if the record ended now counts elsewhere, and it goes on") {
    Quality quality;
    PairQuality pair(quality, Truth::well, at(0));
    pair.opinion(at(50), true);
    Quality so_far = quality;
    pair.finish_into(so_far, at(80));
    CHECK(so_far.mistaken_ns == 30);
    pair.opinion(at(100), false);
    pair.finish(at(200));
    CHECK(quality.mistaken_ns == 50);
    CHECK(quality.mistakes == 1);
}

TEST_CASE("quality: time goes forward, and a rate needs time") {
    Quality quality;
    CHECK_THROWS_AS(quality.mistake_rate(), BugError);
    PairQuality pair(quality, Truth::well, at(100));
    CHECK_THROWS_AS(pair.opinion(at(99), true), BugError);
}
