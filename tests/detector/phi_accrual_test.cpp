// SPDX-License-Identifier: MIT
#include "core/detector/phi_accrual.hpp"

#include <cmath>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "core/detector/peer_detector.hpp"
#include "core/detector/quality.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

// The runbook's: mean 50 ms, deviation 15 ms, whatever comes.
PhiOptions fixed() {
    PhiOptions options;
    options.adaptive = false;
    return options;
}
double in_ms(Duration d) { return static_cast<double>(d.ns) / 1e6; }

// Heartbeats every 50 ms up to the time, the last included.
void beat(PhiAccrual& phi, std::int64_t from_ms, std::int64_t to_ms) {
    for (std::int64_t ms = from_ms; ms <= to_ms; ms += 50) phi.heard(at_ms(ms));
}

}  // namespace

TEST_CASE("phi: at the runbook's values 6, 8 and 16 are reached after 121.3, 134.2 and 173.3 ms") {
    PhiAccrual phi(fixed());
    phi.heard(at_ms(1000));
    CHECK(in_ms(phi.reaches(6) - at_ms(1000)) == Approx(121.30136).epsilon(1e-7));
    CHECK(in_ms(phi.reaches(8) - at_ms(1000)) == Approx(134.18002).epsilon(1e-7));
    CHECK(in_ms(phi.reaches(16) - at_ms(1000)) == Approx(173.33123).epsilon(1e-7));
    CHECK(phi.patience().suspected == phi.reaches(8));
    CHECK(phi.patience().failed == phi.reaches(16));
}

TEST_CASE("phi: the instant of a threshold is the first whole nanosecond that reaches it") {
    for (const PhiModel model : {PhiModel::normal, PhiModel::logistic, PhiModel::exponential}) {
        PhiOptions options = fixed();
        options.model = model;
        PhiAccrual phi(options);
        phi.heard(at_ms(7));
        for (double threshold = 0.5; threshold < 40; threshold += 0.37) {
            const Instant t = phi.reaches(threshold);
            INFO("threshold " << threshold);
            REQUIRE(phi.phi(t + nanoseconds(1)) >= threshold);
            REQUIRE(phi.phi(t - nanoseconds(1)) < threshold);
        }
    }
}

TEST_CASE("phi: threshold 16 is reached, and phi stays finite ever after (FD-2)") {
    PhiAccrual phi(fixed());
    phi.heard(at_ms(0));
    CHECK(phi.phi(at_ms(200)) == Approx(23.118053405486).epsilon(1e-12));
    CHECK(phi.phi(at_ms(3'600'000)) > 1e9);
    CHECK(phi.phi(at_ms(3'600'000)) < 1e11);
    CHECK(phi.reaches(100'000) > phi.reaches(16));
}

TEST_CASE("phi: one, two and three lost heartbeats are 3.37, 10.88 and 23.12") {
    PhiAccrual phi(fixed());
    phi.heard(at_ms(0));
    CHECK(phi.phi(at_ms(100)) == Approx(3.37).epsilon(2e-3));
    CHECK(phi.phi(at_ms(150)) == Approx(10.88).epsilon(1e-3));
    CHECK(phi.phi(at_ms(200)) == Approx(23.12).epsilon(1e-3));
}

TEST_CASE("phi: in natural logarithms 8 is reached 1 ms after the next heartbeat but one is due") {
    PhiOptions options = fixed();
    options.phi_base = PhiBase::ln;
    PhiAccrual phi(options);
    phi.heard(at_ms(0));
    CHECK(in_ms(phi.reaches(8) - at_ms(0)) == Approx(101.0).epsilon(1e-3));
}

TEST_CASE("phi: the exponential model takes 921 ms to 8, 18.42 means") {
    PhiOptions options = fixed();
    options.model = PhiModel::exponential;
    PhiAccrual phi(options);
    phi.heard(at_ms(0));
    CHECK(in_ms(phi.reaches(8) - at_ms(0)) == Approx(921.034).epsilon(1e-6));
    CHECK(in_ms(phi.reaches(16) - at_ms(0)) == Approx(36.84 * 50).epsilon(1e-4));
}

TEST_CASE("phi: heartbeats without any jitter are not suspected before the floor (FD-3)") {
    PhiAccrual phi(PhiOptions{});
    beat(phi, 0, 50 * 1000);
    const Instant last = at_ms(50 * 1000);
    CHECK(phi.mean() == 50e6);
    CHECK(phi.deviation() == Approx(15e6).epsilon(1e-12));
    CHECK(phi.patience().suspected >= last + nanoseconds(134'180'018));
    CHECK(phi.phi(last + milliseconds(50) + nanoseconds(1)) == Approx(0.30103).epsilon(1e-4));
}

TEST_CASE("phi: of two floors the higher holds, and jitter above both is learnt") {
    PhiOptions options;
    options.min_standard_deviation = milliseconds(20);
    PhiAccrual phi(options);
    beat(phi, 0, 50'000);
    CHECK(phi.deviation() == 20e6);
    for (int i = 1; i <= 400; ++i) phi.heard(at_ms(50'000 + 50 * i + (i % 2 == 0 ? 22 : -22)));
    CHECK(phi.deviation() == Approx(44e6).epsilon(0.01));
}

TEST_CASE("phi: the first heartbeat starts a history of two intervals about the expected one") {
    PhiAccrual phi(PhiOptions{});
    CHECK(phi.phi(at_ms(1'000'000)) == 0);
    CHECK(phi.patience() == Patience{});
    phi.heard(at_ms(10));
    CHECK(phi.learnt() == 2);
    CHECK(phi.mean() == 50e6);
    CHECK(phi.deviation() == Approx(15e6));  // a quarter of 50 ms is below the floor of 0.3
}

TEST_CASE("phi: what is adaptive follows the sender's rhythm; what is fixed does not") {
    PhiAccrual adaptive(PhiOptions{});
    PhiAccrual stiff(fixed());
    for (int i = 0; i <= 300; ++i) {
        adaptive.heard(at_ms(80 * i));
        stiff.heard(at_ms(80 * i));
    }
    CHECK(adaptive.mean() == Approx(80e6));
    CHECK(adaptive.deviation() == Approx(24e6));
    CHECK(stiff.mean() == 50e6);
    CHECK(adaptive.learnt() == 200);
}

TEST_CASE("phi: a long pause is not learnt, and what is learnt goes on afterwards (FD-4)") {
    PhiAccrual phi(PhiOptions{});
    beat(phi, 0, 5000);
    const Duration before = phi.patience().suspected - at_ms(5000);
    const std::size_t learnt = phi.learnt();
    phi.heard(at_ms(15'000));
    CHECK(phi.learnt() == learnt);
    CHECK(phi.patience().suspected - at_ms(15'000) == before);
    phi.heard(at_ms(15'050));
    CHECK(phi.learnt() == learnt + 1);
}

TEST_CASE("phi: heartbeats that waited out a pause and come in a burst don't quicken the rhythm") {
    PhiAccrual phi(PhiOptions{});
    beat(phi, 0, 5000);
    for (int i = 0; i < 20; ++i) phi.heard(at_ms(6000) + microseconds(i));
    CHECK(phi.mean() == 50e6);
    beat(phi, 6050, 7000);
    CHECK(phi.mean() == Approx(50e6).epsilon(1e-3));
    // A sender that really sends ten times as often is believed in the end.
    for (int i = 1; i <= 400; ++i) phi.heard(at_ms(7000 + 5 * i));
    CHECK(phi.mean() == Approx(5e6));
}

TEST_CASE("phi: a clock that jumps back makes no interval, and silence counts from then (FD-6)") {
    PhiAccrual phi(PhiOptions{});
    beat(phi, 0, 5000);
    const std::size_t learnt = phi.learnt();
    phi.heard(at_ms(1000));
    CHECK(phi.learnt() == learnt);
    CHECK(phi.mean() == Approx(50e6));
    CHECK(phi.patience().suspected == at_ms(1000) + nanoseconds(134'180'019));
    CHECK(phi.phi(at_ms(500)) == 0);
    phi.heard(at_ms(1050));
    CHECK(phi.learnt() == learnt + 1);
}

TEST_CASE("phi: an acceptable pause is granted on top") {
    PhiOptions options = fixed();
    options.acceptable_pause = seconds(3);
    PhiAccrual phi(options);
    PhiAccrual strict(fixed());
    phi.heard(at_ms(0));
    strict.heard(at_ms(0));
    CHECK(phi.reaches(8) == strict.reaches(8) + seconds(3));
    CHECK(phi.phi(at_ms(3150)) == strict.phi(at_ms(150)));
}

TEST_CASE("phi: mistakes under loss are as often and as long as the closed form says (FD-8)") {
    // Interval 50 ms, loss p, timeout between k and k + 1 intervals; the deviation is fixed.
    struct Row {
        double loss;
        double threshold;
        int k;
    };
    for (const Row& row : {Row{0.1, 8, 2}, Row{0.1, 16, 3}, Row{0.2, 8, 2}}) {
        Random random(7);
        PhiOptions options = fixed();
        options.threshold = row.threshold;
        options.failed_threshold = 40;
        PeerDetector detector{EstimatorOptions(options)};
        Quality quality;
        PairQuality pair(quality, Truth::well, at_ms(0));
        detector.heard(at_ms(0), {0, 1});
        const double timeout = in_ms(detector.patience().suspected - at_ms(0));
        const std::int64_t sent = 600'000;
        for (std::int64_t i = 1; i <= sent; ++i) {
            if (static_cast<double>(random.below(1'000'000)) < row.loss * 1e6) continue;
            const Instant now = at_ms(50 * i);
            const Instant due = detector.next_deadline();
            if (detector.status() == Status::trusted && due <= now) pair.opinion(due, true);
            detector.heard(now, {0, static_cast<std::uint64_t>(i) + 1});
            pair.opinion(now, false);
        }
        pair.finish(at_ms(50 * sent));
        const double rate = (1 - row.loss) * std::pow(row.loss, row.k) / 0.050;
        const double duration = 50 / (1 - row.loss) + 50 * row.k - timeout;
        const double error = 3 / std::sqrt(static_cast<double>(quality.mistakes));
        INFO("loss " << row.loss << ", k " << row.k << ", timeout " << timeout << " ms");
        CHECK(quality.mistake_rate() == Approx(rate).epsilon(error));
        CHECK(quality.mistake_duration.mean() / 1e6 == Approx(duration).epsilon(error));
        CHECK(quality.query_accuracy() == Approx(1 - rate * duration / 1e3).epsilon(error / 50));
        CHECK(quality.mistake_recurrence.mean() / 1e9 == Approx(1 / rate).epsilon(error));
    }
}

TEST_CASE("phi: a higher threshold makes fewer mistakes and detects later (FD-9)") {
    double rate_before = 1e9;
    Duration detection_before{};
    for (int threshold = 1; threshold <= 16; ++threshold) {
        Random random(3);
        PhiOptions options;
        options.threshold = threshold;
        options.failed_threshold = 40;
        PhiAccrual phi(options);
        std::uint64_t mistakes = 0;
        Instant now = at_ms(0);
        phi.heard(now);
        for (std::int64_t i = 1; i <= 50'000; ++i) {
            const bool lost = random.below(10) == 0;
            const Duration late = random.between(Duration{}, milliseconds(20));
            if (lost) continue;
            now = at_ms(50 * i) + late;
            mistakes += now > phi.patience().suspected ? 1U : 0U;
            phi.heard(now);
        }
        const Duration detection = phi.patience().suspected - now;
        INFO("threshold " << threshold);
        CHECK(static_cast<double>(mistakes) <= rate_before);
        CHECK(detection > detection_before);
        rate_before = static_cast<double>(mistakes);
        detection_before = detection;
    }
}

TEST_CASE("phi: options out of bounds are a bug") {
    PhiOptions options;
    options.network_jitter_factor = 0;
    CHECK_THROWS_AS(PhiAccrual(options), BugError);
    options = {};
    options.failed_threshold = 7;
    CHECK_THROWS_AS(PhiAccrual(options), BugError);
    options = {};
    options.window_size = 1;
    CHECK_THROWS_AS(PhiAccrual(options), BugError);
}
