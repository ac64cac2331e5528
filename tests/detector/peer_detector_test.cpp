// SPDX-License-Identifier: MIT
#include "core/detector/peer_detector.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }
const EstimatorOptions kAll[] = {PhiOptions{}, FixedTimeoutOptions{}, ChenOptions{},
                                 TwoWindowOptions{}};

}  // namespace

TEST_CASE("detector: every kind trusts who beats, and suspects, then fails who falls silent") {
    for (const EstimatorOptions& options : kAll) {
        INFO("estimator " << options.index());
        PeerDetector detector(options);
        detector.expect(at_ms(0));
        std::uint64_t s = 0;
        for (std::int64_t ms = 0; ms <= 10'000; ms += 50) {
            detector.advance(at_ms(ms));
            REQUIRE(detector.status() == Status::trusted);
            REQUIRE(detector.heard(at_ms(ms), {1, ++s}));
        }
        const Instant suspected = detector.next_deadline();
        CHECK(suspected > at_ms(10'100));
        CHECK(suspected < at_ms(10'200));
        CHECK(detector.suspicion(suspected - nanoseconds(1)) == Approx(1).epsilon(1e-6));
        CHECK(detector.suspicion(at_ms(10'020)) < 1);
        detector.advance(suspected - nanoseconds(1));
        CHECK(detector.status() == Status::trusted);
        detector.advance(suspected);
        CHECK(detector.status() == Status::suspected);
        const Instant failed = detector.next_deadline();
        CHECK(failed > suspected);
        detector.advance(failed);
        CHECK(detector.status() == Status::failed);
        CHECK(detector.next_deadline() == Instant::never());
        CHECK(detector.heard(failed, {1, ++s}));
        CHECK(detector.status() == Status::trusted);
    }
}

TEST_CASE("detector: a heartbeat at the very instant of suspicion wins, in either order (FD-7)") {
    for (const EstimatorOptions& options : kAll) {
        PeerDetector detector(options);
        detector.expect(at_ms(0));
        detector.heard(at_ms(50), {1, 1});
        const Instant last_chance = detector.patience().suspected;
        detector.advance(last_chance);  // the timer is served first
        CHECK(detector.status() == Status::trusted);
        detector.heard(last_chance, {1, 2});
        detector.advance(last_chance);  // and here last
        CHECK(detector.status() == Status::trusted);
    }
}

TEST_CASE("detector: who never says a word is suspected, too") {
    for (const EstimatorOptions& options : kAll) {
        PeerDetector detector(options);
        CHECK(detector.next_deadline() == Instant::never());
        detector.expect(at_ms(0));
        const Instant due = detector.next_deadline();
        CHECK(due < at_ms(200));
        detector.advance(due);
        CHECK(detector.status() == Status::suspected);
    }
}

TEST_CASE("detector: heartbeats that come twice or were overtaken say nothing") {
    PeerDetector detector{EstimatorOptions(PhiOptions{})};
    CHECK(detector.heard(at_ms(0), {1, 5}));
    const Patience patience = detector.patience();
    CHECK_FALSE(detector.heard(at_ms(40), {1, 5}));
    CHECK_FALSE(detector.heard(at_ms(40), {1, 4}));
    CHECK_FALSE(detector.heard(at_ms(40), {0, 99}));
    CHECK(detector.patience() == patience);
    detector.advance(at_ms(1000));
    CHECK_FALSE(detector.heard(at_ms(1000), {1, 5}));
    CHECK(detector.status() == Status::failed);
}

TEST_CASE("detector: a peer that starts again has a new history") {
    PeerDetector detector{EstimatorOptions(PhiOptions{})};
    for (std::int64_t i = 0; i < 300; ++i) {
        detector.heard(at_ms(80 * i), {1, static_cast<std::uint64_t>(i) + 1});
    }
    CHECK(detector.phi()->mean() == Approx(80e6));
    CHECK(detector.heard(at_ms(60'000), {2, 1}));
    CHECK(detector.status() == Status::trusted);
    CHECK(detector.phi()->mean() == Approx(50e6));
}

TEST_CASE("detector: a restart does not confuse Chen's schedule") {
    PeerDetector detector{EstimatorOptions(ChenOptions{})};
    for (std::uint64_t s = 1; s <= 100; ++s) {
        detector.heard(at_ms(50 * static_cast<std::int64_t>(s)), {1, s});
    }
    detector.heard(at_ms(9013), {2, 1});
    CHECK(detector.patience().suspected == at_ms(9013 + 150));
}
