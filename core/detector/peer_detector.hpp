// SPDX-License-Identifier: MIT
//
// One node's opinion of one peer, by whichever estimator is configured.
//
// Intuition: an estimator says how long to wait; this keeps what all of them need: which heartbeats
// are news, what the status is, and when it changes next.
//
// A heartbeat is news if its incarnation (life of the sender) or, within that, its sequence number
// is the highest yet: one that was overtaken or came twice says nothing about now. A new
// incarnation starts the history anew: it is another process, on another schedule.
//
// Invariants: (1) the status only changes in `heard` and `advance`. (2) within an incarnation that
//             sends nothing, it only goes from trusted to suspected to failed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <variant>

#include "core/base/time.hpp"
#include "core/detector/estimators.hpp"
#include "core/detector/patience.hpp"
#include "core/detector/phi_accrual.hpp"

namespace novacron::detector {

struct Heartbeat {
    std::uint64_t incarnation = 0;
    std::uint64_t sequence = 0;
};

using EstimatorOptions =
    std::variant<PhiOptions, FixedTimeoutOptions, ChenOptions, TwoWindowOptions>;

class PeerDetector {
public:
    // REQUIRES: the estimator's options are within their bounds.
    explicit PeerDetector(const EstimatorOptions& options);

    // Watching begins: silence counts from now, and the peer is trusted.
    void expect(Instant now);
    // Tells whether it is news.
    bool heard(Instant now, Heartbeat heartbeat);
    // Time has passed.
    void advance(Instant now) { status_ = std::max(status_, patience_.status(now)); }

    Status status() const { return status_; }
    // When to call `advance`, unless something is heard before.
    Instant next_deadline() const;
    const Patience& patience() const { return patience_; }

    // How far patience is used up: 1 at the instant from which the peer is suspected. For phi that
    // is phi / threshold, for the others the elapsed part of the wait.
    double suspicion(Instant now) const;
    // Null unless the estimator is phi accrual.
    const PhiAccrual* phi() const { return std::get_if<PhiAccrual>(&estimator_); }

private:
    using Estimator = std::variant<PhiAccrual, FixedTimeout, ChenEstimator, TwoWindow>;
    static Estimator build(const EstimatorOptions& options);

    Estimator estimator_;
    double threshold_ = 1;  // phi's
    Patience patience_;
    Status status_ = Status::trusted;
    bool has_heard_ = false;
    Heartbeat newest_{};
    Instant last_{};  // since when silence counts
};

}  // namespace novacron::detector
