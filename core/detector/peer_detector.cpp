// SPDX-License-Identifier: MIT
#include "core/detector/peer_detector.hpp"

#include "core/base/overloaded.hpp"

namespace novacron::detector {

PeerDetector::Estimator PeerDetector::build(const EstimatorOptions& options) {
    return std::visit(
        Overloaded{[](const PhiOptions& o) { return Estimator(PhiAccrual(o)); },
                   [](const FixedTimeoutOptions& o) { return Estimator(FixedTimeout(o)); },
                   [](const ChenOptions& o) { return Estimator(ChenEstimator(o)); },
                   [](const TwoWindowOptions& o) { return Estimator(TwoWindow(o)); }},
        options);
}

PeerDetector::PeerDetector(const EstimatorOptions& options) : estimator_(build(options)) {
    if (const auto* phi = std::get_if<PhiOptions>(&options)) threshold_ = phi->threshold;
}

void PeerDetector::expect(Instant now) {
    std::visit([&](auto& estimator) { estimator.expect(now); }, estimator_);
    patience_ = std::visit([](const auto& estimator) { return estimator.patience(); }, estimator_);
    status_ = Status::trusted;
    last_ = now;
}

bool PeerDetector::heard(Instant now, Heartbeat heartbeat) {
    const bool same_life = has_heard_ && heartbeat.incarnation == newest_.incarnation;
    if (has_heard_ && heartbeat.incarnation < newest_.incarnation) return false;
    if (same_life && heartbeat.sequence <= newest_.sequence) return false;
    const bool reborn = has_heard_ && !same_life;
    std::visit(
        [&](auto& estimator) {
            if (reborn) estimator.expect(now);
            estimator.heard(now, heartbeat.sequence);
        },
        estimator_);
    patience_ = std::visit([](const auto& estimator) { return estimator.patience(); }, estimator_);
    has_heard_ = true;
    newest_ = heartbeat;
    status_ = Status::trusted;
    last_ = now;
    return true;
}

Instant PeerDetector::next_deadline() const {
    switch (status_) {
        case Status::trusted: return patience_.next_change(last_);
        case Status::suspected: return patience_.next_change(patience_.suspected + nanoseconds(1));
        case Status::failed: return Instant::never();
    }
    return Instant::never();
}

double PeerDetector::suspicion(Instant now) const {
    if (const PhiAccrual* accrual = phi()) return accrual->phi(now) / threshold_;
    if (patience_.suspected == Instant::never() || now <= last_) return 0;
    const Duration wait = patience_.suspected - last_;
    if (wait.ns == 0) return now > last_ ? 1 : 0;
    return static_cast<double>((now - last_).ns) / static_cast<double>(wait.ns);
}

}  // namespace novacron::detector
