// SPDX-License-Identifier: MIT
//
// All estimators on the same arrivals, measured against the truth.
#include <cmath>
#include <vector>

#include "core/base/random.hpp"
#include "core/detector/peer_detector.hpp"
#include "core/detector/quality.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

constexpr std::int64_t kInterval = 50;  // ms

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

struct Arrival {
    std::uint64_t sequence;
    Instant at;
};

// Heartbeats over a network that loses one in a thousand, and now and then most of them for a while
// (two states, as Gilbert and Elliott have it), and delays each by 10 to 40 ms.
std::vector<Arrival> wan(std::int64_t heartbeats, std::uint64_t seed) {
    Random random(seed);
    std::vector<Arrival> arrivals;
    bool bad = false;
    Instant last{};
    for (std::int64_t s = 1; s <= heartbeats; ++s) {
        bad = bad ? random.below(6) != 0 : random.below(400) == 0;
        const bool lost = random.below(1000) < (bad ? 700U : 1U);
        const Duration delay = milliseconds(10) + random.between(Duration{}, milliseconds(30));
        if (lost) continue;
        last = std::max(last, at_ms(kInterval * s) + delay);  // a connection keeps the order
        arrivals.push_back({static_cast<std::uint64_t>(s), last});
    }
    return arrivals;
}

// Mistakes on these arrivals, and how long after the last one the end of the peer is noticed.
struct Measured {
    Quality quality;
    Duration detection;
};
Measured measure(const EstimatorOptions& options, const std::vector<Arrival>& arrivals) {
    Measured result;
    PeerDetector detector(options);
    detector.expect(at_ms(0));
    PairQuality pair(result.quality, Truth::well, at_ms(0));
    for (const Arrival& arrival : arrivals) {
        const Instant due = detector.next_deadline();
        if (detector.status() == Status::trusted && due <= arrival.at) pair.opinion(due, true);
        detector.heard(arrival.at, {0, arrival.sequence});
        pair.opinion(arrival.at, false);
    }
    pair.finish(arrivals.back().at);
    result.detection = detector.next_deadline() - arrivals.back().at;
    return result;
}

}  // namespace

TEST_CASE("rivals: for each, more patience makes fewer mistakes and later detection (FD-9)") {
    const std::vector<Arrival> arrivals = wan(100'000, 1);
    for (int kind = 0; kind < 4; ++kind) {
        std::uint64_t mistakes_before = UINT64_MAX;
        Duration detection_before{};
        std::uint64_t first = 0;
        for (const std::int64_t step : {1, 2, 3, 4, 6, 8, 12, 16}) {
            const Duration margin = milliseconds(20 * step);
            EstimatorOptions options;
            if (kind == 0) {
                PhiOptions phi;
                phi.threshold = static_cast<double>(step);
                phi.failed_threshold = 100;
                phi.adaptive = false;
                options = phi;
            } else if (kind == 1) {
                options = FixedTimeoutOptions{milliseconds(50) + margin, seconds(10)};
            } else if (kind == 2) {
                options = ChenOptions{milliseconds(kInterval), margin, seconds(10), 1000};
            } else {
                options = TwoWindowOptions{milliseconds(kInterval), margin, seconds(10), 1, 1000};
            }
            const Measured measured = measure(options, arrivals);
            INFO("kind " << kind << ", step " << step);
            CHECK(measured.quality.mistakes <= mistakes_before);
            CHECK(measured.detection > detection_before);
            if (step == 1) first = measured.quality.mistakes;
            mistakes_before = measured.quality.mistakes;
            detection_before = measured.detection;
        }
        CHECK(mistakes_before * 5 < first);
    }
}

TEST_CASE("rivals: over a WAN phi's mistakes fall by orders of magnitude and then no further") {
    const std::vector<Arrival> arrivals = wan(200'000, 2);
    const auto mistakes = [&](double threshold) {
        PhiOptions options;
        options.threshold = threshold;
        options.failed_threshold = 1000;
        return static_cast<double>(measure(EstimatorOptions(options), arrivals).quality.mistakes);
    };
    const double low = mistakes(0.5);
    const double middle = mistakes(3);
    const double high = mistakes(8);
    const double higher = mistakes(12);
    CHECK(low > 50 * middle);
    CHECK(middle > high);
    CHECK(high >= higher);
    CHECK(high <
          3 * higher);  // what is left are bursts of loss, which no threshold near sees through
    CHECK(higher > 20);
}

TEST_CASE("rivals: two windows make no more mistakes than Chen's one, at the same margin") {
    const std::vector<Arrival> arrivals = wan(100'000, 3);
    for (const std::int64_t ms : {10, 20, 40, 80}) {
        const ChenOptions chen{milliseconds(kInterval), milliseconds(ms), seconds(10), 1000};
        const TwoWindowOptions both{milliseconds(kInterval), milliseconds(ms), seconds(10), 1,
                                    1000};
        CHECK(measure(EstimatorOptions(both), arrivals).quality.mistakes <=
              measure(EstimatorOptions(chen), arrivals).quality.mistakes);
    }
}

TEST_CASE(
    "rivals: a crash is detected after the timeout less what had passed since the heartbeat") {
    // T_D = timeout - U(0, interval): uniform, and so with a mean of timeout - interval / 2.
    PhiOptions options;
    options.adaptive = false;
    PeerDetector detector{EstimatorOptions(options)};
    Random random(4);
    Quality quality;
    const std::uint64_t crashes = 3000;
    Instant now{};
    Duration timeout{};
    for (std::uint64_t life = 1; life <= crashes; ++life) {
        PairQuality pair(quality, Truth::well, now);
        for (std::uint64_t s = 1; s <= 3; ++s) {
            now = now + milliseconds(kInterval);
            detector.heard(now, {life, s});
        }
        timeout = detector.patience().suspected - now;
        const Duration since = random.between(Duration{}, milliseconds(kInterval) - nanoseconds(1));
        pair.truth(now + since, Truth::down);
        const Instant due = detector.next_deadline();
        detector.advance(due);
        REQUIRE(detector.status() == Status::suspected);
        pair.opinion(due, true);
        pair.finish(due);
        now = due;
    }
    const double mean_ms = quality.crashes.detection.mean() / 1e6;
    const double expected = static_cast<double>(timeout.ns) / 1e6 - kInterval / 2.0;
    const double standard_error = kInterval / std::sqrt(12.0) / std::sqrt(double{crashes});
    CHECK(quality.crashes.detection.count() == crashes);
    CHECK(mean_ms == Approx(expected).margin(3 * standard_error));
    CHECK(quality.crashes.detection.most() <= static_cast<std::uint64_t>(timeout.ns) + 1);
    CHECK(quality.crashes.detection.least() >=
          static_cast<std::uint64_t>((timeout - milliseconds(kInterval)).ns));
}
